from __future__ import annotations

import csv
import gzip
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.read import read_table
from textseg.ingest.text_formats import read_delimited, read_json_lines

QUICK = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20)


@QUICK
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), mark=st.sampled_from(",;\t|"))
def test_what_csv_writes_is_read_back(tmp_path, rows, mark):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=mark).writerows([("one", "two"), *rows])
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(buffer.getvalue().encode()))
    assert [tuple(row) for row in read_delimited(path, None).to_numpy()] == rows


@QUICK
@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), CELL, min_size=1), min_size=1))
def test_what_json_writes_is_read_back(tmp_path, rows):
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    frame = read_json_lines(path)
    read = [{k: v for k, v in row.items() if pd.notna(v)} for row in frame.to_dict("records")]
    assert read == rows


def test_json_numbers_keep_their_spelling(write):
    path = write(
        "t.jsonl", '{"id": 12345678901234567890, "n": 1.50, "deep": {"a": [1]}, "no": null}'
    )
    row = read_json_lines(path).iloc[0]
    assert row["id"] == "12345678901234567890"
    assert row["n"] == "1.50"
    assert json.loads(row["deep"]) == {"a": ["1"]}
    assert row["no"] is pd.NA


def test_tsv_keeps_commas_and_a_byte_order_mark_goes(write):
    frame = read_table(write("t.tsv", "\ufefftext\tdate\na, b\t2011-01-01\n"), "x").frame
    assert frame.to_dict("list") == {"text": ["a, b"], "date": ["2011-01-01"]}


def test_leading_zeros_and_words_for_missing_stay_text(write):
    frame = read_table(write("t.csv", "id,text\n007,NA\n"), "x").frame
    assert frame.iloc[0].to_list() == ["007", "NA"]


BROKEN = {
    "empty.csv": ("", "is empty"),
    "blank.jsonl": ("\n \n", "is empty"),
    "header.csv": ("text,date\n", "has column names but no rows"),
    "binary.csv": (b"\x89PNG\r\n\x1a\n\0\0", "is a binary file"),
    "long.csv": ("a,b\n1,2\n1,2,3\n", r"row 2: 2 fields expected, as in the header, got 3"),
    "short.csv": ("a,b\n1,2\n1\n", r"row 2: 2 fields expected, as in the header, got 1"),
    "quote.csv": ('a,b\n"never closed,1\n2,3\n', "is truncated, or a quote is never closed"),
    "inner.csv": ('a,b\n"say "hi" you",1\n', "line 2: this is not valid CSV"),
    "twice.csv": ("a,a\n1,2\n", "has more than one column named 'a'"),
    "latin.csv": ("a,b\n1,2\nsch\xf6n,2\n".encode("latin-1"), "line 3: UTF-8 expected"),
    "wide.csv": ("a\n1\n".encode("utf-16"), "is UTF-16"),
    "cut.csv.gz": (gzip.compress(b"a\n" + b"some text\n" * 99)[:-9], "is truncated or damaged"),
    "plain.csv.gz": ("a\n1\n", "is not a gzip file"),
    "cut.jsonl": ('{"a": 1}\n{"a": ', "line 2: this is not JSON"),
    "list.json": ('[{"a": 1}]', "line 1: a JSON object expected, got list"),
    "cut.parquet": (b"PAR1xxxx", "is not Parquet, or is truncated"),
    "empty.parquet": (b"", "is empty"),
    "book.xlsx": (b"PK\3\4", r"is of a kind that is not read \(.xlsx\)"),
    "noending": ("a\n1\n", r"is of a kind that is not read \(no ending\)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_say_what_is_wrong(write, name):
    content, message = BROKEN[name]
    with pytest.raises(InputError, match=message) as error:
        read_table(write(name, content), "x")
    assert name in error.value.message
    assert "\n" not in error.value.message

from __future__ import annotations

import csv
import gzip
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.read import read_table
from textseg.ingest.sources.delimited import NO_SEPARATOR, find_separator
from textseg.ingest.sources.reading import Reading

QUICK = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), min_size=1, max_size=20
)
GERMAN = "Die Lieferung kam viel zu spät, die Größe fällt klein aus – schöne Farbe für 40 €"
FRENCH = "Livraison très tardive, le colis était abîmé. Déçu, j’exige un remboursement"
RUSSIAN = "Доставка пришла поздно, качество плохое, размер мал, верните деньги"
GREEK = "Η παράδοση άργησε πολύ και το προϊόν ήταν μικρό"


def _read(path, **how):
    return read_table(path, "x", Reading("feedback", **how)).frame


@QUICK
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    mark=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_csv_writes_is_read_back(tmp_path, rows, mark, encoding, end):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=mark, lineterminator=end).writerows([("one", "two"), *rows])
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(buffer.getvalue().encode(encoding)))
    frame = _read(path)
    assert [tuple(row) for row in frame.to_numpy()] == rows
    assert frame.columns.to_list() == ["one", "two"]


@QUICK
@given(rows=st.lists(st.text("aäöüßéñ €’-,;.", min_size=1, max_size=20), min_size=1, max_size=8))
def test_windows_text_is_read_back(tmp_path, rows):
    content = "".join(f'1;"{row}x"\r\n' for row in rows)
    assume(not content.isascii())
    path = tmp_path / "t.csv"
    path.write_bytes(f"id;text\r\n2;{GERMAN}\r\n{content}".encode("cp1252"))
    assert _read(path)["text"].to_list() == [GERMAN, *(f"{row}x" for row in rows)]


@QUICK
@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), CELL, min_size=1), min_size=1))
@pytest.mark.parametrize("array", [False, True])
def test_what_json_writes_is_read_back(tmp_path, rows, array):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(rows, indent=2) if array else "\n".join(map(json.dumps, rows)))
    read = [{k: v for k, v in row.items() if pd.notna(v)} for row in _read(path).to_dict("records")]
    assert read == rows


def test_json_numbers_keep_their_spelling(write):
    path = write(
        "t.jsonl", '{"id": 12345678901234567890, "n": 1.50, "deep": {"a": [1]}, "no": null}'
    )
    row = _read(path).iloc[0]
    assert row["id"] == "12345678901234567890"
    assert row["n"] == "1.50"
    assert json.loads(row["deep"]) == {"a": ["1"]}
    assert row["no"] is pd.NA


def test_tsv_keeps_commas_and_a_byte_order_mark_goes(write):
    frame = _read(write("t.tsv", "\ufefftext\tdate\na, b\t2011-01-01\n"))
    assert frame.to_dict("list") == {"text": ["a, b"], "date": ["2011-01-01"]}


def test_leading_zeros_and_words_for_missing_stay_text(write):
    assert _read(write("t.csv", "id,text\n007,NA\n")).iloc[0].to_list() == ["007", "NA"]


SEPARATED = {
    "decimal commas": ("id;price;text\n1;3,50;a\n2;4,00;b, c\n", ["id", "price", "text"]),
    "as Excel says": ("sep=;\nid;text\n1;a,b,c\n", ["id", "text"]),
    "as Excel says, of one column": ("sep=;\ntext\na,b\n", ["text"]),
    "tabs in .csv": ("id\ttext\n1\ta, b; c\n", ["id", "text"]),
    "pipes": ("id|text\n1|a, b\n2|c; d\n", ["id", "text"]),
    "commas in one column": ("text\nToo small, sadly\nfine\nok, but, well\n", ["text"]),
    "a name with a comma": ("Comment, if any\nfine\ngood\ngreat, really\n", ["Comment, if any"]),
    "quoted lines": ('id;"what\nthey say"\n1;"a\n\n""b"";\nc"\n', ["id", "what\nthey say"]),
    "a last empty field in rows": ("id;text\n1;a;\n2;b;\n", ["id", "text"]),
    "no name": ("id,,text\n1,2,a\n", ["id", "unnamed_2", "text"]),
    "blank lines": ("\n\nid,text\n\n1,a\n\n", ["id", "text"]),
}


@pytest.mark.parametrize("name", SEPARATED)
def test_the_separator_is_found_in_the_content(write, name):
    content, columns = SEPARATED[name]
    assert _read(write("t.csv", content)).columns.to_list() == columns


def test_quoted_line_breaks_stay(write):
    frame = _read(write("t.csv", 'id;text\r\n1;"a\r\n\r\n""b"";c"\r\n'))
    assert frame["text"].to_list() == ['a\r\n\r\n"b";c']


@QUICK
@given(
    rows=st.lists(st.text("ab,;|\t ", min_size=1, max_size=9), min_size=1, max_size=9),
    mark=st.sampled_from(",;\t|"),
)
def test_quoted_texts_do_not_mislead_the_separator(rows, mark):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("one", "two", "three"), *((row, row, row) for row in rows)])
    assert find_separator(buffer.getvalue().splitlines(keepends=True)) == mark
    assert find_separator(["one", *(f'"{row}"' for row in rows)]) == NO_SEPARATOR


ENCODED = {
    "german": (GERMAN, "cp1252", "Windows-1252"),
    "french": (FRENCH, "cp1252", "Windows-1252"),
    "latin": ("sch\x8dön für dich, wie schön", "latin-1", "Latin-1"),
    "one letter": ("sch\xf6n", "latin-1", "Windows-1252"),
    "russian": (RUSSIAN, "cp1251", "cp1251"),
    "greek": (GREEK, "cp1253", "cp1253"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_the_encoding_is_found_and_said(write, name):
    text, encoding, called = ENCODED[name]
    path = write("t.csv", f"id;text\n1;{text}\n".encode(encoding))
    reading = Reading("feedback")
    assert read_table(path, "x", reading).frame["text"].to_list() == [text]
    assert reading.notes == [
        f"{path} is not UTF-8 and was read as {called}; if letters look wrong: "
        "--set feedback.encoding=NAME."
    ]


def test_a_letter_far_below_decides_the_encoding(write):
    plain = "id;text\n" + "1;nothing to see here\n" * 200_000
    path = write("t.csv", plain.encode() + "2;sch\xf6n\n".encode("latin-1"))
    assert _read(path)["text"].iloc[-1] == "schön"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_both_kinds_of_utf_16(write, encoding):
    reading = Reading()
    path = write("t.txt", ("\ufeffid\ttext\r\n1\tschön, 😀\r\n").encode(encoding))
    assert read_table(path, "x", reading).frame.to_dict("list") == {
        "id": ["1"],
        "text": ["schön, 😀"],
    }
    assert reading.notes == []


@pytest.mark.parametrize("encoding", ["cp1250", "utf-16-be", "UTF-8", "utf-16"])
def test_an_encoding_can_be_forced(write, encoding):
    path = write("t.csv", "id;text\n1;źle\n".encode(encoding))
    assert _read(path, encoding=encoding)["text"].to_list() == ["źle"]


@pytest.mark.parametrize("encoding", ["utf-7000", "base64"])
def test_an_encoding_that_does_not_exist(write, encoding):
    with pytest.raises(InputError) as error:
        _read(write("t.csv", "a\n1\n"), encoding=encoding)
    assert error.value.message == f"There is no encoding {encoding!r}."


def test_a_wrong_encoding_that_is_forced(write):
    path = write("t.csv", "a,b\n1,2\nsch\xf6n,2\n".encode("latin-1"))
    with pytest.raises(InputError) as error:
        _read(path, encoding="utf-8")
    assert error.value.message == f"{path}, line 3: UTF-8 expected, got the byte 0xf6."
    assert error.value.hint == (
        "Save it as UTF-8, or say its encoding: --set feedback.encoding=cp1252"
    )


def test_one_broken_character_does_not_make_utf_8_something_else(write):
    sound = "id;text\n" + "1;schön\n" * 9
    path = write("t.csv", sound.encode() + b"2;sch\xf6n\n" + b"3;x\n")
    with pytest.raises(InputError) as error:
        _read(path)
    assert error.value.message == f"{path}, line 11: UTF-8 expected, got the byte 0xf6."


RAGGED = {
    "a,b\n1,2\n1,2,3\n": "{}, row 2: 2 fields expected, as in the header, got 3.",
    "a,b\n1,2\n1\n": "{}, row 2: 2 fields expected, as in the header, got 1.",
    "a,b\n1,2\n1\n1,2\n1,2,3\n": (
        "{}: 2 fields expected, as in the header, but these rows have others: 2 (1), 4 (3)."
    ),
    "a,b\n1,2\n" + "1,2\n1\n" * 8: (
        "{}: 2 fields expected, as in the header, but these rows have others: "
        "3 (1), 5 (1), 7 (1), 9 (1), 11 (1) and 3 more."
    ),
}


@pytest.mark.parametrize("content", RAGGED)
def test_ragged_rows_are_named(write, content):
    path = write("t.csv", content)
    with pytest.raises(InputError) as error:
        _read(path)
    assert error.value.message == RAGGED[content].format(path)
    assert error.value.hint == (
        "Quote texts that hold the separator or a line break; export it again if cut."
    )


BROKEN = {
    "empty.csv": ("", "is empty"),
    "blank.jsonl": ("\n \n", "is empty"),
    "mark.csv": (b"\xef\xbb\xbf", "is empty"),
    "header.csv": ("text,date\n", "has column names but no rows"),
    "nameless.csv": (",,\n1,2,3\n", "the first line should hold the column names, but is blank"),
    "binary.csv": (b"\x89PNG\r\n\x1a\n\0\0", "is a binary file"),
    "quote.csv": ('a,b\n"never closed,1\n2,3\n', "is truncated, or a quote is never closed"),
    "inner.csv": ('a,b\n"say "hi" you",1\n', "line 2: this is not valid CSV"),
    "told.csv": ('sep=,\na,b\n"say "hi" you",1\n', "line 3: this is not valid CSV"),
    "twice.csv": ("a,a\n1,2\n", "has more than one column named 'a'"),
    "cut.csv.gz": (gzip.compress(b"a\n" + b"some text\n" * 99)[:-9], "is truncated or damaged"),
    "plain.csv.gz": ("a\n1\n", "is not a gzip file"),
    "cut.jsonl": ('{"a": 1}\n{"a": ', "line 2: this is not JSON"),
    "cut.json": ('\n[{"a": 1},\n{"a": ', "line 3: this is not JSON"),
    "list.json": ('[{"a": 1}, 2]', "item 2: a JSON object expected, got str"),
    "list.jsonl": ('{"a": 1}\n[2]', "line 2: a JSON object expected, got list"),
    "noending": ("a\n1\n", r"is of a kind that is not read \(no ending\)"),
    "packed.parquet.gz": ("", r"is of a kind that is not read \(.gz\)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_say_what_is_wrong(write, name):
    content, message = BROKEN[name]
    with pytest.raises(InputError, match=message) as error:
        _read(write(name, content))
    assert name in error.value.message
    assert "\n" not in str(error.value)

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
from textseg.ingest.read import open_table, read_table
from textseg.ingest.sources import json_text
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


ENDINGS = ["\n", "\r\n", "\r"]


@pytest.mark.parametrize("end", ENDINGS)
def test_a_header_that_is_repeated_is_left_out_and_said(write, end):
    lines = ["id,text", "1,fits", "\ufeffid,text", "id,text", "text,id", "2,text"]
    reading = Reading()
    path = write("t.csv", end.join(lines))
    frame = read_table(path, "x", reading).frame
    assert frame["text"].to_list() == ["fits", "id", "text"]
    assert reading.notes == [
        f"{path}: left out 2 more rows with the column names: files were joined."
    ]


def test_in_one_column_the_name_may_be_a_text(write):
    assert _read(write("t.csv", "text\nfits\ntext\n"))["text"].to_list() == ["fits", "text"]


def test_blank_lines_may_have_spaces_and_the_end_of_dos(write):
    assert _read(write("t.csv", "id,text\n  \n1,a\n\ufeff\n2,b\n\x1a")).to_dict("list") == {
        "id": ["1", "2"],
        "text": ["a", "b"],
    }


def test_a_space_may_stand_between_a_separator_and_a_quote(write):
    frame = _read(write("t.csv", 'id, text\n1, "late, and ""broken"""\n2, "fits"\n'))
    assert frame["text"].to_list() == ['late, and "broken"', "fits"]


def test_lines_that_are_quoted_as_a_whole_are_split(write):
    reading = Reading()
    path = write("t.csv", '"id,date,text"\n"1,2011-01-01,""late, broken"""\n"2,2011-01-02,fits"\n')
    assert read_table(path, "x", reading).frame.to_numpy().tolist() == [
        ["1", "2011-01-01", "late, broken"],
        ["2", "2011-01-02", "fits"],
    ]
    assert reading.notes == [f"{path}: every line is quoted as a whole; it was split."]


def test_quoted_texts_of_one_column_are_not_split(write):
    texts = ["late, broken, cold", "fits", "nice, but, small"]
    path = write("t.csv", '"text, or, words"\n' + "".join(f'"{text}"\n' for text in texts))
    assert _read(path)["text, or, words"].to_list() == texts


def test_a_cell_may_be_five_million_letters_long(write):
    long = "word " * 1_000_000
    frame = _read(write("t.csv", f'id,text\n1,"{long}"\n2,b\n'))
    assert frame["text"].to_list() == [long, "b"]


def test_a_zero_byte_in_a_text_does_not_make_it_binary(write):
    frame = _read(write("t.csv", "id,text\n" + "1,fits\n" * 20 + "2,a\0b\n"))
    assert frame["text"].str.replace("\0", "").iloc[-1] == "ab"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("told", [None, "utf-16"])
def test_utf_16_needs_no_mark(write, encoding, told):
    path = write("t.csv", "id;text\n1;schön – 5 €\n".encode(encoding))
    assert _read(path, encoding=told)["text"].to_list() == ["schön – 5 €"]


def test_utf_32_is_known_by_its_mark(write):
    path = write("t.csv", "\ufeffid;text\n1;schön\n".encode("utf-32-le"))
    assert _read(path)["text"].to_list() == ["schön"]


WRAPPED = {
    "on one line": None,
    "on several lines": 2,
}


@pytest.mark.parametrize("name", WRAPPED)
def test_an_array_in_an_object_is_unwrapped(write, name):
    answer = {"status": "ok", "tickets": [{"id": "1", "text": "a b"}, {"id": "2"}], "ids": [1]}
    path = write("t.json", "\n" + json.dumps(answer, indent=WRAPPED[name]))
    reading = Reading()
    frame = read_table(path, "x", reading).frame
    assert frame["id"].to_list() == ["1", "2"]
    assert reading.notes == [f"{path} is one object; the array 'tickets' in it was read."]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_ticket_with_comments_is_one_row(write, indent):
    ticket = {"id": 7, "text": "It broke", "comments": [{"id": 1}]}
    frame = _read(write("t.json", json.dumps(ticket, indent=indent)))
    assert frame[["id", "text"]].to_numpy().tolist() == [["7", "It broke"]]


def test_json_lines_are_read_in_parts(write, monkeypatch):
    rows = [{"id": str(n), **({"a": "x"} if n < 5 else {"b": "y"})} for n in range(10)]
    path = write("t.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    whole = _read(path)
    monkeypatch.setattr(json_text, "BATCH", 3)
    with open_table(path, "x") as opened:
        assert len(opened.head.frame) == 3
        assert opened.head.columns == ["id", "a"]
        raw = opened.load(["id"])
    assert raw.columns == ["id", "a", "b"]
    assert raw.frame["id"].to_list() == whole["id"].to_list()
    pd.testing.assert_frame_equal(_read(path), whole)


def test_a_broken_line_far_below_has_its_number(write, monkeypatch):
    monkeypatch.setattr(json_text, "BATCH", 3)
    path = write("t.jsonl", '\n{"a": 1}\n' * 5 + "{")
    with pytest.raises(InputError, match="line 11: this is not JSON"):
        _read(path)


ENCODED = {
    "german": (GERMAN, "cp1252", "Windows-1252"),
    "french": (FRENCH, "cp1252", "Windows-1252"),
    "latin": ("sch\x8dön für dich, wie schön", "latin-1", "Latin-1"),
    "one letter": ("sch\xf6n", "latin-1", "Windows-1252"),
    "polish": ("Świetna jakość, polecam każdemu", "cp1250", "Windows-1250"),
    "english": ("It was £20, not £25", "cp1252", "Windows-1252"),
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
    "list.json": ('[{"a": 1}, 2]', r"item 2: a JSON object expected, got the number 2\."),
    "list.jsonl": ('{"a": 1}\n[2]', "line 2: a JSON object expected, got a list"),
    "text.json": ('[{"a": 1}, "so"]', 'item 2: a JSON object expected, got the text "so"'),
    "nothing.jsonl": ('{"a": 1}\nnull', "line 2: a JSON object expected, got null"),
    "scalar.json": ("1.50", "a JSON object expected, got the number 1.50"),
    "none.json": ("[]", "is empty"),
    "deep.json": ("[" * 99_999 + "]" * 99_999, "nested too deeply"),
    "deep.jsonl": ('{"a": 1}\n' + '{"a":' * 99_999, "line 2: objects are nested too deeply"),
    "two.json": ('{"a": [{"x": 1}], "b": [{"y": 1}]}', "one object with several arrays: 'a', 'b'"),
    "json.csv": ('{"a": 1}\n', "holds JSON, not a table as text"),
    "array.tsv": ('[{"a": 1}]', "holds JSON"),
    "page.csv": ("<!DOCTYPE html>\n<html></html>", "holds a web page or XML"),
    "packed.csv": (gzip.compress(b"a\n1\n"), "holds a gzip file"),
    "packed.csv.gz": (gzip.compress(gzip.compress(b"a\n1\n")), "holds a gzip file"),
    "book.csv": (b"PK\x03\x04\x14\0\0\0", "holds an Excel file or a zip archive"),
    "table.csv": (b"PAR1\x15\x04\0\0", "holds Parquet"),
    "behind.csv.gz": (gzip.compress(b"a\n1\n") + b"junk", "something else stands behind its end"),
    "packed.csv.zip": (b"PK", r"is of a kind that is not read \(.zip\)"),
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

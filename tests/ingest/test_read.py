from __future__ import annotations

import gzip
import io
import os
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.config import Config
from textseg.errors import InputError
from textseg.ingest.cells import repeated_rows
from textseg.ingest.read import open_table, read_table, source_names
from textseg.ingest.row_digests import digest_rows
from textseg.ingest.sources import delimited

QUICK = settings(deadline=None, max_examples=25)


def test_frames_are_not_touched_and_any_index_will_do():
    frame = pd.DataFrame({"text": ["a", "b"], 7: [1, 2]}, index=["x", "x"])
    before = frame.copy(deep=True)
    raw = read_table(frame, "feedback")
    assert raw.frame.columns.to_list() == ["text", "7"]
    assert raw.frame.index.to_list() == [0, 1]
    pd.testing.assert_frame_equal(frame, before)


def test_a_named_index_is_a_column():
    frame = pd.DataFrame({"text": ["a"]}, index=pd.Index([5], name="customer_id"))
    assert read_table(frame, "feedback").frame["customer_id"].to_list() == [5]


def test_parquet_keeps_types_and_large_nullable_integers(tmp_path):
    big = 2**60 + 1
    frame = pd.DataFrame(
        {"id": pd.array([big, None], "Int64"), "when": pd.to_datetime(["2011"] * 2)}
    )
    frame.to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet", "x").frame
    assert read["id"].to_list() == [big, pd.NA]
    assert read["when"].dtype.kind == "M"


def test_equal_names_are_told_apart_whatever_their_order():
    paths = ["may/r.csv", "june/r.csv", "june/r.parquet", "t.csv.gz"]
    names = ["may/r.csv", "june/r.csv", "r.parquet", "t"]
    assert source_names(paths) == names
    assert source_names(paths[::-1]) == names[::-1]


def test_frames_are_numbered_beside_files():
    frame = pd.DataFrame({"text": ["a"]})
    assert source_names([frame, "feedback.csv", frame]) == ["feedback", "feedback.csv", "feedback3"]


def test_the_same_file_twice_is_refused(write):
    path = write("a.csv", "text\nx\n")
    with pytest.raises(InputError, match="was given twice"):
        source_names([path, str(path)])


def test_a_missing_file_suggests_its_neighbour(write):
    path = write("reviews.csv", "text\nx\n")
    with pytest.raises(InputError, match="does not exist") as error:
        read_table(path.with_name("review.csv"), "x")
    assert error.value.hint == "Did you mean 'reviews.csv'?"


PARTS = {
    "a.csv": "id,text\n1,one\n",
    "b.csv": "text,id\ntwo,2\n",
    "below/c.csv": "id,text\n1,one\n",
}


def test_a_folder_is_one_table_and_repeats_are_found_across_its_files(write, tmp_path):
    for name, content in PARTS.items():
        write(f"parts/{name}", content)
    for name in ("_SUCCESS", ".hidden.csv", "_old/x.csv", "notes.txt", "README.md"):
        write(f"parts/{name}", "no,table\n1,2\n")
    raw = read_table(tmp_path / "parts", "x")
    assert (raw.stem, raw.columns) == ("parts", ["id", "text"])
    assert raw.frame["text"].to_list() == ["one", "two", "one"]
    assert raw.repeated().to_list() == [False, False, True]


def test_repeats_are_found_where_one_file_has_times_of_day(tmp_path):
    for name, times in (("1", ["2011-01-01"]), ("2", ["2011-01-01", "2011-01-01 10:00"])):
        frame = pd.DataFrame({"at": pd.to_datetime(times, format="ISO8601"), "n": 1})
        frame.to_parquet(tmp_path / f"{name}.parquet")
    assert read_table(tmp_path, "x").repeated().to_list() == [False, True, False]


def test_a_folder_of_parquet_keeps_types(tmp_path):
    for day in (1, 2):
        (tmp_path / "p" / f"day={day}").mkdir(parents=True)
        frame = pd.DataFrame({"id": pd.array([day, None], "Int64"), "text": ["a", "b"]})
        frame.to_parquet(tmp_path / "p" / f"day={day}" / "part.parquet")
    read = read_table(str(tmp_path / "p"), "x").frame
    assert read["id"].to_list() == [1, pd.NA, 2, pd.NA]


def test_a_pattern_takes_the_files_that_fit(write, tmp_path):
    for month in (1, 2):
        write(f"reviews-0{month}.csv", f"text,store\nmonth {month},x\n")
    write("reviews-03.csv", "text\nmonth 3\n")
    write("tickets.csv", "text\nnot this\n")
    raw = read_table(str(tmp_path / "reviews-*.csv"), "x")
    assert raw.stem == "reviews"
    assert raw.frame["text"].to_list() == ["month 1", "month 2", "month 3"]
    assert raw.frame["store"].to_list() == ["x", "x", pd.NA]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "{} is a folder without Parquet or CSV files."),
        (
            {"a.csv": "a\n1\n", "b.tsv": "a\n1\n", "c.parquet": "x"},
            "{} holds files of several kinds: CSV and Parquet.",
        ),
        (
            {"feedback.csv": "text,id\na,1\n", "orders.csv": "id,amount\n1,2\n"},
            "{0}/orders.csv has a column 'amount' and no 'text', unlike {0}/feedback.csv: "
            "they are not parts of one table.",
        ),
    ],
)
def test_folders_that_are_no_table(write, tmp_path, files, message):
    folder = tmp_path / "exports"
    folder.mkdir()
    for name, content in files.items():
        write(f"exports/{name}", content)
    with pytest.raises(InputError) as error:
        read_table(folder, "x")
    assert error.value.message == message.format(folder)


def test_a_pattern_that_nothing_fits(tmp_path):
    with pytest.raises(InputError) as error:
        read_table(f"{tmp_path}/*.csv", "x")
    assert error.value.message == f"No file fits the pattern {tmp_path}/*.csv."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(write):
    path = write("a.csv", "text\nx\n")
    path.chmod(0)
    with pytest.raises(InputError) as error:
        read_table(path, "x")
    assert error.value.message == f"{path} cannot be read: Permission denied."


@pytest.fixture
def send(monkeypatch):
    """Send bytes to standard input."""

    def _send(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return _send


SENT = {
    "csv": b"id;text\n1;sch\xf6n, ja\n",
    "gzipped": gzip.compress(b'id,text\n1,"sch\xc3\xb6n, ja"\n'),
    "json lines": b'\n{"id": 1, "text": "sch\xc3\xb6n, ja"}\n',
    "array": b'\xef\xbb\xbf[{"id": 1, "text": "sch\xc3\xb6n, ja"}]',
}


@pytest.mark.parametrize("name", SENT)
def test_standard_input_is_csv_or_json(send, name):
    send(SENT[name])
    raw = read_table("-", "x")
    assert (raw.label, raw.stem) == ("Standard input", "stdin")
    assert raw.frame.to_dict("list") == {"id": ["1"], "text": ["schön, ja"]}


def test_an_empty_standard_input(send):
    send(b"")
    with pytest.raises(InputError) as error:
        read_table("-", "x")
    assert error.value.message == "Standard input is empty."


def test_standard_input_is_read_once(run):
    with pytest.raises(InputError) as error:
        run("-", "-")
    assert error.value.message == "Standard input can be read once, but - was given twice."


def test_sources_that_are_no_files_have_names():
    tables = ["-", "sqlite:///shop.db::reviews", "reviews-*.csv", "mysql://u:p@host/crm::tickets"]
    assert source_names(tables[:2] + tables[3:]) == ["stdin", "reviews", "tickets"]
    assert source_names(["sqlite:///a.db::t", "postgresql://u:p@h/a::t"]) == [
        "sqlite:///a.db::t",
        "postgresql://h/a::t",
    ]


def test_only_what_is_needed_of_a_large_table_is_kept(write, monkeypatch):
    monkeypatch.setattr(delimited, "BATCH", 3)
    rows = [f"{i % 7},text {i % 7},x{i % 14}" for i in range(40)]
    path = write("t.csv", "\n".join(["id,text,rest", *rows]))
    whole = read_table(path, "x")
    with open_table(path, "x") as opened:
        assert len(opened.head.frame) == 3
        raw = opened.load(["text"])
    assert raw.frame.columns.to_list() == ["text"]
    assert raw.columns == ["id", "text", "rest"]
    pd.testing.assert_frame_equal(raw.frame, whole.frame[["text"]])
    expected = repeated_rows(whole.frame).to_list()
    assert raw.repeated().to_list() == whole.repeated().to_list() == expected
    assert sum(expected) == 40 - 14


def test_a_ragged_row_far_below_has_its_number(write, monkeypatch):
    monkeypatch.setattr(delimited, "BATCH", 3)
    path = write("t.csv", "a,b\n" + "1,2\n" * 10 + "1\n")
    with pytest.raises(InputError, match="row 11: 2 fields expected"):
        read_table(path, "x")


def test_files_are_closed_when_the_columns_are_not_found(write, run, monkeypatch):
    monkeypatch.setattr(delimited, "BATCH", 3)
    path = write("t.csv", "a,b\n" + "1,2\n" * 10)
    with pytest.raises(InputError):  # an open file would warn, which is an error in these tests
        run(path)


CELLS = st.one_of(st.none(), st.text("ab", max_size=2), st.sampled_from([1, 2.5]))


@QUICK
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=20), cut=st.integers(0, 20))
def test_digests_find_the_repeated_rows_of_a_table_in_parts(rows, cut):
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype=object)
    digests = np.concatenate(
        [digest_rows(frame[:cut]), digest_rows(frame[cut:][["b", "a"]].assign(c=None))]
    )
    assert pd.Series(digests).duplicated().to_list() == repeated_rows(frame).to_list()


def test_cells_that_change_places_are_another_row():
    one, other = digest_rows(pd.DataFrame({"a": ["x", "y"], "b": ["y", "x"]}))
    assert one != other


def test_the_ingest_of_a_large_file_is_that_of_a_small_one(write, run, monkeypatch):
    rows = [f"c{i % 5},2011-01-{i % 9 + 1:02},Text number {i % 11},{i % 5}" for i in range(60)]
    path = write("t.csv", "\n".join(["customer_id,date,text,rating", *rows]))
    small = run(path)
    monkeypatch.setattr(delimited, "BATCH", 7)
    large = run(path)
    pd.testing.assert_frame_equal(large.feedback, small.feedback)
    assert large.quality.to_records() == small.quality.to_records()


def test_what_was_guessed_is_in_the_notes(write, run):
    path = write("t.csv", "text\nSch\xf6n und gut\n".encode("latin-1"))
    assert run(path).notes[0].startswith(f"{path} is not UTF-8 and was read as Windows-1252;")


def test_how_a_file_is_read_can_be_set_per_file(write, run):
    path = write("t.csv", "text\nBardzo źle\n".encode("cp1250"))
    other = write("u.csv", "text\nGanz schön\n")
    config = Config(feedback=({"file": "t.csv", "encoding": "cp1250"},))
    assert run([path, other], config=config).feedback["text"].to_list() == [
        "Bardzo źle",
        "Ganz schön",
    ]


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    link = tmp_path / "t.csv"
    link.symlink_to("gone.csv")
    assert source_names([link]) == ["t"]
    with pytest.raises(InputError) as error:
        read_table(link, "x")
    assert str(error.value) == f"{link} is a link to gone.csv, which leads nowhere. Mend the link."


def test_links_in_a_circle_lead_nowhere(tmp_path):
    link = tmp_path / "t.csv"
    link.symlink_to("t.csv")
    assert source_names([link]) == ["t"]
    with pytest.raises(InputError, match="which leads nowhere"):
        read_table(link, "x")


def test_a_name_that_is_too_long(tmp_path):
    path = tmp_path / ("x" * 300 + ".csv")
    assert source_names([path]) == ["x" * 300]
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        read_table(path, "x")


@pytest.mark.parametrize("use", [lambda name: source_names([name]), lambda n: read_table(n, "x")])
def test_an_empty_name_is_not_this_folder(use):
    with pytest.raises(InputError) as error:
        use("")
    assert error.value.message == "The name of an input is empty."


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=[1, 2])])
def test_a_frame_without_columns_is_empty(frame):
    with pytest.raises(InputError) as error:
        read_table(frame, "x")
    assert error.value.message == "The frame x is empty."

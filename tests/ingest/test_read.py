from __future__ import annotations

import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.ingest.read import read_table, source_names


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


@pytest.mark.parametrize("table", ["sqlite:///x.db::orders", "https://host/a.csv", "-"])
def test_what_is_no_file_is_refused_and_the_hint_names_what_is_read(table):
    with pytest.raises(InputError, match="not read") as error:
        read_table(table, "x")
    assert "CSV, TSV and JSON lines" in (error.value.hint or "")


def test_a_missing_file_suggests_its_neighbour(write):
    path = write("reviews.csv", "text\nx\n")
    with pytest.raises(InputError, match="does not exist") as error:
        read_table(path.with_name("review.csv"), "x")
    assert error.value.hint == "Did you mean 'reviews.csv'?"


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path, "x")

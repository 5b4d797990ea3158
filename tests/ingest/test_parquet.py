from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseg.ingest.read import open_table, read_table
from textseg.ingest.sources import parquet

TABLE = pa.table(
    {
        "id": pa.array([2**60 + n if n % 3 else None for n in range(10)], pa.int64()),
        "text": [f"text {n % 4}" for n in range(10)],
        "when": pa.array([n * 86_400_000_000 for n in range(10)], pa.timestamp("us")),
        "price": [n / 2 for n in range(10)],
        "tags": [[n % 2] for n in range(10)],
        "kind": pa.array(["a", "b"] * 5).dictionary_encode(),
        "raw": pa.array([b"fits"] * 10),
    }
)


@pytest.mark.parametrize("rows_of_a_group", [3, 100])
def test_a_large_file_is_read_in_parts(tmp_path, monkeypatch, rows_of_a_group):
    path = tmp_path / "t.parquet"
    pq.write_table(TABLE, path, row_group_size=rows_of_a_group)
    whole = read_table(path, "x")
    monkeypatch.setattr(parquet, "BATCH", 4)
    with open_table(path, "x") as opened:
        assert 0 < len(opened.head.frame) <= 4
        raw = opened.load(["id", "text", "when", "price"])
    assert raw.columns == TABLE.column_names
    assert list(raw.frame.columns) == ["id", "text", "when", "price"]
    pd.testing.assert_frame_equal(raw.frame, whole.frame[["id", "text", "when", "price"]])
    assert raw.repeated().to_list() == whole.repeated().to_list()


def test_repeated_rows_are_found_across_parts(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.concat_tables([TABLE, TABLE]), path)
    monkeypatch.setattr(parquet, "BATCH", 4)
    with open_table(path, "x") as opened:
        assert opened.load(["text"]).repeated().to_list() == [False] * 10 + [True] * 10


def test_the_ingest_of_a_large_file_is_that_of_a_small_one(tmp_path, monkeypatch, run):
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame(
        {
            "customer_id": [float(n % 5) for n in range(30)],
            "date": pd.to_datetime("2011-01-01") + pd.to_timedelta(range(30), "D"),
            "text": [f"Text number {n % 11}" for n in range(30)],
        }
    )
    frame.to_parquet(path)
    small = run(path)
    monkeypatch.setattr(parquet, "BATCH", 7)
    large = run(path)
    pd.testing.assert_frame_equal(large.feedback, small.feedback)
    assert large.quality.to_records() == small.quality.to_records()
    assert small.feedback["customer_id"].iloc[1] == "1"


def test_binary_columns_are_texts(tmp_path, run):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": pa.array(["Schön und gut".encode()])}), path)
    assert run(path).feedback["text"].to_list() == ["Schön und gut"]

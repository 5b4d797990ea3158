from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.ingest.cells import as_text, parse_ratings, repeated_rows
from textseg.ingest.ids import log_lost_digits, normalise_ids
from textseg.ingest.quality import Log, Quality

QUICK = settings(deadline=None, max_examples=25)


def test_ratings():
    cells = ["4/5", "5 stars", "4,5", "★★★☆☆", "8 out of 10", "3 von 5", "2", "bad", "", None]
    ratings = parse_ratings(pd.Series(cells)).to_list()
    assert ratings[:7] == [4, 5, 4.5, 3, 8, 3, 2]
    assert all(np.isnan(ratings[7:]))


@QUICK
@given(st.lists(st.one_of(st.none(), st.integers(0, 10**15)), min_size=1))
def test_numeric_ids_are_the_same_however_they_are_stored(numbers):
    expected = [pd.NA if n is None else str(n) for n in numbers]
    as_float = pd.Series([np.nan if n is None else float(n) for n in numbers], dtype="float64")
    spelled = pd.Series([None if n is None else f" {n}.0" for n in numbers], dtype=object)
    for column in (pd.Series(numbers, dtype="Int64"), as_float, spelled, as_float.astype(object)):
        assert normalise_ids(column).to_list() == expected


def test_ids_keep_zeros_and_the_ending_of_codes():
    assert normalise_ids(pd.Series(["007", " 8.0 "])).to_list() == ["007", "8"]
    assert normalise_ids(pd.Series(["v1.0", "2.0"])).to_list() == ["v1.0", "2.0"]
    assert normalise_ids(pd.Series(["", "nan", "NULL", None])).isna().all()


def test_one_odd_id_does_not_keep_the_endings():
    column = pd.Series([*(f"{n}.0" for n in range(30)), "guest"])
    assert normalise_ids(column).to_list() == [*map(str, range(30)), "guest"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(" 42\u00a0", "42"), ("\ufeff42\u200b", "42"), ("\t0042\n", "0042"), (Decimal("1E+3"), "1000"),
     (Decimal("42.0"), "42"), (np.int64(42), "42"), (42.0, "42"), (-0.0, "0")],
)  # fmt: skip
def test_ids_of_any_kind(cell, expected):
    assert normalise_ids(pd.Series([cell], dtype=object)).to_list() == [expected]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([42, None], dtype="Int64"),
        pd.Series([42, None], dtype="int64[pyarrow]"),
        pd.Series([42.0, None], dtype="double[pyarrow]"),
        pd.Series([42.0, None], dtype="Float64"),
        pd.Series(["42", None], dtype="category"),
        pd.Series([42.0, None], dtype="category"),
        pd.Series(["42", None], dtype=pd.ArrowDtype(pa.string())),
    ],
    ids=lambda values: str(values.dtype),
)
def test_ids_of_every_dtype(values):
    ids = normalise_ids(values)
    assert ids.dtype == "string"
    assert ids.to_list() == ["42", pd.NA]


@pytest.mark.parametrize("spelled", ["1.23E+11", "1,23e+11", "9E+15", "1.152921504606847e+18"])
def test_ids_that_a_spreadsheet_has_cut_are_noted(spelled):
    log = Log(Quality(), "orders")
    frame = pd.DataFrame({"row": [1, 2, 3], "customer_id": ["42", spelled, "12E5"]}).astype(
        {"customer_id": "string"}
    )
    log_lost_digits(frame, "customer_id", log)
    (finding,) = log.quality.findings
    assert (finding.rows, finding.example, finding.action) == (1, 2, "kept")
    (note,) = log.quality.notes
    assert note.startswith(f"orders: 1 row with a customer_id such as {spelled!r}.")


def test_bytes_are_texts():
    assert as_text(pd.Series(["schön".encode(), b"\xff", None])).to_list() == [
        "schön",
        "\ufffd",
        pd.NA,
    ]


def test_categories_and_broken_surrogates_become_text():
    assert as_text(pd.Series(["a", None], dtype="category")).to_list() == ["a", pd.NA]
    assert as_text(pd.Series(["x\ud83d", 1], dtype=object)).to_list() == ["x\ufffd", "1"]


def test_repeated_rows_with_cells_that_cannot_be_hashed():
    frame = pd.DataFrame({"a": [[1], [1], [2]], "b": ["x", "x", "x"]})
    assert repeated_rows(frame).to_list() == [False, True, False]

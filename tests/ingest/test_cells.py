from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.ingest.cells import as_text, parse_numbers, parse_ratings, repeated_rows
from textseg.ingest.ids import normalise_ids

QUICK = settings(deadline=None, max_examples=25)

AMOUNTS = st.lists(st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), min_size=1)


def german(amount: float) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    "spell",
    [lambda x: f"{x:,.2f}", lambda x: f"{german(x)} €", lambda x: f"EUR {x:.2f}", repr,
     lambda x: f"({-x:,.2f})" if x < 0 else f"${x:,.2f}", lambda x: german(x).replace(".", " ")],
)  # fmt: skip
@QUICK
@given(amounts=AMOUNTS)
def test_amounts_read_back_in_every_spelling(spell, amounts):
    assert parse_numbers(pd.Series([spell(x) for x in amounts])).to_list() == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1.234", "950"], [1234, 950]),
        (["1.234", "0.5"], [1.234, 0.5]),
        (["1,234", "950"], [1234, 950]),
        (["1.234", "5000"], [1.234, 5000]),
        (["12.345.678"], [12345678]),
        (["5-", "−3"], [-5, -3]),
        (["1e3", "1.5e-1"], [1000, 0.15]),
    ],
)
def test_separators_are_found_out_per_column(cells, numbers):
    assert parse_numbers(pd.Series(cells)).to_list() == pytest.approx(numbers)


def test_no_number_is_nan():
    assert parse_numbers(pd.Series(["abc", "", None, "nan", "1,2,3", "--5-x"])).isna().all()
    assert np.isinf(parse_numbers(pd.Series([np.inf, 1.0]))[0])


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


def test_categories_and_broken_surrogates_become_text():
    assert as_text(pd.Series(["a", None], dtype="category")).to_list() == ["a", pd.NA]
    assert as_text(pd.Series(["x\ud83d", 1], dtype=object)).to_list() == ["x\ufffd", "1"]


def test_repeated_rows_with_cells_that_cannot_be_hashed():
    frame = pd.DataFrame({"a": [[1], [1], [2]], "b": ["x", "x", "x"]})
    assert repeated_rows(frame).to_list() == [False, True, False]

from __future__ import annotations

import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.ingest.matching import match_notes, refuse_strangers


def ids(*names: str | None) -> pd.Series:
    return pd.Series(list(names), dtype="string")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("0042", "42"), ("42", "0042"), ("C-0042", "C-42"), ("c-42", "C-42"), ("ab01x", "AB1x")],
)
def test_ids_that_differ_by_case_or_zeros_are_shown(ours, theirs):
    with pytest.raises(InputError) as error:
        refuse_strangers(ids(ours, "zz"), ids(theirs, "yy"))
    assert f"{ours!r} and {theirs!r} differ only by case or leading zeros." in error.value.message
    assert match_notes(ids(ours, "same"), ids(theirs, "same")) == [
        "Customers of the feedback that match customers of the orders but for case or leading "
        f"zeros, and count as different: 1, such as {ours!r} and {theirs!r}."
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"), [("100", "1"), ("10", "1"), ("1.05", "1.5"), ("0", "00x"), ("a", "b")]
)
def test_other_ids_are_not(ours, theirs):
    assert match_notes(ids(ours), ids(theirs)) == []


def test_ids_that_match_are_no_matter():
    assert match_notes(ids("42", "042", None), ids("42", "042", None)) == []
    refuse_strangers(ids("42"), ids("42", "x"))
    refuse_strangers(ids(None), ids("42"))

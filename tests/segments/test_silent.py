from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.segments.silent import silent_name, silent_segments


def tiers(low, mid, high):
    return pd.Series(["low"] * low + ["mid"] * mid + ["high"] * high, dtype="string")


def test_one_segment_per_tier_the_most_valuable_first():
    ids, members = silent_segments(tiers(5, 3, 4), 100, first_id=6, min_share=0.02)
    assert members == {6: ("high",), 7: ("mid",), 8: ("low",)}
    assert ids.tolist() == [8] * 5 + [7] * 3 + [6] * 4


def test_a_tier_that_is_too_small_joins_its_smaller_neighbour():
    _, members = silent_segments(tiers(9, 1, 5), 100, first_id=0, min_share=0.02)
    assert members == {0: ("high", "mid"), 1: ("low",)}
    _, members = silent_segments(tiers(1, 9, 5), 100, first_id=0, min_share=0.02)
    assert members == {0: ("high",), 1: ("mid", "low")}


def test_too_few_together_are_no_segment():
    ids, members = silent_segments(tiers(1, 1, 1), 1000, first_id=0, min_share=0.02)
    assert members == {}
    assert ids.tolist() == [-1, -1, -1]


def test_nobody_silent_is_no_segment():
    ids, members = silent_segments(tiers(0, 0, 0), 10, first_id=3, min_share=0.0)
    assert (len(ids), members) == (0, {})


@given(st.tuples(*[st.integers(0, 40)] * 3), st.integers(0, 400), st.floats(0, 0.49))
def test_segments_are_large_enough_and_lose_nobody_needlessly(counts, others, min_share):
    silent = tiers(*counts)
    n = len(silent) + others
    ids, members = silent_segments(silent, n, first_id=4, min_share=min_share)
    assert list(members) == list(range(4, 4 + len(members)))
    sizes = ids[ids >= 0].value_counts()
    assert (sizes >= min_share * n).all()
    if len(silent) and len(silent) >= min_share * n:
        assert (ids >= 0).all()
        assert [tier for names in members.values() for tier in names] == [
            tier
            for tier, count in zip(("high", "mid", "low"), reversed(counts), strict=True)
            if count
        ]


@pytest.mark.parametrize(
    ("members", "name"),
    [
        (("high",), "Silent, high value"),
        (("high", "mid"), "Silent, mid to high value"),
        (("mid", "low"), "Silent, low to mid value"),
        (("high", "mid", "low"), "Silent"),
    ],
)
def test_names(members, name):
    assert silent_name(members) == name

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.segments.names import MAJORITY, Traits, mood_of, segment_names

ANGRY = {"negative": 0.8, "neutral": 0.1, "positive": 0.1}
HAPPY = {"negative": 0.1, "neutral": 0.1, "positive": 0.8}
ASKING = {"negative": 0.2, "neutral": 0.6, "positive": 0.2}
TORN = {"negative": 0.4, "neutral": 0.2, "positive": 0.4}


@pytest.mark.parametrize(
    ("moods", "tier", "name"),
    [
        (ANGRY, "low", "Sizing complaints, low value"),
        (HAPPY, "high", "Sizing praise, high value"),
        (ASKING, "mid", "Sizing questions, mid value"),
        (TORN, None, "Sizing mixed feedback"),
        ({"negative": 0.35, "neutral": 0.15, "positive": 0.5}, None, "Sizing mixed feedback"),
    ],
)
def test_a_name_says_topic_mood_and_value(moods, tier, name):
    assert segment_names([Traits(["Sizing", "Fabric"], moods, tier)]) == [name]


def test_without_a_typical_topic_it_is_general():
    assert segment_names([Traits([], ANGRY, None)]) == ["General complaints"]


def test_names_that_would_be_the_same_get_their_next_topics():
    names = segment_names(
        [Traits(["Sizing", "Fabric"], ANGRY, "mid"), Traits(["Sizing", "PIN code"], ANGRY, "mid")]
    )
    assert names == [
        "Sizing and Fabric complaints, mid value",
        "Sizing and PIN code complaints, mid value",
    ]


def test_names_with_the_same_topics_tell_how_much_is_positive():
    other = {"negative": 0.6, "neutral": 0.1, "positive": 0.3}
    names = segment_names([Traits(["Sizing"], ANGRY, None), Traits(["Sizing"], other, None)])
    assert names == ["Sizing complaints (10% positive)", "Sizing complaints (30% positive)"]


def test_names_that_nothing_parts_are_numbered():
    names = segment_names([Traits(["Sizing"], ANGRY, None)] * 3)
    stem = "Sizing complaints (10% positive)"
    assert names == [stem, f"{stem} (2)", f"{stem} (3)"]


@given(
    st.lists(
        st.builds(
            Traits,
            st.lists(st.sampled_from(["Sizing", "Fabric", "PIN"]), max_size=3, unique=True),
            st.sampled_from([ANGRY, HAPPY, TORN]),
            st.sampled_from(["low", None]),
        ),
        max_size=9,
    )
)
def test_names_are_always_distinct(traits):
    names = segment_names(traits)
    assert len(set(names)) == len(names) == len(traits)


def test_a_mood_needs_enough_of_the_feedback():
    rest = (1 - MAJORITY) / 2
    assert mood_of({"negative": 0.2, "neutral": 2 * rest - 0.2, "positive": MAJORITY}) == "praise"
    almost = MAJORITY - 0.001
    assert mood_of({"negative": 0.3, "neutral": 0.251, "positive": almost}) == "mixed feedback"

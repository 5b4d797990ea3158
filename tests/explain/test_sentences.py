from __future__ import annotations

import pandas as pd
import pytest

from textseg.explain.sentences import reasons, value_reasons, values
from textseg.explain.table import COLUMNS
from textseg.explain.words import natural, wording

NAN = float("nan")
SEGMENTS = {0: "Sizing complaints", 1: "Silent, high value"}


def made(*rows):
    """A table of terms; their words are those of the feature."""
    full = [
        (block, feature, wording(block, feature).words, *numbers)
        for block, feature, *numbers in rows
    ]
    table = pd.DataFrame(full, columns=list(COLUMNS[:-1]))
    table["share"] = table["term"] / table.loc[table["term"] > 0, "term"].sum()
    return table


FIT = ("preference", "topic: Fit", 1.0, 0.5, 0.1, 6.0)
FELT = ("sentiment", "sentiment", -0.61, -0.52, 0.7, 3.0)
LITTLE = ("preference", "average", 0.4, NAN, NAN, 1.0)
RECENCY = ("value", "recency_days", 12.0, 80.4, 15.0, -2.0)
MONEY = ("value", "monetary", -1234.5, 80.0, 15.0, -0.1)


def said(*rows, confidence=0.5):
    own, rival = "Sizing complaints", "Dress praise"
    return reasons("C-1042", own, rival, made(*rows), confidence)


def test_the_main_reasons_are_said_with_what_is_typical():
    assert said(FIT, FELT, RECENCY, LITTLE, MONEY) == [
        "C-1042 is in “Sizing complaints” rather than “Dress praise” mostly for what they write "
        "about Fit (60%) and how they feel (30%: −0.61; typical here −0.52, there +0.70).",
        "Against it speaks the last order (20%: 12 days ago; typical here 80, there 15).",
    ]


def test_topics_are_said_together():
    refund = ("preference", "topic: Refund", 0.5, 0.5, 0.1, 5.0)
    assert said(FIT, refund)[0].endswith("what they write about Fit (55%) and Refund (45%).")
    felt = (*FELT[:-1], 5.5)
    assert said(FIT, felt, refund)[0].endswith(
        "what they write about Fit (36%) and Refund (30%), and how they feel (33%: −0.61; "
        "typical here −0.52, there +0.70)."
    )


def test_a_close_call_is_called_one():
    assert said(FIT)[-1].startswith("C-1042")
    assert said(FIT, confidence=0.01)[-1].startswith("This is a close call")


def test_two_reasons_against_it_are_said_together():
    money = (*MONEY[:-1], -1.0)
    against = said(FIT, RECENCY, money)[1]
    assert against.startswith("Against it speak the last order (33%: 12 days ago; ")
    assert against.endswith(" and what they spent (17%: −1,234; typical here 80.00, there 15.00).")


def test_where_nothing_speaks_for_it_that_is_said():
    table = made(FIT, RECENCY)
    table["term"], table["share"] = -1.0, -0.5
    first, second = reasons("C-1", "A", "B", table, 0.5)
    assert first == "C-1 is in “A” rather than “B”, for which nothing speaks."
    assert second.startswith("Against it speak what they write about Fit (50%)")


@pytest.mark.parametrize(
    ("block", "feature", "value", "written"),
    [
        ("value", "recency_days", 1.0, "1 day ago"),
        ("value", "recency_days", 1234.4, "1,234 days ago"),
        ("value", "frequency", 1.0, "1 order"),
        ("value", "frequency", 2.54, "2.5 orders"),
        ("value", "monetary", 9.5, "9.50"),
        ("purchases", "category: Party dresses", 0.5, "50%"),
        ("purchases", "interpurchase_days", 30.0, "30 days"),
        ("topics", "Fit", 0.004, "<1%"),
        ("themes", "Service", -0.5, "−0.50"),
        ("mood", "sentiment_trend", 0.25, "+0.25 a year"),
        ("scales", "scale_urgency", -0.25, "−0.25"),
        ("activity", "n_feedback", 3.0, "3 texts"),
        ("sentiment", "sentiment", NAN, "–"),
    ],
)
def test_values_have_units(block, feature, value, written):
    row = {"block": block, "feature": feature, "value": value, "own_mean": NAN, "rival_mean": NAN}
    assert values(row) == (written, "–", "–")


def test_every_feature_has_words():
    words = {
        ("themes", "Service"): "how they feel about Service",
        ("scales", "scale_price_focus"): "their price focus",
        ("activity", "channel: e_mail"): "how much they write by e_mail",
        ("purchases", "category: {0}"): "what they spend on {0}",
        ("preference", "topic: Re{}fund"): "what they write about Re{}fund",
        ("made_up", "x_y"): "made up x y",
    }
    assert {key: wording(*key).words for key in words} == words


def test_logarithms_are_undone_and_keep_their_sign():
    assert natural("monetary", -1.0) == pytest.approx(-1.718281828)
    assert natural("returns_rate", 0.5) == 0.5


def test_silent_customers_are_explained_by_their_tier_and_its_borders():
    row = {"value_tier": "high", "monetary": 512.0}
    row |= {"lookalike_segment_id": 0, "lookalike_probability": 0.61}
    assert value_reasons("C-7", SEGMENTS[1], row, (110.0, 320.0), SEGMENTS) == [
        "C-7 is in “Silent, high value”: they have written nothing, so only their value counts.",
        "They spent 512, which is high value (above 320; low is up to 110, mid is 110 to 320).",
        "By their purchases they most resemble “Sizing complaints” (probability 61%): a "
        "prediction, not what they said.",
    ]


def test_a_silent_customer_of_a_tier_that_is_too_small():
    row = {"value_tier": "low", "monetary": 5.0}
    first, second = value_reasons("C-7", None, row, (110.0, 320.0), SEGMENTS)
    assert first.startswith("C-7 is in no segment: they have written nothing, and too few")
    assert second.startswith("They spent 5.00, which is low value (up to 110; mid is")


def test_who_has_neither_written_nor_bought():
    (only,) = value_reasons("C-7", None, {}, None, SEGMENTS)
    assert only == "C-7 is in no segment: they have written nothing, and have no orders."

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.segments.phrases import MOST, phrases
from textseg.segments.profile import profiles

ROW = {"segment_id": 0, "lower": 1.0, "effect": 1.1, "upper": 1.2}


def said(feature, mean, rest, *, more=None):
    sign = 1 if (mean > rest if more is None else more) else -1
    row = {**ROW, "feature": feature, "mean": mean, "rest": rest, "effect": sign * 1.1}
    row["lower"], row["upper"] = sign * 1.1 - 0.1, sign * 1.1 + 0.1
    return phrases(pd.DataFrame([row]))[0]


@pytest.mark.parametrize(
    ("feature", "mean", "rest", "words"),
    [
        ("frequency", 5.21, 2.08, "orders more often (5.2 against 2.1)"),
        ("topic: Sizing", 0.38, 0.09, "writes more about Sizing (38% against 9%)"),
        ("topic: Sizing", 0.02, 0.09, "writes less about Sizing (2% against 9%)"),
        ("theme: Money", 0.5, 0.09, "writes more about the theme Money (50% against 9%)"),
        ("category: Toys", 0.5, 0.1, "spends more on Toys (50% against 10%)"),
        ("monetary", 12345.6, 999.5, "spends more (12,346 against 1,000)"),
        ("recency_days", 20.0, 140.0, "ordered more recently (20 days against 140 days)"),
        ("sentiment", -0.301, -0.004, "writes more negatively (−0.30 against 0.00)"),
        ("scale_churn_intent", 0.5, -0.1, "higher churn intent (0.50 against −0.10)"),
        ("age", 30.0, 40.0, "lower age (30.00 against 40.00)"),
    ],
)
def test_words(feature, mean, rest, words):
    assert said(feature, mean, rest) == [words]


def test_means_that_read_the_same_say_nothing():
    assert said("topic: Sizing", 0.101, 0.099) == []


def test_the_strongest_first_each_thing_once_and_not_too_many():
    rng = np.random.default_rng(0)
    ids = np.repeat([0, 1], 200)
    shifts = {"n_feedback": 2, "frequency": 5, "interpurchase_days": -4, "topic: A": 3}
    shifts |= {"topic: B": 2.5, "monetary": 1.9, "sentiment": 0.0}
    frame = pd.DataFrame(
        {name: 10 + shift * (ids == 0) + rng.normal(size=400) for name, shift in shifts.items()}
    )
    found = phrases(profiles(frame, ids))
    starts = [text.partition(" (")[0] for text in found[0]]
    assert starts == [
        "orders more often", "writes more about A", "writes more about B", "writes more often",
    ]  # fmt: skip
    assert len(found[1]) == MOST


def test_a_segment_like_all_others_has_no_phrases():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(300, 30))).rename(columns="topic: {}".format)
    assert phrases(profiles(frame, np.repeat([0, 1, 2], 100))) == {0: [], 1: [], 2: []}


def test_no_segments_no_phrases():
    assert phrases(profiles(pd.DataFrame({"a": [1.0, 2.0]}), np.array([-1, -1]))) == {}

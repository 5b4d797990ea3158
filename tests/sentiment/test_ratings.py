from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.sentiment import LABELS
from textseg.sentiment.rating_scale import (
    find_scale,
    rating_scales,
    ratings_class,
    ratings_position,
)
from textseg.sentiment.ratings import check_ratings

# What each scale holds, and the classes that its ratings must have.
KNOWN = {
    "1-5": {1: 0, 2: 0, 2.5: 1, 3: 1, 3.5: 1, 4: 2, 5: 2},
    "1-10": {1: 0, 4: 0, 5: 1, 6: 1, 7: 2, 10: 2},
    "0-10": {0: 0, 6: 0, 7: 1, 8: 1, 9: 2, 10: 2},
    "0-100": {0: 0, 33: 0, 34: 1, 66: 1, 67: 2, 100: 2},
    "other": {-3: 0, -1: 0, 0: 1, 1: 2, 3: 2},
}


def feedback(ratings, sentiments, source="reviews.csv"):
    """One row per pair; the label follows the sentiment."""
    sentiments = np.asarray(sentiments, dtype=float)
    return pd.DataFrame(
        {
            "source": source,
            "feedback_id": [f"r{n:04}" for n in range(len(sentiments))],
            "text": [f"Text number {n}." for n in range(len(sentiments))],
            "rating": ratings,
            "sentiment": sentiments,
            "sentiment_label": np.array(LABELS)[np.digitize(sentiments, [-0.3, 0.3])],
        }
    ).astype({"rating": "float64", "source": "string", "feedback_id": "string", "text": "string"})


@pytest.mark.parametrize("name", KNOWN)
def test_scales_are_found_out_and_mean_what_they_mean_in_the_trade(name):
    ratings = np.repeat(np.array(list(KNOWN[name]), dtype=float), 5)
    scale = find_scale(ratings)
    assert scale is not None
    assert scale.name == name
    assert scale.classes(ratings).tolist() == [
        each for each in KNOWN[name].values() for _ in "12345"
    ]


@pytest.mark.parametrize(
    ("ratings", "classes"),
    [
        ([0, 1], [0, 2]),  # thumbs
        ([1, 2, 3], [0, 1, 2]),  # smileys
        ([1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 1, 2, 2, 2]),  # customer effort
        ([0.5, 2, 3, 5], [0, 0, 1, 2]),
    ],
)
def test_unknown_scales_are_cut_in_thirds(ratings, classes):
    scale = find_scale(np.repeat(np.array(ratings, dtype=float), 10))
    assert scale is not None
    assert (scale.name, scale.low, scale.high) == ("other", ratings[0], ratings[-1])
    assert scale.classes(np.array(ratings)).tolist() == classes


def test_a_few_strays_above_do_not_change_the_scale():
    ratings = np.append(np.tile([1.0, 3.0, 5.0], 66), [99.0])
    scale = find_scale(ratings)
    assert scale is not None
    assert scale.name == "1-5"
    assert scale.classes(ratings[-2:]).tolist() == [2, -1]
    assert np.isnan(scale.position(ratings[-1:]))


def test_too_few_or_equal_ratings_tell_no_scale():
    assert find_scale(np.arange(1.0, 20.0)) is None
    assert find_scale(np.ones(50)) is None
    assert find_scale(np.full(50, 5.0)) is not None  # nobody is better than 5 of 5


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 2)), min_size=20),
    st.randoms(use_true_random=False),
)
def test_classes_rise_with_the_rating_in_any_order_of_rows(values, random):
    frame = pd.DataFrame({"source": "a", "rating": values})
    classes = pd.Series(ratings_class(frame))
    positions = pd.Series(ratings_position(frame))
    assert positions.dropna().between(0, 1).all()
    assert (positions.isna() == (classes < 0)).all()
    order = frame["rating"].argsort().to_numpy()
    known = classes[order][classes[order] >= 0]
    assert known.is_monotonic_increasing
    if classes.ge(0).any() and (positions.dropna() == 0).any():
        assert classes[positions == 0].eq(0).all()
    assert classes[positions == 1].eq(2).all()
    shuffle = list(range(len(values)))
    random.shuffle(shuffle)
    assert (ratings_class(frame.iloc[shuffle]) == classes[shuffle].to_numpy()).all()


@settings(deadline=None)
@given(
    # 0-10 is left out: promoters are fewer than detractors by definition.
    st.sampled_from(["1-5", "1-10", "0-100", "other"]),
    st.integers(20, 60),
    st.integers(0, 2**32 - 1),
)
def test_mirrored_ratings_have_mirrored_classes(name, count, seed):
    values = np.array(list(KNOWN[name]), dtype=float)
    ratings = np.append(values, np.random.default_rng(seed).choice(values, count))
    low, high = values.min(), values.max()
    mirrored = pd.DataFrame({"source": "a", "rating": low + high - ratings})
    straight = pd.DataFrame({"source": "a", "rating": ratings})
    assert (ratings_class(mirrored) == 2 - ratings_class(straight)).all()


def test_each_source_has_its_own_scale():
    frame = pd.DataFrame(
        {
            "source": ["stars.csv"] * 40 + ["nps.csv"] * 40,
            "rating": [1.0, 3.0, 4.0, 5.0] * 10 + [0.0, 5.0, 8.0, 10.0] * 10,
        }
    )
    assert {name: scale.name for name, scale in rating_scales(frame).items()} == {
        "nps.csv": "0-10",
        "stars.csv": "1-5",
    }
    assert ratings_class(frame)[:4].tolist() == [0, 1, 2, 2]
    assert ratings_class(frame)[-4:].tolist() == [0, 0, 1, 2]


def test_small_sources_are_looked_at_together():
    days = pd.DataFrame({"source": [f"day{n}.csv" for n in range(10)] * 3})
    days["rating"] = [1.0] * 10 + [3.0] * 10 + [5.0] * 10
    assert ratings_class(days).tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert set(ratings_class(days.iloc[:15])) == {-1}


def test_ratings_that_agree_and_ratings_that_do_not():
    sentiment = np.tile([-0.9, -0.5, 0.0, 0.6, 0.95], 10)
    agree = check_ratings(feedback(np.tile([1, 2, 3, 4, 5], 10), sentiment))
    assert agree is not None
    assert agree["confusion"] == [[20, 0, 0], [0, 10, 0], [0, 0, 20]]
    assert (agree["rated"], agree["spearman"], agree["macro_f1"]) == (50, 1.0, 1.0)
    assert agree["text_better"] == agree["text_worse"] == []
    oppose = check_ratings(feedback(np.tile([5, 4, 3, 2, 1], 10), sentiment))
    assert oppose is not None
    assert oppose["confusion"] == [[0, 0, 20], [0, 10, 0], [20, 0, 0]]
    assert (oppose["spearman"], oppose["agreement"]) == (-1.0, 0.2)
    assert len(oppose["text_better"]) == len(oppose["text_worse"]) == 10


def test_ratings_by_chance_do_not_correlate():
    rng = np.random.default_rng(0)
    check = check_ratings(feedback(rng.integers(1, 6, 3000), rng.uniform(-1, 1, 3000)))
    assert check is not None
    assert abs(check["spearman"]) < 0.05
    assert sum(map(sum, check["confusion"])) == check["rated"] == 3000


def test_the_texts_furthest_from_their_rating_come_first_each_once():
    frame = feedback(np.tile([1, 5], 30), np.tile([-0.9, 0.9], 30))
    frame.loc[[7, 3], ["sentiment", "sentiment_label"]] = [-0.8, "negative"]  # rated 5
    frame.loc[11, ["sentiment", "sentiment_label"]] = [-0.95, "negative"]
    frame.loc[20, ["sentiment", "sentiment_label"]] = [0.7, "positive"]  # rated 1
    frame.loc[[22, 24], ["text", "sentiment", "sentiment_label"]] = ["Fine!", 0.1, "neutral"]
    check = check_ratings(frame)
    assert check is not None
    assert [row["feedback_id"] for row in check["text_worse"]] == ["r0011", "r0003", "r0007"]
    assert [row["feedback_id"] for row in check["text_better"]] == ["r0020", "r0022"]
    assert check["text_better"][0] == {
        "source": "reviews.csv",
        "feedback_id": "r0020",
        "rating": 1.0,
        "sentiment": 0.7,
    }


def test_check_is_json_and_the_same_for_any_order_of_rows():
    rng = np.random.default_rng(3)
    frame = pd.concat(
        [
            feedback(rng.integers(1, 6, 400), rng.uniform(-1, 1, 400).round(1)),
            feedback(rng.integers(0, 11, 400), rng.uniform(-1, 1, 400).round(1), "nps.csv"),
        ]
    )
    frame.loc[frame["feedback_id"] == "r0010", "rating"] = np.nan
    check = check_ratings(frame)
    assert check is not None
    assert check["rated"] == 798
    assert json.loads(json.dumps(check, allow_nan=False)) == check
    assert json.dumps(check_ratings(frame.sample(frac=1, random_state=1))) == json.dumps(check)
    assert [(scale["name"], scale["sources"]) for scale in check["scales"]] == [
        ("0-10", ["nps.csv"]),
        ("1-5", ["reviews.csv"]),
    ]


def test_classes_that_nobody_rated_do_not_lower_macro_f1():
    check = check_ratings(feedback([1, 5] * 20, [-0.9, 0.9] * 20))
    assert check is not None
    assert check["macro_f1"] == 1.0


@pytest.mark.parametrize(
    "ratings", [[1, 5] * 9 + [3], [5] * 60, [np.nan] * 60, [1, 5] * 9 + [np.nan] * 60]
)
def test_without_enough_different_ratings_there_is_no_check(ratings):
    assert check_ratings(feedback(ratings, np.linspace(-1, 1, len(ratings)))) is None


def test_texts_that_all_feel_the_same_have_no_correlation():
    check = check_ratings(feedback([1, 5] * 20, [0.0] * 40))
    assert check is not None
    assert check["spearman"] is None
    assert check["confusion"] == [[0, 20, 0], [0, 0, 0], [0, 20, 0]]

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.customers.mood import theme_sentiment, trend_and_spread
from textseg.customers.rollup import Rollup

AS_OF = pd.Timestamp("2025-01-01")
YEAR = 365.25


def measured(feedback, sentiment, average=None, *, shrinkage=0.0, half_life_days=1e9):
    rollup = Rollup.of(feedback, AS_OF, half_life_days=half_life_days, shrinkage=shrinkage)
    return trend_and_spread(
        np.array(sentiment, dtype=float), feedback["created_at"], rollup, average
    )


def test_a_trend_is_a_slope_per_year_and_a_spread_a_standard_deviation(make_feedback):
    feedback = make_feedback(
        ("a", "2024-01-01"), ("a", "2024-04-10"), ("a", "2024-07-19"),
        ("b", "2024-01-01"), ("b", "2024-12-31"),
    )  # fmt: skip
    (a, b), _ = measured(feedback, [-1.0, -0.5, 0.3, 0.8, -0.2])
    # Days 0, 100, 200 and values −1, −0.5, 0.3: the slope is (200/2)·1.3 / (2·100²) per day.
    assert a[0] == pytest.approx(0.0065 * YEAR, rel=1e-6)
    assert a[1] == pytest.approx(np.std([-1.0, -0.5, 0.3]), rel=1e-6)
    assert b[0] == pytest.approx(-YEAR / 365, rel=1e-6)
    assert b[1] == pytest.approx(0.5, rel=1e-6)


def test_recent_feedback_weighs_more(make_feedback):
    feedback = make_feedback(("a", "2024-12-02"), ("a", "2024-12-12"), ("a", "2024-12-22"))
    values = np.array([0.0, 1.0, 0.0])
    ((trend, spread),), _ = measured(feedback, values, half_life_days=10.0)
    weights = np.array([1.0, 2.0, 4.0]) / 7
    days = np.array([0.0, 10.0, 20.0])
    day, mean = weights @ days, weights @ values
    slope = weights @ ((days - day) * (values - mean)) / (weights @ (days - day) ** 2)
    assert trend == pytest.approx(slope * YEAR, rel=1e-6)
    assert spread == pytest.approx(np.sqrt(weights @ (values - mean) ** 2), rel=1e-6)


def test_shrinkage_adds_average_texts_90_days_apart(make_feedback):
    feedback = make_feedback(
        ("a", "2024-01-01"), ("a", "2024-07-19"), ("b", "2024-07-19"),
    )  # fmt: skip
    values, average = measured(feedback, [-0.5, 0.5, 0.1], shrinkage=2.0)
    # Of a: two texts 200 days apart, Σ(t − t̄)² = 2·100², Σ(t − t̄)(y − ȳ) = 100.
    assert values[0, 0] == pytest.approx(100 / (20_000 + 2 * 90**2) * YEAR, rel=1e-6)
    # Only who wrote twice says how much people vary: 0.5² on average.
    assert average.tolist() == pytest.approx([0.25], rel=1e-6)
    assert values[:, 1] == pytest.approx([0.5, np.sqrt(2 * 0.25 / 3)], rel=1e-6)
    again, kept = measured(feedback, [-0.5, 0.5, 0.1], np.array([1.0]), shrinkage=2.0)
    assert kept.tolist() == [1.0]
    assert again[:, 1] == pytest.approx([np.sqrt(2.5 / 4), np.sqrt(2 / 3)], rel=1e-6)


@pytest.mark.parametrize("shrinkage", [0.0, 2.0])
@pytest.mark.parametrize(
    "written",
    [
        [("a", None), ("a", None), ("b", None)],
        [("a", "2024-05-05"), ("a", "2024-05-05"), ("b", "2024-05-05")],
        [("a", "2024-05-05"), ("a", None), ("b", None)],
    ],
    ids=["no dates", "one day", "one date"],
)
def test_without_two_dates_there_is_no_trend(make_feedback, written, shrinkage):
    values, average = measured(make_feedback(*written), [1.0, -1.0, 0.5], shrinkage=shrinkage)
    assert values[:, 0] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert values[0, 1] == pytest.approx(1.0)
    assert average.tolist() == pytest.approx([1.0])


@pytest.mark.parametrize("shrinkage", [0.0, 2.0])
def test_one_text_and_no_text_at_all_are_finite(make_feedback, shrinkage):
    values, average = measured(make_feedback(("a", "2024-05-05")), [0.3], shrinkage=shrinkage)
    assert (values.tolist(), average.tolist()) == ([[0.0, 0.0]], [0.0])
    nobody, _ = measured(make_feedback((None, "2024-05-05")), [0.3], shrinkage=shrinkage)
    assert nobody.shape == (0, 2)


def test_undated_feedback_counts_for_the_spread_only(make_feedback):
    dated = [("a", "2024-01-01"), ("a", "2024-07-19")]
    ((trend, _),), _ = measured(make_feedback(*dated), [-0.5, 0.5])
    ((with_undated, spread),), _ = measured(make_feedback(*dated, ("a", None)), [-0.5, 0.5, 0.9])
    assert with_undated == pytest.approx(trend, rel=1e-9)
    assert spread == pytest.approx(np.std([-0.5, 0.5, 0.9]), rel=1e-6)


def test_feedback_so_old_that_it_weighs_nothing_is_finite(make_feedback):
    feedback = make_feedback(("a", "1990-01-01"), ("a", "1991-01-01"), ("b", "2024-12-31"))
    values, average = measured(feedback, [1.0, -1.0, 0.0], shrinkage=1.0, half_life_days=1.0)
    assert np.isfinite(values).all()
    assert np.isfinite(average).all()


texts = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 900), st.floats(-1, 1, width=16)),
    min_size=1,
    max_size=15,
)


@settings(max_examples=40)
@given(texts, st.sampled_from([0.0, 0.5, 2.0]), st.randoms(use_true_random=False))
def test_any_feedback_in_any_order(make_feedback, written, shrinkage, random):
    def of(rows):
        dates = (None if day is None else AS_OF - pd.Timedelta(days=day) for _, day, _ in rows)
        feedback = make_feedback(*zip((who for who, *_ in rows), dates, strict=True))
        return measured(
            feedback, [felt for *_, felt in rows], shrinkage=shrinkage, half_life_days=365.0
        )[0]

    values = of(written)
    assert np.isfinite(values).all()
    assert (values[:, 1] >= 0).all()
    assert (values[:, 1] <= 1 + 1e-9).all()
    shuffled = random.sample(written, len(written))
    np.testing.assert_allclose(of(shuffled), values, rtol=1e-6, atol=1e-6)


# Themes


def clauses(*rows):
    return pd.DataFrame(rows, columns=["position", "topic_id", "sentiment"])


def by_theme(feedback, table, parents, average=None, shrinkage=0.0):
    rollup = Rollup.of(feedback, AS_OF, half_life_days=1e9, shrinkage=shrinkage)
    return theme_sentiment(table, np.array(parents, dtype=np.int64), rollup, average)


def test_themes_have_the_mean_of_their_clauses(make_feedback):
    feedback = make_feedback(("a", None), ("a", None), ("b", None))
    said = clauses((0, 0, 1.0), (0, 1, 0.5), (1, 2, -1.0), (2, 0, -0.5), (2, -1, 0.9), (1, 3, 0.7))
    values, average = by_theme(feedback, said, [0, 0, 1, -1])
    assert average.tolist() == pytest.approx([1 / 3, -1.0])
    # b says nothing of the second theme, and counts as average.
    np.testing.assert_allclose(values, [[0.75, -1.0], [-0.5, -1.0]])


def test_themes_are_shrunk_towards_their_average(make_feedback):
    feedback = make_feedback(("a", None), ("b", None))
    said = clauses((0, 0, 1.0), (1, 0, -1.0), (1, 0, -1.0), (1, 0, -1.0))
    values, average = by_theme(feedback, said, [0], shrinkage=2.0)
    assert average.tolist() == [-0.5]
    np.testing.assert_allclose(values, [[0.0], [-0.8]])
    assert by_theme(feedback, said, [0], np.array([1.0]), 2.0)[0].ravel().tolist() == pytest.approx(
        [1.0, -0.2]
    )


@pytest.mark.parametrize("parents", [[], [-1, -1]])
def test_without_themes_there_are_no_columns(make_feedback, parents):
    said = clauses((0, -1, 0.5)) if not parents else clauses((0, 1, 0.5), (0, -1, 0.5))
    values, average = by_theme(make_feedback(("a", None)), said, parents)
    assert (values.shape, average.shape) == ((1, 0), (0,))

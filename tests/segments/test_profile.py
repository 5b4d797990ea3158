from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.segments.profile import certain, profiles


def test_hedges_g_by_hand():
    frame = pd.DataFrame({"orders": [2.0, 4.0, 6.0, 1.0, 3.0], "age": [5.0] * 5})
    result = profiles(frame, np.array([0, 0, 0, 1, 1]))
    # Variances 4 and 2 with 2 and 1 degrees of freedom: pooled (8 + 2) / 3.
    d = (4 - 2) / np.sqrt(10 / 3)
    g = d * (1 - 3 / (4 * 3 - 1))
    first = result[result["segment_id"] == 0].set_index("feature")
    assert first.loc["orders", ["mean", "rest"]].tolist() == [4.0, 2.0]
    assert first.loc["orders", "effect"] == pytest.approx(g)
    v = (4 / 3 + 2 / 2) / (10 / 3) + d**2 * (2 * 4**2 + 1 * 2**2) / (2 * 3**2 * (10 / 3) ** 2)
    margin = 1.959964 * (1 - 3 / 11) * np.sqrt(v)
    assert first.loc["orders", ["lower", "upper"]].tolist() == pytest.approx(
        [g - margin, g + margin], rel=1e-6
    )
    assert first.loc["age", ["effect", "lower", "upper"]].tolist() == [0.0, 0.0, 0.0]
    second = result[result["segment_id"] == 1].set_index("feature")
    assert second.loc["orders", "effect"] == pytest.approx(-g)


def test_the_most_typical_feature_comes_first():
    rng = np.random.default_rng(0)
    ids = np.repeat([0, 1], 50)
    frame = pd.DataFrame(
        {"none": rng.normal(size=100), "less": rng.normal(size=100) - 3 * (ids == 0),
         "some": rng.normal(size=100) + 2 * (ids == 0)}
    )  # fmt: skip
    result = profiles(frame, ids)
    assert result["feature"].tolist() == ["less", "some", "none"] * 2
    assert result["effect"].iloc[0] < -2


def test_the_unit_does_not_matter():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(30, 2)), columns=["a", "b"])
    ids = rng.integers(0, 3, 30)
    one, other = profiles(frame, ids), profiles(frame * 1000 + 5, ids)
    np.testing.assert_allclose(one["effect"], other["effect"])


def test_unknown_values_are_left_out():
    frame = pd.DataFrame({"spend": [1.0, 3.0, np.nan, 5.0, 7.0, np.nan]})
    result = profiles(frame, np.array([0, 0, 0, 1, 1, 1]))
    assert result["mean"].tolist() == [2.0, 6.0]
    assert result["effect"].iloc[0] == pytest.approx(-4 / np.sqrt(2) * (1 - 3 / 7))


def test_too_few_to_know_is_no_effect():
    result = profiles(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), np.array([0, 1, 1]))
    assert result[["effect", "lower", "upper"]].isna().all(axis=None)
    assert result["mean"].tolist() == [1.0, 2.5]


def test_customers_without_segment_are_among_the_others():
    result = profiles(pd.DataFrame({"a": [1.0, 3.0, 5.0, 7.0]}), np.array([0, 0, -1, -1]))
    assert result["segment_id"].tolist() == [0]
    assert result["rest"].tolist() == [6.0]


def test_no_segments_no_profiles():
    result = profiles(pd.DataFrame({"a": [1.0, 2.0]}), np.array([-1, -1]))
    assert len(result) == 0
    assert list(result.columns) == [
        "segment_id", "feature", "mean", "rest", "effect", "lower", "upper",
    ]  # fmt: skip


def test_the_interval_turns_with_the_effect():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.gamma(2, size=60)})
    ids = np.repeat([0, -1], 30)
    one, other = profiles(frame, ids).iloc[0], profiles(-frame, ids).iloc[0]
    assert (one["lower"], one["upper"]) == pytest.approx((-other["upper"], -other["lower"]))
    assert one["lower"] < one["effect"] < one["upper"]


def test_intervals_cover_the_true_effect():
    # Unlike spreads and sizes, where Hedges' own variance would cover 75 %.
    rng = np.random.default_rng(3)
    n_own, n_rest, spread = 40, 360, 2.0
    pooled = np.sqrt((39 * spread**2 + 359) / 398)
    values = np.vstack(
        [rng.normal(1.0, spread, (n_own, 2000)), rng.normal(0.0, 1.0, (n_rest, 2000))]
    )
    result = profiles(pd.DataFrame(values), np.repeat([0, -1], [n_own, n_rest]))
    covered = ((result["lower"] < 1 / pooled) & (1 / pooled < result["upper"])).mean()
    assert covered == pytest.approx(0.95, abs=0.02)


def test_rounding_is_no_variation():
    frame = pd.DataFrame({"same": [0.1] * 9, "apart": [0.1] * 3 + [0.7] * 6})
    result = profiles(frame, np.array([0] * 3 + [1] * 6)).set_index("feature")
    assert result.loc["same", ["effect", "lower", "upper"]].eq(0).all(axis=None)
    assert result.loc["apart", ["effect", "lower", "upper"]].isna().all(axis=None)


def test_certain_effects_are_beyond_doubt():
    rng = np.random.default_rng(4)
    ids = np.repeat([0, 1, -1], 100)
    frame = pd.DataFrame(rng.normal(size=(300, 40))).add_prefix("none_")
    frame["large"] = rng.normal(size=300) + 1.0 * (ids == 0)
    frame["small"] = rng.normal(size=300) + 0.3 * (ids == 0)
    result = profiles(frame, ids)
    assert certain(result)[["segment_id", "feature"]].to_numpy().tolist() == [[0, "large"]]
    # The more features there are, the surer an effect must be.
    effect = float(result["effect"].iloc[0])
    margin = float(result["upper"].iloc[0]) - effect
    row = result.iloc[[0]].assign(lower=0.21, upper=2 * effect - 0.21)
    assert len(certain(row)) == 1
    others = result.iloc[1:3].assign(effect=0.0, lower=-margin, upper=margin)
    assert len(certain(pd.concat([row, others]))) == 0


def test_runs_of_an_earlier_version_have_no_certain_effects():
    old = pd.DataFrame({"segment_id": [0], "feature": ["a"], "effect": [3.0]})
    assert len(certain(old.assign(lower=np.nan, upper=np.nan))) == 0

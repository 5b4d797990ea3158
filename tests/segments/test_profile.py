from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.segments.profile import profiles


def test_cohens_d_by_hand():
    frame = pd.DataFrame({"orders": [2.0, 4.0, 6.0, 1.0, 3.0], "age": [5.0] * 5})
    result = profiles(frame, np.array([0, 0, 0, 1, 1]))
    # Variances 4 and 2 with 2 and 1 degrees of freedom: pooled (8 + 2) / 3.
    d = (4 - 2) / np.sqrt(10 / 3)
    first = result[result["segment_id"] == 0].set_index("feature")
    assert first.loc["orders", ["mean", "rest"]].tolist() == [4.0, 2.0]
    assert first.loc["orders", "effect"] == pytest.approx(d)
    assert first.loc["age", "effect"] == 0.0
    second = result[result["segment_id"] == 1].set_index("feature")
    assert second.loc["orders", "effect"] == pytest.approx(-d)


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
    assert result["effect"].iloc[0] == pytest.approx(-4 / np.sqrt(2))


def test_too_few_to_know_is_no_effect():
    result = profiles(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), np.array([0, 1, 1]))
    assert result["effect"].isna().all()
    assert result["mean"].tolist() == [1.0, 2.5]


def test_customers_without_segment_are_among_the_others():
    result = profiles(pd.DataFrame({"a": [1.0, 3.0, 5.0, 7.0]}), np.array([0, 0, -1, -1]))
    assert result["segment_id"].tolist() == [0]
    assert result["rest"].tolist() == [6.0]


def test_no_segments_no_profiles():
    result = profiles(pd.DataFrame({"a": [1.0, 2.0]}), np.array([-1, -1]))
    assert len(result) == 0
    assert list(result.columns) == ["segment_id", "feature", "mean", "rest", "effect"]

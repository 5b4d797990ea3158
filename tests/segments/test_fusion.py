from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.config import SegmentsConfig, SegmentWeights
from textseg.segments.fusion import Block, Fusion
from textseg.segments.model import fit_fusion

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)) * [1, 10, 100, 0.01] + [5, -3, 0, 1]


@given(
    st.floats(0.01, 100),
    st.floats(1e-3, 1e6),
    st.booleans(),
    st.sampled_from([None, 2, 4, 9]),
)
def test_a_block_has_the_square_of_its_weight_as_variance(weight, unit, standardize, components):
    block = Block.fit(X * unit, weight, standardize=standardize, components=components)
    assert block.transform(X * unit).var(axis=0).sum() == pytest.approx(weight**2)


def test_distances_do_not_depend_on_the_unit_or_the_origin():
    one, other = Block.fit(X, 1.0), Block.fit(X * 100 + 7, 1.0)
    np.testing.assert_allclose(one.transform(X), other.transform(X * 100 + 7), atol=1e-10)


def test_standardized_features_weigh_the_same():
    variance = Block.fit(X, 1.0, standardize=True).transform(X).var(axis=0)
    np.testing.assert_allclose(variance, 0.25)


def test_what_is_missing_counts_as_average():
    holed = X.copy()
    holed[3] = np.nan
    block = Block.fit(holed, 1.0, standardize=True)
    np.testing.assert_array_equal(block.center, np.delete(X, 3, axis=0).mean(axis=0))
    np.testing.assert_array_equal(block.transform(holed)[3], 0.0)


def test_a_block_that_is_unknown_or_never_varies_does_not_count():
    nothing = np.full((5, 3), np.nan)
    assert not Block.fit(nothing, 1.0, standardize=True).transform(nothing).any()
    constant = np.full((5, 3), 7.0)
    assert not Block.fit(constant, 1.0, standardize=True).transform(constant).any()


def test_one_constant_feature_leaves_the_others_as_they_were():
    with_constant = np.hstack([X, np.full((60, 1), 3.0)])
    expected = Block.fit(X, 1.0, standardize=True).transform(X)
    result = Block.fit(with_constant, 1.0, standardize=True).transform(with_constant)
    np.testing.assert_allclose(result, np.hstack([expected, np.zeros((60, 1))]), atol=1e-12)


def test_principal_components_keep_the_widest_directions():
    flat = RNG.normal(size=(200, 2)) @ RNG.normal(size=(2, 6))
    reduced = Block.fit(flat, 1.0, components=2).transform(flat)
    whole = Block.fit(flat, 1.0).transform(flat)
    np.testing.assert_allclose(reduced @ reduced.T, whole @ whole.T, atol=1e-10)


def test_signs_of_components_do_not_depend_on_the_order_of_rows():
    order = RNG.permutation(len(X))
    one, other = Block.fit(X, 1.0, components=3), Block.fit(X[order], 1.0, components=3)
    np.testing.assert_allclose(one.projection, other.projection, atol=1e-9)
    largest = np.abs(one.projection).argmax(axis=0)
    assert (one.projection[largest, range(3)] > 0).all()


WEIGHTS = dict.fromkeys(SegmentWeights.model_fields, 0.0)


def config(**weights):
    return SegmentsConfig(weights=SegmentWeights(**{**WEIGHTS, **weights}))


def test_fused_blocks_have_their_weights_and_come_back_from_arrays(make_view):
    features = make_view(3).features
    fusion = fit_fusion(features, config(preference=1.0, sentiment=0.5, value=0.25))
    fused = fusion.transform(features)
    assert fused.var(axis=0).sum() == pytest.approx(1.0 + 0.25 + 0.0625)

    columns = json.loads(json.dumps({name: list(own) for name, own in fusion.columns.items()}))
    again = Fusion.from_arrays(fusion.to_arrays(), columns)
    assert again.columns == fusion.columns
    assert again.transform(features).tobytes() == fused.tobytes()


def test_meaning_cannot_drown_the_rest(make_view):
    features = dict(make_view(3).features)
    features["preference"] = pd.DataFrame(RNG.normal(size=(60, 384)))
    fusion = fit_fusion(features, config(preference=1.0, sentiment=1.0, value=1.0))
    variance = fusion.transform(features).var(axis=0)
    assert len(variance) == 20 + 3 + 3
    assert variance[:-6].sum() == pytest.approx(1.0)
    assert variance[-6:-3].sum() == pytest.approx(1.0)
    assert variance[-3:].sum() == pytest.approx(1.0)


def test_turning_comes_after_all_else(make_view):
    features = make_view(3).features
    fusion = fit_fusion(features, SegmentsConfig())
    fused = fusion.transform(features)
    turn = RNG.normal(size=(fused.shape[1], 4))
    np.testing.assert_allclose(fusion.turned(turn).transform(features), fused @ turn, atol=1e-12)


def test_features_are_known_by_name_not_by_place(make_view):
    features = dict(make_view(3).features)
    fusion = fit_fusion(features, config(preference=1.0, value=1.0))
    fused = fusion.transform(features)
    shuffled = {name: block.iloc[:, ::-1].assign(new=7.0) for name, block in features.items()}
    np.testing.assert_array_equal(fusion.transform(shuffled), fused)

    partial = {**features, "value": features["value"].drop(columns="monetary")}
    values = fusion.values(partial, "value")
    assert np.isnan(values[:, 2]).all()
    np.testing.assert_array_equal(values[:, :2], features["value"].to_numpy()[:, :2])
    average = {
        **features,
        "value": features["value"].assign(monetary=fusion.blocks["value"].center[2]),
    }
    np.testing.assert_allclose(fusion.transform(partial), fusion.transform(average), atol=1e-12)


def test_a_channel_that_is_not_there_was_not_used():
    rates = pd.DataFrame({"n_feedback": [1.0, 2.0, 3.0], "channel: mail": [1.0, 0.0, 0.5]})
    fusion = fit_fusion(
        {**dict.fromkeys(WEIGHTS, rates.iloc[:, :0]), "activity": rates}, config(activity=1.0)
    )
    values = fusion.values({"activity": rates[["n_feedback"]]}, "activity")
    np.testing.assert_array_equal(values, [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])

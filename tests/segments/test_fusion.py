from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.config import SegmentsConfig
from textseg.segments.fusion import Block, Fusion
from textseg.segments.model import SegmentModel, fit_fusion

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


def test_fused_blocks_have_their_weights_and_come_back_from_arrays(make_view):
    features = make_view(3).features
    weights = {"preference": 1.0, "sentiment": 0.5, "value": 0.25}
    fusion = fit_fusion(features, SegmentsConfig(weights=weights))
    fused = fusion.transform(features)
    assert fused.var(axis=0).sum() == pytest.approx(1.0 + 0.25 + 0.0625)

    again = Fusion.from_arrays(fusion.to_arrays(), list(weights))
    np.testing.assert_array_equal(again.transform(features), fused)


def test_meaning_cannot_drown_the_rest(make_view):
    features = dict(make_view(3).features)
    weights = {"preference": 1.0, "sentiment": 1.0, "value": 1.0}
    wide = RNG.normal(size=(60, 384))
    fused = fit_fusion({**features, "preference": wide}, SegmentsConfig(weights=weights)).transform(
        {**features, "preference": wide}
    )
    variance = fused.var(axis=0)
    assert variance[:-6].sum() == pytest.approx(1.0)
    assert variance[-6:-3].sum() == pytest.approx(1.0)
    assert variance[-3:].sum() == pytest.approx(1.0)


def test_a_model_from_arrays_assigns_the_same(make_view):
    features = make_view(3).features
    fusion = fit_fusion(features, SegmentsConfig())
    model = SegmentModel(fusion, fusion.transform(features)[[0, 30, 50]])
    again = SegmentModel.from_arrays(model.to_arrays())
    for one, other in zip(model.assign(features), again.assign(features), strict=True):
        np.testing.assert_array_equal(one, other)

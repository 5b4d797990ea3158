from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from made import random_units

from textseg.cluster import points, unit
from textseg.cluster.points import by_size, nearest, products, sums


@given(hnp.arrays(np.float64, (6, 3), elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3))))
def test_unit_scales_rows_to_length_one_and_leaves_zero(X):
    result = unit(X)
    length = np.linalg.norm(result, axis=1)
    assert result.dtype == np.float32
    np.testing.assert_allclose(length, np.any(X != 0, axis=1), atol=1e-5)


@pytest.mark.parametrize("block_bytes", [1, 400, 128_000_000])
def test_blocks_change_no_product(monkeypatch, block_bytes):
    monkeypatch.setattr(points, "_BLOCK_BYTES", block_bytes)
    X, directions = random_units(30, 8), random_units(5, 8, seed=2)
    seen = list(products(X.astype(np.float16), directions))
    assert [row for rows, _ in seen for row in range(rows.start, rows.stop)] == list(range(30))
    whole = np.concatenate([product for _, product in seen])
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, X @ directions.T, atol=2e-3)
    labels, similarity = nearest(X, directions)
    assert labels.tolist() == (X @ directions.T).argmax(axis=1).tolist()
    np.testing.assert_allclose(similarity, (X @ directions.T).max(axis=1), atol=1e-6)


def test_sums_leave_out_what_has_no_group():
    X = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], dtype=np.float32)
    assert sums(X, np.array([2, -1, 0, 2]), 4).tolist() == [[5, 6], [0, 0], [8, 10], [0, 0]]


@given(st.lists(st.integers(0, 6), min_size=1))
def test_largest_group_comes_first_and_no_point_changes_company(labels):
    before = np.unique(labels, return_inverse=True)[1]
    after = by_size(before)
    sizes = np.bincount(after)
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert np.array_equal(before[:, None] == before, after[:, None] == after)


def test_of_equal_groups_the_one_that_came_first_stays_first():
    assert by_size(np.array([2, 2, 0, 1, 3, 3, 1])).tolist() == [1, 1, 3, 0, 2, 2, 0]

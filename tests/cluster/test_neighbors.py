from __future__ import annotations

import numpy as np
import pytest
from made import random_units

from textseg.cluster import points, unit
from textseg.cluster.neighbors import neighbors, smooth


@pytest.mark.parametrize("block_bytes", [400, 10_000, 128_000_000])
def test_neighbors_are_exact(blobs, monkeypatch, block_bytes):
    X = blobs[0][:90]
    monkeypatch.setattr(points, "_BLOCK_BYTES", block_bytes)
    indices, distances = neighbors(X, 7)
    exact = 1 - X.astype(np.float64) @ X.T.astype(np.float64)
    np.fill_diagonal(exact, -1)
    assert indices.tolist() == exact.argsort(axis=1)[:, :7].tolist()
    np.fill_diagonal(exact, 0)
    np.testing.assert_allclose(distances, np.take_along_axis(exact, indices, axis=1), atol=1e-6)


def test_equal_points_are_neighbors_in_their_order():
    X = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    indices, distances = neighbors(X, 3)
    assert indices.tolist()[:3] == [[0, 1, 2], [1, 0, 2], [2, 0, 1]]
    assert not distances.any()


def test_a_neighbor_counts_in_both_directions():
    # The second and third point have the first as neighbour, which has neither.
    X = random_units(3, 4)
    indices = np.array([[0, 0], [1, 0], [2, 0]], dtype=np.int32)
    weights = np.array([[4, 1, 1], [1, 2, 0], [1, 0, 2]]) / np.array([[6], [3], [3]])
    expected = X
    for _ in range(3):
        expected = unit(weights @ expected)
    np.testing.assert_allclose(smooth(X, indices), expected, atol=1e-6)


def test_smoothing_pulls_points_of_a_group_together_and_not_the_groups(blobs):
    X, truth = blobs
    smoothed = smooth(X, neighbors(X, 8)[0])
    np.testing.assert_allclose(np.linalg.norm(smoothed, axis=1), 1, atol=1e-5)
    same = truth[:, None] == truth
    before, after = X @ X.T, smoothed @ smoothed.T
    assert before[same].mean() < 0.8
    assert after[same].min() > 0.8
    assert after[~same].max() < 0.3


def test_smoothing_does_not_depend_on_the_order_of_the_points(blobs):
    X, _ = blobs
    expected = smooth(X, neighbors(X, 8)[0])
    order = np.random.default_rng(4).permutation(len(X))
    again = smooth(X[order], neighbors(X[order], 8)[0])
    np.testing.assert_allclose(again, expected[order], atol=1e-5)


def test_a_point_without_neighbors_but_itself_stays():
    X = random_units(5)
    itself = np.arange(5, dtype=np.int32)[:, None]
    np.testing.assert_allclose(smooth(X, itself), X, atol=1e-6)

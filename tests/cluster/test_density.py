from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.cluster.density import cut, density_tree, reduce
from textseg.cluster.neighbors import neighbors


@pytest.fixture(scope="module")
def plane() -> tuple[np.ndarray, np.ndarray]:
    """Two spots far apart, the first of which is two; and the spot of each of the 150 points."""
    spots = np.array([[0.0, 0.0], [1.5, 0.0], [20.0, 0.0]])
    spot = np.repeat([0, 1, 2], 50)
    noise = np.random.default_rng(0).normal(scale=0.2, size=(150, 2))
    return (spots[spot] + noise).astype(np.float32), spot


@pytest.fixture(scope="module")
def tree(plane) -> np.ndarray:
    return density_tree(plane[0], 5)


@pytest.mark.parametrize("size", [5, 12, 40, 60])
def test_a_cut_is_what_hdbscan_gives_when_it_is_fitted_anew(plane, tree, size):
    from hdbscan import HDBSCAN

    model = HDBSCAN(size, min_samples=5, approx_min_span_tree=False, core_dist_n_jobs=1)
    assert cut(tree, size, 1.0).tolist() == model.fit(plane[0]).labels_.tolist()


def test_cores_are_the_planted_spots(plane, tree):
    labels = cut(tree, 20, 1.0)
    assert adjusted_rand_score(plane[1][labels >= 0], labels[labels >= 0]) > 0.5
    assert (labels >= 0).mean() > 0.8


def test_a_core_that_is_too_large_is_split_where_it_can_be(plane, tree):
    _, spot = plane
    assert len(np.unique(cut(tree, 55, 1.0))) == 1 + cut(tree, 55, 1.0).max() + (
        cut(tree, 55, 1.0).min() < 0
    )
    parts = cut(tree, 20, 0.4)
    inside = parts >= 0
    assert adjusted_rand_score(spot[inside], parts[inside]) == 1.0
    assert parts.max() == 2
    # A spot of a third cannot be split.
    assert cut(tree, 20, 0.2).max() >= 2


def test_no_point_is_in_a_core_that_needs_more_points_than_there_are(tree):
    assert set(cut(tree, 200, 1.0)) == {-1}


def test_reduction_keeps_groups_apart_and_gives_the_same_bits(blobs):
    X, truth = blobs
    near = neighbors(X, 15)
    points = reduce(X, near, 0, 5)
    assert points.shape == (len(X), 5)
    assert points.dtype == np.float32
    assert adjusted_rand_score(truth, cut(density_tree(points, 5), 15, 1.0)) == 1.0
    assert reduce(X, near, 0, 5).tobytes() == points.tobytes()
    assert reduce(X, near, 1, 5).tobytes() != points.tobytes()

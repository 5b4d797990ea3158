from __future__ import annotations

import numpy as np
import pytest
from made import random_units
from sklearn.metrics import silhouette_samples

from textseg.cluster import MIN_POINTS, choose, discover, unit
from textseg.cluster import discover as package_discover
from textseg.cluster.discover import _ladder

SIZES = [120, 90, 70, 50, 40, 30]


def test_planted_groups_are_found_with_their_number(blobs, levels):
    _, truth = blobs
    # The largest group comes first, as it was planted.
    assert choose(levels).labels.tolist() == truth.tolist()
    assert choose(levels).is_core.mean() > 0.9


def test_directions_point_at_the_planted_means(blobs, levels):
    X, truth = blobs
    means = unit(np.array([X[truth == group].mean(axis=0) for group in range(len(SIZES))]))
    assert (np.einsum("kd,kd->k", choose(levels).directions, means) > 0.99).all()


def test_level_says_how_well_its_groups_stand_apart(blobs, levels):
    X, _ = blobs
    for one in levels:
        assert np.unique(one.labels).tolist() == list(range(len(one.directions)))
        expected = silhouette_samples(X.astype(np.float64), one.labels, metric="cosine")
        np.testing.assert_allclose(one.scores, expected, atol=1e-5)


def test_same_points_give_the_same_levels_to_the_bit(blobs, levels):
    again = discover(blobs[0].astype(np.float64))
    assert len(again) == len(levels)
    for one, other in zip(levels, again, strict=True):
        assert one.min_cluster_size == other.min_cluster_size
        for name in ("is_core", "labels", "directions", "scores"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


def test_finer_and_coarser_groups_are_both_offered():
    # Eight pairs of small clusters: cuts that need more points than one has see the pairs.
    rng = np.random.default_rng(3)
    axes = np.eye(16, 32)
    centers = np.concatenate([axes[:8] + 0.45 * side * axes[8:] for side in (-1, 1)])
    small = np.repeat(np.arange(16), 12)
    X = unit(centers[small] + rng.normal(scale=0.02, size=(len(small), 32)))
    found = discover(X)
    numbers = [len(one.directions) for one in found]
    assert numbers[0] == 16
    assert numbers[-1] <= 8
    assert numbers == sorted(numbers, reverse=True)
    sizes = [one.min_cluster_size for one in found]
    assert sizes == sorted(set(sizes))


@pytest.fixture
def planted_cuts(monkeypatch):
    """Leave UMAP and HDBSCAN out: let discovery see the cuts that ``at`` gives for a size."""

    def plant(at):
        module = __import__("sys").modules[package_discover.__module__]
        monkeypatch.setattr(module, "reduce", lambda X, *_: X)
        monkeypatch.setattr(module, "density_tree", lambda points, _: points)
        monkeypatch.setattr(module, "cut", lambda _, size, __: at(size))

    return plant


def test_equal_cuts_are_one_level_and_others_are_kept(planted_cuts):
    X = np.repeat(np.eye(4, dtype=np.float32), 10, axis=0)
    fine = np.repeat(np.arange(4), 10)
    planted_cuts(lambda size: fine if size < 10 else fine // 2)
    assert [len(one.directions) for one in discover(X)] == [4, 2]


def test_points_outside_the_cores_join_the_group_they_resemble(blobs, planted_cuts):
    X, truth = blobs
    few = np.where(np.random.default_rng(0).random(len(X)) < 0.2, truth, -1)
    planted_cuts(lambda _: few)
    (found,) = discover(X)
    assert found.labels.tolist() == truth.tolist()
    assert found.is_core.tolist() == (few >= 0).tolist()


def test_groups_that_end_up_empty_are_gone(planted_cuts):
    # The third core is a stray pair of points of the first group and of the second.
    X = np.repeat(np.eye(2, 8, dtype=np.float32), 20, axis=0)
    cores = np.repeat([0, 1], 20)
    cores[[0, 20]] = 2
    planted_cuts(lambda _: cores)
    (found,) = discover(X)
    assert sorted(np.bincount(found.labels).tolist()) == [20, 20]
    assert len(found.directions) == 2


def test_no_cut_without_two_groups(planted_cuts):
    planted_cuts(lambda _: np.zeros(40, dtype=np.int64))
    assert discover(random_units(40)) == ()


def test_equal_points_have_no_groups():
    assert discover(np.repeat(random_units(1), 40, axis=0)) == ()


def test_fewest_points_take_the_largest_settings():
    X = random_units(MIN_POINTS)
    for one in discover(X, n_neighbors=200, n_components=50):
        assert one.directions.shape[1] == X.shape[1]
        assert one.is_core.shape == one.labels.shape == one.scores.shape == (MIN_POINTS,)


@pytest.mark.parametrize(("n", "first", "last"), [(30, 5, 15), (1600, 10, 60), (40_000, 50, 300)])
def test_ladder_follows_the_root_of_the_number_of_points(n, first, last):
    ladder = _ladder(n, None)
    assert (ladder[0], ladder[-1]) == (first, last)
    assert ladder == sorted(set(ladder))


def test_ladder_reaches_down_to_a_wanted_number():
    assert _ladder(1600, 80)[0] == 5
    assert _ladder(6400, 160)[0] == 10
    assert _ladder(1600, 4) == _ladder(1600, None)

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.config import SegmentsConfig
from textseg.segments.levels import MIN_MICRO, Micro, find_macro, find_micro
from textseg.segments.partition import nearest_center

CONFIG = SegmentsConfig(subsamples=4)


def nested(sizes, distances=(20.0, 5.0), seed=0):
    """Groups of groups: far apart, with parts that are nearer to each other."""
    rng = np.random.default_rng(seed)
    far, near = distances
    X, broad, fine = [], [], []
    for group, parts in enumerate(sizes):
        for part, size in enumerate(parts):
            center = far * np.eye(8)[group] + near * np.eye(8)[4 + part]
            X.append(center + rng.normal(scale=0.6, size=(size, 8)))
            broad += [group] * size
            fine += [len(set(fine))] * size
    return np.vstack(X), np.array(broad), np.array(fine)


def means(X, labels):
    return np.array([X[labels == each].mean(axis=0) for each in range(labels.max() + 1)])


@pytest.mark.parametrize("seed", range(4))
def test_planted_parts_are_found_inside_their_segments(seed):
    X, broad, fine = nested([(50, 40), (60,), (70, 40, 35)], seed=seed)
    micro = find_micro(X, broad, CONFIG, seed)
    assert micro.parents.tolist() == [0, 0, 2, 2, 2]
    found = micro.assign(X, broad)
    assert (found[broad == 1] == -1).all()
    for segment in (0, 2):
        inside = broad == segment
        assert adjusted_rand_score(fine[inside], found[inside]) == 1.0
        sizes = np.bincount(found[inside])
        assert (np.diff(sizes[sizes > 0]) <= 0).all()
    assert micro.stability == pytest.approx(1.0)


@pytest.mark.parametrize("size", [90, 200])
def test_homogeneous_segments_have_no_parts(size):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = np.vstack([rng.normal(size=(size, 20)), 30 + rng.normal(size=(size, 20))])
        assert len(find_micro(X, np.repeat([0, 1], size), CONFIG, seed)) == 0


def test_parts_are_large_enough():
    X, broad, _ = nested([(80, MIN_MICRO - 5), (80, MIN_MICRO + 5)])
    micro = find_micro(X, broad, CONFIG, 0)
    assert micro.parents.tolist() == [1, 1]
    assert np.bincount(micro.assign(X, broad)[broad == 1]).min() >= MIN_MICRO


def test_nobody_elses_segment_matters_to_the_parts():
    X, broad, _ = nested([(50, 40), (60, 30)])
    both = find_micro(X, broad, CONFIG, 0)
    first = find_micro(X[broad == 0], broad[broad == 0], CONFIG, 0)
    np.testing.assert_array_equal(both.centers[both.parents == 0], first.centers)


def test_a_customer_is_assigned_among_the_parts_of_the_own_segment_only():
    micro = Micro(np.array([[0.0], [2.0], [5.0], [9.0]]), np.array([0, 0, 3, 3]), np.ones(4))
    points = np.array([[0.1], [8.0], [8.0], [0.0], [0.0]])
    assert micro.assign(points, np.array([0, 0, 3, 3, 1])).tolist() == [0, 1, 3, 2, -1]


def test_without_parts_nobody_is_in_one():
    assert Micro().assign(np.ones((3, 2)), np.array([0, 1, 0])).tolist() == [-1, -1, -1]
    assert len(Micro()) == 0


def test_parts_come_back_from_arrays():
    X, broad, _ = nested([(50, 40), (60,)])
    for micro in (find_micro(X, broad, CONFIG, 0), Micro()):
        again = Micro.from_arrays(micro.to_arrays())
        for name, array in micro.to_arrays().items():
            assert again.to_arrays()[name].tobytes() == array.tobytes()
            assert array.dtype.kind in "fi"
        np.testing.assert_array_equal(again.assign(X, broad), micro.assign(X, broad))


def test_planted_groups_of_segments_are_found():
    for seed in range(3):
        X, broad, fine = nested([(30, 20), (25, 20, 20), (40, 20)], seed=seed)
        macro = find_macro(X, fine, means(X, fine), seed)
        assert macro.tolist() == [0, 0, 1, 1, 1, 2, 2]
        np.testing.assert_array_equal(macro[fine], broad)


def test_groups_of_segments_do_not_depend_on_the_order_of_segments():
    X, _, fine = nested([(30, 20), (25, 20, 20)])
    renamed = np.array([3, 0, 4, 1, 2])
    macro = find_macro(X, renamed[fine], means(X, renamed[fine]), 0)
    assert macro[renamed].tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_few_segments_are_not_merged(k, islands):
    X, truth = islands((20,) * k)
    assert find_macro(X, truth, means(X, truth), 0).tolist() == list(range(k))


@pytest.mark.parametrize("k", [4, 5, 9])
def test_there_are_two_to_half_as_many_groups_as_segments(k):
    X = np.random.default_rng(k).normal(size=(300, 4))
    labels = nearest_center(X, X[:k])[0]
    macro = find_macro(X, labels, X[:k], 0)
    assert 2 <= len(np.unique(macro)) <= k // 2
    _, first = np.unique(macro, return_index=True)
    assert (np.diff(first) > 0).all()
    assert macro[0] == 0

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from made import random_units
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from textseg.cluster import Level, choose, silhouettes, unit
from textseg.cluster.levels import balanced_size, families

N = 400
MIDDLE = 16  # 0.8 times the root of N


def level(k: int, silhouette: float = 0.5, size: int = MIDDLE) -> Level:
    """A cut into k groups of nearly the same size, the largest first."""
    labels = np.arange(N) % k
    scores = np.full(N, silhouette, dtype=np.float32)
    return Level(size, np.ones(N, dtype=bool), labels, random_units(k), scores)


# Silhouette


@given(
    X=hnp.arrays(np.float32, (25, 4), elements=st.floats(0.125, 1, width=32)),
    labels=hnp.arrays(np.int64, 25, elements=st.integers(0, 4)),
)
def test_silhouettes_are_those_of_sklearn(X, labels):
    labels = np.unique(labels, return_inverse=True)[1]
    if labels.max() < 1:
        labels[0] = 1
    # Rounding decides the silhouette of points that coincide, so that they are moved apart.
    X = unit(X + np.random.default_rng(0).uniform(0, 1, X.shape))
    expected = silhouette_samples(X.astype(np.float64), labels, metric="cosine")
    np.testing.assert_allclose(silhouettes(X, labels), expected, atol=2e-3)


def test_only_member_of_a_group_has_silhouette_zero():
    X = np.eye(3, dtype=np.float32)[[0, 0, 1]]
    assert silhouettes(X, np.array([0, 0, 1])).tolist() == [1.0, 1.0, 0.0]


def test_silhouette_of_a_level_is_the_mean_of_its_points():
    scores = np.linspace(-0.5, 1, N).astype(np.float32)
    assert replace(level(3), scores=scores).silhouette == pytest.approx(0.25)


# The choice of a level


def test_broad_balanced_and_fine_follow_the_number_of_groups():
    few, some, many = level(4, 0.3, 40), level(12, 0.5), level(40, 0.4, 5)
    for levels in itertools.permutations([few, some, many]):
        assert choose(levels, None, "broad") is few
        assert choose(levels, None, "balanced") is choose(levels) is some
        assert choose(levels, None, "fine") is many


@given(
    st.lists(
        st.tuples(st.integers(2, 60), st.floats(-1, 1, width=16), st.integers(5, 60)), min_size=1
    )
)
def test_broad_has_no_more_groups_than_balanced_and_balanced_than_fine(made):
    levels = [level(*each) for each in made]
    broad, balanced, fine = (
        len(choose(levels, None, how).directions) for how in ("broad", "balanced", "fine")
    )
    assert min(k for k, _, _ in made) == broad <= balanced <= fine == max(k for k, _, _ in made)


def test_found_levels_are_ordered_too(levels):
    broad, balanced, fine = (
        len(choose(levels, None, how).directions) for how in ("broad", "balanced", "fine")
    )
    assert broad <= balanced <= fine


def test_of_equally_good_levels_the_one_in_the_middle_is_chosen():
    middle = level(12, 0.5, MIDDLE)
    for size in (5, 8, 40):
        assert choose([level(30, 0.5, size), middle, level(5, 0.5, 60)]) is middle


def test_being_far_from_the_middle_costs_little():
    # At e times the middle it costs 0.02.
    far = round(MIDDLE * np.e)
    middle = level(12, 0.5)
    assert len(choose([level(5, 0.515, far), middle]).directions) == 12
    assert len(choose([level(5, 0.525, far), middle]).directions) == 5


def test_balanced_size_is_that_of_a_level_that_stands_out():
    ladder = [level(40, 0.30, 5), level(20, 0.45, 10), level(12, 0.40, 20), level(5, 0.2, 40)]
    assert balanced_size(ladder) == pytest.approx(10, rel=0.01)
    assert balanced_size(ladder[::-1]) == pytest.approx(balanced_size(ladder))


def test_balanced_size_lies_between_equally_good_levels():
    # Both as far from the middle, on either side.
    assert balanced_size([level(30, 0.5, 8), level(6, 0.5, 32)]) == pytest.approx(MIDDLE)
    assert balanced_size([level(6, 0.5, 32)]) == pytest.approx(32)


@pytest.mark.parametrize("which", range(5))
def test_what_a_seed_changes_hardly_moves_the_balanced_size(which):
    sizes, silhouettes = [8, 10, 13, 16, 20], [0.400, 0.402, 0.403, 0.402, 0.400]
    before = balanced_size([level(5, *each) for each in zip(silhouettes, sizes, strict=True)])
    silhouettes[which] += 0.003
    after = balanced_size([level(5, *each) for each in zip(silhouettes, sizes, strict=True)])
    # The best cut becomes any of them; the size moves by less than a rung, towards that cut.
    assert abs(np.log(after / before)) < np.log(1.15)
    assert (after - before) * (sizes[which] - before) >= 0


# A wanted number


@pytest.mark.parametrize("number", range(2, 7))
def test_wanted_number_comes_from_merging_whole_groups(blobs, levels, number):
    X, truth = blobs
    merged = choose(levels, number)
    assert np.unique(merged.labels).tolist() == list(range(number))
    assert all(len(np.unique(merged.labels[truth == group])) == 1 for group in range(6))
    sizes = np.bincount(merged.labels)
    assert sizes.tolist() == sorted(sizes, reverse=True)
    means = unit(np.array([X[merged.labels == group].mean(axis=0) for group in range(number)]))
    assert (np.einsum("kd,kd->k", means, merged.directions) > 0.99).all()


def test_merging_starts_from_the_fewest_groups_that_are_enough():
    few, many = level(8), replace(level(30), min_cluster_size=7)
    same = choose([many, few], 8)
    assert same.labels.tolist() == few.labels.tolist()
    np.testing.assert_allclose(same.directions, few.directions, atol=1e-6)
    nine = choose([many, few], 9)
    assert nine.min_cluster_size == 7
    assert nine.directions.shape == (9, 48)
    assert nine.is_core is many.is_core
    # Whole groups are merged: no group of the cut lies in two.
    pairs = set(zip(many.labels.tolist(), nine.labels.tolist(), strict=True))
    assert len(pairs) == 30


def test_a_number_goes_before_a_level():
    assert len(choose([level(8), level(30)], 9, "broad").directions) == 9


def test_most_groups_there_are_where_there_are_too_few():
    most = level(8)
    assert choose([level(5), most], 20) is most


def test_merging_finds_the_parents_of_groups_that_have_much_in_common():
    # All groups share a part, as sentences do; the merged groups must not absorb the others.
    rng = np.random.default_rng(0)
    parent = np.repeat(np.arange(4), 8)
    shared, parents = rng.normal(size=64), rng.normal(size=(4, 64))
    directions = unit(shared + 0.7 * parents[parent] + 0.8 * rng.normal(size=(32, 64)))
    found = choose([replace(level(32), directions=directions)], 4)
    assert adjusted_rand_score(parent[np.arange(N) % 32], found.labels) > 0.8
    assert adjusted_rand_score(parent, families(directions, 4)) > 0.8


def test_larger_groups_weigh_more_in_what_they_are_merged_into():
    directions = unit(np.array([[1, 0, 0], [1, 0.2, 0], [0, 0, 1]]))
    labels = np.repeat([0, 1, 2], [30, 10, 5])
    made = Level(5, np.ones(45, dtype=bool), labels, directions, np.zeros(45, dtype=np.float32))
    merged = choose([made], 2)
    assert merged.labels.tolist() == [0] * 40 + [1] * 5
    expected = unit(np.array([30 * directions[0] + 10 * directions[1], directions[2]]))
    np.testing.assert_allclose(merged.directions, expected, atol=1e-6)

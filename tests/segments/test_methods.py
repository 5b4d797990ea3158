from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.segments.methods import METHODS, density

UNEQUAL = (90, 60, 40, 35)


@pytest.mark.parametrize("name", METHODS)
def test_groups_of_unequal_size_are_found(islands, name):
    X, truth = islands((120, 40, 15), spread=0.8)
    labels = METHODS[name](3)(X, 0, 5)
    assert labels.dtype == np.int64
    assert adjusted_rand_score(truth, labels) == 1.0


@pytest.mark.parametrize("name", METHODS)
def test_there_are_no_more_groups_than_unlike_points(name):
    X = np.repeat(np.eye(3), 8, axis=0)
    labels = METHODS[name](7)(X, 0, 3)
    assert adjusted_rand_score(np.repeat([0, 1, 2], 8), labels) == 1.0
    assert METHODS[name](4)(np.zeros((12, 2)), 0, 3).tolist() == [0] * 12


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_groups(islands, name):
    X, _ = islands(spread=3.0)
    one, again = (METHODS[name](5)(X, 3, 2) for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_a_mixture_shares_its_covariance():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 80)
    X = np.column_stack([5.0 * truth, np.zeros(160)]) + rng.normal(size=(160, 2)) * [0.6, 2.5]
    assert adjusted_rand_score(truth, METHODS["gaussian-mixture"](2)(X, 0, 5)) > 0.95


def test_dense_groups_are_found_without_their_number(islands):
    X, truth = islands(UNEQUAL, spread=0.4)
    labels = density(range(2, 13))(X - X.mean(axis=0), 0, 1)
    assert adjusted_rand_score(truth, labels) > 0.95


@pytest.mark.parametrize("numbers", [[3], [2, 3]])
def test_density_keeps_to_the_number_wanted_and_to_the_most_allowed(islands, numbers):
    X, _ = islands(UNEQUAL, spread=0.4)
    assert np.unique(density(numbers)(X - X.mean(axis=0), 0, 1)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("X", [np.random.default_rng(0).normal(size=(12, 3)), np.zeros((50, 3))])
def test_where_there_are_too_few_or_all_alike_there_is_one_dense_group(X):
    assert density([2, 3])(X, 0, 1).tolist() == [0] * len(X)

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.segments.partition import nearest_center, plain, settle


def test_confidence_is_one_on_the_centre_and_zero_half_way():
    centers = np.array([[0.0, 0.0], [2.0, 0.0]])
    labels, confidence = nearest_center(np.array([[0, 0], [1, 0], [1.5, 0], [9, 0]]), centers)
    assert labels.tolist() == [0, 0, 1, 1]
    assert confidence.tolist() == pytest.approx([1.0, 0.0, 2 / 3, 2 / 9])


def test_one_centre_is_certain():
    labels, confidence = nearest_center(np.zeros((2, 3)), np.ones((1, 3)))
    assert (labels.tolist(), confidence.tolist()) == ([0, 0], [1.0, 1.0])


@pytest.mark.parametrize("refine", [settle, plain])
def test_the_largest_group_comes_first_whatever_it_was_called(islands, refine):
    X, truth = islands((20, 60, 40))
    found = refine(X, np.array([7, 0, 3])[truth])
    assert np.bincount(found.labels).tolist() == [60, 40, 20]
    assert adjusted_rand_score(truth, found.labels) == 1.0


@pytest.mark.parametrize("refine", [settle, plain])
def test_labels_are_those_of_the_nearest_centres(islands, refine):
    X, truth = islands(spread=2.5)
    found = refine(X, truth)
    np.testing.assert_array_equal(
        nearest_center(X @ found.whitening, found.centers)[0], found.labels
    )


def elongated():
    """Two groups, less far apart than they are long."""
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 200)
    X = np.column_stack([6.0 * truth, np.zeros(400)])
    return X + rng.normal(size=(400, 2)) * [0.7, 8.0], truth


def test_what_varies_inside_the_groups_is_not_taken_for_structure():
    X, truth = elongated()
    rough = np.where(np.random.default_rng(1).random(400) < 0.2, 1 - truth, truth)
    assert adjusted_rand_score(truth, settle(X, rough).labels) == 1.0
    assert adjusted_rand_score(truth, plain(X, X[:, 1] > 0).labels) < 0.1


def test_the_spread_inside_the_groups_becomes_the_same_in_every_direction():
    X, truth = elongated()
    found = settle(X, truth)
    long, wide = np.linalg.eigvalsh(np.cov((X - X.mean(axis=0)).T, ddof=0))[::-1]
    Z = X @ found.whitening
    inside = np.linalg.eigvalsh(np.cov((Z - found.centers[found.labels]).T))
    # Covariances are shrunk, so that it is not quite the same.
    assert long / wide > 5
    assert inside[1] / inside[0] < 2
    np.testing.assert_allclose(found.whitening, found.whitening.T, atol=1e-12)


def test_turning_the_space_changes_nothing(islands):
    X, truth = islands(spread=1.5)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))[0]
    one, other = settle(X, truth), settle(X @ turn + 9.0, truth)
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_allclose(
        nearest_center(X @ one.whitening, one.centers)[1],
        nearest_center((X @ turn + 9.0) @ other.whitening, other.centers)[1],
        atol=1e-6,
    )


def test_scaling_the_space_changes_nothing(islands):
    X, truth = islands(spread=1.5)
    np.testing.assert_array_equal(settle(X, truth).labels, settle(X * 1e-3, truth).labels)
    np.testing.assert_array_equal(settle(X, truth).labels, settle(X * 1e3, truth).labels)


def test_a_feature_that_never_varies_changes_nothing(islands):
    X, truth = islands(spread=1.5)
    wide = np.insert(X, 2, 4.0, axis=1)
    one, other = settle(X, truth), settle(wide, truth)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert not other.whitening[2].any()


def test_the_order_of_the_points_changes_nothing(islands):
    X, truth = islands(spread=1.5)
    order = np.random.default_rng(5).permutation(len(X))
    np.testing.assert_array_equal(
        settle(X, truth).labels[order], settle(X[order], truth[order]).labels
    )


def test_points_that_are_all_the_same_are_one_group():
    found = settle(np.ones((10, 3)), np.arange(10) % 2)
    assert found.labels.tolist() == [0] * 10
    assert found.centers.shape == (1, 3)
    assert np.isfinite(found.whitening).all()


def test_groups_without_spread_stay_as_they_are():
    X = np.repeat(np.eye(3), [5, 4, 3], axis=0)
    found = settle(X, np.repeat([2, 0, 1], [5, 4, 3]))
    assert found.labels.tolist() == np.repeat([0, 1, 2], [5, 4, 3]).tolist()
    np.testing.assert_array_equal(found.centers, np.eye(3))


def test_what_is_the_same_inside_every_group_still_parts_them():
    truth = np.repeat([0, 1], 50)
    X = np.column_stack([truth, np.tile(np.linspace(-3, 3, 50), 2)])
    rough = truth.copy()
    rough[[3, 60]] = 1 - rough[[3, 60]]
    assert adjusted_rand_score(truth, settle(X, rough).labels) == 1.0

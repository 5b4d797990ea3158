from __future__ import annotations

import numpy as np
import pytest

from textseg.segments.methods import k_means
from textseg.segments.partition import settle
from textseg.segments.separation import has_valley, separated

SEEDS = range(40)


def share_with_valley(draw):
    return np.mean([has_valley(draw(np.random.default_rng(seed))) for seed in SEEDS])


def between_means(values):
    """Cut values at their median, and put the means of both sides at 0 and 1."""
    low = values <= np.median(values)
    start, end = values[low].mean(), values[~low].mean()
    return (values - start) / (end - start)


@pytest.mark.parametrize("n", [30, 200, 2_000])
@pytest.mark.parametrize(
    "draw", [np.random.Generator.normal, np.random.Generator.uniform, np.random.Generator.gamma]
)
def test_a_single_mode_that_is_cut_in_two_has_no_valley(draw, n):
    shape = {"shape": 2.0} if draw is np.random.Generator.gamma else {}
    assert share_with_valley(lambda rng: between_means(draw(rng, size=n, **shape))) < 0.1


@pytest.mark.parametrize(("n", "least"), [(60, 0.7), (200, 0.95), (2_000, 1.0)])
def test_modes_that_are_six_deviations_apart_have_one(n, least):
    def two(rng):
        return rng.normal(np.arange(n) % 2, 1 / 6)

    assert share_with_valley(two) >= least


def test_modes_of_unequal_size_have_one():
    assert share_with_valley(lambda rng: rng.normal(np.arange(300) % 10 == 0, 1 / 8)) > 0.9


def test_a_few_points_prove_nothing():
    assert not has_valley(np.array([]))
    assert not has_valley(np.array([0.0, 1.0]))
    assert has_valley(np.repeat([0.0, 1.0], 20))


def cut(X, k):
    found = settle(X, k_means(k)(X, 0, 5))
    return separated(X @ found.whitening, found.labels, found.centers)


def test_islands_are_separated(islands):
    for seed in range(3):
        X, _ = islands(spread=0.8, seed=seed)
        assert cut(X, 4).all()


@pytest.mark.parametrize("d", [2, 5, 20])
@pytest.mark.parametrize("k", [2, 3, 6])
def test_what_is_cut_out_of_a_continuum_is_not(d, k):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        assert not cut(rng.normal(size=(400, d)), k).all()
        assert cut(rng.normal(size=(400, d)), k).mean() < 0.5
        assert cut(rng.uniform(size=(400, d)), k).mean() < 0.5


def test_each_group_is_looked_at_for_itself(islands):
    X, truth = islands((80, 80), spread=0.5, d=2)
    # The first island is cut in two; the second is far from either half.
    halves = np.where(truth == 1, 2, (X[:, 1] > 0).astype(int))
    found = settle(X, halves)
    order = [found.labels[halves == each][0] for each in (0, 1, 2)]
    assert separated(X @ found.whitening, found.labels, found.centers)[order].tolist() == [
        False,
        False,
        True,
    ]


def test_the_space_may_be_turned_scaled_and_shifted(islands):
    X, truth = islands(spread=1.2)
    centers = np.array([X[truth == group].mean(axis=0) for group in range(4)])
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0] * 1e-4
    np.testing.assert_array_equal(
        separated(X, truth, centers), separated(X @ turn + 3, truth, centers @ turn + 3)
    )


def test_one_group_is_no_island():
    assert separated(np.ones((9, 2)), np.zeros(9, dtype=int), np.ones((1, 2))).tolist() == [False]

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.segments.methods import k_means, ward
from textseg.segments.partition import plain
from textseg.segments.stability import make_candidate, overlaps, repeat, subsamples


def candidate(X, k, draws=6, seed=0, **options):
    return make_candidate(
        "k-means", k_means(k), X, subsamples(len(X), draws, seed), seed, **options
    )


def test_subsamples_are_four_fifths_without_repetition():
    drawn = subsamples(50, 7, seed=3)
    assert len(drawn) == 7
    for rows in drawn:
        assert len(np.unique(rows)) == len(rows) == 40
        assert 0 <= rows.min() <= rows.max() < 50
    assert len({rows.tobytes() for rows in drawn}) == 7
    for one, again in zip(drawn, subsamples(50, 7, seed=3), strict=True):
        np.testing.assert_array_equal(one, again)


def test_islands_are_found_again(islands):
    X, _ = islands((40, 40, 40), spread=0.5)
    apart = candidate(X, 3)
    assert apart.stability == pytest.approx(1.0)
    assert apart.jaccard == pytest.approx(1.0)
    assert (apart.number, apart.weakest) == (3, pytest.approx(1.0))


@pytest.mark.parametrize("seed", range(3))
def test_groups_of_noise_are_not(seed):
    noise = candidate(np.random.default_rng(seed).normal(size=(200, 6)), 6)
    assert noise.stability < 0.6
    assert noise.weakest < 0.6


def test_stability_tells_which_segment_holds():
    rng = np.random.default_rng(1)
    X = np.vstack([rng.normal(size=(120, 2)), rng.normal(size=(40, 2)) * 0.3 + [0, 40]])
    found = candidate(X, 4)
    (apart,) = set(found.partition.labels[120:])
    assert found.jaccard[apart] == pytest.approx(1.0)
    assert np.delete(found.jaccard, apart).max() < 0.95
    assert found.weakest == found.jaccard.min()


def test_candidates_know_their_smallest_share(islands):
    X, _ = islands((70, 20, 10))
    assert candidate(X, 3, 2).smallest_share == 0.1


def test_the_refinement_is_used_in_subsamples_too(islands):
    X, _ = islands(spread=2.0)
    sizes = []

    def counting(points, labels):
        sizes.append(len(points))
        return plain(points, labels)

    found = candidate(X, 3, draws=2, refine=counting)
    assert sizes == [150, 120, 120]
    np.testing.assert_array_equal(found.partition.whitening, np.eye(6))


@pytest.mark.parametrize("start", [k_means(4), ward(4)])
def test_the_same_seed_gives_the_same_bytes(islands, start):
    X, _ = islands(spread=3.0)
    rows = subsamples(len(X), 3, 5)
    one, again = (make_candidate("m", start, X, rows, 5) for _ in range(2))
    assert one.agreement.tobytes() == again.agreement.tobytes()
    assert one.jaccard.tobytes() == again.jaccard.tobytes()
    assert one.partition.centers.tobytes() == again.partition.centers.tobytes()


def test_islands_repeat_under_bootstrap_seeds_and_in_halves(islands):
    X, _ = islands((60, 50, 40), spread=0.5)
    repeats = repeat(candidate(X, 3, 2), X, 8, 0)
    assert (repeats.bootstrap, repeats.seeds, repeats.halves) == pytest.approx((1.0, 1.0, 1.0))


def test_noise_does_not_repeat():
    X = np.random.default_rng(0).normal(size=(200, 6))
    repeats = repeat(candidate(X, 6, 2), X, 8, 0)
    assert max(repeats.bootstrap, repeats.halves) < 0.6
    assert repeat(candidate(X, 6, 2), X, 8, 0) == repeats


labels = st.lists(st.integers(0, 3), min_size=1, max_size=30)


@given(labels, st.randoms(use_true_random=False))
def test_overlap_is_complete_with_the_same_groups_by_other_names(own, random):
    given_labels = np.unique(own, return_inverse=True)[1]
    k = int(given_labels.max()) + 1
    renamed = np.array(random.sample(range(k), k))[given_labels]
    assert overlaps(given_labels, renamed, k).tolist() == [1.0] * k


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_overlap_is_the_best_jaccard_index(pairs):
    one, other = np.array(pairs).T
    for group, overlap in enumerate(overlaps(one, other, 4)):
        own = {place for place, label in enumerate(one) if label == group}
        each = [{p for p, label in enumerate(other) if label == name} for name in range(4)]
        expected = max(len(own & some) / len(own | some) if own | some else 0 for some in each)
        assert overlap == pytest.approx(expected)

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.config import SegmentsConfig
from textseg.segments.model import fit_segments
from textseg.segments.selection import (
    VALID,
    Candidate,
    choose,
    compare,
    kmeans_centers,
    nearest_center,
)


def blobs(sizes, spread, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    return np.eye(len(sizes))[truth] * 5 + rng.normal(
        scale=spread, size=(len(truth), len(sizes))
    ), truth


def candidate(number, stability, smallest=0.2, weakest=0.0):
    return Candidate(
        "k-means", np.zeros((number, 1)), np.array([stability]), np.full(number, weakest), smallest
    )


def test_planted_groups_are_found_with_their_number_and_order():
    X, truth = blobs([20, 60, 40, 30], 0.3)
    found = choose(compare(X, range(2, 9), subsamples=8), 0.02)
    labels, _ = nearest_center(X, found.centers)
    assert found.number == 4
    assert adjusted_rand_score(truth, labels) == 1.0
    assert np.bincount(labels).tolist() == [60, 40, 30, 20]


def test_separated_groups_are_stable_and_noise_is_not():
    X, _ = blobs([40, 40, 40], 0.3)
    (apart,) = compare(X, [3], subsamples=8)
    assert apart.stability == pytest.approx(1.0)
    assert apart.jaccard == pytest.approx(1.0)
    (noise,) = compare(np.random.default_rng(0).normal(size=(120, 6)), [6], subsamples=8)
    assert noise.stability < 0.6
    assert noise.jaccard.mean() < 0.7


def test_stability_tells_which_segment_holds():
    rng = np.random.default_rng(1)
    X = np.vstack([rng.normal(size=(120, 2)) * [4, 1], rng.normal(size=(40, 2)) * 0.1 + [0, 40]])
    (found,) = compare(X, [4], subsamples=10)
    labels, _ = nearest_center(X, found.centers)
    (apart,) = set(labels[120:])
    assert found.jaccard[apart] == pytest.approx(1.0)
    assert np.delete(found.jaccard, apart).max() < 0.99


def test_the_same_seed_gives_the_same_candidates():
    X, _ = blobs([30, 30, 30], 2.0)
    one, again = (compare(X, [2, 5], seed=7, subsamples=4) for _ in range(2))
    for a, b in zip(one, again, strict=True):
        np.testing.assert_array_equal(a.centers, b.centers)
        np.testing.assert_array_equal(a.agreement, b.agreement)
        np.testing.assert_array_equal(a.jaccard, b.jaccard)


def test_candidates_know_their_smallest_share():
    X, _ = blobs([70, 20, 10], 0.2)
    (found,) = compare(X, [3], subsamples=2)
    assert found.smallest_share == 0.1


def test_most_segments_of_which_every_one_is_found_again():
    few, many = candidate(2, 0.99, weakest=0.99), candidate(5, 0.8, weakest=VALID)
    cut_in_two = candidate(6, 0.95, weakest=VALID - 0.01)
    assert choose([few, many, cut_in_two], 0.02) is many


def test_if_none_is_found_again_the_most_stable_as_a_whole():
    stable, many = candidate(3, 0.7, weakest=0.5), candidate(5, 0.6, weakest=0.6)
    assert choose([stable, many], 0.02) is stable


def test_a_group_cut_in_two_by_chance_is_not_taken():
    X, _ = blobs([60, 60, 60], 1.0)
    found = choose(compare(X, range(2, 7), subsamples=10), 0.02)
    assert found.number == 3


def test_dense_groups_are_found_without_their_number():
    X, truth = blobs([90, 70, 60, 40], 0.4)
    (found,) = compare(X - X.mean(axis=0), range(2, 12), method="density", subsamples=2)
    labels, _ = nearest_center(X - X.mean(axis=0), found.centers)
    assert (found.method, found.number) == ("density", 4)
    assert adjusted_rand_score(truth, labels) > 0.95
    assert found.jaccard.min() > 0.9


def test_density_keeps_to_the_number_wanted_and_to_the_most_allowed():
    X, _ = blobs([90, 70, 60, 40], 0.4)
    for numbers in ([3], range(2, 4)):
        (found,) = compare(X - X.mean(axis=0), numbers, method="density", subsamples=1)
        assert found.number == 3


def test_too_few_customers_for_density_are_one_group():
    (found,) = compare(np.random.default_rng(0).normal(size=(12, 3)), [2], method="density")
    assert found.number == 1


def test_small_segments_are_left_out_even_if_they_are_the_most_stable():
    good, tiny = candidate(3, 0.6, weakest=0.8), candidate(8, 0.99, smallest=0.019, weakest=0.9)
    assert choose([good, tiny], 0.02) is good
    assert choose([good, tiny], 0.019) is tiny


def test_if_all_have_a_small_segment_one_of_them_is_taken():
    few, many = candidate(2, 0.9, smallest=0.001), candidate(3, 0.5, smallest=0.001)
    assert choose([few, many], 0.02) is few


def test_of_equal_numbers_the_more_stable():
    worse, better = candidate(4, 0.97), candidate(4, 0.98)
    assert choose([worse, better], 0.0) is choose([better, worse], 0.0) is better


def test_confidence_is_one_on_the_centre_and_zero_half_way():
    centers = np.array([[0.0, 0.0], [2.0, 0.0]])
    labels, confidence = nearest_center(np.array([[0, 0], [1, 0], [1.5, 0], [9, 0]]), centers)
    assert labels.tolist() == [0, 0, 1, 1]
    assert confidence[:3].tolist() == pytest.approx([1.0, 0.0, 2 / 3])
    assert confidence[3] == pytest.approx(2 / 9)


def test_one_centre_is_certain():
    labels, confidence = nearest_center(np.zeros((2, 3)), np.ones((1, 3)))
    assert labels.tolist() == [0, 0]
    assert confidence.tolist() == [1.0, 1.0]


def test_there_are_no_more_segments_than_unlike_customers():
    X = np.repeat(np.eye(3), 20, axis=0)
    assert len(kmeans_centers(X, 7, seed=0)) == 3
    assert choose(compare(X, range(2, 8), subsamples=3), 0.0).number == 3
    assert choose(compare(np.zeros((40, 2)), [2, 3], subsamples=3), 0.0).number == 1


def fit(features, at_most=12, **settings):
    config = SegmentsConfig(**{"subsamples": 4, **settings})
    return fit_segments(features, config, seed=0, at_most=at_most)


def test_segments_of_planted_customers(make_view):
    view = make_view(4)
    model, chosen, candidates = fit(view.features)
    labels, confidence = model.assign(view.features)
    truth = view.table.loc[view.with_text, "dominant_topic_id"].to_numpy("int64")
    assert len(model) == chosen.number == 4
    assert adjusted_rand_score(truth, labels) == 1.0
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert [each.number for each in candidates] == list(range(2, 13))


def test_each_customer_is_assigned_alone_as_among_all(make_view):
    view = make_view(3)
    model, *_ = fit(view.features)
    labels, confidence = model.assign(view.features)
    for row in (0, 25, 59):
        alone, sure = model.assign({name: X[row : row + 1] for name, X in view.features.items()})
        assert alone[0] == labels[row]
        assert sure[0] == pytest.approx(confidence[row], abs=1e-12)


def test_a_wanted_number_is_the_number(make_view):
    view = make_view(4)
    model, _, candidates = fit(view.features, at_most=2, number=3)
    assert (len(model), len(candidates)) == (3, 1)


def test_no_more_than_allowed_are_tried(make_view):
    _, _, candidates = fit(make_view(4).features, at_most=3)
    assert [each.number for each in candidates] == [2, 3]


def test_a_weight_of_zero_takes_a_block_out(make_view):
    view = make_view(4)
    weights = {"preference": 0.0, "sentiment": 1.0, "value": 0.0}
    model, *_ = fit(view.features, weights=weights)
    assert len(model) == 2
    labels, _ = model.assign(view.features)
    moods = view.table.loc[view.with_text, "sentiment"] > 0
    assert adjusted_rand_score(moods, labels) == 1.0

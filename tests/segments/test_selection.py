from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.progress import SILENT
from textseg.segments import selection
from textseg.segments.methods import k_means
from textseg.segments.partition import Partition
from textseg.segments.selection import (
    MORE,
    VALID,
    all_differ,
    choose,
    compare,
    kinds,
    sampled_rows,
    weakest_kind,
)
from textseg.segments.stability import Candidate


def candidate(number=3, stability=0.9, *, smallest=0.2, weakest=0.8):
    """A candidate of 1,000 customers with these figures."""
    sizes = np.full(number, (1 - smallest) / max(number - 1, 1))
    sizes[-1] = smallest if number > 1 else 1.0
    labels = np.repeat(
        np.arange(number), np.diff(np.round(np.cumsum([0, *sizes]) * 1000)).astype(int)
    )
    return Candidate(
        "k-means",
        Partition(np.eye(1), np.arange(number, dtype=float)[:, None], labels),
        np.array([stability]),
        np.full(number, weakest),
        k_means(number),
    )


chosen_of = partial(choose, min_share=0.02)


# What is compared


@pytest.mark.parametrize("method", ["auto", "k-means", "ward", "gaussian-mixture"])
@pytest.mark.parametrize("sizes", [(60, 60, 60), (90, 50, 30, 20), (70, 50, 40, 30, 25)])
def test_planted_groups_are_found_without_their_number(islands, method, sizes):
    X, truth = islands(sizes, spread=0.8)
    found = chosen_of(compare(X, range(2, 8), method=method, draws=5))
    assert found.number == len(sizes)
    assert adjusted_rand_score(truth, found.partition.labels) == 1.0
    assert np.bincount(found.partition.labels).tolist() == sorted(sizes, reverse=True)
    assert found.method in (("k-means", "density") if method == "auto" else (method,))


@pytest.mark.parametrize("method", ["auto", "density"])
def test_islands_are_found_by_density_too(islands, method):
    X, truth = islands((90, 70, 60, 40), spread=0.4)
    found = compare(X - X.mean(axis=0), range(2, 6), method=method, draws=2)
    assert [each.method for each in found] == ["k-means"] * 4 * (method == "auto") + ["density"]
    assert found[-1].number == 4
    assert adjusted_rand_score(truth, found[-1].partition.labels) == 1.0
    assert found[-1].weakest > 0.9


def test_a_number_that_is_asked_for_is_kept(islands):
    X, _ = islands((90, 70, 60, 40), spread=0.4)
    (only,) = compare(X - X.mean(axis=0), [3], draws=2)
    assert (only.method, only.number) == ("k-means", 3)


def test_density_is_a_candidate_in_a_continuum_too():
    X = np.random.default_rng(0).normal(size=(200, 3))
    found = compare(X, [2, 3], draws=2)
    assert [each.method for each in found] == ["k-means", "k-means", "density"]
    (asked,) = compare(X, [2, 3], method="density", draws=2)
    assert asked.method == "density"


def test_progress_is_told_of_every_candidate(islands):
    told = []

    class Watching:
        def stage(self, name, total=None):
            told.append((name, total))
            return SILENT.stage(name, total)

    compare(islands()[0], [2, 3, 4], method="ward", draws=2, progress=Watching())
    assert told == [("Comparing segmentations", 4)]


def test_there_are_no_more_segments_than_unlike_customers():
    X = np.repeat(np.eye(3), 20, axis=0)
    assert choose(compare(X, range(2, 8), method="k-means", draws=3), 0.0).number == 3
    assert choose(compare(np.zeros((40, 2)), [2, 3], draws=3), 0.0).number == 1


def test_noise_is_cut_into_few_and_is_constructive_or_a_continuum():
    for seed in range(3):
        X = np.random.default_rng(seed).normal(size=(250, 5))
        found = chosen_of(compare(X, range(2, 8), method="k-means", draws=5))
        assert "natural" not in kinds(found, X)
        (many,) = compare(X, [6], method="k-means", draws=5)
        assert weakest_kind(kinds(many, X)) == "constructive"


def test_customers_that_are_there_twice_change_nothing(islands):
    X, truth = islands(spread=1.0)
    found = chosen_of(compare(np.repeat(X, 2, axis=0), range(2, 7), method="k-means", draws=5))
    assert found.number == 4
    assert adjusted_rand_score(np.repeat(truth, 2), found.partition.labels) > 0.98


# What is chosen


def test_a_group_cut_in_two_by_chance_is_not_taken(islands):
    X, _ = islands((60, 60, 60), spread=1.0)
    found = chosen_of(compare(X, range(2, 7), method="k-means", draws=8))
    assert found.number == 3


def test_many_segments_of_which_every_one_is_found_again():
    few, many = candidate(2, weakest=0.99), candidate(6, weakest=0.95)
    cut_in_two = candidate(9, 0.99, weakest=VALID - 0.01, smallest=0.1)
    assert chosen_of([few, many, cut_in_two]) is many


def test_more_segments_are_worth_so_much_less_overlap():
    few = candidate(2, weakest=0.99)
    worth = 0.99 - MORE * np.log(3 / 2)
    assert chosen_of([few, candidate(3, weakest=worth + 0.01)]).number == 3
    assert chosen_of([few, candidate(3, weakest=worth - 0.01)]) is few


def test_if_none_is_found_again_the_most_stable_as_a_whole():
    stable, many = candidate(3, 0.7, weakest=0.5), candidate(5, 0.6, weakest=0.6)
    assert chosen_of([stable, many]) is stable


def test_one_segment_is_taken_only_if_there_is_nothing_else():
    one, two = candidate(1, 1.0, weakest=1.0), candidate(2, 0.8, weakest=VALID - 0.01)
    assert chosen_of([one, two]) is two
    assert chosen_of([one]) is one


def test_small_segments_are_left_out_even_if_they_are_the_most_stable():
    good, tiny = candidate(3), candidate(8, 0.99, smallest=0.019, weakest=0.99)
    assert choose([good, tiny], 0.02) is good
    assert choose([good, tiny], 0.019) is tiny


def test_if_all_have_a_small_segment_one_of_them_is_taken():
    few, many = candidate(2, smallest=0.001), candidate(3, smallest=0.001)
    assert chosen_of([few, many]) is many


def test_of_equals_the_more_stable():
    worse, better = candidate(4, 0.97), candidate(4, 0.98)
    assert chosen_of([worse, better]) is chosen_of([better, worse]) is better


# What kind they are


def test_islands_are_natural_and_a_continuum_is_not(islands):
    X, _ = islands((80, 70, 60), spread=0.7)
    (found,) = compare(X, [3], method="k-means", draws=5)
    assert kinds(found, X) == ["natural"] * 3


def test_a_long_continuum_is_reproducible():
    X = np.random.default_rng(0).uniform(size=(500, 2)) * [20, 1]
    (halves,) = compare(X, [2], method="k-means", draws=6)
    assert kinds(halves, X) == ["reproducible"] * 2


def test_a_segment_that_is_not_found_again_is_constructive(islands):
    X, _ = islands((80, 70, 60), spread=0.7)
    (found,) = compare(X, [3], method="k-means", draws=2)
    found.jaccard[:] = [VALID, VALID - 0.001, 1.0]
    assert kinds(found, X) == ["natural", "constructive", "natural"]


def test_the_whole_is_as_its_weakest_segment():
    assert weakest_kind(["natural", "natural"]) == "natural"
    assert weakest_kind(["natural", "reproducible"]) == "reproducible"
    assert weakest_kind(["reproducible", "constructive", "natural"]) == "constructive"


# What a person can tell apart


def two_groups(distance, seed=0):
    found = candidate(2, smallest=0.5)
    values = np.random.default_rng(seed).normal(size=(1000, 3))
    values[:, 1] += distance * found.partition.labels
    return found, pd.DataFrame(values, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("distance", "differ"), [(1.0, True), (0.5, True), (0.2, False), (0, False)]
)
def test_segments_differ_where_an_effect_is_certain(distance, differ):
    for seed in range(5):
        assert all_differ(*two_groups(distance, seed)) is differ


def test_every_segment_must_differ_from_its_nearest():
    found = candidate(3, smallest=1 / 3)
    labels = found.partition.labels
    noise = np.random.default_rng(0).normal(size=1000)
    assert all_differ(found, pd.DataFrame({"a": noise + labels}))
    assert not all_differ(found, pd.DataFrame({"a": noise + (labels == 2)}))


def test_a_feature_that_is_one_value_here_and_another_there_is_a_difference():
    found, noise = two_groups(0.0)
    assert all_differ(found, noise.assign(channel=found.partition.labels.astype(float)))
    assert not all_differ(found, noise.assign(channel=1.0))


def test_what_is_unknown_of_everybody_tells_nothing_apart():
    found, readable = two_groups(2.0)
    assert not all_differ(found, readable * np.nan)
    assert all_differ(found, readable.assign(a=np.nan))


def test_without_features_nothing_differs_and_one_segment_has_no_other():
    found, readable = two_groups(2.0)
    assert not all_differ(found, readable[[]])
    assert all_differ(candidate(1), readable[[]])


# Whom they are compared on


def test_only_so_many_customers_are_looked_at(monkeypatch):
    assert sampled_rows(5, 0).tolist() == [0, 1, 2, 3, 4]
    monkeypatch.setattr(selection, "MAX_CUSTOMERS", 40)
    assert sampled_rows(40, 0).tolist() == list(range(40))
    rows = sampled_rows(500, 0)
    assert len(np.unique(rows)) == len(rows) == 40
    assert (np.diff(rows) > 0).all()
    assert rows.max() > 300
    np.testing.assert_array_equal(rows, sampled_rows(500, 0))

from __future__ import annotations

import json

import numpy as np
import pytest
from made import random_units
from sklearn.metrics import adjusted_rand_score

from textseg.cluster import Level, choose, unit
from textseg.cluster.levels import silhouettes
from textseg.config import TopicsConfig
from textseg.topics.discovery import Discovery, Wanted, find_centroids
from textseg.topics.stability import Stability, find_again

CHANGES = ["seed", "subsample", "near_duplicates"]


def found_in(X: np.ndarray, config: TopicsConfig | None = None) -> Discovery:
    return find_centroids(X, ["a"] * len(X), config or TopicsConfig(), 0)


def level_of(X: np.ndarray, labels: np.ndarray) -> Level:
    k = int(labels.max()) + 1
    directions = unit(np.array([X[labels == group].mean(axis=0) for group in range(k)]))
    return Level(15, np.ones(len(X), dtype=bool), labels, directions, silhouettes(X, labels))


@pytest.fixture(scope="module")
def clear(blobs, levels) -> tuple[Discovery, Stability]:
    """The blobs and what of them is found again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textseg.topics.discovery.discover", lambda X, **_: levels)
        found = found_in(blobs[0])
    return found, find_again(blobs[0], found, TopicsConfig(), 0)


@pytest.fixture(scope="module")
def structureless() -> tuple[Discovery, Stability]:
    X = random_units(200, 64, seed=11)
    found = found_in(X)
    return found, find_again(X, found, TopicsConfig(), 0)


@pytest.fixture
def refits(monkeypatch):
    """Plant what the refits find: a function of the embeddings and the seed."""

    def plant(labels_of):
        seen = []

        def find(X, config, seed):
            seen.append((X, seed))
            labels = labels_of(X, seed)
            return () if labels is None else (level_of(X, labels),)

        monkeypatch.setattr("textseg.topics.stability.find_levels", find)
        return seen

    return plant


# Clear topics, and none


def test_clear_topics_hold(clear):
    found, held = clear
    assert held.topics.shape == (6,)
    assert (held.topics > 0.9).all()
    assert (held.topics <= 1).all()
    assert list(held.figures["agreement"]) == CHANGES
    assert min(held.figures["agreement"].values()) > 0.9
    assert held.figures["n_topics"] == dict.fromkeys(CHANGES, 6)
    assert held.again.mean() > 0.98
    assert held.notes == ()
    assert len(held.levels) == len(found.levels)
    assert all(value is not None and value > 0.95 for value in held.levels)
    assert json.loads(json.dumps(held.figures)) == held.figures


def test_topics_that_are_none_do_not_hold_and_it_is_said(structureless):
    found, held = structureless
    k = len(found.centroids.directions)
    assert held.topics.shape == (k,)
    assert ((held.topics >= 0) & (held.topics <= 1)).all()
    assert held.topics.mean() < 0.6
    agreement, numbers = held.figures["agreement"], held.figures["n_topics"]
    assert agreement["seed"] < 0.6
    assert agreement["subsample"] < 0.6
    said = {
        "seed": "Another seed",
        "subsample": "Leaving out a fifth of the texts",
        "near_duplicates": "Adding near duplicates of a tenth of the texts",
    }
    assert list(held.notes) == [
        f"{said[name]} changes the topics a lot: {numbers[name]} instead of {k}, adjusted Rand "
        f"index {agreement[name]:.2f}. topics.level = 'broad' gives fewer and firmer ones."
        for name in CHANGES
        if agreement[name] < 0.6
    ]
    assert held.again.mean() < 0.9


def test_same_texts_give_the_same_figures_to_the_bit(structureless):
    found, held = structureless
    again = find_again(random_units(200, 64, seed=11), found, TopicsConfig(), 0)
    for name in ("topics", "left_out", "again"):
        assert getattr(again, name).tobytes() == getattr(held, name).tobytes()
    assert (again.levels, again.figures, again.notes) == (held.levels, held.figures, held.notes)


# What is compared, by planted refits


def test_texts_are_left_out_and_copied_as_it_says(blobs, clear, refits):
    found, expected = clear
    seen = refits(lambda X, seed: nearest_planted(X, blobs))
    held = find_again(blobs[0], found, TopicsConfig(), 0)
    X = unit(blobs[0])
    (whole, seed), (kept, seed_kept), (more, seed_more) = seen
    assert (seed, seed_kept, seed_more) == (1, 0, 0)
    assert whole.tobytes() == X.tobytes()
    assert held.left_out.tolist() == expected.left_out.tolist()
    # The rows left out are those that the second refit has not seen.
    rest = np.setdiff1d(np.arange(len(X)), held.left_out)
    assert kept.tobytes() == X[rest].tobytes()
    assert len(held.left_out) == pytest.approx(0.2 * len(X), rel=0.3)
    assert held.again.shape == held.left_out.shape
    # Near duplicates: nearly the same direction, but not the same.
    assert more[: len(X)].tobytes() == X.tobytes()
    copies = more[len(X) :]
    assert len(copies) == pytest.approx(0.1 * len(X), rel=0.4)
    closest = (copies @ X.T).max(axis=1)
    assert closest.min() > 0.96
    assert closest.max() < 0.995


def nearest_planted(X: np.ndarray, blobs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    means = np.array([blobs[0][blobs[1] == group].mean(axis=0) for group in range(6)])
    return np.asarray((X @ unit(means).T).argmax(axis=1))


def test_a_topic_that_is_merged_with_another_loses_by_its_share(blobs, clear, refits):
    X, truth = blobs
    found, _ = clear

    def smallest_joins_the_next(X, seed):
        labels = nearest_planted(X, blobs)
        return np.where(labels == 5, 4, labels) if seed == 1 else labels

    refits(smallest_joins_the_next)
    held = find_again(X, found, TopicsConfig(), 0)
    # 40 and 30 texts: 40/70 and 30/70 in one refit of three, all in the others.
    assert held.topics[4] == pytest.approx((40 / 70 + 2) / 3, abs=0.03)
    assert held.topics[5] == pytest.approx((30 / 70 + 2) / 3, abs=0.03)
    assert (held.topics[:4] > 0.95).all()
    assert held.figures["n_topics"] == {"seed": 5, "subsample": 6, "near_duplicates": 6}
    assert held.again.all()
    labels = np.where(truth == 5, 4, truth)
    assert held.figures["agreement"]["seed"] == pytest.approx(
        adjusted_rand_score(truth, labels), abs=0.05
    )
    assert held.levels[0] == pytest.approx(adjusted_rand_score(truth, labels), abs=1e-6)


def test_what_was_left_out_and_lands_elsewhere_is_not_again(blobs, clear, refits):
    X, truth = blobs
    found, _ = clear

    def joined(X, seed):
        labels = nearest_planted(X, blobs)
        return np.where(labels == 1, 0, np.maximum(labels - 1, 0)) if len(X) < 400 else labels

    refits(joined)
    held = find_again(X, found, TopicsConfig(), 0)
    # The two largest are one; it is the first topic's again, being larger.
    assert held.again.tolist() == (truth[held.left_out] != 1).tolist()


def test_renumbered_topics_are_the_same_topics(blobs, clear, refits):
    X, _ = blobs
    found, _ = clear
    refits(lambda X, seed: 5 - nearest_planted(X, blobs))
    held = find_again(X, found, TopicsConfig(), 0)
    assert held.again.all()
    assert (held.topics > 0.95).all()
    assert held.notes == ()


def test_the_warning_names_the_change_the_numbers_and_the_settings(blobs, clear, refits):
    X, _ = blobs
    found, _ = clear

    def two_halves(X, seed):
        return np.arange(len(X)) % 2 if seed == 1 else nearest_planted(X, blobs)

    refits(two_halves)
    held = find_again(X, found, TopicsConfig(), 0)
    value = held.figures["agreement"]["seed"]
    assert abs(value) < 0.1
    assert held.notes == (
        "Another seed changes the topics a lot: 2 instead of 6, adjusted Rand index "
        f"{value:.2f}. topics.level = 'broad' gives fewer and firmer ones.",
    )
    assert held.topics.max() < 1


def test_refits_that_find_nothing_are_one_topic(blobs, clear, refits):
    X, truth = blobs
    found, _ = clear
    refits(lambda X, seed: None)
    held = find_again(X, found, TopicsConfig(), 0)
    assert held.figures["n_topics"] == dict.fromkeys(CHANGES, 1)
    assert held.figures["agreement"] == dict.fromkeys(CHANGES, pytest.approx(0, abs=0.05))
    assert held.levels == [None] * len(found.levels)
    assert held.topics[0] == pytest.approx(120 / 400, abs=0.02)
    assert held.again.tolist() == (truth[held.left_out] == 0).tolist()
    assert len(held.notes) == 3


def test_of_a_large_body_a_part_is_tried(blobs, clear, refits, monkeypatch):
    X, _ = blobs
    found, _ = clear
    monkeypatch.setattr("textseg.topics.stability._MOST", 150)
    seen = refits(lambda X, seed: nearest_planted(X, blobs))
    held = find_again(X, found, TopicsConfig(), 0)
    assert seen[0][0].tobytes() == unit(X[::3]).tobytes()
    assert set(held.left_out.tolist()) <= set(range(0, 400, 3))
    assert 0 < len(held.left_out) < 60
    assert held.again.all()
    assert held.topics.mean() > 0.85
    assert held.levels == [1.0] * len(found.levels)


def test_fewest_texts_are_enough():
    X = unit(np.repeat(np.eye(2, 16), 15, axis=0) + 0.1 * random_units(30, 16))
    found = found_in(X)
    held = find_again(X, found, TopicsConfig(), 0)
    assert held.topics.shape == (len(found.centroids.directions),)
    assert len(held.left_out) > 0


def test_a_wanted_number_is_wanted_again(blobs, clear, levels, monkeypatch):
    X, _ = blobs
    config = TopicsConfig(number=3)
    for module in ("discovery.discover", "stability.find_levels"):
        monkeypatch.setattr(f"textseg.topics.{module}", lambda X, *_, **__: levels_for(X, blobs))
    found = found_in(X, config)
    held = find_again(X, found, config, 0)
    assert held.figures["n_topics"] == dict.fromkeys(CHANGES, 3)
    assert held.topics.shape == (3,)
    assert len(choose(found.levels, 3).directions) == 3


def levels_for(X: np.ndarray, blobs: tuple[np.ndarray, np.ndarray]) -> tuple[Level, ...]:
    return (level_of(X, nearest_planted(X, blobs)),)


# Topics that the user asked for


def two_joined(X: np.ndarray, blobs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The cut in which the two largest clusters are one."""
    return np.maximum(nearest_planted(X, blobs) - 1, 0)


def asked_for(blobs: tuple[np.ndarray, np.ndarray], is_taxonomy: bool = False) -> Wanted:
    """The second largest, by phrases that are near its texts."""
    X, truth = blobs
    mean = unit(X[truth == 1].mean(axis=0, keepdims=True))
    return Wanted(("Mine",), (unit(mean + 0.3 * random_units(3, seed=9)),), is_taxonomy)


def guided(blobs: tuple[np.ndarray, np.ndarray], asked: Wanted, monkeypatch) -> Discovery:
    """Five groups were discovered; what was asked for is part of the first, and a sixth."""
    X = blobs[0]
    level = level_of(unit(X), two_joined(X, blobs))
    monkeypatch.setattr("textseg.topics.discovery.discover", lambda X, **_: (level,))
    found = find_centroids(X, ["a"] * len(X), TopicsConfig(), 0, asked)
    assert len(found.level.directions) == 5
    assert found.names.count("Mine") == 1
    assert len(found.names) == 6
    return found


@pytest.mark.parametrize("is_taxonomy", [False, True])
def test_what_was_asked_for_is_asked_for_again(blobs, refits, monkeypatch, is_taxonomy):
    X, truth = blobs
    asked = asked_for(blobs, is_taxonomy)
    found = guided(blobs, asked, monkeypatch)
    refits(lambda X, seed: two_joined(X, blobs))
    held = find_again(X, found, TopicsConfig(), 0, asked)
    assert held.figures["n_topics"] == dict.fromkeys(CHANGES, 6)
    assert min(held.figures["agreement"].values()) > 0.95
    assert (held.topics > 0.95).all()
    assert held.again.mean() > 0.98
    assert held.notes == ()
    # Without it, the refits have the two in one.
    alone = find_again(X, found, TopicsConfig(), 0)
    mine = found.names.index("Mine")
    assert alone.figures["n_topics"] == dict.fromkeys(CHANGES, 5)
    assert alone.topics[mine] == pytest.approx(90 / 210, abs=0.03)
    assert not alone.again[truth[held.left_out] == 1].any()


def test_what_was_asked_for_comes_on_top_of_the_groups_of_a_cut(blobs, monkeypatch):
    X = blobs[0]
    asked = asked_for(blobs)
    found = guided(blobs, asked, monkeypatch)

    def five_and_six(X, config, seed):
        five = two_joined(X, blobs)
        six = np.where((five == 0) & (np.arange(len(X)) % 2 == 0), 5, five)
        return (level_of(X, five), level_of(X, six))

    monkeypatch.setattr("textseg.topics.stability.find_levels", five_and_six)
    held = find_again(X, found, TopicsConfig(), 0, asked)
    # Six topics were found, but in five groups: those are compared, not the six.
    assert (held.topics > 0.95).all()
    assert held.again.mean() > 0.98

"""How far the topics would be others with another seed, other texts or a little noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.cluster import Centroids, Level, unit
from textseg.config import TopicsConfig
from textseg.topics.discovery import (
    Discovery,
    Wanted,
    choose_level,
    find_levels,
    fit_level,
    wanted_number,
)

_MOST = 20_000
"""Texts that the topics are found again in, at most."""

_KEPT = 0.8
_COPIES = 0.1
_NOISE = 0.2
"""Length of what is added to an embedding to make a near duplicate: a cosine of about 0.98."""

_ANOTHER_PICTURE = 0.6
"""Adjusted Rand index below which it is said that the topics hang on the seed or on the texts."""

_WHAT = {
    "seed": "Another seed",
    "subsample": "Leaving out a fifth of the texts",
    "near_duplicates": "Adding near duplicates of a tenth of the texts",
}

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stability:
    """What was found again.

    Attributes
    ----------
    topics : ndarray of float64, shape (k,)
        Mean Jaccard index of each topic with the topic that is most like it, in [0, 1].
    left_out : ndarray of int64
        Rows of the texts that were left out once.
    again : ndarray of bool
        Whether each of these got the topic that it has.
    levels : list of float or None
        Adjusted Rand index of each cut with another seed's that has the most similar number.
    figures : dict
        Adjusted Rand index and number of topics of each refit, as JSON.
    notes : tuple of str
        A warning for each change after which the picture is another.
    """

    topics: NDArray[np.float64]
    left_out: Labels
    again: NDArray[np.bool_]
    levels: list[float | None]
    figures: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Refit:
    free: Centroids
    """At the level that would have been chosen."""
    alike: Centroids
    """At the level with the number of topics that is nearest to that of the fit."""
    levels: tuple[Level, ...]


def find_again(
    embeddings: NDArray[Any],
    found: Discovery,
    config: TopicsConfig,
    seed: int,
    asked: Wanted | None = None,
) -> Stability:
    """Find the topics three times more: with another seed, in 80 % of the texts, and with noise.

    The order of the texts is not tried: discovery sees them in the order of their hashes.

    Parameters
    ----------
    embeddings : ndarray of float, shape (n, d)
        Of the distinct texts, as they were given to
        :func:`~textseg.topics.discovery.find_centroids`.
    found : Discovery
    config : TopicsConfig
    seed : int
        That of the discovery.
    asked : Wanted, optional
        Likewise.

    Returns
    -------
    Stability

    Notes
    -----
    The Jaccard index of a cluster with its most similar one in a resampled fit: Hennig (2007),
    "Cluster-wise assessment of cluster stability"; 0.75 and more is stable, below 0.5 dissolved.
    """
    step = -(-len(found.rows) // _MOST)
    rows = found.rows[::step]
    X = unit(embeddings[rows])
    rng = np.random.default_rng(seed)
    kept = rng.random(len(X)) < _KEPT
    noisy = X[rng.random(len(X)) < _COPIES]
    noise = rng.normal(scale=_NOISE / np.sqrt(X.shape[1]), size=noisy.shape)
    copies = unit(noisy + noise.astype(np.float32))
    k = len(found.centroids.directions)
    # Seeds and labels come on top of the groups of a cut.
    size = k if asked is None else len(found.level.directions)
    refits = {
        "seed": _refit(X, config, seed + 1, size, asked),
        "subsample": _refit(X[kept], config, seed, size, asked),
        "near_duplicates": _refit(np.concatenate([X, copies]), config, seed, size, asked),
    }
    labels, _ = found.centroids.assign(X)
    agreement = {name: _rand(labels, refit.free.assign(X)[0]) for name, refit in refits.items()}
    jaccard = np.array([_jaccard(labels, r.alike.assign(X)[0], k) for r in refits.values()])
    numbers = {name: len(refit.free.directions) for name, refit in refits.items()}
    again = _again(found.centroids.nearest(X)[0], refits["subsample"].alike.nearest(X)[0], kept)
    return Stability(
        jaccard.mean(axis=0),
        rows[~kept],
        again[~kept],
        _levels_again(found.levels, refits["seed"].levels, step),
        {
            "agreement": {name: round(value, 6) for name, value in agreement.items()},
            "n_topics": numbers,
        },
        tuple(
            f"{_WHAT[name]} changes the topics a lot: {numbers[name]} instead of {k}, adjusted "
            f"Rand index {agreement[name]:.2f}.{_advice(config)}"
            for name in refits
            if agreement[name] < _ANOTHER_PICTURE
        ),
    )


def _advice(config: TopicsConfig) -> str:
    if config.level == "broad" or wanted_number(config) is not None:
        return ""
    return " topics.level = 'broad' gives fewer and firmer ones."


def _refit(
    X: NDArray[np.float32], config: TopicsConfig, seed: int, k: int, asked: Wanted | None
) -> _Refit:
    levels = find_levels(X, config, seed)
    free = choose_level(X, levels, config)
    alike = min([free, *levels], key=lambda level: abs(len(level.directions) - k))
    fitted = fit_level(X, free, config, asked)[0]
    other = fitted if alike is free else fit_level(X, alike, config, asked)[0]
    return _Refit(fitted, other, levels)


def _rand(labels: Labels, others: Labels) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(labels, others))


def _table(labels: Labels, others: Labels, k: int) -> NDArray[np.float64]:
    """Count the texts of each of k topics in each of the other topics."""
    both = (labels >= 0) & (others >= 0)
    table = np.zeros((k, int(others.max(initial=0)) + 1))
    np.add.at(table, (labels[both], others[both]), 1)
    return table


def _jaccard(labels: Labels, others: Labels, k: int) -> NDArray[np.float64]:
    """Return each topic's Jaccard index with the one that is most like it."""
    table = _table(labels, others, k)
    sizes = np.bincount(labels[labels >= 0], minlength=k)[:, None]
    other_sizes = np.bincount(others[others >= 0], minlength=table.shape[1])
    union = np.maximum(sizes + other_sizes - table, 1)
    return np.asarray((table / union).max(axis=1))


def _again(labels: Labels, others: Labels, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which texts have the same topic in both; topics are matched by the texts kept."""
    from scipy.optimize import linear_sum_assignment

    table = _table(labels[kept], others[kept], int(labels.max()) + 1)
    table = np.pad(table, ((0, 0), (0, max(0, int(others.max()) + 1 - table.shape[1]))))
    partner = np.full(table.shape[1], -1)
    mine, theirs = linear_sum_assignment(table, maximize=True)
    partner[theirs] = mine
    return np.asarray(partner[others] == labels)


def _levels_again(
    levels: tuple[Level, ...], others: tuple[Level, ...], step: int
) -> list[float | None]:
    if not others:
        return [None] * len(levels)
    result: list[float | None] = []
    for level in levels:
        k = len(level.directions)
        other = min(others, key=lambda each: abs(len(each.directions) - k))
        result.append(round(_rand(level.labels[::step], other.labels), 6))
    return result

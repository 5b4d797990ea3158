"""Find the topics of distinct texts: a cut of the density tree, guides of the user, themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.cluster import MIN_POINTS, Centroids, Level, choose, discover, unit
from textseg.cluster.levels import families
from textseg.config import TopicsConfig
from textseg.errors import InputError
from textseg.topics.guided import Guides, apply_seeds, apply_taxonomy, find_guides

_LARGEST_SHARE = 0.3
"""A topic with more than this share of the texts is split where it can be."""

_FEWEST_FOR_THEMES = 6

Labels = NDArray[np.int64]
Names = tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Wanted:
    """Topics that the user asked for.

    Attributes
    ----------
    names : tuple of str
    phrases : tuple of ndarray of float, shape (m_i, d)
        Embeddings of the phrases of each.
    is_taxonomy : bool
        Whether they take the place of discovered topics, or a place among them.
    """

    names: tuple[str, ...]
    phrases: tuple[NDArray[Any], ...]
    is_taxonomy: bool


@dataclass(frozen=True, eq=False)
class Discovery:
    """The topics that were found.

    Attributes
    ----------
    centroids : Centroids
        Of the topics, the largest first.
    names : tuple of str or None
        Names that the user set.
    is_core : ndarray of bool, shape (n,)
        Texts that lay in a dense core; False for texts that were not sampled.
    level : Level
        The cut that was used, over the sampled texts.
    levels : tuple of Level
        All cuts that were compared.
    rows : ndarray of int64
        The sampled texts.
    guides : Guides or None
        What of the topics asked for was found.
    """

    centroids: Centroids
    names: Names
    is_core: NDArray[np.bool_]
    level: Level
    levels: tuple[Level, ...]
    rows: Labels
    guides: Guides | None = None


def find_centroids(
    embeddings: NDArray[Any],
    strata: Sequence[str],
    config: TopicsConfig,
    seed: int,
    asked: Wanted | None = None,
) -> Discovery:
    """Discover topics in distinct texts.

    Parameters
    ----------
    embeddings : ndarray of float, shape (n, d)
        One row per distinct text, in hash order.
    strata : sequence of str
        Stratum of each text, such as its month and channel; a large body is sampled evenly.
    config : TopicsConfig
    seed : int
    asked : Wanted, optional
        Topics that the user asked for.

    Returns
    -------
    Discovery

    Raises
    ------
    InputError
        There are too few distinct texts.
    """
    check_enough(len(embeddings))
    rows = stratified_sample(strata, config.sample)
    X = unit(embeddings[rows])
    levels = find_levels(X, config, seed)
    level = choose_level(X, levels, config)
    centroids, names, guides = fit_level(X, level, config, asked)
    assigned = centroids.assign(X)[0]
    sizes = np.bincount(assigned[assigned >= 0], minlength=len(names))
    largest_first = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    is_core = np.zeros(len(embeddings), dtype=bool)
    is_core[rows] = level.is_core
    return Discovery(
        centroids.take(largest_first),
        tuple(names[topic] for topic in largest_first),
        is_core,
        level,
        levels,
        rows,
        guides,
    )


def fit_level(
    X: NDArray[np.float32], level: Level, config: TopicsConfig, asked: Wanted | None
) -> tuple[Centroids, Names, Guides | None]:
    """Set centroids from a cut, after what was asked for has got its place in it."""
    labels = level.labels
    names: Names = (None,) * (int(labels.max()) + 1)
    guides = None
    if asked is not None:
        guides = find_guides(X, asked.names, asked.phrases)
        if guides.found.any() and asked.is_taxonomy:
            labels, names = apply_taxonomy(labels, X, guides)
        elif guides.found.any():
            labels, names = apply_seeds(labels, guides)
    placed = labels >= 0
    centroids = Centroids.fit(
        X[placed],
        labels[placed],
        level.is_core[placed],
        outliers=config.outliers,
        max_unclustered=config.max_unclustered,
    )
    return centroids, names, guides


def find_levels(X: NDArray[np.float32], config: TopicsConfig, seed: int) -> tuple[Level, ...]:
    """Cut the density tree of unit embeddings at a ladder of sizes."""
    return discover(
        X,
        seed=seed,
        n_neighbors=config.n_neighbors,
        n_components=config.n_components,
        min_samples=config.min_samples,
        number=wanted_number(config),
        largest_share=_LARGEST_SHARE,
    )


def choose_level(X: NDArray[np.float32], levels: tuple[Level, ...], config: TopicsConfig) -> Level:
    """Pick the cut that the settings ask for; one topic where no two can be told apart."""
    return choose(levels, wanted_number(config), config.level) if levels else _single(X)


def wanted_number(config: TopicsConfig) -> int | None:
    """Return the number of topics wanted; None where it is to be found out."""
    return None if config.number == "auto" else config.number


def find_themes(centroids: Centroids) -> tuple[int, ...]:
    """Group the topics under themes.

    Parameters
    ----------
    centroids : Centroids
        Of the topics.

    Returns
    -------
    tuple of int
        Theme of each topic, the theme with the first topic first; −1 for a topic that is like no
        other. Empty for a handful of topics.

    Notes
    -----
    Topics are merged by Ward's criterion. Their number is the one, between the root of the number
    of topics and half of it, at which the topics' mean cosine silhouette is best.
    """
    k = len(centroids.directions)
    if k < _FEWEST_FOR_THEMES:
        return ()
    from sklearn.metrics import silhouette_score

    X = centroids.directions
    numbers = range(max(2, round(np.sqrt(k))), k // 2 + 1)
    cuts = [families(X, number) for number in numbers]
    scores = [silhouette_score(X, cut, metric="cosine") for cut in cuts]
    best = cuts[int(np.argmax(scores))]
    themes = [theme for theme in dict.fromkeys(best.tolist()) if (best == theme).sum() > 1]
    place = {theme: number for number, theme in enumerate(themes)}
    return tuple(place.get(theme, -1) for theme in best.tolist())


def check_enough(n_texts: int) -> None:
    """Raise an error if there are too few distinct texts for topics; see :func:`find_centroids`."""
    if n_texts < MIN_POINTS:
        raise InputError(
            f"Topics need at least {MIN_POINTS} distinct texts that say something, got {n_texts}.",
            hint="Add more feedback, or check which column was taken for the text.",
        )


def stratified_sample(strata: Sequence[str], size: int) -> NDArray[np.int64]:
    """Choose rows so that every stratum keeps its share.

    Parameters
    ----------
    strata : sequence of str
        Stratum of each row; the rows are in an order that is as good as random.
    size : int
        Rows to choose; all are if there are no more.

    Returns
    -------
    ndarray of int64
        Rows, ascending.

    Examples
    --------
    >>> from textseg.topics.discovery import stratified_sample
    >>> stratified_sample(["a", "b", "a", "b"], 2).tolist()
    [0, 1]
    """
    if len(strata) <= size:
        return np.arange(len(strata))
    codes, _ = pd.factorize(pd.Series(strata, dtype="object"), sort=True)
    by_stratum = np.argsort(codes, kind="stable")
    return np.sort(by_stratum[np.arange(size) * len(strata) // size])


def _single(X: NDArray[np.float32]) -> Level:
    """Everything is one topic, where no two can be told apart."""
    n = len(X)
    mean = unit(X.mean(axis=0, keepdims=True))
    scores = np.zeros(n, dtype=np.float32)
    return Level(n, np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64), mean, scores)

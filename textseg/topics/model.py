"""The topics of a body of feedback: found once, then assigned by one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.cluster import MIN_POINTS, NONE, Centroids, Level, choose, discover, unit
from textseg.config import TopicsConfig
from textseg.errors import InputError

_LARGEST_SHARE = 0.3
"""A topic with more than this share of the texts is split where it can be."""


@dataclass(frozen=True)
class TopicModel:
    """The fitted topics.

    Attributes
    ----------
    centroids : Centroids
        Direction and threshold of each topic, the largest topic first: the id is the row.
    names : tuple of str
        A name per topic, all distinct.
    keywords : tuple of tuple of str
        Keywords per topic, the most typical first.
    clause_ratio : float
        Clauses belong to a topic at the threshold of texts times this.
    """

    centroids: Centroids
    names: tuple[str, ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()
    clause_ratio: float = 1.0

    def __len__(self) -> int:
        return len(self.centroids.directions)

    def assign(
        self, embeddings: NDArray[Any], informative: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the topic of each text.

        Parameters
        ----------
        embeddings : ndarray of float, shape (n, d)
            As stored, of length one.
        informative : ndarray of bool, shape (n,)
            Texts that may have a topic.

        Returns
        -------
        topic_ids : ndarray of int64, shape (n,)
            −1 for unclustered texts.
        confidence : ndarray of float32, shape (n,)
            In [0, 1]; see :meth:`textseg.cluster.Centroids.assign`.
        """
        labels, confidence = self.centroids.assign(embeddings)
        return np.where(informative, labels, NONE), np.where(informative, confidence, 0.0)

    def assign_clauses(self, embeddings: NDArray[Any]) -> NDArray[np.int64]:
        """Find the topic of each clause that is a part of a text.

        Parameters
        ----------
        embeddings : ndarray of float, shape (n, d)
            As stored, of length one.

        Returns
        -------
        ndarray of int64, shape (n,)
            −1 for unclustered clauses.
        """
        thresholds = self.centroids.thresholds * np.float32(self.clause_ratio)
        return Centroids(self.centroids.directions, thresholds).assign(embeddings)[0]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return self.centroids.to_arrays()

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]
    ) -> TopicModel:
        """Make the model again from stored arrays and :meth:`metadata`."""
        keywords = tuple(tuple(words) for words in metadata["keywords"])
        return cls(
            Centroids.from_arrays(arrays),
            tuple(metadata["names"]),
            keywords,
            float(metadata.get("clause_ratio", 1.0)),
        )

    def metadata(self) -> dict[str, Any]:
        """Return what goes with the arrays, as JSON."""
        return {
            "names": list(self.names),
            "keywords": [list(words) for words in self.keywords],
            "clause_ratio": self.clause_ratio,
        }


def fit_centroids(
    embeddings: NDArray[Any], strata: Sequence[str], config: TopicsConfig, seed: int
) -> tuple[Centroids, NDArray[np.bool_], tuple[Level, ...]]:
    """Discover topics in distinct texts.

    Parameters
    ----------
    embeddings : ndarray of float, shape (n, d)
        One row per distinct text, in hash order.
    strata : sequence of str
        Stratum of each text, such as its month and channel; a large body is sampled evenly.
    config : TopicsConfig
    seed : int

    Returns
    -------
    centroids : Centroids
    is_core : ndarray of bool, shape (n,)
        Texts that lay in a dense core; False for texts that were not sampled.
    levels : tuple of Level
        All cuts that were compared.

    Raises
    ------
    InputError
        There are too few distinct texts.
    """
    check_enough(len(embeddings))
    rows = stratified_sample(strata, config.sample)
    X = unit(embeddings[rows])
    number = None if config.number == "auto" else config.number
    levels = discover(
        X,
        seed=seed,
        n_neighbors=config.n_neighbors,
        n_components=config.n_components,
        min_samples=config.min_samples,
        number=number,
        largest_share=_LARGEST_SHARE,
    )
    level = choose(levels, number) if levels else _single(X)
    is_core = np.zeros(len(embeddings), dtype=bool)
    is_core[rows] = level.is_core
    return Centroids.fit(X, level, outliers=config.outliers), is_core, levels


def check_enough(n_texts: int) -> None:
    """Raise an error if there are too few distinct texts for topics; see :func:`fit_centroids`."""
    if n_texts < MIN_POINTS:
        raise InputError(
            f"Topics need at least {MIN_POINTS} distinct texts that say something, got {n_texts}.",
            hint="Add more feedback.",
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
    >>> from textseg.topics.model import stratified_sample
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
    everything = np.ones(len(X), dtype=bool)
    return Level(len(X), everything, unit(X.mean(axis=0, keepdims=True)), 0.0, 0.0)

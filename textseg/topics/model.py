"""The topics of a body of feedback: found once, then assigned by one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.cluster import NONE, Centroids


@dataclass(frozen=True)
class TopicModel:
    """The fitted topics.

    Attributes
    ----------
    centroids : Centroids
        Prototype and threshold of each topic, the largest topic first: the id is the row, unless
        topics were merged or split by hand.
    names : tuple of str
        A name per topic, all distinct.
    keywords : tuple of tuple of str
        Keywords per topic, the most typical first.
    clause_ratio : float
        Clauses belong to a topic at the threshold of texts times this.
    parents : tuple of int
        Theme of each topic, −1 for none; empty if there are no themes.
    theme_names : tuple of str
    hidden, pinned : frozenset of int
        Topics that a person has hidden, or pinned.
    """

    centroids: Centroids
    names: tuple[str, ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()
    clause_ratio: float = 1.0
    parents: tuple[int, ...] = ()
    theme_names: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()
    pinned: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return int(self.centroids.groups.max()) + 1

    @property
    def of_theme(self) -> tuple[int, ...]:
        """Theme of each topic; −1 for none."""
        return self.parents or (-1,) * len(self)

    @property
    def ids(self) -> list[int]:
        """Ids of the topics, ascending; merging leaves gaps."""
        live: list[int] = np.unique(self.centroids.groups).tolist()
        return live

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
            In [0, 1]; see :meth:`textseg.cluster.Centroids.assign`. An unclustered text has that
            of the topic that is nearest to it.
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
        return replace(self.centroids, thresholds=thresholds).assign(embeddings)[0]

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
            tuple(metadata.get("parents", ())),
            tuple(metadata.get("theme_names", ())),
            frozenset(metadata.get("hidden", ())),
            frozenset(metadata.get("pinned", ())),
        )

    def metadata(self) -> dict[str, Any]:
        """Return what goes with the arrays, as JSON."""
        return {
            "names": list(self.names),
            "keywords": [list(words) for words in self.keywords],
            "clause_ratio": self.clause_ratio,
            "parents": list(self.parents),
            "theme_names": list(self.theme_names),
            "hidden": sorted(self.hidden),
            "pinned": sorted(self.pinned),
        }

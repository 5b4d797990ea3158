"""Broader segments around the segments, and smaller ones inside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.config import SegmentsConfig
from textseg.segments.methods import k_means
from textseg.segments.partition import Labels, Matrix, nearest_center, plain
from textseg.segments.selection import choose, kinds
from textseg.segments.stability import Candidate, make_candidate, subsamples

MIN_MICRO = 30
"""Fewest customers of a micro-segment."""

_MOST_MICRO = 4
_SILHOUETTE_SAMPLE = 2_000


@dataclass(frozen=True)
class Micro:
    """Micro-segments: the nearest of some centres inside a segment.

    Attributes
    ----------
    centers : ndarray of float64, shape (r, m)
        In the fused space, by segment and size: the id is the row.
    parents : ndarray of int64, shape (r,)
        Segment of each.
    stability : ndarray of float64, shape (r,)
        Mean Jaccard overlap with the same micro-segment found anew in subsamples.
    """

    centers: Matrix = field(default_factory=lambda: np.zeros((0, 0)))
    parents: Labels = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    stability: Matrix = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.parents)

    def assign(self, X: Matrix, segment_ids: Labels) -> Labels:
        """Return the micro-segment of each point, −1 where its segment has none."""
        result = np.full(len(X), -1, dtype=np.int64)
        for segment in np.unique(self.parents):
            inside, own = segment_ids == segment, np.flatnonzero(self.parents == segment)
            if inside.any():
                result[inside] = own[nearest_center(X[inside], self.centers[own])[0]]
        return result

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return {
            "micro.centers": self.centers,
            "micro.parents": self.parents,
            "micro.stability": self.stability,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Micro:
        """Make the object again from stored arrays."""
        return cls(arrays["micro.centers"], arrays["micro.parents"], arrays["micro.stability"])


def find_micro(X: Matrix, labels: Labels, config: SegmentsConfig, seed: int) -> Micro:
    """Look for micro-segments in each segment: islands in it that are found again.

    Parameters
    ----------
    X : ndarray of float64, shape (n, m)
        Points in the space of the segments' centres.
    labels : ndarray of int64, shape (n,)
        Segment of each.
    config : SegmentsConfig
    seed : int

    Returns
    -------
    Micro
        Empty where no segment has two such parts that are large enough.
    """
    centers, parents, stability = [], [], []
    for segment in range(int(labels.max()) + 1):
        best = _parts(X[labels == segment], config.subsamples, seed)
        if best is None:
            continue
        centers.append(best.partition.centers)
        parents += [segment] * best.number
        stability.append(best.jaccard)
    if not parents:
        return Micro()
    return Micro(np.vstack(centers), np.array(parents), np.concatenate(stability))


def find_macro(X: Matrix, labels: Labels, centers: Matrix, seed: int) -> Labels:
    """Merge similar segments to a few macro-segments.

    Parameters
    ----------
    X : ndarray of float64, shape (n, m)
    labels : ndarray of int64, shape (n,)
    centers : ndarray of float64, shape (k, m)
    seed : int

    Returns
    -------
    ndarray of int64, shape (k,)
        Macro-segment of each segment, numbered in the order of their first segments: as many as the
        silhouette prefers from two to half of the segments, by Ward's criterion. Three segments or
        fewer are one macro-segment each.
    """
    from scipy.cluster.hierarchy import cut_tree, ward
    from sklearn.metrics import silhouette_score

    k = len(centers)
    if k < 4:
        return np.arange(k)
    tree = ward(centers)
    cuts = [cut_tree(tree, number).ravel() for number in range(2, k // 2 + 1)]
    sample = min(_SILHOUETTE_SAMPLE, len(X))
    scores = [
        silhouette_score(X, cut[labels], sample_size=sample, random_state=seed) for cut in cuts
    ]
    best = cuts[int(np.argmax(scores))]
    _, first = np.unique(best, return_index=True)
    return np.asarray(np.argsort(np.argsort(first))[best], dtype=np.int64)


def _parts(X: Matrix, draws: int, seed: int) -> Candidate | None:
    """Return the best partition of a segment's customers; None if there is no valid one."""
    most = min(_MOST_MICRO, len(X) // MIN_MICRO)
    if most < 2:
        return None
    rows = subsamples(len(X), draws, seed)
    found = [
        make_candidate("k-means", k_means(k), X, rows, seed, refine=plain)
        for k in range(2, most + 1)
    ]
    # Halves of a homogeneous group can be found again, too, in few dimensions; they are no islands.
    islands = [each for each in found if set(kinds(each, X)) == {"natural"}]
    best = choose(islands, MIN_MICRO / len(X)) if islands else None
    return best if best is not None and best.smallest_share * len(X) >= MIN_MICRO else None

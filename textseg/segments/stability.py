"""How well segments are found again when the customers are a little different."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textseg.segments.methods import Start
from textseg.segments.partition import Labels, Matrix, Partition, nearest_center, settle

SUBSAMPLE = 0.8
"""Share of the customers in a subsample."""

STARTS = 8


@dataclass(frozen=True)
class Candidate:
    """One way to part the customers.

    Attributes
    ----------
    method : str
    partition : Partition
    agreement : ndarray of float64, shape (subsamples,)
        Adjusted Rand index between this parting and one found anew in each subsample.
    jaccard : ndarray of float64, shape (k,)
        For each segment, the mean best overlap with a segment of the subsamples, in [0, 1].
    start : callable
        What it was found with.
    """

    method: str
    partition: Partition
    agreement: Matrix
    jaccard: Matrix
    start: Start

    @property
    def number(self) -> int:
        """Number of segments."""
        return len(self.partition.centers)

    @property
    def stability(self) -> float:
        """Mean agreement over the subsamples."""
        return float(self.agreement.mean())

    @property
    def weakest(self) -> float:
        """Mean overlap of the segment that is found again least."""
        return float(self.jaccard.min())

    @property
    def smallest_share(self) -> float:
        """Share of the customers in the smallest segment."""
        labels = self.partition.labels
        return float(np.bincount(labels, minlength=self.number).min() / len(labels))


def subsamples(n: int, number: int, seed: int) -> list[NDArray[np.int64]]:
    """Draw 80 % of the rows, without replacement, several times."""
    rng = np.random.default_rng(seed)
    size = max(2, round(SUBSAMPLE * n))
    return [np.sort(rng.choice(n, size, replace=False)) for _ in range(number)]


def make_candidate(
    method: str,
    start: Start,
    X: Matrix,
    rows: Sequence[NDArray[np.int64]],
    seed: int,
    *,
    refine: Callable[[Matrix, Labels], Partition] = settle,
) -> Candidate:
    """Find groups, refine them, and do both again in every subsample.

    Parameters
    ----------
    method : str
        Name of the method.
    start : callable
        Gives the groups to start from.
    X : ndarray of float64, shape (n, d)
    rows : sequence of ndarray of int64
        From :func:`subsamples`.
    seed : int
    refine : callable
        Makes a partition of the groups.

    Returns
    -------
    Candidate

    Notes
    -----
    Stability of the whole: Lange et al. (2004), "Stability-based validation of clustering
    solutions". Stability of one segment, by Jaccard overlap: Hennig (2007), "Cluster-wise
    assessment of cluster stability".
    """
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # so that sums are added in the same order every time
        partition = refine(X, start(X, seed, STARTS))
        labels = partition.labels
        agreement = np.empty(len(rows))
        jaccard = np.zeros((len(rows), len(partition.centers)))
        for draw, row in enumerate(rows):
            again = refine(X[row], start(X[row], seed + draw + 1, STARTS)).labels
            agreement[draw] = adjusted_rand_score(labels[row], again)
            jaccard[draw] = overlaps(labels[row], again, len(partition.centers))
    return Candidate(method, partition, agreement, jaccard.mean(axis=0), start)


@dataclass(frozen=True)
class Repeats:
    """Mean adjusted Rand indices between segments and such as were found anew.

    Attributes
    ----------
    bootstrap : float
        With those of customers drawn with replacement, all customers assigned.
    seeds : float
        With those of other seeds.
    halves : float
        Between those of two halves, all customers assigned by both.
    """

    bootstrap: float
    seeds: float
    halves: float


def repeat(candidate: Candidate, X: Matrix, draws: int, seed: int) -> Repeats:
    """Find the segments of a candidate again, in three ways.

    Parameters
    ----------
    candidate : Candidate
    X : ndarray of float64, shape (n, d)
        The points of its partition.
    draws : int
        Bootstrap samples; there are a quarter as many seeds and pairs of halves.
    seed : int

    Returns
    -------
    Repeats
    """
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    n, start, labels = len(X), candidate.start, candidate.partition.labels
    few = max(1, draws // 4)

    def found(rows: NDArray[np.int64], again: int) -> Labels:
        partition = settle(X[rows], start(X[rows], seed + again, STARTS))
        return nearest_center(X @ partition.whitening, partition.centers)[0]

    with threadpool_limits(1):
        drawn = [found(np.sort(rng.choice(n, n)), 101 + draw) for draw in range(draws)]
        seeded = [settle(X, start(X, seed + 201 + each, STARTS)).labels for each in range(few)]
        cuts = [rng.permutation(n) for _ in range(few)]
        halves = [[found(np.sort(half), 301) for half in np.array_split(cut, 2)] for cut in cuts]
    return Repeats(
        float(np.mean([adjusted_rand_score(labels, each) for each in drawn])),
        float(np.mean([adjusted_rand_score(labels, each) for each in seeded])),
        float(np.mean([adjusted_rand_score(*pair) for pair in halves])),
    )


def overlaps(labels: Labels, again: Labels, k: int) -> Matrix:
    """Return the best Jaccard overlap of each of k groups with a group of another parting.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.segments.stability import overlaps
    >>> overlaps(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 0]), 2).round(2).tolist()
    [0.67, 0.5]
    """
    both = np.zeros((k, int(again.max()) + 1))
    np.add.at(both, (labels, again), 1)
    union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    return np.asarray((both / np.maximum(union, 1)).max(axis=1))

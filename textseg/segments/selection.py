"""Candidates for the segments, and the choice among them by stability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from textseg.progress import SILENT, Progress

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
Fit = Callable[[Matrix, int, int], Matrix]
"""Takes points, a seed and a number of starts, and gives centres."""

VALID = 0.75
"""Least mean Jaccard overlap at which a segment counts as found again (Hennig 2007)."""

SUBSAMPLE = 0.8
MAX_CUSTOMERS = 20_000
"""Customers that stability is measured on at most; more change it by less than its error."""

_STARTS = 10
_SUBSAMPLE_STARTS = 4


@dataclass(frozen=True)
class Candidate:
    """One way to part the customers.

    Attributes
    ----------
    method : str
        "k-means", or "density" for UMAP and HDBSCAN.
    centers : ndarray of float64, shape (k, d)
        Centres in the fused space, the largest segment first.
    agreement : ndarray of float64, shape (subsamples,)
        Adjusted Rand index between this parting and one found anew in each subsample.
    jaccard : ndarray of float64, shape (k,)
        For each segment, the mean best overlap with a segment of the subsamples, in [0, 1].
    smallest_share : float
        Share of the customers in the smallest segment.
    """

    method: str
    centers: Matrix
    agreement: Matrix
    jaccard: Matrix
    smallest_share: float

    @property
    def number(self) -> int:
        """Number of segments."""
        return len(self.centers)

    @property
    def stability(self) -> float:
        """Mean agreement over the subsamples."""
        return float(self.agreement.mean())


def nearest_center(X: Matrix, centers: Matrix) -> tuple[Labels, Matrix]:
    """Return the nearest centre of each point and the confidence in it.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
    centers : ndarray of float64, shape (k, d)

    Returns
    -------
    labels : ndarray of int64, shape (n,)
    confidence : ndarray of float64, shape (n,)
        One minus the distance to the centre over the distance to the next one, in [0, 1].
    """
    distances = cdist(X, centers)
    labels = distances.argmin(axis=1)
    if len(centers) == 1:
        return labels, np.ones(len(X))
    first, second = np.partition(distances, 1, axis=1)[:, :2].T
    return labels, 1 - first / np.maximum(second, 1e-12)


def kmeans_centers(X: Matrix, number: int, seed: int, starts: int = _STARTS) -> Matrix:
    """Fit k-means on one thread, so that sums are added in the same order every time.

    There are no more centres than distinct points.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    number = min(number, len(np.unique(X, axis=0)))
    with threadpool_limits(1):
        model = KMeans(number, n_init=starts, random_state=seed).fit(X)
    return np.asarray(model.cluster_centers_, dtype=np.float64)


def density_centers(X: Matrix, numbers: Sequence[int], seed: int) -> Matrix:
    """Find dense groups with UMAP and HDBSCAN, by direction from the average customer.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
    numbers : sequence of int
        A single number is wanted; of several, the largest is the most there may be.
    seed : int

    Returns
    -------
    ndarray of float64, shape (k, d)
        A single centre where there are no two dense groups.
    """
    from textseg.cluster import MIN_POINTS, choose, discover, unit

    directions = unit(X)
    if len(np.unique(directions, axis=0)) < MIN_POINTS:
        return np.asarray(X.mean(axis=0, keepdims=True))
    wanted = numbers[0] if len(numbers) == 1 else None
    levels = discover(directions, seed=seed, number=wanted)
    if not levels:
        return np.asarray(X.mean(axis=0, keepdims=True))
    level = choose(levels, wanted)
    if len(level.directions) > max(numbers):
        level = choose(levels, max(numbers))
    return np.vstack([X[level.labels == group].mean(axis=0) for group in np.unique(level.labels)])


def compare(
    X: Matrix,
    numbers: Sequence[int],
    *,
    method: str = "k-means",
    seed: int = 0,
    subsamples: int = 20,
    progress: Progress = SILENT,
) -> list[Candidate]:
    """Fit every candidate and measure how well it is found again in subsamples.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
        Fused coordinates of the customers, in an order that does not depend on the input's.
    numbers : sequence of int
        Numbers of segments to try.
    method : {"k-means", "density"}
        K-means for each number, or dense groups by UMAP and HDBSCAN, which give their number.
    seed : int
        Seed of the subsamples and of the method.
    subsamples : int
        Subsamples of 80 %.
    progress : Progress

    Returns
    -------
    list of Candidate

    Notes
    -----
    Stability of the whole: Lange et al. (2004), "Stability-based validation of clustering
    solutions". Stability of one segment, by Jaccard overlap: Hennig (2007), "Cluster-wise
    assessment of cluster stability".
    """
    rng = np.random.default_rng(seed)
    if len(X) > MAX_CUSTOMERS:
        X = X[np.sort(rng.choice(len(X), MAX_CUSTOMERS, replace=False))]
    size = max(2, round(SUBSAMPLE * len(X)))
    rows = [np.sort(rng.choice(len(X), size, replace=False)) for _ in range(subsamples)]
    fits = [_density(numbers)] if method == "density" else [_kmeans(number) for number in numbers]
    result = []
    with progress.stage("Comparing segmentations", len(fits)) as advance:
        for fit in fits:
            result.append(_candidate(method, X, fit, rows, seed))
            advance(1)
    return result


def choose(candidates: Sequence[Candidate], min_share: float) -> Candidate:
    """Take the largest number of segments of which every single one is found again.

    A mean over all segments hides one that was cut in two by chance; the weakest segment does not.
    Where no candidate has only valid segments, the one that agrees best as a whole is taken.
    Candidates with a segment below ``min_share`` are left out, unless all are.
    """
    large_enough = [c for c in candidates if c.smallest_share >= min_share] or list(candidates)
    valid = [c for c in large_enough if c.jaccard.min() >= VALID]
    if not valid:
        return max(large_enough, key=lambda candidate: candidate.stability)
    return max(valid, key=lambda candidate: (candidate.number, candidate.stability))


def _kmeans(number: int) -> Fit:
    return lambda X, seed, starts: kmeans_centers(X, number, seed, starts)


def _density(numbers: Sequence[int]) -> Fit:
    return lambda X, seed, starts: density_centers(X, numbers, seed)


def _candidate(
    method: str,
    X: Matrix,
    fit: Fit,
    rows: Sequence[NDArray[np.int64]],
    seed: int,
) -> Candidate:
    from sklearn.metrics import adjusted_rand_score
    from sklearn.metrics.cluster import contingency_matrix

    centers = fit(X, seed, _STARTS)
    labels, _ = nearest_center(X, centers)
    by_size = np.argsort(-np.bincount(labels, minlength=len(centers)), kind="stable")
    centers = centers[by_size]
    labels, _ = nearest_center(X, centers)
    agreement = np.empty(len(rows))
    jaccard = np.zeros((len(rows), len(centers)))
    for draw, row in enumerate(rows):
        again, _ = nearest_center(X[row], fit(X[row], seed + draw + 1, _SUBSAMPLE_STARTS))
        agreement[draw] = adjusted_rand_score(labels[row], again)
        both = contingency_matrix(labels[row], again)
        union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
        jaccard[draw, np.unique(labels[row])] = (both / union).max(axis=1)
    smallest = float(np.bincount(labels, minlength=len(centers)).min() / len(X))
    return Candidate(method, centers, agreement, jaccard.mean(axis=0), smallest)

"""The ways to find groups of customers that candidates start from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from textseg.segments.partition import Labels, Matrix

Start = Callable[[Matrix, int, int], Labels]
"""Takes points, a seed and how often to start, and gives a group for each point."""


def k_means(number: int) -> Start:
    """Return k-means."""

    def start(X: Matrix, seed: int, starts: int) -> Labels:
        from sklearn.cluster import KMeans

        k = min(number, _distinct(X))
        return _int(KMeans(k, n_init=starts, random_state=seed).fit_predict(X))

    return start


def ward(number: int) -> Start:
    """Return agglomerative clustering by Ward's criterion."""

    def start(X: Matrix, seed: int, starts: int) -> Labels:
        from sklearn.cluster import AgglomerativeClustering

        k = min(number, _distinct(X))
        return _int(AgglomerativeClustering(k, linkage="ward").fit_predict(X))

    return start


def gaussian_mixture(number: int) -> Start:
    """Return a mixture of Gaussians that share their covariance."""

    def start(X: Matrix, seed: int, starts: int) -> Labels:
        from sklearn.mixture import GaussianMixture

        k = min(number, _distinct(X))
        mixture = GaussianMixture(
            k, covariance_type="tied", n_init=starts, random_state=seed, reg_covar=1e-4, tol=1e-2
        )
        return _int(mixture.fit_predict(X))

    return start


def density(numbers: Sequence[int]) -> Start:
    """Return UMAP and HDBSCAN, by direction from the average customer.

    ``numbers`` is a single number that is wanted, or several of which the largest is the most there
    may be. There is one group where no two are dense.
    """

    def start(X: Matrix, seed: int, starts: int) -> Labels:
        from textseg.cluster import MIN_POINTS, choose, discover, unit

        directions = unit(X)
        if _distinct(directions) < MIN_POINTS:
            return np.zeros(len(X), dtype=np.int64)
        wanted = numbers[0] if len(numbers) == 1 else None
        levels = discover(directions, seed=seed, number=wanted)
        if not levels:
            return np.zeros(len(X), dtype=np.int64)
        level = choose(levels, wanted)
        if len(level.directions) > max(numbers):
            level = choose(levels, max(numbers))
        return _int(np.unique(level.labels, return_inverse=True)[1])

    return start


METHODS: dict[str, Callable[[int], Start]] = {
    "k-means": k_means,
    "ward": ward,
    "gaussian-mixture": gaussian_mixture,
}
"""The methods that are told a number."""


def _distinct(X: NDArray[np.floating]) -> int:
    return len(np.unique(X, axis=0))


def _int(labels: object) -> Labels:
    found = np.asarray(labels)
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)

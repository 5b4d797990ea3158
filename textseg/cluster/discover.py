"""Find the groups: neighbours, UMAP, the density tree, its cuts, and their refinement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.cluster.density import cut, density_tree, reduce
from textseg.cluster.levels import Level, balanced_size, silhouettes
from textseg.cluster.neighbors import neighbors, smooth
from textseg.cluster.points import Floats, Labels, refine, sums, unit

MIN_POINTS = 30
"""Fewest distinct points that density can be estimated from (twice UMAP's neighbourhood)."""

_SMALLEST = 5.0


def discover(
    X: NDArray[Any],
    *,
    seed: int = 0,
    n_neighbors: int = 15,
    n_components: int = 5,
    min_samples: int = 5,
    number: int | None = None,
    largest_share: float = 1.0,
) -> tuple[Level, ...]:
    """Find the dense cores at a ladder of sizes, without being told how many there are.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
        Distinct unit vectors, in an order that does not depend on how they were collected, since
        UMAP's result depends on it. At least :data:`MIN_POINTS`.
    seed : int
        Seed of UMAP.
    n_neighbors, n_components : int
        UMAP's neighbourhood and dimensions.
    min_samples : int
        HDBSCAN's density neighbourhood.
    number : int, optional
        Wanted number of groups; the ladder then reaches down to cuts that can have as many.
    largest_share : float
        A core with a larger share of the points is split where it can be, in (0, 1].

    Returns
    -------
    tuple of Level
        The distinct cuts with at least two groups, finest first; empty if there are no such cuts.

    Notes
    -----
    UMAP: McInnes, Healy and Melville (2018), arXiv:1802.03426. HDBSCAN: Campello, Moulavi and
    Sander (2013). Exact neighbours by blocked matrix products replace UMAP's approximate ones: they
    are deterministic and spare compiling the approximation. The ladder of sizes runs from a quarter
    to one and a half times the square root of the number of points: finer groups are anecdotes,
    coarser ones the trivial split of unlike sources or languages, which the silhouette likes best
    of all, and which ``largest_share`` keeps out.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import discover
    >>> rng = np.random.default_rng(0)
    >>> X = np.repeat(np.eye(4, 8), 40, axis=0) + rng.normal(scale=0.05, size=(160, 8))
    >>> levels = discover(X / np.linalg.norm(X, axis=1, keepdims=True))
    >>> len(levels[-1].directions)
    4
    """
    X = np.ascontiguousarray(X, dtype=np.float32)
    ladder = _ladder(len(X), number)
    near = neighbors(X, min(n_neighbors, len(X) - 1))
    # Averaging over more neighbours than the smallest group has would blur it into others.
    smoothed = smooth(X, near[0][:, : ladder[0]])
    tree = density_tree(reduce(X, near, seed, n_components), min_samples)
    levels: dict[int, Level] = {}
    previous: Labels | None = None
    for size in ladder:
        cores = cut(tree, size, largest_share)
        if previous is None or not np.array_equal(cores, previous):
            _add_level(levels, X, smoothed, size, cores)
        previous = cores
    if levels:
        # A rung of its own: the best size lies between two of the ladder's.
        size = round(balanced_size([*levels.values()]))
        if size not in levels:
            _add_level(levels, X, smoothed, size, cut(tree, size, largest_share))
    return tuple(levels[size] for size in sorted(levels))


def _add_level(
    levels: dict[int, Level], X: Floats, smoothed: Floats, size: int, cores: Labels
) -> None:
    """Refine a cut, if it has two groups."""
    if cores.max() < 1:
        return
    labels = refine(smoothed, cores)
    if labels.max() < 1:
        return
    directions = unit(sums(smoothed, labels, int(labels.max()) + 1))
    levels[size] = Level(size, cores >= 0, labels, directions, silhouettes(X, labels))


def _ladder(n: int, number: int | None) -> list[int]:
    """Return the sizes to cut at, ascending; a wanted number is reached by finer cuts."""
    root = float(np.sqrt(n))
    first = root / 4 if number is None else min(root / 4, n / (4 * number))
    first, last = max(_SMALLEST, first), max(3.0 * _SMALLEST, 1.5 * root)
    steps = round(np.log(last / first) / np.log(1.25))
    return sorted({int(size) for size in np.geomspace(first, last, steps + 1)})

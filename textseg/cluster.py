"""Discover groups with UMAP and HDBSCAN, assign by centroid.

HDBSCAN on a low-dimensional UMAP finds dense cores without being told their number. The cores'
mean directions in the original space, refined by a few steps of spherical k-means, are the groups;
a point belongs to the nearest centroid if it is near enough, else to none. Assignment is therefore
independent of batch and order, needs neither UMAP nor HDBSCAN, and is stored as two small arrays.

The tree of densities is built once and cut at a ladder of minimum sizes; :func:`choose` picks the
cut by silhouette. Topics use this module; segments do where ``segments.method`` is "density".
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

NONE = -1
"""Label of a point that belongs to no group."""

MIN_POINTS = 30
"""Fewest distinct points that density can be estimated from (twice UMAP's neighbourhood)."""

_BLOCK_BYTES = 128_000_000
# A threshold on a member's own similarity would leave its side to the last bits, which depend on
# the batch; float16 storage moves similarities by less than this as well.
_SLACK = np.float32(1e-4)
_REFINEMENTS = 20
_SMALLEST = 5.0
_EPOCHS = 200  # what UMAP takes above 10,000 points; its 500 below change nothing but the time


@dataclass(frozen=True)
class Level:
    """One cut of the density tree, refined.

    Attributes
    ----------
    min_cluster_size : int
        Fewest points that made a core at this cut.
    is_core : ndarray of bool, shape (n,)
        Whether the point lay in a dense core.
    directions : ndarray of float32, shape (k, d)
        Unit directions of the refined groups, the largest group first.
    silhouette : float
        Mean cosine silhouette of all points under their nearest direction, in [−1, 1].
    error : float
        Standard error of the groups' mean silhouettes; the group is the unit, not the point.
    """

    min_cluster_size: int
    is_core: NDArray[np.bool_]
    directions: Floats
    silhouette: float
    error: float


@dataclass(frozen=True)
class Centroids:
    """The fitted groups: what assignment needs and nothing else.

    Parameters
    ----------
    directions : ndarray of float32, shape (k, d)
        Unit vectors.
    thresholds : ndarray of float32, shape (k,)
        Least cosine similarity at which a point belongs to the group.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import Centroids
    >>> groups = Centroids(np.eye(2, dtype=np.float32), np.full(2, 0.5, dtype=np.float32))
    >>> labels, confidence = groups.assign(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    >>> labels.tolist()
    [0, -1]
    """

    directions: Floats
    thresholds: Floats

    @classmethod
    def fit(cls, X: NDArray[Any], level: Level, *, outliers: float) -> Centroids:
        """Set each group's threshold from the similarities of its dense core.

        Parameters
        ----------
        X : ndarray of float, shape (n, d)
            The unit vectors that the level was found in.
        level : Level
            The cut to use.
        outliers : float
            Share of each core that lies outside its threshold, in [0, 1).

        Returns
        -------
        Centroids
            The group with the most points first; a direction that no point is nearest to is gone.
        """
        labels, similarity, _ = _nearest(X, level.directions)
        thresholds = np.zeros(len(level.directions), dtype=np.float32)
        sizes = np.zeros(len(thresholds), dtype=np.int64)
        for group in np.unique(labels):
            inside = similarity[labels == group]
            core = similarity[(labels == group) & level.is_core]
            thresholds[group] = np.quantile(core if len(core) else inside, outliers) - _SLACK
            sizes[group] = (inside >= thresholds[group]).sum()
        by_size = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
        return cls(level.directions[by_size], thresholds[by_size])

    def assign(self, X: NDArray[Any]) -> tuple[Labels, Floats]:
        """Find the group of each point.

        Parameters
        ----------
        X : ndarray of float, shape (n, d)
            Unit vectors.

        Returns
        -------
        labels : ndarray of int64, shape (n,)
            Nearest group, −1 where it is not near enough.
        confidence : ndarray of float32, shape (n,)
            One minus the distance to the group over the distance to the next group, in [0, 1]:
            0 half-way between two groups, 1 on the centroid; 0 for a point without group.
        """
        labels, similarity, runner_up = _nearest(X, self.directions)
        confidence = 1 - (1 - similarity) / np.maximum(1 - runner_up, 1e-6)
        outside = similarity < self.thresholds[labels]
        return (
            np.where(outside, NONE, labels),
            np.where(outside, 0, np.clip(confidence, 0, 1)).astype(np.float32),
        )

    def nearest(self, X: NDArray[Any]) -> tuple[Labels, Floats]:
        """Return the nearest group of each point, however far, and the similarity to it."""
        return _nearest(X, self.directions)[:2]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return {"directions": self.directions, "thresholds": self.thresholds}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Centroids:
        """Make the object again from stored arrays."""
        return cls(arrays["directions"], arrays["thresholds"])


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
    are deterministic and spare compiling the approximation. The ladder of sizes runs from half to
    one and a half times the square root of the number of points: finer groups are anecdotes,
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
    tree = _density_tree(_reduce(X, seed, n_neighbors, n_components), min_samples)
    levels: list[Level] = []
    previous: Labels | None = None
    for size in _ladder(len(X), number):
        cores = _cut(tree, size, largest_share)
        if cores.max() < 1 or (previous is not None and np.array_equal(cores, previous)):
            continue
        levels.append(_level(X, size, cores))
        previous = cores
    return tuple(levels)


def choose(levels: Sequence[Level], number: int | None = None) -> Level:
    """Pick the cut to use.

    Parameters
    ----------
    levels : sequence of Level
        From :func:`discover`, not empty.
    number : int, optional
        Wanted number of groups. The cut with the fewest groups that has enough is merged down to
        it; if no cut has enough, the one with the most groups is returned as it is.

    Returns
    -------
    Level
        Without ``number``: the coarsest cut whose silhouette is within one standard error of the
        best. Silhouettes of neighbouring cuts differ by less than their error, and of equals the
        simplest is preferred (the one-standard-error rule: Breiman et al., "Classification and
        Regression Trees", 1984, section 3.4.3).

    Notes
    -----
    Groups are merged by Ward's criterion (Ward, "Hierarchical Grouping to Optimize an Objective
    Function", 1963), which keeps one large group from absorbing all others.
    """
    if number is None:
        best = max(levels, key=lambda level: level.silhouette)
        enough = [level for level in levels if level.silhouette >= best.silhouette - best.error]
        return min(enough, key=lambda level: len(level.directions))
    enough = [level for level in levels if len(level.directions) >= number]
    if not enough:
        return max(levels, key=lambda level: len(level.directions))
    return _merged(min(enough, key=lambda level: len(level.directions)), number)


def silhouettes(X: Floats, labels: Labels) -> Floats:
    """Cosine silhouette of every point, exactly, without the n × n distances.

    Parameters
    ----------
    X : ndarray of float32, shape (n, d)
        Unit vectors.
    labels : ndarray of int64, shape (n,)
        Groups 0 … k−1, each with a member.

    Returns
    -------
    ndarray of float32, shape (n,)
        In [−1, 1]; 0 for the only member of a group.

    Notes
    -----
    Rousseeuw (1987). The mean cosine distance of x to a group is one minus the product of x with
    the group's mean vector, so that one n × k product replaces the n × n one.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import silhouettes
    >>> X = np.repeat(np.eye(2, dtype=np.float32), 2, axis=0)
    >>> silhouettes(X, np.array([0, 0, 1, 1])).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    sizes = np.bincount(labels)
    sums = _sums(X, labels, len(sizes))
    result = np.zeros(len(X), dtype=np.float32)
    for rows, products in _products(X, sums):
        own = labels[rows]
        at = np.arange(len(own))
        inside = 1 - (products[at, own] - 1) / np.maximum(sizes[own] - 1, 1)
        others = 1 - products / sizes
        others[at, own] = np.inf
        outside = others.min(axis=1)
        scale = np.maximum(np.maximum(inside, outside), 1e-12)
        result[rows] = np.where(sizes[own] > 1, (outside - inside) / scale, 0)
    return result


def unit(X: NDArray[Any]) -> Floats:
    """Scale the rows of a matrix to length one, as float32; zero rows stay zero."""
    X = np.asarray(X, dtype=np.float32)
    length = np.maximum(np.linalg.norm(X, axis=1, keepdims=True), np.float32(1e-12))
    return np.asarray(X / length, dtype=np.float32)


def _ladder(n: int, number: int | None) -> list[int]:
    """Return the sizes to cut at, ascending; a wanted number is reached by finer cuts."""
    root = float(np.sqrt(n))
    first = root / 2 if number is None else min(root / 2, n / (4 * number))
    first, last = max(_SMALLEST, first), max(3.0 * _SMALLEST, 1.5 * root)
    steps = round(np.log(last / first) / np.log(1.25))
    return sorted({int(size) for size in np.geomspace(first, last, steps + 1)})


def _level(X: Floats, size: int, cores: Labels) -> Level:
    directions = _refine(X, cores)
    labels, _, _ = _nearest(X, directions)
    score = silhouettes(X, labels)
    sizes = np.bincount(labels)
    per_group = np.bincount(labels, weights=score) / sizes
    error = per_group.std(ddof=1) / np.sqrt(len(sizes)) if len(sizes) > 1 else 0.0
    return Level(size, cores >= 0, directions, float(score.mean()), float(error))


def _refine(X: Floats, labels: Labels) -> Floats:
    """Run spherical k-means from the groups given; those that end up empty are gone."""
    directions = unit(_sums(X, labels, int(labels.max()) + 1))
    previous: Labels | None = None
    for _ in range(_REFINEMENTS):
        labels, _, _ = _nearest(X, directions)
        if previous is not None and np.array_equal(labels, previous):
            break
        previous = labels
        directions = unit(_sums(X, labels, len(directions))[np.unique(labels)])
    labels, _, _ = _nearest(X, directions)
    sizes = np.bincount(labels, minlength=len(directions))
    by_size = np.argsort(-sizes, kind="stable")
    return directions[by_size[sizes[by_size] > 0]]


def _merged(level: Level, number: int) -> Level:
    """Merge similar groups until there are ``number``."""
    if len(level.directions) == number:
        return level
    from scipy.cluster.hierarchy import cut_tree, ward

    merged = cut_tree(ward(level.directions), number).ravel()
    return replace(level, directions=unit(_sums(level.directions, merged, number)))


def _nearest(X: NDArray[Any], directions: Floats) -> tuple[Labels, Floats, Floats]:
    """Return the nearest group, the similarity to it, and the similarity to the second nearest."""
    labels = np.zeros(len(X), dtype=np.int64)
    first = np.zeros(len(X), dtype=np.float32)
    second = np.full(len(X), -1, dtype=np.float32)
    for rows, products in _products(X, directions):
        at = np.arange(len(products))
        labels[rows] = products.argmax(axis=1)
        first[rows] = products[at, labels[rows]]
        if len(directions) > 1:
            products[at, labels[rows]] = -np.inf
            second[rows] = products.max(axis=1)
    return labels, first, second


def _products(X: NDArray[Any], other: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield slices of rows and their products with ``other``, a bounded block at a time."""
    step = max(1, _BLOCK_BYTES // (4 * max(1, len(other))))
    for start in range(0, len(X), step):
        rows = slice(start, min(start + step, len(X)))
        yield rows, np.asarray(X[rows], dtype=np.float32) @ other.T


def _sums(X: Floats, labels: Labels, k: int) -> Floats:
    """Sum the rows of each group; rows without group are left out."""
    rows = np.flatnonzero(labels >= 0)
    ones = np.ones(len(rows), dtype=np.float32)
    member = sparse.csr_matrix((ones, (labels[rows], rows)), shape=(k, len(X)))
    return np.asarray(member @ X, dtype=np.float32)


def _neighbors(X: Floats, k: int) -> tuple[NDArray[np.int32], Floats]:
    """Return the k nearest points by cosine, each point itself first, and their distances."""
    indices = np.empty((len(X), k), dtype=np.int32)
    distances = np.empty((len(X), k), dtype=np.float32)
    for rows, similarity in _products(X, X):
        similarity[np.arange(len(similarity)), np.arange(rows.start, rows.stop)] = 2
        near = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        value = np.take_along_axis(similarity, near, axis=1)
        order = np.lexsort((near, -value), axis=1)
        indices[rows] = np.take_along_axis(near, order, axis=1)
        distances[rows] = np.maximum(1 - np.take_along_axis(value, order, axis=1), 0)
    return indices, distances


def _reduce(X: Floats, seed: int, n_neighbors: int, n_components: int) -> Floats:
    n_neighbors = min(n_neighbors, len(X) - 1)
    neighbors = _neighbors(X, n_neighbors)
    with warnings.catch_warnings():
        # umap warns that TensorFlow is absent, that a seed means one thread, and that exact
        # neighbours rule out its own transform, which textseg never uses.
        warnings.simplefilter("ignore")
        from umap import UMAP

        _keep_compiled()
        reducer = UMAP(
            n_neighbors=n_neighbors,
            n_components=min(n_components, len(X) - 2),
            min_dist=0.0,
            n_epochs=_EPOCHS,
            metric="cosine",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=neighbors,
            force_approximation_algorithm=True,
        )
        return np.asarray(reducer.fit_transform(X), dtype=np.float32)


def _keep_compiled() -> None:
    """Let numba keep what it compiles for UMAP: compiling takes longer than running it."""
    from umap import umap_

    for name in ("smooth_knn_dist", "compute_membership_strengths"):
        # Another version may lack the function, and a read-only installation a place to keep it.
        with contextlib.suppress(AttributeError, RuntimeError):
            getattr(umap_, name).enable_caching()


def _density_tree(points: Floats, min_samples: int) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from hdbscan import HDBSCAN

        model = HDBSCAN(
            min_samples=min_samples, approx_min_span_tree=False, core_dist_n_jobs=1
        ).fit(points)
    return np.asarray(model.single_linkage_tree_.to_numpy())


def _cut(tree: NDArray[Any], min_cluster_size: int, largest_share: float) -> Labels:
    """Condense the tree at a size and select by excess of mass, as HDBSCAN would if refitted.

    A branch that holds too large a share gives way to its own branches, where it has any.
    """
    from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters

    condensed = condense_tree(tree, min_cluster_size)
    stability = compute_stability(condensed)
    branches = condensed[condensed["child_size"] > 1]
    too_large = branches["child_size"] > largest_share * (len(tree) + 1)
    for branch in np.intersect1d(branches["child"][too_large], branches["parent"]):
        stability[branch] = 0.0
    labels, _, _ = get_clusters(condensed, stability)
    return np.asarray(labels, dtype=np.int64)

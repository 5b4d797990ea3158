"""The cuts of the density tree, how well their groups stand apart, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from textseg.cluster.points import Floats, Labels, by_size, products, sums, unit

_MIDDLE = 0.8
_PULL = 0.02
_NOISE = 0.006


@dataclass(frozen=True, eq=False)
class Level:
    """One cut of the density tree, refined.

    Attributes
    ----------
    min_cluster_size : int
        Fewest points that made a core at this cut.
    is_core : ndarray of bool, shape (n,)
        Whether the point lay in a dense core.
    labels : ndarray of int64, shape (n,)
        Group of every point, the largest group first.
    directions : ndarray of float32, shape (k, d)
        Unit mean directions of the groups, over embeddings averaged with their neighbours.
    scores : ndarray of float32, shape (n,)
        Cosine silhouette of every point, in [−1, 1].
    """

    min_cluster_size: int
    is_core: NDArray[np.bool_]
    labels: Labels
    directions: Floats
    scores: Floats

    @property
    def silhouette(self) -> float:
        """Mean silhouette of all points."""
        return float(self.scores.mean())


def choose(
    levels: Sequence[Level],
    number: int | None = None,
    level: Literal["broad", "balanced", "fine"] = "balanced",
) -> Level:
    """Pick the cut to use.

    Parameters
    ----------
    levels : sequence of Level
        From :func:`~textseg.cluster.discover`, not empty.
    number : int, optional
        Wanted number of groups. The cut with the fewest groups that has enough is merged down to
        it; if no cut has enough, the one with the most groups is returned as it is.
    level : {"broad", "balanced", "fine"}
        Without ``number``: "fine" is the cut with the most groups, "broad" that with the fewest,
        "balanced" the one at the :func:`balanced_size`.

    Returns
    -------
    Level

    Notes
    -----
    Groups are merged by Ward's criterion (Ward, "Hierarchical Grouping to Optimize an Objective
    Function", 1963), which keeps one large group from absorbing all others.
    """
    finest_first = sorted(levels, key=lambda each: -len(each.directions))
    if number is not None:
        enough = [each for each in finest_first if len(each.directions) >= number]
        return _merged(enough[-1], number) if enough else finest_first[0]
    if level == "fine":
        return finest_first[0]
    if level == "broad":
        return finest_first[-1]
    size = balanced_size(levels)
    return min(finest_first, key=lambda each: abs(np.log(each.min_cluster_size / size)))


def balanced_size(levels: Sequence[Level]) -> float:
    """Find the minimum size at which groups are neither too fine nor too broad.

    Parameters
    ----------
    levels : sequence of Level
        Cuts at a ladder of sizes, not empty.

    Returns
    -------
    float
        Geometric mean of the sizes, weighted by how near their silhouettes come to the best one.

    Notes
    -----
    Silhouettes of neighbouring cuts differ by less than another seed would change them (about
    0.003), so that the best one jumps between seeds where the mean moves a little. What is weighed
    is the silhouette less 0.02 times the squared logarithm of the size over 0.8 times the root of
    the number of points: of cuts that are about as good, the middle of the ladder counts most.
    """
    sizes = np.log([each.min_cluster_size for each in levels])
    off = sizes - np.log(_MIDDLE * np.sqrt(len(levels[0].labels)))
    merit = np.array([each.silhouette for each in levels]) - _PULL * off**2
    weights = np.exp((merit - merit.max()) / _NOISE)
    return float(np.exp((weights * sizes).sum() / weights.sum()))


def families(directions: Floats, number: int) -> Labels:
    """Merge similar directions until there are ``number``, by Ward's criterion."""
    from scipy.cluster.hierarchy import cut_tree, ward

    if len(directions) <= number:
        return np.arange(len(directions))
    return np.asarray(cut_tree(ward(directions), number).ravel(), dtype=np.int64)


def _merged(level: Level, number: int) -> Level:
    """Merge similar groups until there are ``number``; the points' silhouettes stay the cut's."""
    family = families(level.directions, number)
    labels = by_size(family[level.labels])
    sizes = np.bincount(level.labels)[:, None].astype(np.float32)
    of_family = np.zeros(len(level.directions), dtype=np.int64)
    of_family[level.labels] = labels
    directions = unit(sums(level.directions * sizes, of_family, labels.max() + 1))
    return Level(level.min_cluster_size, level.is_core, labels, directions, level.scores)


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
    total = sums(X, labels, len(sizes))
    result = np.zeros(len(X), dtype=np.float32)
    for rows, product in products(X, total):
        own = labels[rows]
        at = np.arange(len(own))
        inside = 1 - (product[at, own] - 1) / np.maximum(sizes[own] - 1, 1)
        others = 1 - product / sizes
        others[at, own] = np.inf
        outside = others.min(axis=1)
        scale = np.maximum(np.maximum(inside, outside), 1e-12)
        result[rows] = np.where(sizes[own] > 1, (outside - inside) / scale, 0)
    return result

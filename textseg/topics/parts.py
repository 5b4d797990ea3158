"""A topic cut into parts, in the space of its prototypes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from textseg.cluster import Centroids, unit
from textseg.cluster.centroids import PRIOR, SLACK
from textseg.cluster.points import refine, sums

MIN_TEXTS = 5
"""Fewest distinct texts that make a topic."""


def find_parts(X: NDArray[np.float32], into: int) -> NDArray[np.int64]:
    """Cut unit vectors in two along their widest spread, the largest part again, then refine.

    Parameters
    ----------
    X : ndarray of float32, shape (n, e)
    into : int
        How many parts.

    Returns
    -------
    ndarray of int64, shape (n,)
        Part of each, the largest first; all 0 where there are too few.

    Notes
    -----
    Bisecting, refined by spherical k-means: Steinbach, Karypis and Kumar (2000), "A comparison of
    document clustering techniques".

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.parts import find_parts
    >>> find_parts(np.repeat(np.eye(2, dtype=np.float32), [5, 6], axis=0), 2).tolist()
    [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    """
    parts = np.zeros(len(X), dtype=np.int64)
    if len(X) < into * MIN_TEXTS:
        return parts
    for new in range(1, into):
        rows = np.flatnonzero(parts == np.bincount(parts).argmax())
        parts[rows[_upper_side(X[rows])]] = new
    return refine(X, parts)


def _upper_side(X: NDArray[np.float32]) -> NDArray[np.bool_]:
    away = (X - X.mean(axis=0)).astype(np.float64)
    _, vectors = np.linalg.eigh(away.T @ away)
    return np.asarray(away @ vectors[:, -1] > 0)


def with_parts(
    old: Centroids,
    topic: int,
    X: NDArray[np.float32],
    parts: NDArray[np.int64],
    ids: Sequence[int],
) -> Centroids:
    """Put a prototype per part in the place of a topic's prototypes.

    Parameters
    ----------
    old : Centroids
    topic : int
    X : ndarray of float32, shape (n, e)
        The topic's texts, projected.
    parts : ndarray of int64, shape (n,)
        Part of each, all of them with a text.
    ids : sequence of int
        Topic of each part.

    Returns
    -------
    Centroids
        Each part reaches as far as its farthest text, so that none is lost to nothing.
    """
    directions = unit(sums(X, parts, len(ids)))
    own = np.einsum("ne,ne->n", X, directions[parts])
    thresholds, typical, spread = (np.zeros(len(ids), dtype=np.float32) for _ in range(3))
    kept = old.groups != topic
    for part in range(len(ids)):
        inside = own[parts == part]
        thresholds[part], typical[part] = inside.min() - SLACK, np.median(inside)
        away = float(((inside - typical[part]) ** 2).sum())
        prior = PRIOR * float((old.spread[~kept] ** 2).mean())
        spread[part] = np.sqrt((away + prior) / (len(inside) + PRIOR))
    return replace(
        old,
        directions=np.concatenate([old.directions[kept], directions]),
        thresholds=np.concatenate([old.thresholds[kept], thresholds]),
        groups=np.concatenate([old.groups[kept], np.array(ids, dtype=np.int64)]),
        typical=np.concatenate([old.typical[kept], typical]),
        spread=np.concatenate([old.spread[kept], spread]),
    )

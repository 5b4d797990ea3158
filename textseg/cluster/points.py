"""Sums, products and nearest directions of many unit vectors, a bounded block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

NONE = -1
"""Label of a point that belongs to no group."""

_BLOCK_BYTES = 128_000_000
_REFINEMENTS = 20


def unit(X: NDArray[Any]) -> Floats:
    """Scale the rows of a matrix to length one, as float32; zero rows stay zero."""
    X = np.asarray(X, dtype=np.float32)
    length = np.maximum(np.linalg.norm(X, axis=1, keepdims=True), np.float32(1e-12))
    return np.asarray(X / length, dtype=np.float32)


def products(X: NDArray[Any], other: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield slices of rows and their products with ``other``."""
    step = max(1, _BLOCK_BYTES // (4 * max(1, len(other))))
    for start in range(0, len(X), step):
        rows = slice(start, min(start + step, len(X)))
        yield rows, np.asarray(X[rows], dtype=np.float32) @ other.T


def nearest(X: NDArray[Any], directions: Floats) -> tuple[Labels, Floats]:
    """Return the nearest direction of each row, and the similarity to it."""
    labels = np.zeros(len(X), dtype=np.int64)
    similarity = np.zeros(len(X), dtype=np.float32)
    for rows, product in products(X, directions):
        labels[rows] = product.argmax(axis=1)
        similarity[rows] = product.max(axis=1)
    return labels, similarity


def sums(X: Floats, labels: Labels, k: int) -> Floats:
    """Sum the rows of each group; rows without group are left out."""
    rows = np.flatnonzero(labels >= 0)
    ones = np.ones(len(rows), dtype=np.float32)
    member = sparse.csr_matrix((ones, (labels[rows], rows)), shape=(k, len(X)))
    return np.asarray(member @ X, dtype=np.float32)


def by_size(labels: Labels) -> Labels:
    """Renumber the groups, the largest first; of equals the one that came first."""
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    place = np.empty(len(sizes), dtype=np.int64)
    place[order] = np.arange(len(sizes))
    return place[labels]


def refine(X: Floats, labels: Labels) -> Labels:
    """Run spherical k-means from groups, the largest first; those that end up empty are gone."""
    for _ in range(_REFINEMENTS):
        directions = unit(sums(X, labels, int(labels.max()) + 1))
        moved = np.unique(nearest(X, directions)[0], return_inverse=True)[1].astype(np.int64)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return by_size(labels)

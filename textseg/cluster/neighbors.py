"""The nearest neighbours of every point, exactly, and averages over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from textseg.cluster.points import Floats, products, unit

_STEPS = 3


def neighbors(X: Floats, k: int) -> tuple[NDArray[np.int32], Floats]:
    """Return the k nearest points by cosine, each point itself first, and their distances."""
    indices = np.empty((len(X), k), dtype=np.int32)
    distances = np.empty((len(X), k), dtype=np.float32)
    for rows, similarity in products(X, X):
        similarity[np.arange(len(similarity)), np.arange(rows.start, rows.stop)] = 2
        near = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        value = np.take_along_axis(similarity, near, axis=1)
        order = np.lexsort((near, -value), axis=1)
        indices[rows] = np.take_along_axis(near, order, axis=1)
        distances[rows] = np.maximum(1 - np.take_along_axis(value, order, axis=1), 0)
    return indices, distances


def smooth(X: Floats, indices: NDArray[np.int32]) -> Floats:
    """Average every point with its neighbours, three times over.

    Parameters
    ----------
    X : ndarray of float32, shape (n, d)
        Unit vectors.
    indices : ndarray of int32, shape (n, k)
        Neighbours of each point, itself among them; a neighbour counts in both directions.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Unit vectors, in which what a group has in common stands out from what single texts add.

    Notes
    -----
    The propagation step of Wu et al. (2019), "Simplifying Graph Convolutional Networks",
    arXiv:1902.07153, on a graph of neighbours.
    """
    n, k = indices.shape
    ones = np.ones(n * k, dtype=np.float32)
    graph = sparse.csr_matrix((ones, (np.repeat(np.arange(n), k), indices.ravel())), shape=(n, n))
    graph = graph + graph.T
    degree = np.asarray(graph.sum(axis=1)).ravel().astype(np.float32)
    average = sparse.diags(1 / degree) @ graph
    for _ in range(_STEPS):
        X = unit(average @ X)
    return X

"""UMAP, and the tree of densities that HDBSCAN cuts."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.cluster.points import Floats, Labels

_EPOCHS = 200  # what UMAP takes above 10,000 points; its 500 below change nothing but the time


def reduce(
    X: Floats, near: tuple[NDArray[np.int32], Floats], seed: int, n_components: int
) -> Floats:
    """Lay the points out in few dimensions with UMAP, from neighbours found before."""
    with warnings.catch_warnings():
        # umap warns that TensorFlow is absent, that a seed means one thread, and that exact
        # neighbours rule out its own transform, which textseg never uses.
        warnings.simplefilter("ignore")
        from umap import UMAP

        _keep_compiled()
        reducer = UMAP(
            n_neighbors=near[0].shape[1],
            n_components=min(n_components, len(X) - 2),
            min_dist=0.0,
            n_epochs=_EPOCHS,
            metric="cosine",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=near,
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


def density_tree(points: Floats, min_samples: int) -> NDArray[Any]:
    """Build the single-linkage tree of densities, as HDBSCAN does before it is cut."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from hdbscan import HDBSCAN

        model = HDBSCAN(
            min_samples=min_samples, approx_min_span_tree=False, core_dist_n_jobs=1
        ).fit(points)
    return np.asarray(model.single_linkage_tree_.to_numpy())


def cut(tree: NDArray[Any], min_cluster_size: int, largest_share: float) -> Labels:
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

"""Discover groups with UMAP and HDBSCAN, assign by centroid; used by topics and by segments.

HDBSCAN on a low-dimensional UMAP finds dense cores without being told their number. Lloyd's
algorithm, started from the cores, groups all points by their embeddings averaged over neighbours.
The groups' mean directions in a space where the spread inside groups is the same in every
direction are what is kept: a point belongs to the nearest of them if it is near enough, else to
none. Assignment is therefore independent of batch and order, needs neither UMAP nor HDBSCAN, and
is stored as a few arrays.
"""

from textseg.cluster.centroids import Centroids
from textseg.cluster.discover import MIN_POINTS, discover
from textseg.cluster.levels import Level, choose, silhouettes
from textseg.cluster.points import NONE, unit

__all__ = [
    "MIN_POINTS",
    "NONE",
    "Centroids",
    "Level",
    "choose",
    "discover",
    "silhouettes",
    "unit",
]

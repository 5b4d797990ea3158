"""Whether groups are islands: fewer customers between two of them than at either."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import bdtr

from textseg.segments.partition import Labels, Matrix

SIGNIFICANT = 0.05

VALLEY = 1 / 2
"""Islands have less than this many customers half-way between two centres for one at either.

A continuum that is cut at the planes half-way between centres has fewer in the middle, too: cells
are narrower where they touch.
"""

_REACH = 1 / 6


def separated(X: Matrix, labels: Labels, centers: Matrix) -> NDArray[np.bool_]:
    """Tell which groups have a valley between themselves and their nearest neighbour.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
        In the space of the centres.
    labels : ndarray of int64, shape (n,)
    centers : ndarray of float64, shape (k, d)

    Returns
    -------
    ndarray of bool, shape (k,)
        False for a single group.

    Notes
    -----
    Points are projected on the line through the two centres. K-means cuts a continuum as readily as
    islands; on that line the one has customers all along, the others only at the ends.
    """
    k = len(centers)
    found = np.zeros(k, dtype=np.bool_)
    if k < 2:
        return found
    apart = cdist(centers, centers) + np.where(np.eye(k), np.inf, 0.0)
    for group, other in enumerate(apart.argmin(axis=1)):
        axis = centers[other] - centers[group]
        inside = (labels == group) | (labels == other)
        found[group] = has_valley((X[inside] - centers[group]) @ axis / max(axis @ axis, 1e-300))
    return found


def has_valley(places: Matrix) -> bool:
    """Test whether there are fewer points around the middle of a line than around its ends.

    Parameters
    ----------
    places : ndarray of float64, shape (n,)
        Where on the line the points are: 0 and 1 are its ends.

    Returns
    -------
    bool
        Whether the middle third has, beyond doubt, less than half as many as the same length
        around the end that has fewer (one-sided binomial test).

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.segments.separation import has_valley
    >>> rng = np.random.default_rng(0)
    >>> ends = np.concatenate([rng.normal(0, 0.15, 100), rng.normal(1, 0.15, 60)])
    >>> has_valley(ends), has_valley(rng.uniform(-0.5, 1.5, 160))
    (True, False)
    """
    start, middle, end = (
        int((np.abs(places - place) <= _REACH).sum()) for place in (0.0, 0.5, 1.0)
    )
    fewer = min(start, end)
    return bool(bdtr(middle, middle + fewer, VALLEY / (1 + VALLEY)) <= SIGNIFICANT)

"""Whether groups are islands: fewer customers between two of them than at either."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist

from textseg.segments.partition import Labels, Matrix

SIGNIFICANT = 0.05
_BOOTSTRAPS = 99
_BINS = 256
_BISECTIONS = 12


def separated(X: Matrix, labels: Labels, centers: Matrix, seed: int) -> NDArray[np.bool_]:
    """Tell which groups have a valley between themselves and their nearest neighbour.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
        In the space of the centres.
    labels : ndarray of int64, shape (n,)
    centers : ndarray of float64, shape (k, d)
    seed : int

    Returns
    -------
    ndarray of bool, shape (k,)
        False for a single group.

    Notes
    -----
    Points are projected on the line through the two centres. K-means cuts a continuum as readily as
    islands; on that line the one has a single mode, the others have two.
    """
    k = len(centers)
    if k < 2:
        return np.zeros(k, dtype=np.bool_)
    apart = cdist(centers, centers) + np.where(np.eye(k), np.inf, 0.0)
    found = np.zeros(k, dtype=np.bool_)
    for group, other in enumerate(apart.argmin(axis=1)):
        axis = centers[other] - centers[group]
        inside = (labels == group) | (labels == other)
        found[group] = has_valley(X[inside] @ axis, seed)
    return found


def has_valley(values: Matrix, seed: int) -> bool:
    """Test whether numbers have more than one mode.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
    seed : int
        Of the bootstrap.

    Returns
    -------
    bool

    Notes
    -----
    Silverman (1981), "Using kernel density estimates to investigate multimodality": the narrowest
    kernel that shows a single mode is too wide for samples of that density. Modes in the outer 5 %
    on either side are not counted, since single outliers make some.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.segments.separation import has_valley
    >>> rng = np.random.default_rng(0)
    >>> one, two = rng.normal(size=300), rng.normal(5, 1, size=200)
    >>> has_valley(one, 0), has_valley(np.concatenate([one, two]), 0)
    (False, True)
    """
    spread = values.std()
    if len(values) < 10 or spread == 0:
        return False
    values = (values - values.mean()) / spread
    width = _critical_width(values)
    rng = np.random.default_rng(seed)
    several = 0
    for _ in range(_BOOTSTRAPS):
        drawn = rng.choice(values, len(values)) + width * rng.normal(size=len(values))
        several += _n_modes(drawn / np.sqrt(1 + width**2), width) > 1
    return (several + 1) / (_BOOTSTRAPS + 1) <= SIGNIFICANT


def _critical_width(values: Matrix) -> float:
    """Find the narrowest kernel that leaves one mode."""
    low, high = 0.01, 2.0
    for _ in range(_BISECTIONS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if _n_modes(values, middle) > 1 else (low, middle)
    return float(high)


def _n_modes(values: Matrix, width: float) -> int:
    first, last = np.quantile(values, [0.05, 0.95])
    edges = np.linspace(values.min() - 3 * width, values.max() + 3 * width, _BINS + 1)
    density = gaussian_filter1d(
        np.histogram(values, edges)[0].astype(np.float64), width / (edges[1] - edges[0])
    )
    middles = (edges[:-1] + edges[1:]) / 2
    density = density[(middles >= first) & (middles <= last)]
    steps = np.sign(np.diff(density))
    steps = steps[steps != 0]
    inner = int(((steps[:-1] > 0) & (steps[1:] < 0)).sum())
    # A density that falls from the start, or rises to the end, has its mode there.
    return inner + int(len(steps) > 0 and steps[0] < 0) + int(len(steps) > 0 and steps[-1] > 0)

"""How strongly two ways of grouping the same customers are connected, and in which cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
"""Chance that any cell of an independent table stands out; 1 − ALPHA is the intervals' level."""

_Z = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Association:
    """What a table of counts says.

    Attributes
    ----------
    expected : ndarray of float64, shape (r, c)
        Customers per cell if both groupings had nothing to do with each other.
    lift : ndarray of float64, shape (r, c)
        Counted over expected.
    residuals : ndarray of float64, shape (r, c)
        Adjusted standardised residuals; NaN where a side has one segment only.
    p_values : ndarray of float64, shape (r, c)
        Of each cell, corrected for the number of cells.
    cramers_v : float or None
        In [0, 1], corrected for bias; None where a side has one segment only.
    cramers_v_interval : tuple of float or None
        95 % interval.
    adjusted_mutual_information, adjusted_rand : float or None
        1 for the same grouping, about 0 for independent ones.
    """

    expected: NDArray[np.float64]
    lift: NDArray[np.float64]
    residuals: NDArray[np.float64]
    p_values: NDArray[np.float64]
    cramers_v: float | None
    cramers_v_interval: tuple[float, float] | None
    adjusted_mutual_information: float | None
    adjusted_rand: float | None


def associate(counts: NDArray[np.int64]) -> Association:
    """Measure the connection of rows and columns.

    Residuals are adjusted [1]_: over independent tables each has mean 0 and variance 1. Given both
    margins a cell is hypergeometric, so its two-sided p-value (twice the smaller tail) is exact
    however few customers are expected; Holm's method [2]_ corrects for the number of cells.
    Cramér's V is corrected for bias [3]_.

    Parameters
    ----------
    counts : ndarray of int64, shape (r, c)
        Customers per pair; no row and no column may be empty.

    Returns
    -------
    Association

    References
    ----------
    .. [1] Haberman, S. J. (1973). The Analysis of Residuals in Cross-Classified Tables.
       Biometrics 29(1), 205-220.
    .. [2] Holm, S. (1979). A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian
       Journal of Statistics 6(2), 65-70.
    .. [3] Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the
       Korean Statistical Society 42(3), 323-328.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.combine import associate
    >>> same = associate(np.diag([30, 20, 10]))
    >>> round(same.cramers_v, 3), round(same.adjusted_rand, 3)
    (1.0, 1.0)
    """
    n = int(counts.sum())
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(rows, columns) / n
    spread = np.sqrt(expected * np.outer(1 - rows / n, 1 - columns / n))
    residuals = np.divide(
        counts - expected, spread, out=np.full(counts.shape, np.nan), where=spread > 0
    )
    strength = cramers_v(counts)
    shared = _agreement(counts) if min(counts.shape) > 1 else (None, None)
    return Association(
        expected,
        counts / expected,
        residuals,
        holm(_exact_p(counts, rows, columns)),
        None if strength is None else strength[0],
        None if strength is None else strength[1:],
        *shared,
    )


def cramers_v(counts: NDArray[np.int64]) -> tuple[float, float, float] | None:
    """Compute Cramér's V, corrected for bias, and the ends of its 95 % interval.

    The interval is normal for φ² = χ²/n, with the variance that the delta method gives for a
    multinomial table [1]_ plus that of χ² under independence, 2·df/n²; both are needed, since the
    first vanishes where there is no connection and the second is negligible where there is one.

    Parameters
    ----------
    counts : ndarray of int64, shape (r, c)

    Returns
    -------
    tuple of float or None
        Estimate, low, high; None where a side has one segment only, or there are too few customers.

    References
    ----------
    .. [1] Bishop, Y. M. M., Fienberg, S. E. and Holland, P. W. (1975). Discrete Multivariate
       Analysis, chapters 11 and 14. MIT Press.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.combine.association import cramers_v
    >>> [round(value, 2) for value in cramers_v(np.array([[30, 10], [10, 30]]))]
    [0.49, 0.21, 0.66]
    """
    n = int(counts.sum())
    r, c = counts.shape
    if n < 2:
        return None
    freedom = (r - 1) * (c - 1)
    most = min(side - (side - 1) ** 2 / (n - 1) for side in (r, c)) - 1
    if freedom == 0 or most <= 0:
        return None
    phi2, variance = _phi_squared(counts / n)
    corrected = phi2 - freedom / (n - 1)
    reach = _Z * math.sqrt(variance / n + 2 * freedom / n**2)

    def v(value: float) -> float:
        return math.sqrt(min(max(value / most, 0.0), 1.0))

    return v(corrected), v(corrected - reach), v(corrected + reach)


def _phi_squared(p: NDArray[np.float64]) -> tuple[float, float]:
    """Return φ² of a table of shares and n times its variance by the delta method."""
    a, b = p.sum(axis=1, keepdims=True), p.sum(axis=0, keepdims=True)
    parts = p**2 / (a * b)
    slope = 2 * p / (a * b) - parts.sum(axis=1, keepdims=True) / a
    slope = slope - parts.sum(axis=0, keepdims=True) / b
    mean = float((slope * p).sum())
    return float(parts.sum() - 1), max(float((slope**2 * p).sum()) - mean**2, 0.0)


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct p-values for their number by Holm's method.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.combine.association import holm
    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    flat = p_values.ravel()
    order = np.argsort(flat, kind="stable")
    raised = np.maximum.accumulate(flat[order] * np.arange(len(flat), 0, -1))
    corrected = np.empty_like(flat)
    corrected[order] = np.minimum(raised, 1.0)
    return corrected.reshape(p_values.shape)


def _exact_p(
    counts: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    from scipy.stats import hypergeom

    drawn = hypergeom(int(counts.sum()), rows[:, None], columns[None, :])
    tail = np.minimum(drawn.cdf(counts), drawn.sf(counts - 1))
    return np.asarray(np.minimum(2 * tail, 1.0), dtype=np.float64)


def _agreement(counts: NDArray[np.int64]) -> tuple[float, float]:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    ours, theirs = (np.repeat(side.ravel(), counts.ravel()) for side in np.indices(counts.shape))
    return (
        float(adjusted_mutual_info_score(ours, theirs)),
        float(adjusted_rand_score(ours, theirs)),
    )

"""What is typical of each segment: its means against the rest, with effect sizes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Row = NDArray[np.float64]

COLUMNS = ("segment_id", "feature", "mean", "rest", "effect", "lower", "upper")

LEVEL = 0.95
"""Of the intervals."""

# A spread this much smaller than the values themselves is rounding.
_ROUNDING = 1e-9


def profiles(features: pd.DataFrame, segment_ids: NDArray[np.int64]) -> pd.DataFrame:
    """Compare each segment with all other customers, feature by feature.

    Parameters
    ----------
    features : DataFrame of float, shape (n, d)
        NaN where unknown.
    segment_ids : ndarray of int64, shape (n,)
        −1 for customers without segment, who count among the others.

    Returns
    -------
    DataFrame
        Columns segment_id, feature, mean (of the segment), rest (mean of all others), effect
        (Hedges' g: the difference in pooled standard deviations, without the bias of small
        samples), lower and upper (its 95 % interval), by segment and descending size of effect.
        The effect is NaN where either has fewer than two customers, or the two differ and nothing
        varies within them; it is 0 where nothing varies at all.

    Notes
    -----
    Hedges (1981), "Distribution theory for Glass's estimator of effect size and related
    estimators", Journal of Educational Statistics 6(2). With J = 1 − 3 / (4 df − 1), df = n₁ + n₂ −
    2 and the pooled variance s², g = J (m₁ − m₂) / s. The interval is g ± 1.96 J √V with

        V = (s₁²/n₁ + s₂²/n₂) / s² + d² (df₁ s₁⁴ + df₂ s₂⁴) / (2 df² s⁴),

    the large-sample variance where the two need not vary alike: Bonett (2008), "Confidence
    intervals for standardized linear contrasts of means", Psychological Methods 13(2), here with
    the pooled s. Where they do, it is Hedges' own, 1/n₁ + 1/n₂ + d²/(2 df).

    The segments are made of many of these features. The interval says how well the size of a
    difference is known; that there is one was the aim of the segmentation, and is no discovery.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from textseg.segments.profile import profiles
    >>> frame = pd.DataFrame({"orders": [1.0, 3.0, 5.0, 7.0]})
    >>> first = profiles(frame, np.array([0, 0, 1, 1])).iloc[0]
    >>> [round(float(first[name]), 3) for name in ("effect", "lower", "upper")]
    [-1.616, -3.556, 0.324]
    """
    values = features.to_numpy(dtype="float64")
    tables = []
    for segment in np.unique(segment_ids[segment_ids >= 0]):
        inside = segment_ids == segment
        own, rest = _moments(values[inside]), _moments(values[~inside])
        effect, error = _effect(own, rest)
        margin = _z(1 - LEVEL) * error
        table = pd.DataFrame(
            {
                "segment_id": segment,
                "feature": features.columns,
                "mean": own.mean,
                "rest": rest.mean,
                "effect": effect,
                "lower": effect - margin,
                "upper": effect + margin,
            }
        )
        order = np.argsort(-np.abs(np.nan_to_num(effect)), kind="stable")
        tables.append(table.iloc[order])
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)


def certain(profiles: pd.DataFrame, *, least: float = 0.2) -> pd.DataFrame:
    """Keep the effects that are large enough beyond doubt.

    Parameters
    ----------
    profiles : DataFrame
        From :func:`profiles`.
    least : float
        The whole interval, widened for the number of features that the segment is compared in
        (Bonferroni), must be beyond this on either side; 0.2 is Cohen's bound of a small effect.

    Returns
    -------
    DataFrame
        Those rows, in their order. None of the runs of an earlier version, which have no
        intervals.
    """
    known = profiles[profiles["effect"].notna()]
    number = known.groupby("segment_id")["effect"].transform("size").to_numpy(dtype="float64")
    wider = _z((1 - LEVEL) / np.maximum(number, 1)) / _z(1 - LEVEL)
    margin = wider * (known["upper"] - known["effect"])
    kept: pd.DataFrame = known[(known["effect"].abs() - margin > least).to_numpy(dtype=bool)]
    return kept


class _Moments(NamedTuple):
    mean: Row
    variance: Row
    number: Row


def _effect(own: _Moments, rest: _Moments) -> tuple[Row, Row]:
    """Return Hedges' g and its standard error."""
    df_own, df_rest = np.maximum(own.number - 1, 0), np.maximum(rest.number - 1, 0)
    df = np.maximum(df_own + df_rest, 1)
    pooled = (own.variance * df_own + rest.variance * df_rest) / df
    difference = own.mean - rest.mean
    varies = pooled > 0
    square = np.where(varies, pooled, 1.0)
    d = difference / np.sqrt(square)
    count_own, count_rest = np.maximum(own.number, 1), np.maximum(rest.number, 1)
    of_means = (own.variance / count_own + rest.variance / count_rest) / square
    of_spread = (df_own * own.variance**2 + df_rest * rest.variance**2) / (2 * df**2 * square**2)
    unbiased = 1 - 3 / (4 * df - 1)
    effect = unbiased * d
    error = unbiased * np.sqrt(of_means + d**2 * of_spread)
    alike = ~varies & (np.abs(difference) <= _ROUNDING * np.abs(own.mean))
    effect, error = (
        np.where(varies, each, np.where(alike, 0.0, np.nan)) for each in (effect, error)
    )
    known = (own.number > 1) & (rest.number > 1)
    return np.where(known, effect, np.nan), np.where(known, error, np.nan)


def _moments(values: Row) -> _Moments:
    """Return mean, sample variance and count of each column's known values."""
    known = np.isfinite(values)
    count = known.sum(axis=0).astype(np.float64)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0)
    variance = squares / np.maximum(count - 1, 1)
    variance = np.where(variance > (_ROUNDING * mean) ** 2, variance, 0.0)
    return _Moments(np.where(count > 0, mean, np.nan), variance, count)


def _z(outside: float | Row) -> Row:
    """Return the two-sided normal quantile that leaves this share outside."""
    from scipy.stats import norm

    return np.asarray(norm.isf(np.asarray(outside) / 2))

"""What is typical of each segment: its means against the rest, with effect sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


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
        Columns segment_id, feature, mean (of the segment), rest (mean of all others) and effect
        (Cohen's d: the difference in pooled standard deviations; NaN where either has fewer than
        two customers, 0 where nothing varies), by segment and descending size of effect.

    Notes
    -----
    Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", section 2.5.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from textseg.segments.profile import profiles
    >>> frame = pd.DataFrame({"orders": [1.0, 3.0, 5.0, 7.0]})
    >>> float(profiles(frame, np.array([0, 0, 1, 1]))["effect"].iloc[0].round(3))
    -2.828
    """
    values = features.to_numpy(dtype="float64")
    tables = []
    for segment in np.unique(segment_ids[segment_ids >= 0]):
        inside = segment_ids == segment
        mean, variance, count = _moments(values[inside])
        rest, rest_variance, rest_count = _moments(values[~inside])
        pooled = (variance * (count - 1) + rest_variance * (rest_count - 1)) / (
            np.maximum(count + rest_count - 2, 1)
        )
        difference = mean - rest
        effect = np.where(pooled > 0, difference / np.sqrt(np.where(pooled > 0, pooled, 1)), 0.0)
        effect = np.where((count > 1) & (rest_count > 1), effect, np.nan)
        table = pd.DataFrame(
            {"segment_id": segment, "feature": features.columns, "mean": mean, "rest": rest}
        )
        table["effect"] = effect
        order = np.argsort(-np.abs(np.nan_to_num(effect)), kind="stable")
        tables.append(table.iloc[order])
    if not tables:
        return pd.DataFrame(columns=["segment_id", "feature", "mean", "rest", "effect"])
    return pd.concat(tables, ignore_index=True)


def _moments(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return mean, sample variance and count of each column's known values."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0)
    return np.where(count > 0, mean, np.nan), squares / np.maximum(count - 1, 1), count

"""The geometry of the report's pictures; the template draws them as inline SVG."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

LABELS = ("negative", "neutral", "positive")
_MOST_BARS = 60
_FEWEST_CANDIDATES = 3
_MOST_NUMBERS = 12
_METHODS = {"density": "dense groups", "gaussian-mixture": "Gaussian mixture"}
_PERIODS = (("D", "day", "%Y-%m-%d"), ("W", "week", "%Y-%m-%d"), ("M", "month", "%Y-%m"))


def segment_map(segments: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Place the segments by sentiment (x) and mean value of a customer (y), sized by customers.

    Parameters
    ----------
    segments : sequence of dict
        Rows of the export, with ``number``.

    Returns
    -------
    dict or None
        ``bubbles`` with x and y in [0, 1] (y from the bottom) and r in [0, 1], the ``ticks`` of the
        value axis, and the ``limit`` of the sentiment axis on both sides; None if fewer than two
        segments have both a sentiment and a value.
    """
    placed = [
        row for row in segments if row["sentiment"] is not None and row["monetary_mean"] is not None
    ]
    if len(placed) < 2:
        return None
    step = _step(max(max(row["monetary_mean"] for row in placed), 0.0))
    top = step * 4
    limit = _limit(max(abs(row["sentiment"]) for row in placed))
    widest = max(row["n_customers"] for row in placed)
    bubbles = [
        {
            "number": row["number"],
            "name": row["name"],
            "x": (row["sentiment"] / limit + 1) / 2,
            "y": min(max(row["monetary_mean"] / top, 0.0), 1.0),
            "r": math.sqrt(row["n_customers"] / widest) if widest else 0.0,
        }
        for row in sorted(placed, key=lambda row: -row["n_customers"])
    ]
    ticks = [{"y": part / 4, "label": f"{step * part:,.10g}"} for part in range(5)]
    return {"bubbles": bubbles, "ticks": ticks, "limit": limit}


def timeline(feedback: pd.DataFrame) -> dict[str, Any] | None:
    """Count feedback by sentiment over time, in the finest period that fits the page.

    Parameters
    ----------
    feedback : DataFrame
        The export of that name.

    Returns
    -------
    dict or None
        ``period``, ``peak`` and ``bars``: label, total, and the counts by sentiment; None if the
        dates cover fewer than two periods.
    """
    told = feedback.loc[feedback["created_at"].notna(), ["created_at", "sentiment_label"]]
    if told.empty:
        return None
    period, label_format, every = _periods(told["created_at"])
    if len(every) < 2:
        return None
    counts = pd.crosstab(told["created_at"].dt.to_period(every.freq), told["sentiment_label"])
    counts = counts.reindex(index=every, columns=list(LABELS), fill_value=0)
    bars: list[dict[str, Any]] = [
        {"label": label, "total": sum(numbers), **dict(zip(LABELS, numbers, strict=True))}
        for label, numbers in zip(
            every.strftime(label_format), counts.to_numpy().tolist(), strict=True
        )
    ]
    return {"period": period, "peak": max(1, *(bar["total"] for bar in bars)), "bars": bars}


def candidates_chart(
    candidates: Sequence[Mapping[str, Any]], chosen: tuple[str, int], border: float
) -> dict[str, Any] | None:
    """Place candidates by their number of segments (x) and the overlap of the weakest (y).

    Parameters
    ----------
    candidates : sequence of mapping
        ``method``, ``n_segments`` and ``weakest``, as in the manifest.
    chosen : tuple of str and int
        Method and number of segments of the one that was taken.
    border : float
        Overlap that gets a line of its own.

    Returns
    -------
    dict or None
        ``marks`` with x, y, title, whether they are ``dense`` groups and ``chosen``; the ``line``
        through the others; ``ticks_x`` and ``ticks_y``; ``has_dense``. In the units of a picture of
        360 by 208. None for fewer than three candidates.
    """
    if len(candidates) < _FEWEST_CANDIDATES:
        return None
    numbers = [int(each["n_segments"]) for each in candidates]
    first, last = min(numbers), max(numbers)
    lowest = max(min(float(each["weakest"]) for each in candidates), 0.0)
    bottom = next(overlap for overlap in (0.5, 0.25, 0.0) if overlap <= lowest)

    def x_of(number: int) -> float:
        return round(58 + 274 * (number - first) / max(last - first, 1), 1)

    def y_of(overlap: float) -> float:
        return round(172 - 150 * (max(overlap, 0.0) - bottom) / (1 - bottom), 1)

    marks: list[dict[str, Any]] = [
        {
            "x": x_of(each["n_segments"]),
            "y": y_of(each["weakest"]),
            "dense": each["method"] == "density",
            "chosen": (each["method"], each["n_segments"]) == chosen,
            "title": f"{each['n_segments']} segments, "
            f"{_METHODS.get(each['method'], each['method'])}: {each['weakest']:.2f}",
        }
        for each in candidates
    ]
    levels = {level for level in (0.0, 0.25, 0.5, 0.75, 1.0, border) if level >= bottom}
    every = math.ceil((last - first + 1) / _MOST_NUMBERS)
    return {
        "marks": sorted(marks, key=lambda mark: mark["chosen"]),
        "line": " ".join(f"{mark['x']},{mark['y']}" for mark in marks if not mark["dense"]),
        "ticks_x": [{"x": x_of(n), "label": str(n)} for n in range(first, last + 1, every)],
        "ticks_y": [
            {"y": y_of(level), "label": f"{level:.2f}", "border": level == border}
            for level in sorted(levels)
        ],
        "has_dense": any(mark["dense"] for mark in marks),
    }


def _periods(times: pd.Series[pd.Timestamp]) -> tuple[str, str, pd.PeriodIndex]:
    """Choose the finest period of which few enough cover the times; months beyond are cut off."""
    for code, period, label_format in _PERIODS:
        every = pd.period_range(times.min(), times.max(), freq=code)
        if len(every) <= _MOST_BARS:
            return period, label_format, every
    return period, label_format, every[-_MOST_BARS:]


def _limit(highest: float) -> float:
    """Find how far the sentiment axis must go on both sides of 0."""
    return next(limit for limit in (0.25, 0.5, 0.75, 1.0) if limit >= min(highest * 1.2, 1.0))


def _step(highest: float) -> float:
    """Find a round step of which four cover the highest value."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(max(highest, sys.float_info.min) / 4))
    return next(
        power * factor
        for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
        if power * factor * 4 >= highest
    )

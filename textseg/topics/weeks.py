"""Feedback counted by topic and week; weeks go from Monday to Sunday, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.topics.change import Reals, count_interval, dispersion, mean_interval

LONGEST = 520
"""Weeks that are counted; earlier ones are not, so that a date gone astray costs nothing."""
_WEEKLY = {
    "topic_id": "int64", "week": "datetime64[ns]", "days": "int64", "n": "int64",
    "low": "float64", "high": "float64", "share": "float64", "sentiment": "float64",
    "sentiment_low": "float64", "sentiment_high": "float64",
}  # fmt: skip


@dataclass(frozen=True)
class Calendar:
    """The weeks that feedback covers, and which of them are compared.

    Attributes
    ----------
    mondays : ndarray of datetime64[D], shape (n_weeks,)
    days : ndarray of int64, shape (n_weeks,)
        Days of the week that are covered: 7 but for the first and the last.
    recent, before : ndarray of bool, shape (n_weeks,)
        Complete weeks only.
    """

    mondays: NDArray[np.datetime64]
    days: NDArray[np.int64]
    recent: NDArray[np.bool_]
    before: NDArray[np.bool_]

    @classmethod
    def of(
        cls, day: NDArray[np.int64], as_of: pd.Timestamp | None, recent: int, before: int
    ) -> Calendar:
        """Lay out the weeks of days since 1970; the last one ends with the data or ``as_of``."""
        first, last = int(day.min()), int(day.max())
        start, end = _monday(first), _monday(last) + 6
        if as_of is not None:
            last = max(last, min((as_of.normalize() - pd.Timestamp(0)).days, end))
        mondays = np.arange(start, end, 7)
        days = np.minimum(mondays + 6, last) - np.maximum(mondays, first) + 1
        complete = np.flatnonzero(days == 7)
        masks = [np.zeros(len(mondays), dtype=np.bool_) for _ in range(2)]
        masks[0][complete[-recent:]] = True
        masks[1][complete[:-recent][-before:]] = True
        return cls(mondays.astype("datetime64[D]"), days, *masks)

    @property
    def compared(self) -> NDArray[np.bool_]:
        """The recent weeks and those before."""
        return self.recent | self.before

    def periods(self) -> dict[str, Any]:
        """Give the number of weeks of ``recent`` and ``before``, and their first and last day."""
        return {
            name: {
                "weeks": int(mask.sum()),
                "first": str(self.mondays[mask].min()),
                "last": str(self.mondays[mask].max() + np.timedelta64(6, "D")),
            }
            for name, mask in (("recent", self.recent), ("before", self.before))
            if mask.any()
        }


@dataclass(frozen=True)
class WeeklyCounts:
    """Numbers per topic and week.

    Attributes
    ----------
    ids : ndarray of int64, shape (k,)
    calendar : Calendar
    n, sums, squares : ndarray of float64, shape (k, n_weeks)
        Texts, the sum of their sentiments and of the squares of these.
    totals : ndarray of float64, shape (n_weeks,)
        Texts of all topics and of none.
    """

    ids: NDArray[np.int64]
    calendar: Calendar
    n: Reals
    sums: Reals
    squares: Reals
    totals: Reals

    def moments(self, weeks: NDArray[np.bool_]) -> tuple[Reals, Reals, Reals]:
        """Give number, mean and variance of the sentiments of some weeks."""
        n, total, square = (
            each[:, weeks].sum(axis=1) for each in (self.n, self.sums, self.squares)
        )
        mean = total / np.maximum(n, 1)
        return n, mean, np.maximum(square - mean * total, 0) / np.maximum(n - 1, 1)


def dated_feedback(feedback: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take the feedback that has a date, in an order that depends on nothing else.

    Parameters
    ----------
    feedback : DataFrame
        With created_at, source and feedback_id.

    Returns
    -------
    dated : DataFrame
        With two more columns: ``position``, its row in ``feedback``, and ``week``, from 0.
    notes : tuple of str
        What was left out.
    """
    position = np.flatnonzero(feedback["created_at"].notna())
    dated = feedback.iloc[position].assign(position=position)
    dated = dated.sort_values(["created_at", "source", "feedback_id"], kind="stable")
    notes = []
    if missing := len(feedback) - len(dated):
        notes.append(f"{missing:,} of {len(feedback):,} feedback have no date and are in no week.")
    week = (_days(dated) + 3) // 7
    kept = week > (week[-1:].sum() - LONGEST)
    if not kept.all():
        notes.append(
            f"{(~kept).sum():,} feedback from more than {LONGEST} weeks before the latest "
            "are in no week."
        )
    first = week[kept][:1].sum()
    return dated[kept].assign(week=week[kept] - first), (*notes,)


def count_weeks(
    dated: pd.DataFrame,
    ids: NDArray[np.int64],
    *,
    as_of: pd.Timestamp | None,
    recent: int,
    before: int,
) -> WeeklyCounts:
    """Count feedback by topic and week.

    Parameters
    ----------
    dated : DataFrame
        What :func:`dated_feedback` gave, at least one row.
    ids : ndarray of int64, shape (k,)
        Topics, ascending.
    as_of : Timestamp or None
        Last day that counts.
    recent, before : int
        Complete weeks to compare, at most.

    Returns
    -------
    WeeklyCounts
    """
    calendar = Calendar.of(_days(dated), as_of, recent, before)
    topic = dated["topic_id"].to_numpy(dtype=np.int64)
    week = dated["week"].to_numpy(dtype=np.int64)
    felt = dated["sentiment"].to_numpy(dtype=np.float64)
    known = np.isin(topic, ids)
    shape = (len(ids), len(calendar.mondays))
    cell = np.searchsorted(ids, topic[known]) * shape[1] + week[known]

    def summed(weights: Reals | None) -> Reals:
        sums = np.bincount(cell, weights, minlength=shape[0] * shape[1])
        return np.asarray(sums, dtype=np.float64).reshape(shape)

    totals = np.bincount(week, minlength=shape[1]).astype(np.float64)
    felt = felt[known]
    return WeeklyCounts(ids, calendar, summed(None), summed(felt), summed(felt**2), totals)


def weekly_table(counts: WeeklyCounts | None) -> pd.DataFrame:
    """Lay out the counts, with intervals, one row per topic and week.

    Parameters
    ----------
    counts : WeeklyCounts or None
        None gives an empty table.

    Returns
    -------
    DataFrame
        ``weekly`` of :class:`textseg.topics.trends.Trends`.
    """
    if counts is None:
        return pd.DataFrame(columns=list(_WEEKLY)).astype(_WEEKLY)
    calendar, (k, n_weeks) = counts.calendar, counts.n.shape
    spread = dispersion(counts.n, counts.totals, calendar.recent)[:, None]
    low, high = count_interval(counts.n, spread)
    mean, mean_low, mean_high = mean_interval(counts.n, counts.sums, counts.squares)
    columns = {
        "n": counts.n,
        "low": low,
        "high": high,
        "share": counts.n / np.maximum(counts.totals, 1),
        "sentiment": mean,
        "sentiment_low": mean_low,
        "sentiment_high": mean_high,
    }
    return pd.DataFrame(
        {
            "topic_id": np.repeat(counts.ids, n_weeks),
            "week": np.tile(calendar.mondays, k),
            "days": np.tile(calendar.days, k),
            **{name: values.round(6).ravel() for name, values in columns.items()},
        }
    ).astype(_WEEKLY)


def weekly_totals(counts: WeeklyCounts | None) -> pd.Series:
    """Give all feedback per week, whatever its topic; the Mondays are the index."""
    if counts is None:
        return pd.Series(index=pd.DatetimeIndex([], dtype="datetime64[ns]"), dtype="int64")
    mondays = pd.DatetimeIndex(counts.calendar.mondays.astype("datetime64[ns]"))
    return pd.Series(counts.totals.astype(np.int64), index=mondays)


def _days(dated: pd.DataFrame) -> NDArray[np.int64]:
    """Count days since 1970-01-01, a Thursday."""
    return dated["created_at"].to_numpy().astype("datetime64[D]").astype(np.int64)


def _monday(day: int) -> int:
    return day - (day + 3) % 7

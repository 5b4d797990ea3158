"""The as-of date: what a run may know of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.quality import Log


def read_as_of(as_of: str | date | pd.Timestamp) -> pd.Timestamp:
    """Read an as-of date given by the caller.

    Parameters
    ----------
    as_of : str, date or Timestamp
        Text must be year first; a time with a zone is brought to UTC.

    Returns
    -------
    Timestamp
        Midnight at the start of that UTC day.

    Raises
    ------
    InputError
        It is not a date.

    Examples
    --------
    >>> from textseg.ingest.clock import read_as_of
    >>> read_as_of("2011-12-09T23:30:00-02:00")
    Timestamp('2011-12-10 00:00:00')
    """
    problem = InputError(
        f"The as-of date should be a date, got {as_of!r}.", hint="Example: --as-of 2011-12-09"
    )
    try:
        if isinstance(as_of, str):
            date.fromisoformat(as_of.strip()[:10])  # pandas would also take 9/12/2011
        moment = pd.Timestamp(as_of)
    except (ValueError, TypeError):
        raise problem from None
    if pd.isna(moment):
        raise problem
    if moment.tzinfo is not None:
        moment = moment.tz_convert("UTC").tz_localize(None)
    try:
        return moment.normalize().as_unit("ns")
    except ValueError:  # before 1677 or after 2262
        raise problem from None


def latest_day(columns: Iterable[pd.Series], now: pd.Timestamp) -> pd.Timestamp:
    """Find the day of the latest time in any column; the clock's day where there is none."""
    latest = [times.max() for times in columns if times.notna().any()]
    return max(latest, default=now).normalize().as_unit("ns")


def reject_future(frame: pd.DataFrame, column: str, now: pd.Timestamp, log: Log) -> pd.DataFrame:
    """Drop rows with a time that the clock has not reached."""
    return log.drop(frame, frame[column] > now, "date in the future")


def leave_out_later(
    frame: pd.DataFrame, column: str, as_of: pd.Timestamp, log: Log
) -> pd.DataFrame:
    """Drop rows after the end of the as-of day."""
    return log.drop(frame, frame[column] >= as_of + pd.Timedelta(days=1), "after the as-of date")

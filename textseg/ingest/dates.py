"""One date format per column, found out; times become UTC without a zone, in nanoseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textseg.errors import InputError
from textseg.ingest import date_layouts
from textseg.ingest.cells import as_text, without_missing

MAX_UNREADABLE = 0.05
_SAMPLE = 200
_NEVER = frozenset({"0000-00-00", "0000-00-00 00:00:00"})


@dataclass(frozen=True)
class Dates:
    """A column of dates after reading.

    Parameters
    ----------
    values : Series of datetime64[ns]
        UTC without a zone; null where there is none.
    unreadable : Series of bool
        Where something stands that is not a date.
    """

    values: pd.Series
    unreadable: pd.Series


@dataclass(frozen=True)
class _Reading:
    """What one layout makes of the distinct cells of a column."""

    layout: str
    times: pd.Series
    rows: int


def parse_dates(values: pd.Series, *, label: str, column: str) -> Dates:
    """Find the format of a column of dates and read it.

    Parameters
    ----------
    values : Series
        Timestamps, epoch numbers or text, rows in file order.
    label, column : str
        What messages call the table and the column.

    Returns
    -------
    Dates

    Raises
    ------
    InputError
        The order of day and month cannot be decided, or more than 5 % of the dates cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.dates import parse_dates
    >>> cells = pd.Series(["24.12.2011 18:00", "01.02.2012"])
    >>> parse_dates(cells, label="a.csv", column="when").values.to_list()
    [Timestamp('2011-12-24 18:00:00'), Timestamp('2012-02-01 00:00:00')]
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        times = date_layouts.to_utc(values)
        return Dates(times, values.notna() & times.isna())
    text = without_missing(as_text(values))
    text = text.mask(text.isin(_NEVER))
    codes, distinct = pd.factorize(text)
    cells = pd.Series(distinct, dtype="string")
    weights = np.bincount(codes[codes >= 0], minlength=len(cells))
    best = _best(cells, weights)
    if best.layout in date_layouts.EITHER_ORDER:
        _refuse_either_order(best.layout, cells, weights, text, f"{label}, column {column!r}")
    times = pd.Series(
        np.append(best.times.to_numpy(), np.datetime64("NaT", "ns"))[codes], index=values.index
    )
    dates = Dates(times, text.notna() & times.isna())
    _refuse_unreadable(dates, text, best.layout, f"{label}, column {column!r}")
    return dates


def looks_like_dates(values: pd.Series, *, numbers: bool = True) -> bool:
    """Tell whether at least half of a column's first cells are dates.

    Parameters
    ----------
    values : Series
        Of any dtype.
    numbers : bool
        Whether plain numbers may be dates (epoch seconds, 20111224).

    Returns
    -------
    bool
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return True
    cells = without_missing(as_text(values.dropna().head(_SAMPLE))).dropna()
    if cells.empty or (not numbers and bool(cells.str.fullmatch(r"[\d.]+").mean() > 0.5)):
        return False
    return _best(cells, np.ones(len(cells), dtype=int)).rows >= len(cells) / 2


def _best(cells: pd.Series, weights: np.ndarray) -> _Reading:
    """Find the layout that reads the most rows; the first of equals."""
    best = _Reading("none", pd.Series(pd.NaT, index=cells.index, dtype="datetime64[ns]"), 0)
    for layout, read in date_layouts.LAYOUTS.items():
        reading = _reading(layout, read, cells, weights)
        if reading.rows > best.rows:
            best = reading
        if best.rows == weights.sum():
            break
    return best


def _reading(
    layout: str, read: Callable[[pd.Series], pd.Series], cells: pd.Series, weights: np.ndarray
) -> _Reading:
    times = read(cells)
    return _Reading(layout, times, int(weights[times.notna().to_numpy()].sum()))


def _refuse_either_order(
    layout: str, cells: pd.Series, weights: np.ndarray, text: pd.Series, where: str
) -> None:
    """Stop where nothing, or much on both sides, speaks for day/month or month/day."""
    one = date_layouts.LAYOUTS[layout](cells)
    other = date_layouts.LAYOUTS[date_layouts.EITHER_ORDER[layout]](cells)
    both = (one.notna() & other.notna() & (one != other)).to_numpy()
    for_one = int(weights[(one.notna() & other.isna()).to_numpy()].sum())
    for_other = int(weights[(other.notna() & one.isna()).to_numpy()].sum())
    if both.any() and for_other >= MAX_UNREADABLE * (for_one + for_other):
        example = str(cells[both].iloc[0])
        row = int((text == example).fillna(False).to_numpy().argmax()) + 1
        raise InputError(
            f"{where}: the order of day and month cannot be decided; "
            f"{example!r} in row {row} reads as both.",
            hint="Write the dates as YYYY-MM-DD.",
        )


def _refuse_unreadable(dates: Dates, text: pd.Series, layout: str, where: str) -> None:
    bad, all_rows = int(dates.unreadable.sum()), int(text.notna().sum())
    if bad > MAX_UNREADABLE * all_rows:
        row = int(dates.unreadable.to_numpy().argmax())
        expected = f" as {layout}" if layout != "none" else ""
        raise InputError(
            f"{where}: {bad} of {all_rows} dates cannot be read{expected}; "
            f"the first is {text.iloc[row]!r} in row {row + 1}.",
            hint="At most 5 % may be unreadable. Write the dates as YYYY-MM-DD.",
        )

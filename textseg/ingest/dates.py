"""One date format per column, found out; times become UTC without a zone, in nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textseg.counted import counted
from textseg.errors import InputError
from textseg.ingest.cells import as_text, row_of, without_missing
from textseg.ingest.date_layouts import LAYOUTS, Order, to_utc

MAX_UNREADABLE = 0.05
_SAMPLE = 200
_NEVER = frozenset({"0000-00-00", "0000-00-00 00:00:00"})
_DAY_FIRST_BY_CONVENTION = "."


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

    @property
    def order(self) -> Order | None:
        return LAYOUTS[self.layout].order if self.layout in LAYOUTS else None


@dataclass(frozen=True)
class _Column:
    """The distinct cells of a column, how many rows have each, and what messages call it."""

    cells: pd.Series
    weights: np.ndarray
    text: pd.Series
    where: str
    option: str

    def rows(self, mask: pd.Series) -> int:
        return int(self.weights[mask.to_numpy()].sum())

    def first(self, mask: pd.Series) -> str:
        """Show the first cell that a mask marks, and its row."""
        cell = str(self.cells[mask.to_numpy()].iloc[0])
        return f"{cell!r} in row {row_of(self.text, cell)}"


def parse_dates(
    values: pd.Series,
    *,
    label: str,
    column: str,
    order: Order | None = None,
    option: str = "feedback.date_order",
) -> Dates:
    """Find the format of a column of dates and read it.

    A time without a zone is UTC. An order of day and month is decided where the other order would
    leave more than 5 % of the dates that tell them apart unreadable; with dots, and no such
    evidence, the day comes first. Two digits of a year mean 1970 to 2069.

    Parameters
    ----------
    values : Series
        Timestamps, dates, epoch numbers (seconds to nanoseconds), Excel's day numbers or text, rows
        in file order.
    label, column : str
        What messages call the table and the column.
    order : {"dmy", "mdy", "ymd"} or None
        Order of day, month and year in dates of numbers, if the caller knows it.
    option : str
        The setting that says the order.

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
    >>> cells = pd.Series(["24.12.2011 18:00", "01.02.2012 10:00 CET"])
    >>> parse_dates(cells, label="a.csv", column="when").values.to_list()
    [Timestamp('2011-12-24 18:00:00'), Timestamp('2012-02-01 09:00:00')]
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        times = to_utc(_numpy_backed(values))
        return Dates(times, values.notna() & times.isna())
    text = without_missing(as_text(values))
    text = text.mask(text.isin(_NEVER))
    codes, distinct = pd.factorize(text)
    cells = pd.Series(distinct, dtype="string")
    weights = np.bincount(codes[codes >= 0], minlength=len(cells))
    seen = _Column(cells, weights, text, f"{label}, column {column!r}", option)
    chosen = _decided(seen, order)
    table = np.append(chosen.times.to_numpy(), np.datetime64("NaT", "ns"))
    times = pd.Series(table[codes], index=values.index)
    dates = Dates(times, text.notna() & times.isna())
    _refuse_unreadable(dates, chosen.layout, seen)
    return dates


def looks_like_dates(values: pd.Series, *, numbers: bool = True) -> bool:
    """Tell whether at least half of a column's first cells are dates.

    Parameters
    ----------
    values : Series
        Of any dtype.
    numbers : bool
        Whether plain numbers may be dates (epoch seconds, 20111224, Excel's day numbers).

    Returns
    -------
    bool
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return True
    cells = without_missing(as_text(values.dropna().head(_SAMPLE))).dropna().reset_index(drop=True)
    if cells.empty or (not numbers and bool(cells.str.fullmatch(r"[\d.]+").mean() > 0.5)):
        return False
    return _readings(cells, np.ones(len(cells), dtype=int), None)[0].rows >= len(cells) / 2


def _numpy_backed(values: pd.Series) -> pd.Series:
    if not isinstance(values.dtype, pd.ArrowDtype):
        return values
    import pyarrow as pa

    times = pa.array(values.array).to_pandas(date_as_object=False)
    return pd.Series(times.array, index=values.index)


def _readings(cells: pd.Series, weights: np.ndarray, order: Order | None) -> list[_Reading]:
    """Read with the layouts until one reads every row; the best first, the first of equals."""
    readings = [_Reading("none", pd.Series(pd.NaT, cells.index, dtype="datetime64[ns]"), 0)]
    for name, layout in LAYOUTS.items():
        if order is None or layout.order in (None, order):
            times = layout.read(cells)
            rows = int(weights[times.notna().to_numpy()].sum())
            readings.append(_Reading(name, times, rows))
            if rows == weights.sum():
                break
    return sorted(readings, key=lambda reading: -reading.rows)


def _decided(seen: _Column, order: Order | None) -> _Reading:
    """Choose the layout that reads the most rows, unless another order of its parts may be meant.

    Parameters
    ----------
    seen : _Column
    order : {"dmy", "mdy", "ymd"} or None
        As the caller set it.

    Returns
    -------
    _Reading

    Raises
    ------
    InputError
        Two orders may be meant.
    """
    readings = _readings(seen.cells, seen.weights, order)
    best = readings[0]
    if order is not None or best.order is None:
        return best
    mark = LAYOUTS[best.layout].mark
    read = {reading.layout: reading.times for reading in readings}
    family = {
        name: read[name] if name in read else layout.read(seen.cells)
        for name, layout in LAYOUTS.items()
        if layout.mark == mark
    }
    rivals = [
        _Reading(name, times, seen.rows(times.notna()))
        for name, times in family.items()
        if name != best.layout and not _refuted(times, best.times, seen)
    ]
    open_ = _by_years([best, *rivals], seen)
    if mark == _DAY_FIRST_BY_CONVENTION:
        return next((reading for reading in open_ if reading.order == "dmy"), open_[0])
    if len(open_) > 1:
        raise _either_order(open_, seen)
    return open_[0]


def _refuted(rival: pd.Series, best: pd.Series, seen: _Column) -> bool:
    """Tell whether a reading says the same, or fails where it matters and is not needed."""
    differ = seen.rows(rival.notna() & best.notna() & (rival != best))
    only_best = seen.rows(best.notna() & rival.isna())
    only_rival = seen.rows(rival.notna() & best.isna())
    if not differ:
        return True
    needed = only_rival > 0 and only_rival >= MAX_UNREADABLE * (only_best + only_rival)
    return only_best > MAX_UNREADABLE * (only_best + differ) and not needed


def _by_years(readings: list[_Reading], seen: _Column) -> list[_Reading]:
    """Of two digits, the part that takes far fewer values is the year: days run through a month."""
    first = [reading for reading in readings if reading.order == "ymd"]
    last = [reading for reading in readings if reading.order != "ymd"]
    if not first or not last:
        return readings
    both = first[0].times.notna() & last[0].times.notna()
    years = [int(side[0].times[both].dt.year.nunique()) for side in (first, last)]
    if years[0] >= 2 * years[1]:
        return last
    return first if years[1] >= 2 * years[0] else readings


def _either_order(readings: list[_Reading], seen: _Column) -> InputError:
    """Say which dates read as both orders, and what little speaks for one."""
    one, other = readings[:2]
    differ = one.times.notna() & other.times.notna() & (one.times != other.times)
    evidence = [
        f"; {seen.rows(mask):,} of {counted(len(seen.text), 'row')} can only be {reading.order}, "
        f"the first is {seen.first(mask)}"
        for reading, rest in ((one, other), (other, one))
        if (mask := reading.times.notna() & rest.times.isna()).any()
    ]
    orders = [str(reading.order) for reading in readings]
    parts = "day, month and year" if "ymd" in orders else "day and month"
    return InputError(
        f"{seen.where}: the order of {parts} cannot be decided; "
        f"{seen.first(differ)} reads as both{''.join(evidence)}.",
        hint=f"Say which: --set {seen.option}={orders[0]} (or {' or '.join(orders[1:])}); "
        "or write the dates as YYYY-MM-DD.",
    )


def _refuse_unreadable(dates: Dates, layout: str, seen: _Column) -> None:
    bad, all_rows = int(dates.unreadable.sum()), int(seen.text.notna().sum())
    if bad > MAX_UNREADABLE * all_rows:
        row = int(dates.unreadable.to_numpy().argmax())
        expected = f" as {layout}" if layout != "none" else ""
        raise InputError(
            f"{seen.where}: {bad:,} of {counted(all_rows, 'date')} cannot be read{expected}; "
            f"the first is {seen.text.iloc[row]!r} in row {row + 1}.",
            hint="At most 5 % may be unreadable. Write the dates as YYYY-MM-DD, and zones as "
            "offsets such as +05:30.",
        )

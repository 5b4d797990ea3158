"""The layouts of dates that are known: each turns the cells it can read into times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from textseg.ingest.zones import ZONE, zones_to_utc

Reader = Callable[[pd.Series], pd.Series]

_EXCEL_DAYS = (25_569, 73_051)  # 1970 to 2099
_FIRST, _LAST = pd.Timestamp("1678-01-01"), pd.Timestamp("2261-12-31")
_LATE = r"^(?:226[2-9]|22[7-9]\d|2[3-9]\d\d|[3-9]\d{3})(?=-)"
"""Years that pandas 2 takes for no dates."""
_EPOCHS: dict[Literal["s", "ms", "us", "ns"], float] = {
    "s": 1e8,
    "ms": 1e11,
    "us": 1e14,
    "ns": 1e17,
}
"""Smallest number of each unit (year 1973); the largest is 43 times that (year 2106)."""

_HALF = r"\s?(?P<half>[ap])\.?\s?m\b\.?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:\s?[:h.]\s?(?P<minute>\d{2})(?:[:.](?P<second>\d{2}(?:[.,]\d{1,9})?))?"
    r"|\s?h\b|(?=\s?[ap]\.?\s?m\b))"
    rf"(?:{_HALF})?(?:\s?(?:Uhr|h)\b)?"
)
_TIME = rf"(?:(?:T|,?\s+(?:(?:at|um|a las|à|às)\s+)?){_CLOCK})?{ZONE}"
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"


def to_utc(times: pd.Series) -> pd.Series:
    """Bring timestamps to UTC without a zone in nanoseconds.

    What is too early for them is null; what is too late, such as 9999-12-31, is the last day that
    fits: it is a date, and lies in the future.
    """
    if times.dt.tz is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    times = times.mask(times > _LAST, _LAST)
    return times.where(times >= _FIRST).astype("datetime64[ns]")


def _iso(cells: pd.Series) -> pd.Series:
    fits = cells.where(cells.str.fullmatch(_ISO)).str.replace(_LATE, "2261", regex=True)
    return to_utc(pd.to_datetime(fits, format="ISO8601", utc=True, errors="coerce"))


def _epoch(cells: pd.Series) -> pd.Series:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970: the unit most numbers fit."""
    fits = cells.str.fullmatch(r"\d{9,19}(\.\d+)?")
    numbers = pd.to_numeric(cells.where(fits), errors="coerce").astype("float64")
    known = {unit: numbers.between(low, 43 * low) for unit, low in _EPOCHS.items()}
    unit = max(known, key=lambda name: int(known[name].sum()))
    whole = bool(cells.where(known[unit]).dropna().str.fullmatch(r"\d+").all())
    exact = cells.where(known[unit]).astype("Int64" if whole else "Float64")
    return to_utc(pd.to_datetime(pd.Series(exact), unit=unit, errors="coerce"))


def _excel(cells: pd.Series) -> pd.Series:
    """Days since 1899-12-30, as Excel counts from March 1900 on; fractions to the second."""
    fits = cells.where(cells.str.fullmatch(r"\d{5}([.,]\d+)?"))
    days = pd.to_numeric(fits.str.replace(",", "."), errors="coerce").astype("float64")
    seconds = (days.where(days.between(*_EXCEL_DAYS)) * 86_400).round()
    since = pd.to_datetime(seconds, unit="s", origin="1899-12-30", errors="coerce")
    return to_utc(since)


_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
    r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<half>(?!))?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)


def _compact(cells: pd.Series) -> pd.Series:
    return _assemble(_COMPACT, cells, int)


def _numeric(separator: str, order: str, year: str) -> Reader:
    part = {"y": rf"(?P<y>{year})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})"}
    day = rf"{re.escape(separator)}\s?".join(part[letter] for letter in order)
    pattern = re.compile(day + r"\.?" + _TIME, re.IGNORECASE)
    return lambda cells: _assemble(pattern, cells, int)


_WEEKDAY = r"(?:[^\W\d]+\.?,?\s+)?"
_NAMED = {
    "12 January 2011": re.compile(
        _WEEKDAY + r"(?P<d>\d{1,2})(?:\.|st|nd|rd|th|er|º|°)?[\s/-]*(?:de\s+)?"
        r"(?P<m>[^\W\d]{3,})\.?,?[\s/-]*(?:de[l]?\s+)?(?P<y>\d{4}|\d{2})" + _TIME,
        re.IGNORECASE,
    ),
    "January 12, 2011": re.compile(
        _WEEKDAY
        + r"(?P<m>[^\W\d]{3,})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4}|\d{2})"
        + _TIME,
        re.IGNORECASE,
    ),
    "Jan 12 18:00:00 2011": re.compile(
        _WEEKDAY + rf"(?P<m>[^\W\d]{{3,}})\s+(?P<d>\d{{1,2}})\s+{_CLOCK}{ZONE}\s+(?P<y>\d{{4}})",
        re.IGNORECASE,
    ),
}

_MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "januar februar maerz april mai juni juli august september oktober november dezember",
    "janner feber marz mrz mai jun jul aug sept okt nov dez",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago setiembre oct nov dic",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
)


def _month_table() -> dict[str, int]:
    """Month names and their unmistakable abbreviations of three letters or more."""
    meanings: dict[str, set[int]] = {}
    for line in _MONTH_NAMES:
        names = line.split()
        # The line of Austrian and short forms has "mrz" beside "marz": count months by position.
        months = [1, 2, 3, 3, *range(5, 13)] if "mrz" in names else range(1, 13)
        for month, name in zip(months, names, strict=True):
            for end in range(3, len(name) + 1):
                meanings.setdefault(name[:end], set()).add(month)
    return {name: months.pop() for name, months in meanings.items() if len(months) == 1}


_MONTHS = _month_table()


def _month(name: str) -> int:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return _MONTHS.get("".join(c for c in plain if not unicodedata.combining(c)), 0)


def _named(layout: str) -> Reader:
    return lambda cells: _assemble(_NAMED[layout], cells, _month)


def _assemble(pattern: re.Pattern[str], cells: pd.Series, month: Callable[[str], int]) -> pd.Series:
    """Build times from the parts that a pattern finds."""
    matches = [pattern.fullmatch(cell) for cell in cells.to_list()]
    found = [place for place, match in enumerate(matches) if match]
    times = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[ns]")
    if not found:
        return times
    groups = zip(*(match.groups() for match in matches if match), strict=True)
    names = sorted(pattern.groupindex, key=lambda name: pattern.groupindex[name])
    parts = pd.DataFrame(
        {
            name: pd.array(column, dtype="string")
            for name, column in zip(names, groups, strict=True)
        },
        index=cells.index[found],
    )
    days = pd.DataFrame(
        {
            "year": _mapped(parts["y"], _year),
            "month": _mapped(parts["m"], month),
            "day": _mapped(parts["d"], int),
        },
        index=parts.index,
    )
    times.loc[parts.index] = to_utc(
        zones_to_utc(pd.to_datetime(days, errors="coerce") + _clock(parts), parts["zone"])
    )
    return times


def _mapped(parts: pd.Series, read: Callable[[str], int]) -> list[int]:
    """Read each distinct part once."""
    table = {part: read(part) for part in parts.unique()}
    return [table[part] for part in parts.to_list()]


def _year(text: str) -> int:
    """Two digits mean 1970 to 2069."""
    year = min(int(text), _LAST.year)
    return year if len(text) > 2 else year + (1900 if year >= 70 else 2000)


_HALVES = ("", "a", "p")


def _clock(parts: pd.DataFrame) -> pd.Series:
    """Time of day; null where the clock does not go so far."""
    hour, minute = (_mapped(parts[name].fillna("0"), int) for name in ("hour", "minute"))
    half = _mapped(parts["half"].fillna("").str.lower(), _HALVES.index)
    table = pd.DataFrame({"hour": hour, "minute": minute, "half": half}, index=parts.index)
    twelve = table["half"] > 0
    wrong = (table["hour"] > 23) | (table["minute"] > 59) | (twelve & ~table["hour"].between(1, 12))
    hours = table["hour"].mask(twelve, table["hour"] % 12) + 12 * (table["half"] == 2).astype(int)
    clock = pd.to_timedelta(hours * 60 + table["minute"], unit="min")
    codes, written = pd.factorize(parts["second"].fillna("0"))
    seconds = ["00:00:" + part.replace(",", ".").zfill(2) for part in written]
    clock = clock + pd.to_timedelta(seconds, errors="coerce").take(codes)
    times: pd.Series = clock.mask(wrong)
    return times


Order = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True)
class Layout:
    """A way to write dates.

    Parameters
    ----------
    read : callable
        Cells (Series of string, distinct) to times (datetime64[ns]), null where it cannot.
    order : {"dmy", "mdy", "ymd"} or None
        Where another order of day, month and year looks the same.
    mark : str
        What stands between them, where ``order`` is not None.
    """

    read: Reader
    order: Order | None = None
    mark: str = ""


_YEAR, _SHORT_YEAR = r"\d{4}", r"\d{2}"


def _layouts(marks: Iterable[str]) -> dict[str, Layout]:
    layouts = {
        "YYYY-MM-DD": Layout(_iso),
        "YYYYMMDD": Layout(_compact),
        "seconds": Layout(_epoch),
        "days of Excel": Layout(_excel),
    }
    for mark in marks:
        either = f"{_YEAR}|{_SHORT_YEAR}"
        layouts |= {
            mark.join(("YYYY", "M", "D")): Layout(_numeric(mark, "ymd", _YEAR)),
            mark.join(("D", "M", "YYYY")): Layout(_numeric(mark, "dmy", either), "dmy", mark),
            mark.join(("M", "D", "YYYY")): Layout(_numeric(mark, "mdy", either), "mdy", mark),
            mark.join(("YY", "M", "D")): Layout(_numeric(mark, "ymd", _SHORT_YEAR), "ymd", mark),
        }
    return layouts | {layout: Layout(_named(layout)) for layout in _NAMED}


LAYOUTS = _layouts("/.-")
"""The layouts by name, in the order in which they are tried."""

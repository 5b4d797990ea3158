"""The layouts of dates that are known: each turns the cells it can read into times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
import pandas as pd

Reader = Callable[[pd.Series], pd.Series]

_FIRST, _LAST = pd.Timestamp("1678-01-01"), pd.Timestamp("2262-01-01")
_EPOCHS: dict[Literal["s", "ms", "us", "ns"], float] = {
    "s": 1e8,
    "ms": 1e11,
    "us": 1e14,
    "ns": 1e17,
}
"""Smallest number of each unit (year 1973); the largest is 43 times that (year 2106)."""

_TIME = (
    r"(?:(?:T|,?\s+(?:(?:at|um|a las|à|às)\s+)?)"
    r"(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2}(?:[.,]\d{1,9})?))?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\.?)?(?:\s?Uhr)?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"


def to_utc(times: pd.Series) -> pd.Series:
    """Bring timestamps to UTC without a zone in nanoseconds; null what does not fit."""
    if times.dt.tz is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    return times.where((times >= _FIRST) & (times < _LAST)).astype("datetime64[ns]")


def _iso(cells: pd.Series) -> pd.Series:
    fits = cells.where(cells.str.fullmatch(_ISO))
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


def _compact(cells: pd.Series) -> pd.Series:
    days = cells.where(cells.str.fullmatch(r"(19|20)\d{6}"))
    return to_utc(pd.to_datetime(days, format="%Y%m%d", errors="coerce"))


def _numeric(separator: str, order: str) -> Reader:
    part = {"y": r"(?P<y>\d{4}|\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})"}
    if order == "ymd":
        part["y"] = r"(?P<y>\d{4})"
    day = rf"{re.escape(separator)}\s?".join(part[letter] for letter in order)
    pattern = re.compile(day + r"\.?" + _TIME, re.IGNORECASE)
    return lambda cells: _assemble(pattern, cells, int)


_WEEKDAY = r"(?:[^\W\d]+\.?,?\s+)?"
_NAMED = {
    "12 January 2011": re.compile(
        _WEEKDAY + r"(?P<d>\d{1,2})(?:\.|st|nd|rd|th|er|º|°)?[\s-]*(?:de\s+)?"
        r"(?P<m>[^\W\d]{3,})\.?,?[\s-]*(?:de[l]?\s+)?(?P<y>\d{4}|\d{2})" + _TIME,
        re.IGNORECASE,
    ),
    "January 12, 2011": re.compile(
        r"(?:[^\W\d]+,\s+)?(?P<m>[^\W\d]{3,})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})"
        + _TIME,
        re.IGNORECASE,
    ),
}

_MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "januar februar maerz april mai juni juli august september oktober november dezember",
    "janner feber marz mrz mai jun jul aug sept okt nov dez",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
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
    groups = [match.groupdict() for match in matches if match]
    parts = pd.DataFrame(groups, index=cells.index[found])
    days = pd.DataFrame(
        {
            "year": [_year(year) for year in parts["y"]],
            "month": [month(name) for name in parts["m"]],
            "day": parts["d"].astype(int).to_list(),
        },
        index=parts.index,
    )
    times.loc[parts.index] = to_utc(pd.to_datetime(days, errors="coerce") + _clock(parts))
    return times


def _year(text: str) -> int:
    """Two digits mean 1970 to 2069."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 70 else 2000)


def _clock(parts: pd.DataFrame) -> pd.Series:
    """Time of day minus the zone's offset; null where the clock does not go so far."""
    hour = parts["hour"].astype("Float64").fillna(0).astype(float)
    minute = parts["minute"].astype("Float64").fillna(0).astype(float)
    second = parts["second"].fillna("0").str.replace(",", ".")
    half = parts["half"].fillna("").str.lower()
    wrong = (hour > 23) | (minute > 59) | ((half != "") & ((hour < 1) | (hour > 12)))
    hour = hour.where(half == "", hour % 12) + 12 * (half == "p")
    clock = pd.to_timedelta(hour.astype(int) * 60 + minute.astype(int), unit="min")
    clock = clock + pd.to_timedelta("00:00:" + second.astype(str).str.zfill(2), errors="coerce")
    times: pd.Series = (clock - _offset(parts["zone"])).mask(wrong)
    return times


def _offset(zones: pd.Series) -> pd.Series:
    digits = zones.fillna("").str.replace(":", "").str.extract(r"^([+-]\d{2})(\d{2})?$")
    hours = pd.to_numeric(digits[0]).fillna(0)
    minutes = pd.to_numeric(digits[1]).fillna(0)
    offset: pd.Series = pd.to_timedelta(hours * 60 + np.sign(hours) * minutes, unit="min")
    return offset


def _layouts(separators: Iterable[str]) -> dict[str, Reader]:
    layouts: dict[str, Reader] = {"YYYY-MM-DD": _iso, "YYYYMMDD": _compact, "seconds": _epoch}
    for mark in separators:
        layouts[mark.join(("YYYY", "M", "D"))] = _numeric(mark, "ymd")
        layouts[mark.join(("D", "M", "YYYY"))] = _numeric(mark, "dmy")
        layouts[mark.join(("M", "D", "YYYY"))] = _numeric(mark, "mdy")
    return layouts | {layout: _named(layout) for layout in _NAMED}


LAYOUTS = _layouts("/.-")
"""Layout to reader (cells of string, distinct -> datetime64[ns]), tried in this order."""

EITHER_ORDER = {
    "D/M/YYYY": "M/D/YYYY",
    "M/D/YYYY": "D/M/YYYY",
    "D-M-YYYY": "M-D-YYYY",
    "M-D-YYYY": "D-M-YYYY",
}
"""Layouts that one date alone cannot tell apart. With dots the day comes first by convention."""

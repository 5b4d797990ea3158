"""Time zones as exports write them: offsets, abbreviations with one meaning, and tz names."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

ZONE = (
    r"\s?(?P<zone>Z|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?|[A-Z][A-Z_]+(?:/[A-Z][\w+-]*){1,2}"
    r"|[A-Z]{2,5})?(?:\s?(?:\([^()]*\)|\[[^\[\]]*\]))?"
)
"""Pattern of a zone behind a time, ignoring case; what follows in brackets only repeats it."""

_HOURS = {
    0.0: "Z UTC UT GMT WET",
    1.0: "CET MEZ WEST",
    2.0: "CEST MESZ EET SAST",
    3.0: "EEST MSK",
    8.0: "SGT HKT AWST",
    9.0: "JST KST",
    9.5: "ACST",
    10.0: "AEST",
    10.5: "ACDT",
    11.0: "AEDT",
    12.0: "NZST",
    13.0: "NZDT",
    -3.0: "BRT ART",
    -4.0: "EDT",
    -5.0: "EST CDT",
    -6.0: "CST MDT",
    -7.0: "MST PDT",
    -8.0: "PST AKDT",
    -9.0: "AKST",
    -10.0: "HST",
}
# Those of RFC 5322 and others in use with one meaning; IST, BST and AST have several.
_ABBREVIATIONS = {name: hours for hours, names in _HOURS.items() for name in names.split()}
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([+-])(\d{1,2})(?::?(\d{2}))?")
_FARTHEST = 14 * 60


def zones_to_utc(wall: pd.Series, zones: pd.Series) -> pd.Series:
    """Bring wall-clock times in the zones written beside them to UTC.

    An hour that the clock strikes twice counts as the first of the two, one that it leaves out is
    read on the clock of before.

    Parameters
    ----------
    wall : Series of datetime64[ns]
        Without a zone, index unique.
    zones : Series of string
        Null or "" for UTC.

    Returns
    -------
    Series of datetime64[ns]
        UTC without a zone; null where the zone is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.zones import zones_to_utc
    >>> noon = pd.Series(pd.to_datetime(["2025-07-01 12:00"] * 3))
    >>> zones = pd.Series(["UTC+2", "CET", "Europe/Berlin"])
    >>> zones_to_utc(noon, zones).dt.hour.to_list()
    [10, 11, 10]
    """
    zones = zones.fillna("").astype("string")
    parts = [_one_zone(wall[zones == zone], zone) for zone in zones.unique()]
    return pd.concat(parts).reindex(wall.index) if parts else wall


def _one_zone(wall: pd.Series, zone: str) -> pd.Series:
    minutes = _minutes(zone)
    if minutes is not None:
        return wall - pd.Timedelta(minutes=minutes)
    if "/" in zone and (named := _tz(zone)) is not None:
        first = [True] * len(wall)
        aware = wall.dt.tz_localize(named, ambiguous=first, nonexistent=pd.Timedelta(hours=1))
        times: pd.Series = aware.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[ns]")
        return times
    return pd.Series(pd.NaT, index=wall.index, dtype="datetime64[ns]")


def _minutes(zone: str) -> float | None:
    """East of Greenwich; None for a tz name or nonsense."""
    if not zone:
        return 0.0
    if match := _OFFSET.fullmatch(zone.upper()):
        minutes = 60 * int(match[2]) + int(match[3] or 0)
        valid = minutes <= _FARTHEST and int(match[3] or 0) < 60
        return (minutes if match[1] == "+" else -minutes) if valid else None
    hours = _ABBREVIATIONS.get(zone.upper())
    return None if hours is None else 60 * hours


def _tz(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

"""Columns of Python values, as Excel and databases give them, with the type that all share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from textseg.ingest.cells import as_text


def typed(values: Sequence[Any]) -> pd.Series:
    """Give values the type they share: whole numbers, numbers, times, truth values; else text.

    Parameters
    ----------
    values : sequence
        None and "" are missing.

    Returns
    -------
    Series
        Int64, float64, datetime64, boolean or string.

    Examples
    --------
    >>> from datetime import date
    >>> from textseg.ingest.sources.cell_types import typed
    >>> typed([7, None]).dtype, typed([7, "x7"]).to_list()
    (Int64Dtype(), ['7', 'x7'])
    >>> typed([date(2011, 12, 24)]).to_list()
    [Timestamp('2011-12-24 00:00:00')]
    """
    cells = [None if value == "" else value for value in values]
    kinds = {type(cell) for cell in cells if cell is not None}
    try:
        if kinds == {bool}:
            return pd.Series(cells, dtype="boolean")
        if kinds == {int}:
            return pd.Series(cells, dtype="Int64")
        if kinds and kinds <= {int, float}:
            return pd.Series(cells, dtype="float64")
        if kinds and kinds <= {datetime, date}:
            return _times(cells)
    except (ValueError, OverflowError):  # too large for 64 bits
        pass
    return as_text(pd.Series([_plain(cell) for cell in cells], dtype=object))


def _times(cells: list[Any]) -> pd.Series:
    zoned = any(isinstance(cell, datetime) and cell.tzinfo is not None for cell in cells)
    return pd.to_datetime(pd.Series(cells, dtype=object), utc=zoned)


def _plain(cell: Any) -> Any:
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell

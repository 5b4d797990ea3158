"""Cells of any dtype as text and ratings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import pandas as pd

MISSING = frozenset({"", "nan", "null", "none", "nat", "<na>", "na", "n/a", "#n/a"})
"""How exports spell an absent id, date or number (in lower case); a text may say these words."""

_INVISIBLE = "\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_EXACT_FLOAT = 2.0**53
_PART = 20_000
_Rows = TypeVar("_Rows", pd.Series, pd.DataFrame)


def in_parts(values: _Rows) -> Iterator[_Rows]:
    """Give rows in parts, since as Python's objects texts take several times the room.

    Parameters
    ----------
    values : Series or DataFrame

    Yields
    ------
    Series or DataFrame
        20,000 rows, at last fewer; one part without rows where there are none.
    """
    for start in range(0, max(1, len(values)), _PART):
        yield values.iloc[start : start + _PART]


def as_text(values: pd.Series) -> pd.Series:
    """Give every cell as text; whole floats lose their ".0".

    Parameters
    ----------
    values : Series
        Of any dtype.

    Returns
    -------
    Series of string

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.cells import as_text
    >>> as_text(pd.Series([15297.0, None])).to_list()
    ['15297', <NA>]
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = as_text(pd.Series(values.cat.categories))
        cells = categories.array.take(values.cat.codes.to_numpy(), allow_fill=True)
        return pd.Series(cells, index=values.index, dtype="string")
    if pd.api.types.is_float_dtype(values.dtype):
        if isinstance(values.dtype, pd.ArrowDtype):
            values = values.astype("Float64")
        present = values.dropna()
        if bool(((present % 1 == 0) & (present.abs() < _EXACT_FLOAT)).all()):
            return values.astype("Int64").astype("string")
        cells = [_number(value) for value in values.to_list()]
        return pd.Series(cells, index=values.index, dtype="string")
    if values.dtype != object:
        return values.astype("string")
    cells = [_cell(value) for value in values]
    try:
        return pd.Series(cells, index=values.index, dtype="string")
    except UnicodeEncodeError:
        return pd.Series(map(_well_formed, cells), index=values.index, dtype="string")


def _number(value: Any) -> Any:
    """Spell a float; what is missing is no float, or not equal to itself."""
    if value is pd.NA or value != value:
        return pd.NA
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT_FLOAT else str(value)


def _cell(value: Any) -> Any:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return pd.NA
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return _number(value) if isinstance(value, float) else str(value)


def _well_formed(text: Any) -> Any:
    """Replace halves of surrogate pairs, which cannot be stored as UTF-8."""
    return (
        text
        if text is pd.NA
        else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def repeated_rows(frame: pd.DataFrame) -> pd.Series:
    """Mark the rows that equal an earlier row in every column."""
    plain = frame.apply(lambda column: as_text(column) if column.dtype == object else column)
    repeated: pd.Series = plain.duplicated()
    return repeated


def without_missing(text: pd.Series) -> pd.Series:
    """Trim, and null what only says that there is no value."""
    trimmed = text.str.strip().str.strip(_INVISIBLE).str.strip()
    return trimmed.mask(trimmed.str.lower().isin(MISSING))


def row_of(text: pd.Series, cell: str) -> int:
    """Give the row, counted from 1, where a cell stands first."""
    return int((text == cell).fillna(False).to_numpy().argmax()) + 1


def _take(values: list[float], codes: np.ndarray) -> np.ndarray:
    table = np.append(np.array(values, dtype="float64"), np.nan)
    return np.asarray(table[codes])


_RATING = re.compile(
    r"(-?\d+(?:[.,]\d+)?)\s*(?:(?:/|out of|of|von|sur|de)\s*\d+)?\s*(?:[^\W\d_]+|[★⭐*%])?",
    re.IGNORECASE,
)


def parse_ratings(values: pd.Series) -> pd.Series:
    """Read ratings such as "4", "4,5", "4/5", "5 stars" or "★★★☆☆"; unreadable ones are NaN.

    Parameters
    ----------
    values : Series
        Numeric or text.

    Returns
    -------
    Series of float64
        In the column's own scale.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.cells import parse_ratings
    >>> parse_ratings(pd.Series(["4/5", "5 stars", "4,5"])).to_list()
    [4.0, 5.0, 4.5]
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.astype("Float64").astype("float64")
        return numbers.where(np.isfinite(numbers))
    codes, cells = pd.factorize(without_missing(as_text(values)))
    ratings = [_rating(str(cell)) for cell in cells]
    return pd.Series(_take(ratings, codes), index=values.index, dtype="float64")


def _rating(text: str) -> float:
    if match := _RATING.fullmatch(text):
        return float(match[1].replace(",", "."))
    if re.fullmatch(r"(?:[★⭐]\ufe0f?)+☆*", text):
        return float(text.count("★") + text.count("⭐"))
    return np.nan

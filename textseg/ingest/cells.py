"""Cells of any dtype as text, numbers and ratings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

MISSING = frozenset({"", "nan", "null", "none", "nat", "<na>", "na", "n/a", "#n/a"})
"""How exports spell an absent id, date or number (in lower case); a text may say these words."""

_EXACT_FLOAT = 2.0**53


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
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_float_dtype(values.dtype):
        present = values.dropna()
        if bool(((present % 1 == 0) & (present.abs() < _EXACT_FLOAT)).all()):
            return values.astype("Int64").astype("string")
    if values.dtype != object and not pd.api.types.is_float_dtype(values.dtype):
        return values.astype("string")
    cells = [_cell(value) for value in values]
    try:
        return pd.Series(cells, index=values.index, dtype="string")
    except UnicodeEncodeError:
        return pd.Series(map(_well_formed, cells), index=values.index, dtype="string")


def _cell(value: Any) -> Any:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return pd.NA
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return str(int(value))
    return str(value)


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
    trimmed = text.str.strip()
    return trimmed.mask(trimmed.str.lower().isin(MISSING))


def parse_numbers(values: pd.Series) -> pd.Series:
    """Read numbers and amounts of money; what cannot be read is NaN.

    Currency signs and codes, brackets for negative amounts and a trailing minus are understood.
    The decimal separator is found out for the column as a whole.

    Parameters
    ----------
    values : Series
        Numeric, or text such as "1.234,50 €".

    Returns
    -------
    Series of float64

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.cells import parse_numbers
    >>> parse_numbers(pd.Series(["€ 12,00", "1.234,50"])).to_list()
    [12.0, 1234.5]
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("Float64").astype("float64")
    codes, cells = pd.factorize(without_missing(as_text(values)))
    plain = [_plain_number(str(cell)) for cell in cells]
    decimal = _decimal_separator(plain)
    numbers = [_to_float(text, decimal) for text in plain]
    return pd.Series(_take(numbers, codes), index=values.index, dtype="float64")


def _take(values: list[float], codes: np.ndarray) -> np.ndarray:
    table = np.append(np.array(values, dtype="float64"), np.nan)
    return np.asarray(table[codes])


_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+])?(?:[^\W\d_]{1,4}|\p)?(?P<sign2>[-+])?"
    r"(?P<body>\d[\d.,]*|[.,]\d+)(?P<exp>e[-+]?\d+)?(?:[^\W\d_]{1,4}|\p)?(?P<sign3>-)?\)?".replace(
        r"\p", r"[$€£¥₹₽₺₩฿]|R\$|%"
    ),
    re.IGNORECASE,
)


def _plain_number(text: str) -> str:
    """Strip currency and blanks; "" where no number is left."""
    match = _NUMBER.fullmatch(re.sub(r"[\s'’_]", "", text).replace("−", "-"))
    if match is None:
        return ""
    signs = sum(match[name] == "-" for name in ("sign", "sign2", "sign3")) + bool(match["open"])
    return f"{'-' * (signs % 2)}{match['body']}{match['exp'] or ''}"


_GROUPED = re.compile(r"-?[1-9]\d{0,2}([.,])\d{3}")


def _decimal_separator(numbers: Iterable[str]) -> str:
    """Find out whether "." or "," splits off the decimals in most of the numbers."""
    votes = {".": 0, ",": 0}
    unclear = {".": 0, ",": 0}
    small = large = 0
    for number in numbers:
        marks = re.findall(r"[.,]", number)
        if not marks:
            large += len(number.lstrip("-")) > 3
            small += 0 < len(number.lstrip("-")) <= 3
        elif len(set(marks)) == 2 or (len(marks) == 1 and not _GROUPED.fullmatch(number)):
            votes[marks[-1]] += 1
        elif len(marks) > 1:
            votes["," if marks[0] == "." else "."] += 1
        else:
            unclear[marks[0]] += 1
    if votes["."] != votes[","]:
        return max(votes, key=lambda mark: votes[mark])
    # Only "1.234" and whole numbers: it groups thousands if nothing above 999 goes without it.
    return "," if unclear["."] > unclear[","] and small and not large else "."


def _to_float(number: str, decimal: str) -> float:
    grouping = "," if decimal == "." else "."
    whole, mark, fraction = number.partition(decimal)
    if grouping in fraction or decimal in fraction:
        return np.nan
    if grouping in whole and not re.fullmatch(rf"-?\d{{1,3}}(\{grouping}\d{{2,3}})+", whole):
        return np.nan
    try:
        return float(whole.replace(grouping, "") + mark.replace(decimal, ".") + fraction)
    except ValueError:
        return np.nan


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

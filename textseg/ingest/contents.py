"""Whether a column holds what its name says, judged by its first cells."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from textseg.ingest import names
from textseg.ingest.cells import as_text, parse_ratings, without_missing
from textseg.ingest.currencies import currency_code
from textseg.ingest.dates import looks_like_dates
from textseg.ingest.tickets.roles import as_roles

_SAMPLE = 200
_FEW = 20  # below so many cells, nothing is said about repeats
_HALF = 0.5
_LONGEST_DATE = 45
_LIKE_A_DATE = r"\d ?[-/.:,] ?\d|\d ?[^\W\d_]{3}|[^\W\d_]{3}\.? \d"  # 1.5., 3 May, May 3
ADDRESS = r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\".]{2,}"
"""An e-mail address, as a regular expression."""

_IP = r"\d{1,3}(?:\.\d{1,3}){3}"
_DECIMAL = r"-?\d+[.,]\d+"
_PHONE_DIGITS = 6


def cells_of(values: pd.Series) -> pd.Series:
    """Give the first filled cells as text, trimmed."""
    filled = without_missing(as_text(values.dropna().head(_SAMPLE)))
    return filled.dropna()


def has_values(values: pd.Series) -> bool:
    """Tell whether a column is not empty."""
    return not cells_of(values).empty


def word_counts(values: pd.Series) -> pd.Series:
    """Count the words per filled cell; empty for columns that hold no words."""
    none = pd.Series(dtype="float64")
    if _is_typed(values):
        return none
    sample = as_text(values.dropna().head(_SAMPLE)).str.strip()
    sample = sample[sample != ""]
    lettered = sample.str.contains(r"[^\W\d_]", regex=True)
    if sample.empty or not bool(lettered.mean() >= _HALF):
        return none
    return sample.str.count(r"\S+").astype("float64")


def is_text(values: pd.Series) -> bool:
    """Tell words that people wrote from labels, of which a few repeat."""
    return not word_counts(values).empty and not _repeats(values, 0.1)


def is_key(values: pd.Series) -> bool:
    """Tell keys from ids that repeat, which name a conversation or a product."""
    present = values.dropna()
    return not present.empty and present.astype("string").nunique() >= 0.9 * len(present)


def is_customer(values: pd.Series) -> bool:
    """Tell ids of customers from one that all rows share, such as the shop's own account."""
    cells = cells_of(values)
    return not cells.empty and (len(cells) < _FEW or cells.nunique() > 1)


def is_address(values: pd.Series) -> bool:
    """Tell whether most cells hold an e-mail address."""
    cells = cells_of(values)
    return is_customer(values) and bool(cells.str.contains(ADDRESS).mean() >= _HALF)


def is_date(values: pd.Series) -> bool:
    """Tell dates from other cells; plain numbers are none. What cannot be one is seen at once."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return True
    cells = cells_of(values)
    like = cells[(cells.str.len() <= _LONGEST_DATE) & cells.str.contains(_LIKE_A_DATE)]
    like = like[~like.str.fullmatch(r"\d+([.,]\d+)?")]
    if like.empty or len(like) < len(cells) / 2 or not looks_like_dates(like.head(_FEW)):
        return False
    return looks_like_dates(cells)


def is_rating(values: pd.Series) -> bool:
    """Tell whether at least half of the cells are ratings."""
    cells = cells_of(values)
    return not cells.empty and bool(parse_ratings(cells).notna().mean() >= _HALF)


def is_number(values: pd.Series) -> bool:
    """Digits in at least half of the cells; the reading itself is for later."""
    cells = cells_of(values)
    return not cells.empty and bool(cells.str.contains(r"\d").mean() >= _HALF)


def is_currency(values: pd.Series) -> bool:
    """Tell codes and signs of currencies from names and amounts."""
    cells = cells_of(values)
    known = cells.map(lambda cell: currency_code(cell) is not None)
    code = cells.str.fullmatch(r"[A-Za-z]{3}")
    return not cells.empty and bool((known | code).all())


def is_personal(column: str, values: pd.Series) -> bool:
    """Tell whether a column names, reaches or locates a person, by its name and its cells.

    Columns that only tell whether there is a name, a number or an address do not.
    """
    cells = cells_of(values)
    cells = cells[~cells.map(names.name_key).isin(names.FLAGS)]
    if cells.empty:
        return False
    if bool((cells.str.contains(ADDRESS) | cells.str.fullmatch(_IP)).mean() >= _HALF):
        return True
    column = re.sub(r"[\s_.-]*\d+$", "", column)  # phone_2
    if names.ends_as_called(column, names.PHONE):
        numbers = (cells.str.count(r"\d") >= _PHONE_DIGITS) & ~cells.str.fullmatch(_DECIMAL)
        return bool(numbers.mean() >= _HALF)
    if any(names.is_called(column, tier) for tier in names.CUSTOMER):
        return is_key(cells)
    named = names.is_called(column, names.PERSONAL_WHOLE) or names.ends_as_called(
        column, names.PERSONAL_TEXT
    )
    return named and bool(cells.str.contains(r"[^\W\d_]").mean() >= _HALF)


def is_author(values: pd.Series) -> bool:
    """Tell whether the cells say who wrote: the customer or the company."""
    cells = as_roles(values.dropna().head(_SAMPLE)).dropna().map(names.name_key)
    known = cells.isin(names.CUSTOMER_AUTHORS) | cells.isin(names.COMPANY_AUTHORS)
    return not cells.empty and bool(known.mean() >= _HALF)


def names_company(values: pd.Series) -> bool:
    """Tell whether a cell says that the company wrote."""
    return bool(cells_of(values).map(names.name_key).isin(names.COMPANY_AUTHORS).any())


def _repeats(values: pd.Series, share: float) -> bool:
    cells = cells_of(values)
    return len(cells) >= _FEW and cells.nunique() <= share * len(cells)


def _is_typed(values: pd.Series) -> bool:
    kind = values.dtype
    return pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)


FITS: dict[str, Callable[[pd.Series], bool]] = {
    "text": is_text,
    "id": is_key,
    "customer": is_customer,
    "date": looks_like_dates,
    "rating": is_rating,
    "author": is_author,
    "amount": is_number,
    "quantity": is_number,
    "unit_price": is_number,
    "currency": is_currency,
}
"""What a column of a meaning must hold; the others must not be empty."""

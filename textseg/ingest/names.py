"""How columns are called in exports, in five languages; the names are in ``names.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

Tiers = tuple[frozenset[str], ...]
"""Names of one meaning, the surest first; the first tier is exact and wins over content."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def simple_name(column: str) -> str:
    """Spell a column's name in lower case, without accents, words joined by "_".

    Parameters
    ----------
    column : str
        As in the header.

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.ingest.names import simple_name
    >>> [simple_name(name) for name in ("customerID", "Kunden-Nr.", "Évaluation (1-5)")]
    ['customer_id', 'kunden_nr', 'evaluation_1_5']
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", _plain(column))
    return re.sub(r"[\W_]+", "_", words.casefold()).strip("_")


def name_key(column: str) -> str:
    """Leave of a column's name what tells it from others: no case, accents or separators.

    Examples
    --------
    >>> from textseg.ingest.names import name_key
    >>> name_key("Review-Text") == name_key(" reviewtext ") == name_key("REVIEW_TEXT")
    True
    """
    return re.sub(r"[\W_]+", "", _plain(column).casefold())


def is_called(column: str, tier: frozenset[str]) -> bool:
    """Tell whether a column has one of the names, with or without what it has in brackets.

    Examples
    --------
    >>> from textseg.ingest.names import is_called
    >>> [is_called(column, frozenset({"betrag"})) for column in ("Betrag (EUR)", "Betrag 2")]
    [True, False]
    """
    without_brackets = re.sub(r"[(\[].*?[)\]]", "", column)
    return not _keys(tier).isdisjoint({name_key(column), name_key(without_brackets)} - {""})


def words_of(column: str) -> set[str]:
    """Split a column's name into its words, in lower case and without accents."""
    return set(simple_name(column).split("_"))


def _plain(text: str) -> str:
    """Without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _keys(tier: frozenset[str]) -> frozenset[str]:
    return frozenset(key for name in tier for key in _spellings(name))


def _spellings(name: str) -> set[str]:
    """Spell a name as a key, with "ü" as "u" and as "ue"."""
    return {name_key(name), name_key(name.translate(_UMLAUTS))}


def _tiers(tables: Iterable[dict[str, list[str]]]) -> Tiers:
    return tuple(frozenset(name for names in table.values() for name in names) for table in tables)


def _words(names: Iterable[str]) -> frozenset[str]:
    return frozenset(key for name in names for key in _spellings(name))


def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


_DATA = _read()

EMAIL: Tiers = _tiers(_DATA["email"])
CUSTOMER: Tiers = _tiers(_DATA["customer"]) + EMAIL
_FEEDBACK = {meaning: _tiers(tables) for meaning, tables in _DATA["feedback"].items()}
_TRANSACTIONS = {meaning: _tiers(tables) for meaning, tables in _DATA["transactions"].items()}

# The order is that of the printed mapping, and that in which columns are given away.
_ORDER = ("text", "title", "id", "customer", "date", "rating", "channel", "author", "conversation")
FEEDBACK: dict[str, Tiers] = {name: (_FEEDBACK | {"customer": CUSTOMER})[name] for name in _ORDER}
TRANSACTIONS: dict[str, Tiers] = {"customer": CUSTOMER, **_TRANSACTIONS}
CUSTOMERS: dict[str, Tiers] = {"customer": (*CUSTOMER, frozenset({"id"}))}

COMPANY_WORDS = _words(_DATA["words"]["company"])
"""Words in the name of a column that holds what the company said, not the customer."""

TEXT_WORDS = _words(_DATA["words"]["text"])
"""Words in the name of a column that may hold the customer's text."""

NOT_TEXT_WORDS = _words(_DATA["words"]["not_text"])
"""Words in the name of a column of words that nobody wrote as feedback."""

NOT_CREATION_WORDS = _words(_DATA["words"]["not_creation"])
"""Words in the name of a date that is not when the feedback was written."""

CUSTOMER_AUTHORS = _words(_DATA["authors"]["customer"])
"""What an author column says of a customer, as :func:`name_key` spells it."""

COMPANY_AUTHORS = _words(_DATA["authors"]["company"])
"""What an author column says of the company, as :func:`name_key` spells it."""

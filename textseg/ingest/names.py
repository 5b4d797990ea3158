"""How columns are called in exports, in five languages; the names are in ``names.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
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
    return not _keys(tier).isdisjoint({name_key(column), name_key(_no_brackets(column))} - {""})


def ends_as_called(column: str, tier: frozenset[str]) -> bool:
    """Tell whether a column has one of the names, with or without words in front of it.

    Examples
    --------
    >>> from textseg.ingest.names import ends_as_called
    >>> columns = ("Billing Phone", "telephone", "Phone verified")
    >>> [ends_as_called(column, frozenset({"phone"})) for column in columns]
    [True, False, False]
    """
    if is_called(column, tier):
        return True
    simple = (simple_name(column), simple_name(_no_brackets(column)))
    return any(name.endswith(tuple(f"_{end}" for end in _simple(tier))) for name in simple)


def by_key(columns: Iterable[str]) -> dict[str, str]:
    """Look columns up by their key, and by what is in front of brackets if one column has that.

    Examples
    --------
    >>> from textseg.ingest.names import by_key
    >>> by_key(["Started at (Europe/Berlin)", "Total (net)", "Total (gross)"])["startedat"]
    'Started at (Europe/Berlin)'
    """
    columns = list(columns)
    short = [name_key(_no_brackets(column)) for column in columns]
    times = Counter(short)
    once = {key: name for key, name in zip(short, columns, strict=True) if times[key] == 1}
    return once | {name_key(column): column for column in reversed(columns)}


def words_of(column: str) -> set[str]:
    """Split a column's name into its words, in lower case and without accents."""
    return set(simple_name(column).split("_"))


def _no_brackets(column: str) -> str:
    return re.sub(r"[(\[].*?[)\]]", "", column)


def _plain(text: str) -> str:
    """Without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _keys(tier: frozenset[str]) -> frozenset[str]:
    return frozenset(key for name in tier for key in _spellings(name))


@cache
def _simple(tier: frozenset[str]) -> frozenset[str]:
    return frozenset(
        simple_name(spelling) for name in tier for spelling in (name, name.translate(_UMLAUTS))
    )


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

INCOMING = frozenset(_DATA["authors"]["incoming"])
"""Names of columns in which yes means that the customer wrote."""

OUTGOING = frozenset(_DATA["authors"]["outgoing"])
"""Names of columns in which yes means that the company wrote."""

ROLES = frozenset(_DATA["authors"]["roles"])
"""Names of columns of roles, which say who wrote only if one role is the company's."""

_FEEDBACK["author"] += (ROLES, INCOMING | OUTGOING)

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

PERSONAL_TEXT = frozenset(_DATA["personal"]["text"])
"""Names, and ends of names, of columns with names of persons and streets."""

PERSONAL_WHOLE = frozenset(_DATA["personal"]["whole"])
"""Names of columns with names of persons, if nothing stands in front of them."""

PHONE = frozenset(_DATA["personal"]["phone"])
"""Names, and ends of names, of columns with telephone numbers."""

FLAGS = _words(_DATA["personal"]["flags"])
"""Yes and no, as :func:`name_key` spells them."""

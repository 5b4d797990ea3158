"""Which column means what: as told, else by name, else by content."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest import names
from textseg.ingest.cells import as_text, parse_ratings, without_missing
from textseg.ingest.dates import looks_like_dates
from textseg.ingest.read import Raw

_SAMPLE = 200
_OPTIONS = frozenset({"id", "text", "customer", "date", "rating", "channel"})


@dataclass(frozen=True)
class Kind:
    """A kind of table: its meanings with their names, and the section of the settings."""

    section: str
    meanings: Mapping[str, names.Tiers]

    def option(self, meaning: str, column: str = "COL") -> str:
        """How the caller says which column has a meaning."""
        if self.section == "feedback" and meaning in _OPTIONS:
            return f"--{meaning} {column} ({self.section}.{meaning} in the settings)"
        return f"--set {self.section}.{meaning}={column}"


FEEDBACK = Kind("feedback", names.FEEDBACK)
TRANSACTIONS = Kind("transactions", names.TRANSACTIONS)
CUSTOMERS = Kind("customers", names.CUSTOMERS)


def find_columns(raw: Raw, kind: Kind, told: Mapping[str, str | None]) -> dict[str, str]:
    """Find the column of every meaning that a table has.

    Parameters
    ----------
    raw : Raw
        The table.
    kind : Kind
        What sort of table it is.
    told : mapping of str to str or None
        Meaning to column, as the caller set it.

    Returns
    -------
    dict of str to str
        Meaning to column, in the order of the kind's meanings.

    Raises
    ------
    InputError
        A column that was named does not exist, or two columns fit one meaning equally.
    """
    chosen = {meaning: column for meaning, column in told.items() if column is not None}
    for meaning, column in chosen.items():
        if column not in raw.frame.columns:
            raise InputError(
                f"{raw.label} has no column {column!r}, which {kind.section}.{meaning} names.",
                hint=did_you_mean(column, raw.frame.columns),
            )
    for meaning in kind.meanings:
        if meaning not in chosen and (found := _detect(raw, kind, meaning, chosen)):
            chosen[meaning] = found
    return {meaning: chosen[meaning] for meaning in kind.meanings if meaning in chosen}


def _detect(raw: Raw, kind: Kind, meaning: str, chosen: Mapping[str, str]) -> str | None:
    taken = set(chosen.values())
    free = [column for column in raw.frame.columns if column not in taken]
    fits = _FITS.get(meaning, _has_values)
    for place, tier in enumerate(kind.meanings[meaning]):
        found = [column for column in free if simple_name(column) in tier]
        if place == 0 and any(column in tier for column in found):
            found = [column for column in found if column in tier]
        if place > 0 or len(found) > 1:
            found = [column for column in found if fits(column, raw.frame[column])]
        if found:
            return _only(found, raw, kind, meaning)
    search = _BY_CONTENT.get(meaning) if kind is FEEDBACK else None
    return _only(search(raw.frame[free]), raw, kind, meaning) if search else None


def _only(found: list[str], raw: Raw, kind: Kind, meaning: str) -> str | None:
    if len(found) > 1:
        listed = " and ".join(repr(column) for column in found[:4])
        raise InputError(
            f"{raw.label}: the columns {listed} could both be the {meaning}."
            if len(found) == 2
            else f"{raw.label}: the columns {listed} could all be the {meaning}.",
            hint=f"Say which: {kind.option(meaning)}",
        )
    return found[0] if found else None


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
    >>> from textseg.ingest.columns import simple_name
    >>> [simple_name(name) for name in ("customerID", "Kunden-Nr.", "Évaluation (1-5)")]
    ['customer_id', 'kunden_nr', 'evaluation_1_5']
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", column)
    plain = unicodedata.normalize("NFKD", words.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def _words(column: str) -> set[str]:
    return set(simple_name(column).split("_"))


def is_agents(column: str) -> bool:
    """Tell whether a column's name says that it holds the company's answer."""
    return bool(_words(column) & names.AGENT_WORDS)


def _has_values(column: str, values: pd.Series) -> bool:
    return bool(without_missing(as_text(values.dropna().head(_SAMPLE))).notna().any())


def _is_date(column: str, values: pd.Series) -> bool:
    return looks_like_dates(values)


def _is_key(column: str, values: pd.Series) -> bool:
    """Tell keys from ids that repeat, which name a conversation or a product."""
    present = values.dropna()
    return not present.empty and present.astype("string").nunique() >= 0.9 * len(present)


def _is_rating(column: str, values: pd.Series) -> bool:
    sample = without_missing(as_text(values.dropna().head(_SAMPLE))).dropna()
    return not sample.empty and bool(parse_ratings(sample).notna().mean() >= 0.5)


def _is_number(column: str, values: pd.Series) -> bool:
    """Digits in at least half of the cells; the reading itself is for later."""
    sample = without_missing(as_text(values.dropna().head(_SAMPLE))).dropna()
    return not sample.empty and bool(sample.str.contains(r"\d").mean() >= 0.5)


def _word_counts(values: pd.Series) -> pd.Series:
    """Words per filled cell; empty for columns that hold no words."""
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(
        values.dtype
    ):
        return pd.Series(dtype="float64")
    sample = as_text(values.dropna().head(_SAMPLE)).str.strip()
    sample = sample[sample != ""]
    lettered = sample.str.contains(r"[^\W\d_]", regex=True)
    if sample.empty or not bool(lettered.mean() >= 0.5):
        return pd.Series(dtype="float64")
    return sample.str.count(r"\S+").astype("float64")


def _is_text(column: str, values: pd.Series) -> bool:
    counts = _word_counts(values)
    return not is_agents(column) and not counts.empty


def _text_by_content(frame: pd.DataFrame) -> list[str]:
    """Columns with a word for text in their name, else columns that hold sentences."""
    titles = frozenset().union(*names.FEEDBACK["title"])
    open_ = [c for c in frame.columns if not is_agents(c) and simple_name(c) not in titles]
    mean = {column: _word_counts(frame[column]).mean() for column in open_}
    named = [c for c in open_ if _words(c) & names.TEXT_WORDS and mean[c] >= 2]
    return named or [c for c in open_ if mean[c] >= 4]


def _date_by_content(frame: pd.DataFrame) -> list[str]:
    return [
        column
        for column in frame.columns
        if not _words(column) & names.NOT_A_CREATION
        and looks_like_dates(frame[column], numbers=False)
    ]


_FITS: dict[str, Callable[[str, pd.Series], bool]] = {
    "text": _is_text,
    "id": _is_key,
    "date": _is_date,
    "rating": _is_rating,
    "amount": _is_number,
    "quantity": _is_number,
    "unit_price": _is_number,
}
_BY_CONTENT = {"text": _text_by_content, "date": _date_by_content}

"""Which column means what: as told, else by a known layout, else by name, else by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest import contents, names
from textseg.ingest.layouts.layout import Layout, find_layout
from textseg.ingest.names import is_called, words_of
from textseg.ingest.read import Raw

LAYOUT = "layout"
"""What stands beside the meanings: the name of the layout, in what is told and what is found."""

_OPTIONS = frozenset({"id", "text", "customer", "date", "rating", "channel"})
_HALF = 0.5
_MIN_ORDERS = 3


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


def find_columns(raw: Raw, kind: Kind, told: Mapping[str, Any]) -> dict[str, str]:
    """Find the column of every meaning that a table has.

    Parameters
    ----------
    raw : Raw
        The table, or its head: the label, and the first thousand rows or so.
    kind : Kind
        What sort of table it is.
    told : mapping
        Meaning to column, as the caller set it, and "layout" to the name of a layout; what else a
        section of the settings has is passed over.

    Returns
    -------
    dict of str to str
        Meaning to column, in the order of the kind's meanings; before them "layout" to the name
        of the layout, if the table has that of a known export. What a layout does not name is
        not looked for.

    Raises
    ------
    InputError
        A column that was named does not exist, or two columns fit one meaning equally.
    """
    chosen = _told(raw, kind, told)
    layout = find_layout(raw.label, raw.frame.columns, kind.section, told.get(LAYOUT))
    if layout is not None:
        found = chosen | _by_layout(raw.frame, layout, chosen)
        return {LAYOUT: layout.name, **_in_order(found, kind)}
    for meaning in kind.meanings:
        if _is_open(meaning, chosen) and (column := _detect(raw, kind, meaning, chosen)):
            chosen[meaning] = column
    if kind is TRANSACTIONS and told.get("amount") is None:
        _refuse_repeated_totals(raw, kind, chosen)
    return _in_order(chosen, kind)


def is_agents(column: str) -> bool:
    """Tell whether a column's name says that it holds what the company said."""
    return bool(words_of(column) & names.COMPANY_WORDS)


def _told(raw: Raw, kind: Kind, told: Mapping[str, Any]) -> dict[str, str]:
    chosen = {meaning: told[meaning] for meaning in kind.meanings if told.get(meaning) is not None}
    for meaning, column in chosen.items():
        if column not in raw.frame.columns:
            raise InputError(
                f"{raw.label} has no column {column!r}, which {kind.section}.{meaning} names.",
                hint=did_you_mean(column, raw.frame.columns),
            )
    return chosen


def _in_order(chosen: Mapping[str, str], kind: Kind) -> dict[str, str]:
    return {meaning: chosen[meaning] for meaning in kind.meanings if meaning in chosen}


def _by_layout(head: pd.DataFrame, layout: Layout, chosen: Mapping[str, str]) -> dict[str, str]:
    """Give each meaning its first column that half of the rows fill, else that any row fills."""
    by_key = names.by_key(head.columns)
    found: dict[str, str] = {}
    for meaning, wanted in layout.columns.items():
        taken = {*chosen.values(), *found.values()}
        there = [by_key[key] for key in map(names.name_key, wanted) if key in by_key]
        filled = {c: float(head[c].notna().mean()) for c in there if c not in taken}
        good = [c for c, share in filled.items() if share >= _HALF] or [
            c for c, share in filled.items() if share > 0
        ]
        if meaning not in chosen and good:
            found[meaning] = good[0]
    return found


def _is_open(meaning: str, chosen: Mapping[str, str]) -> bool:
    """Tell whether a meaning is still to be found, given what was found before."""
    if meaning == "conversation" and "author" not in chosen:
        return False
    if meaning == "amount" and "unit_price" in chosen:
        return False
    return meaning not in chosen


def _detect(raw: Raw, kind: Kind, meaning: str, chosen: Mapping[str, str]) -> str | None:
    taken = set(chosen.values())
    free = [column for column in raw.frame.columns if column not in taken]
    for place, tier in enumerate(kind.meanings[meaning]):
        found = [column for column in free if is_called(column, tier)]
        if place == 0 and any(column in tier for column in found):
            found = [column for column in found if column in tier]
        if place > 0 or len(found) > 1:
            found = [column for column in found if _fits(raw.frame[column], meaning, tier)]
        if meaning == "text":
            found = [column for column in found if not is_agents(column)]
        if found:
            return _only(found, raw, kind, meaning)
    search = _BY_CONTENT.get(meaning) if kind is FEEDBACK else None
    return _only(search(raw.frame[free]), raw, kind, meaning) if search else None


def _fits(values: pd.Series, meaning: str, tier: frozenset[str]) -> bool:
    if tier in names.EMAIL:
        return contents.is_address(values)
    if tier == names.ROLES and not contents.names_company(values):
        return False
    return contents.FITS.get(meaning, contents.has_values)(values)


def _only(found: Sequence[str], raw: Raw, kind: Kind, meaning: str) -> str | None:
    if len(found) > 1:
        listed = " and ".join(repr(column) for column in found[:4])
        raise InputError(
            f"{raw.label}: the columns {listed} could both be the {meaning}."
            if len(found) == 2
            else f"{raw.label}: the columns {listed} could all be the {meaning}.",
            hint=f"Say which: {kind.option(meaning)}",
        )
    return found[0] if found else None


def _text_by_content(frame: pd.DataFrame) -> list[str]:
    """Columns with a word for text in their name, else columns that hold sentences."""
    titles = frozenset().union(*names.FEEDBACK["title"])
    texts = [
        column
        for column in frame.columns
        if not is_agents(column)
        and not is_called(column, titles)
        and contents.is_text(frame[column])
    ]
    mean = {column: contents.word_counts(frame[column]).mean() for column in texts}
    named = [c for c in texts if words_of(c) & names.TEXT_WORDS and mean[c] >= 2]
    heads = [c for c in named if names.simple_name(c).split("_")[-1] not in names.NOT_TEXT_WORDS]
    if heads:
        return heads
    return [c for c in texts if mean[c] >= 4 and not words_of(c) & names.NOT_TEXT_WORDS]


def _date_by_content(frame: pd.DataFrame) -> list[str]:
    return [
        column
        for column in frame.columns
        if not words_of(column) & names.NOT_CREATION_WORDS and contents.is_date(frame[column])
    ]


_BY_CONTENT = {"text": _text_by_content, "date": _date_by_content}


def _refuse_repeated_totals(raw: Raw, kind: Kind, chosen: Mapping[str, str]) -> None:
    """Stop where the amount may be an order's total, repeated on each of its lines."""
    if not {"amount", "order"} <= set(chosen):
        return
    lines = raw.frame[[chosen["order"], chosen["amount"]]].dropna().astype("string")
    orders = lines.groupby(chosen["order"])[chosen["amount"]]
    several = orders.nunique()[orders.size() > 1]
    if len(several) < _MIN_ORDERS or bool((several > 1).any()):
        return
    lines_worth = (
        f"; each line is worth {chosen['quantity']!r} times {chosen['unit_price']!r} then"
        if {"quantity", "unit_price"} <= set(chosen)
        else ""
    )
    raise InputError(
        f"{raw.label}: {chosen['amount']!r} may be the amount of a line, or the total of its "
        f"order, since all lines of an order have the same{lines_worth}.",
        hint=f"Say which: {kind.option('amount', chosen['amount'])}, or another column"
        + (
            f", or {kind.option('unit_price', chosen['unit_price'])}."
            if lines_worth
            else " of the line's own amount."
        ),
    )

"""What a layout knows of the cells: orders spread over rows, small units, words for ratings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from textseg.ingest.amounts import Amounts, parse_amounts
from textseg.ingest.cells import as_text, without_missing
from textseg.ingest.contents import ADDRESS
from textseg.ingest.layouts.layout import Layout
from textseg.ingest.names import by_key, name_key
from textseg.ingest.separators import Mark


def columns_needed(
    header: Iterable[str], columns: Mapping[str, str], layout: Layout | None
) -> list[str]:
    """Name the columns to read: those with a meaning, and those that the layout's facts are about.

    Parameters
    ----------
    header : iterable of str
    columns : mapping of str to str
        Meaning to column, as found.
    layout : Layout or None

    Returns
    -------
    list of str
        In the order of the header.

    Examples
    --------
    >>> from textseg.ingest.layouts.facts import columns_needed
    >>> from textseg.ingest.layouts.layout import layout_named
    >>> header = ["id", "Amount", "Amount Refunded", "Fee", "Status"]
    >>> columns_needed(header, {"amount": "Amount"}, layout_named("stripe"))
    ['Amount', 'Amount Refunded', 'Status']
    """
    about: tuple[str, ...] = ()
    if layout is not None:
        about = (*layout.order_level, *layout.deduct, *(rule.column for rule in layout.leave_out))
    header = list(header)
    wanted = {*columns.values(), *_present(header, about)}
    return [column for column in header if column in wanted]


def mend_cells(
    frame: pd.DataFrame,
    columns: Mapping[str, str],
    layout: Layout | None,
    *,
    label: str,
    decimal: Mark | None = None,
) -> pd.DataFrame:
    """Rewrite the cells of a known export so that they mean what other tables' cells mean.

    Columns of an order that stand on its first row only are filled down, refunds are taken off
    the amount, small units become whole ones, words become ratings, and of customers who are
    written with their e-mail address only that stays.

    Parameters
    ----------
    frame : DataFrame
        The table; orders that span rows must be whole, and their rows next to each other.
    columns : mapping of str to str
        Meaning to column, as found.
    layout : Layout or None
        None changes nothing.
    label : str
        What messages call the table.
    decimal : {".", ","} or None
        What splits off the decimals of amounts, if the caller knows it.

    Returns
    -------
    DataFrame
        The same rows and columns.

    Raises
    ------
    InputError
        The amounts cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.layouts.facts import mend_cells
    >>> from textseg.ingest.layouts.layout import layout_named
    >>> lines = pd.DataFrame({"Name": ["#1", "#1"], "Email": ["a@example.com", None]})
    >>> columns = {"order": "Name", "customer": "Email"}
    >>> mend_cells(lines, columns, layout_named("shopify"), label="o.csv")["Email"].to_list()
    ['a@example.com', 'a@example.com']
    """
    if layout is None:
        return frame
    frame = frame.copy(deep=False)
    if layout.order_level and "order" in columns:
        _fill_down(frame, columns["order"], _present(frame.columns, layout.order_level))
    if (layout.deduct or layout.minor_units) and "amount" in columns:
        frame[columns["amount"]] = _amounts(frame, columns, layout, label, decimal)
    if layout.addresses and "customer" in columns:
        frame[columns["customer"]] = _as_addresses(frame[columns["customer"]])
    if layout.ratings and "rating" in columns:
        numbers = {name_key(word): number for word, number in layout.ratings.items()}
        frame[columns["rating"]] = _as_ratings(frame[columns["rating"]], numbers)
    return frame


def left_out(frame: pd.DataFrame, layout: Layout | None) -> Iterator[tuple[str, pd.Series]]:
    """Give the rows that do not count.

    Parameters
    ----------
    frame : DataFrame
        From :func:`mend_cells`.
    layout : Layout or None

    Yields
    ------
    tuple of str and Series of bool
        Why, and which.
    """
    for rule in layout.leave_out if layout else ():
        keys = {name_key(value) for value in rule.values}
        for column in _present(frame.columns, (rule.column,)):
            cells = without_missing(as_text(frame[column]))
            found = cells.notna() if rule.any_value else cells.fillna("").map(name_key).isin(keys)
            yield rule.reason, found


def _present(header: Iterable[str], wanted: tuple[str, ...]) -> list[str]:
    header = list(header)
    columns = by_key(header)
    there = {columns.get(name_key(name)) for name in wanted}
    return [column for column in header if column in there]


def _fill_down(frame: pd.DataFrame, order: str, columns: list[str]) -> None:
    if order in columns:
        frame[order] = frame[order].ffill()
    for column in columns:
        if column != order:
            frame[column] = frame.groupby(order, sort=False, dropna=False)[column].ffill()


def _amounts(
    frame: pd.DataFrame,
    columns: Mapping[str, str],
    layout: Layout,
    label: str,
    decimal: Mark | None,
) -> pd.Series:
    def read(column: str) -> Amounts:
        return parse_amounts(frame[column], label=label, column=column, decimal=decimal)

    paid = read(columns["amount"])
    amounts = paid.values
    for column in _present(frame.columns, layout.deduct):
        amounts = amounts - read(column).values.fillna(0)
    if layout.minor_units and "currency" in columns:
        codes = without_missing(as_text(frame[columns["currency"]])).str.upper()
        units = codes.fillna(paid.currency).map(layout.minor_units).astype("Float64")
        amounts = amounts / units.fillna(layout.minor_units["usual"]).astype("float64")
    return _as_cells(amounts, paid, frame[columns["amount"]], decimal or ".")


def _as_cells(amounts: pd.Series, paid: Amounts, cells: pd.Series, decimal: Mark) -> pd.Series:
    """Numbers; with their currency where the cell named one, and as they were if unreadable."""
    unreadable = paid.given & amounts.isna()
    named = paid.currency.notna() & np.isfinite(amounts)
    if not (unreadable | named).any():
        return amounts
    found = amounts.astype(object)
    found[named] = [
        f"{code} {amount:.6f}".replace(".", decimal)
        for amount, code in zip(amounts[named], paid.currency[named], strict=True)
    ]
    found[unreadable] = cells[unreadable]
    return found


def _as_addresses(values: pd.Series) -> pd.Series:
    """Take the first e-mail address of each cell; cells without one stay."""
    text = as_text(values)
    return text.str.extract(f"({ADDRESS})", expand=False).fillna(text)


def _as_ratings(values: pd.Series, numbers: Mapping[str, float]) -> pd.Series:
    """Words that have a number become it, other words none; numbers stay."""
    text = without_missing(as_text(values))
    known = text.map(lambda cell: numbers.get(name_key(cell)), na_action="ignore")
    digits = text.where(text.str.contains(r"\d", na=False))
    return known.astype("Float64").astype("string").fillna(digits)

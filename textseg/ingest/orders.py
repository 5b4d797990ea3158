"""Order lines: who bought, when, for how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import as_text, parse_numbers, repeated_rows, without_missing
from textseg.ingest.columns import TRANSACTIONS
from textseg.ingest.dates import parse_dates
from textseg.ingest.ids import normalise_ids
from textseg.ingest.quality import Log
from textseg.ingest.read import Raw

MAX_UNREADABLE = 0.05
Reader = Callable[[pd.Series], pd.Series]


def read_orders(raw: Raw, columns: Mapping[str, str], log: Log) -> pd.DataFrame:
    """Read order lines; repeated lines and lines without customer, date or money are dropped.

    Parameters
    ----------
    raw : Raw
        The table.
    columns : mapping of str to str
        Meaning to column.
    log : Log
        Where findings go.

    Returns
    -------
    DataFrame
        ``row`` and the columns of ``schema.ORDERS``. Money of a return is negative.

    Raises
    ------
    InputError
        A column that is needed is missing, the dates cannot be read, or more than 5 % of the
        amounts are no finite numbers.
    """
    _refuse_incomplete(raw, columns)
    frame = pd.DataFrame({"row": range(1, len(raw.frame) + 1)}, index=raw.frame.index)
    frame["customer_id"] = normalise_ids(raw.frame[columns["customer"]])
    dates = parse_dates(raw.frame[columns["date"]], label=raw.label, column=columns["date"])
    frame["date"] = dates.values
    frame["quantity"] = _quantities(raw, columns)
    frame["amount"] = _amounts(raw, columns, frame["quantity"])
    frame["order_id"] = _text(raw, columns, "order", normalise_ids)
    frame["product"] = _text(raw, columns, "product", _names)
    frame["category"] = _text(raw, columns, "category", _names)
    _refuse_unreadable_amounts(raw, columns, frame["amount"])
    frame = log.drop(frame, repeated_rows(raw.frame), "same as another row")
    frame = log.drop(frame, frame["customer_id"].isna(), "no customer")
    frame = log.drop(frame, dates.unreadable[frame.index], "unreadable date")
    frame = log.drop(frame, frame["date"].isna(), "no date")
    frame = log.drop(frame, ~np.isfinite(frame["amount"]), "no amount")
    frame = log.drop(frame, frame["amount"] == 0, "amount is zero")
    return _with_order_ids(_with_returns(frame, log), has_orders="order" in columns, log=log)


def _refuse_incomplete(raw: Raw, columns: Mapping[str, str]) -> None:
    listed = ", ".join(map(repr, raw.frame.columns[:12]))
    for meaning in ("customer", "date"):
        if meaning not in columns:
            raise InputError(
                f"{raw.label}: orders need a {meaning}; none was found among {listed}.",
                hint=f"Say which: {TRANSACTIONS.option(meaning)}",
            )
    if "amount" not in columns and not {"quantity", "unit_price"} <= set(columns):
        raise InputError(
            f"{raw.label}: orders need an amount, or a quantity and a unit price; "
            f"not found among {listed}.",
            hint=f"Say which: {TRANSACTIONS.option('amount')}",
        )


def _quantities(raw: Raw, columns: Mapping[str, str]) -> pd.Series:
    if "quantity" not in columns:
        return pd.Series(np.nan, index=raw.frame.index, dtype="float64")
    quantities = parse_numbers(raw.frame[columns["quantity"]])
    return quantities.where(np.isfinite(quantities))


def _amounts(raw: Raw, columns: Mapping[str, str], quantities: pd.Series) -> pd.Series:
    if "amount" in columns:
        return parse_numbers(raw.frame[columns["amount"]])
    return quantities * parse_numbers(raw.frame[columns["unit_price"]])


def _text(raw: Raw, columns: Mapping[str, str], meaning: str, read: Reader) -> pd.Series:
    if meaning not in columns:
        return pd.Series(pd.NA, index=raw.frame.index, dtype="string")
    return read(raw.frame[columns[meaning]])


def _names(values: pd.Series) -> pd.Series:
    return without_missing(as_text(values))


def _refuse_unreadable_amounts(raw: Raw, columns: Mapping[str, str], amounts: pd.Series) -> None:
    bad = ~np.isfinite(amounts)
    if bad.sum() > MAX_UNREADABLE * len(amounts):
        used = "amount" if "amount" in columns else "unit_price"
        row = int(bad.to_numpy().argmax())
        cell = as_text(raw.frame[columns[used]]).fillna("").iloc[row]
        raise InputError(
            f"{raw.label}: {int(bad.sum())} of {len(amounts)} amounts are no finite numbers; "
            f"the first is in row {row + 1} (column {columns[used]!r}: {cell!r}).",
            hint="At most 5 % may be. Mend the column, or name another: "
            + TRANSACTIONS.option(used),
        )


def _with_returns(frame: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Mark returns and cancellations; their money counts as negative."""
    is_return = (frame["amount"] < 0) | (frame["quantity"] < 0)
    unsigned = is_return & (frame["amount"] > 0)
    log.kept(frame, is_return, "return or cancellation")
    log.changed(frame, unsigned, "amount of a return made negative")
    return frame.assign(
        is_return=is_return, amount=frame["amount"].mask(unsigned, -frame["amount"])
    )


def _with_order_ids(frame: pd.DataFrame, *, has_orders: bool, log: Log) -> pd.DataFrame:
    """Where no order is named, a customer's lines of one moment are one."""
    if has_orders:
        log.changed(frame, frame["order_id"].isna(), "no order id: customer and date stand in")
    unnamed = frame[frame["order_id"].isna()]
    moments = unnamed["customer_id"] + "@" + unnamed["date"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return frame.assign(order_id=frame["order_id"].fillna(moments.astype("string")))

"""Order lines: who bought, when, for how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from textseg.counted import counted
from textseg.errors import InputError
from textseg.ingest.amounts import Amounts, parse_amounts
from textseg.ingest.cells import as_text, without_missing
from textseg.ingest.columns import TRANSACTIONS
from textseg.ingest.currencies import base_of, rates_to_base, read_codes
from textseg.ingest.date_layouts import Order
from textseg.ingest.dates import parse_dates
from textseg.ingest.ids import log_lost_digits, normalise_ids
from textseg.ingest.quality import Log
from textseg.ingest.read import Raw
from textseg.ingest.separators import Mark
from textseg.ingest.upsert import moments

MAX_UNREADABLE = 0.05
Reader = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Spelling:
    """How dates and money are written, where the columns do not tell.

    Parameters
    ----------
    date_order : {"dmy", "mdy", "ymd"} or None
        Order of day, month and year.
    decimal : {".", ","} or None
        What splits off the decimals.
    rates : mapping of str to float
        Currency to what one unit is worth in the base, which has the rate 1.
    """

    date_order: Order | None = None
    decimal: Mark | None = None
    rates: Mapping[str, float] = field(default_factory=dict)


FOUND_OUT = Spelling()


def read_orders(
    raw: Raw, columns: Mapping[str, str], log: Log, spelling: Spelling = FOUND_OUT
) -> pd.DataFrame:
    """Read order lines; repeated lines and lines without customer, date or money are dropped.

    Parameters
    ----------
    raw : Raw
        The table.
    columns : mapping of str to str
        Meaning to column.
    log : Log
        Where findings go.
    spelling : Spelling
        What is not said is found out.

    Returns
    -------
    DataFrame
        ``row`` and the columns of ``schema.ORDERS``. Money of a return is negative, and all money
        is in one currency.

    Raises
    ------
    InputError
        A column that is needed is missing, the dates or amounts cannot be read or can be read in
        two ways, more than 5 % of the amounts are no finite numbers, or there are several
        currencies without rates.
    """
    _refuse_incomplete(raw, columns)
    frame = pd.DataFrame({"row": range(1, len(raw.frame) + 1)}, index=raw.frame.index)
    frame["customer_id"] = normalise_ids(raw.frame[columns["customer"]])
    dates = parse_dates(
        raw.frame[columns["date"]],
        label=raw.label,
        column=columns["date"],
        order=spelling.date_order,
        option="transactions.date_order",
    )
    frame["date"] = dates.values
    money = _Money(raw, columns, log, spelling)
    frame["quantity"] = money.quantities(frame)
    frame["amount"] = money.amounts(frame)
    frame["order_id"] = _text(raw, columns, "order", normalise_ids)
    frame["product"] = _text(raw, columns, "product", _names)
    frame["category"] = _text(raw, columns, "category", _names)
    log_lost_digits(frame, "customer_id", log)
    _refuse_unreadable_amounts(raw, columns, frame["amount"])
    frame = log.drop(frame, raw.repeated(), "same as another row")
    frame = log.drop(frame, frame["customer_id"].isna(), "no customer")
    frame = log.drop(frame, dates.unreadable[frame.index], "unreadable date")
    frame = log.drop(frame, frame["date"].isna(), "no date")
    frame = log.drop(frame, np.isinf(frame["amount"]), "infinite amount")
    frame = log.drop(frame, frame["amount"].isna() & money.given[frame.index], "unreadable amount")
    frame = log.drop(frame, frame["amount"].isna(), "no amount")
    frame = log.drop(frame, frame["amount"] == 0, "amount is zero")
    return _with_order_ids(_with_returns(frame, log), has_orders="order" in columns, log=log)


def _refuse_incomplete(raw: Raw, columns: Mapping[str, str]) -> None:
    listed = ", ".join(map(repr, raw.columns[:12]))
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


class _Money:
    """The amounts of a table, in one currency."""

    def __init__(self, raw: Raw, columns: Mapping[str, str], log: Log, spelling: Spelling) -> None:
        self._raw, self._columns, self._log, self._spelling = raw, columns, log, spelling
        self._used = "amount" if "amount" in columns else "unit_price"
        self._paid = self._read(self._used)
        self._pieces = self._read("quantity", money=False) if "quantity" in columns else None
        self.given = self._paid.given & (True if self._pieces is None else self._pieces.given)

    def quantities(self, frame: pd.DataFrame) -> pd.Series:
        """Numbers of pieces; null where there is none."""
        if self._pieces is None:
            return pd.Series(np.nan, index=frame.index, dtype="float64")
        found = self._pieces.values.where(np.isfinite(self._pieces.values))
        unreadable = self._pieces.given & found.isna()
        self._log.changed(frame, unreadable, "unreadable quantity set to null")
        return found

    def amounts(self, frame: pd.DataFrame) -> pd.Series:
        """Values of the lines in the base currency."""
        self._log.changed(frame, self._paid.reversed, "amount marked CR or DR made negative")
        paid = self._paid.values
        amounts = paid if self._used == "amount" else frame["quantity"] * paid
        return amounts * self._rates(frame, np.isfinite(amounts))

    def _read(self, meaning: str, *, money: bool = True) -> Amounts:
        column = self._columns[meaning]
        return parse_amounts(
            self._raw.frame[column],
            label=self._raw.label,
            column=column,
            decimal=self._spelling.decimal,
            money=money,
        )

    def _rates(self, frame: pd.DataFrame, counted: pd.Series) -> pd.Series:
        codes = self._paid.currency
        if "currency" in self._columns:
            codes = read_codes(self._raw.frame[self._columns["currency"]]).fillna(codes)
        given = self._spelling.rates
        rates = rates_to_base(codes, given, where=self._raw.label, counted=counted)
        used = sorted(codes[counted].dropna().unique())
        if used:
            self._log.note(f"Amounts of the orders are in {base_of(given) or used[0]}.")
        for code in used:
            rate = rates[codes == code].iloc[0]
            what = f"{code} counted at the rate of {rate:g}"
            self._log.changed(frame, (codes == code) & counted & (rates != 1), what)
        return rates


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
            f"{raw.label}: {int(bad.sum()):,} of {counted(len(amounts), 'amount')} cannot be read "
            f"as finite numbers; the first is in row {row + 1} (column {columns[used]!r}: "
            f"{cell!r}).",
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
    unnamed = moments(frame[frame["order_id"].isna()])
    return frame.assign(order_id=frame["order_id"].fillna(unnamed))

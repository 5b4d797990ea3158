"""Numbers and amounts of money, as exports and accountants write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from textseg.counted import counted
from textseg.errors import InputError
from textseg.ingest.cells import as_text, row_of, without_missing
from textseg.ingest.currencies import currency_code
from textseg.ingest.separators import MAX_ODD, Mark, decide_mark, read_number


@dataclass(frozen=True)
class Amounts:
    """A column of numbers after reading.

    Parameters
    ----------
    values : Series of float64
        NaN where there is no number; infinite values stay.
    currency : Series of string
        Code of the currency named in the cell; null where none is.
    given : Series of bool
        Where something stands.
    reversed : Series of bool
        Where a mark CR or DR makes the number negative.
    """

    values: pd.Series
    currency: pd.Series
    given: pd.Series
    reversed: pd.Series


@dataclass(frozen=True)
class _Cell:
    """The parts of a cell: sign, digits, the words beside them, and "CR" or "DR"."""

    body: str = ""
    sign: int = 1
    words: tuple[str, ...] = ()
    side: str = ""


def parse_amounts(
    values: pd.Series,
    *,
    label: str,
    column: str,
    decimal: Mark | None = None,
    money: bool = True,
) -> Amounts:
    """Read a column of numbers; the decimal mark is found out for the column as a whole.

    Currency signs and codes before or behind, brackets and a minus before or behind are
    understood, and CR and DR: the rarer of the two is negative, or the one that is rarer than
    amounts with neither.

    Parameters
    ----------
    values : Series
        Numeric, decimal, or text such as "1.234,50 €", rows in file order.
    label, column : str
        What messages call the table and the column.
    decimal : {".", ","} or None
        What splits off the decimals, if the caller knows it.
    money : bool
        Whether the words beside a number must be a currency; else they are a unit.

    Returns
    -------
    Amounts

    Raises
    ------
    InputError
        More than 5 % of the numbers are like "1.234", and nothing tells what that is; or about as
        many amounts are CR as DR.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.amounts import parse_amounts
    >>> cells = pd.Series(["€ 12,00", "(1.234,50)", "3,- EUR", None])
    >>> parse_amounts(cells, label="a.csv", column="paid").values.to_list()
    [12.0, -1234.5, 3.0, nan]
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _numeric(values.astype("Float64").astype("float64"))
    native = values.map(_is_number) if values.dtype == object else pd.Series(False, values.index)
    native = native.astype(bool)
    text = without_missing(as_text(values)).mask(native)
    codes, distinct = pd.factorize(text)
    cells = [_split(str(cell), money) for cell in distinct]
    weights = np.bincount(codes[codes >= 0], minlength=len(cells))
    where = f"{label}, column {column!r}"
    numbers = _numbers(cells, weights, text, distinct, decimal, where)
    against = _other_side(cells, weights, int(native.sum()), where)
    turned = np.array([bool(against) and cell.side == against for cell in cells], dtype=bool)
    numbers = np.where(turned, -numbers, numbers)
    found = pd.Series(np.append(numbers, np.nan)[codes], index=values.index, dtype="float64")
    found[native] = values[native].map(float).astype("float64")
    names = [_currency(cell) for cell in cells] if money else [None] * len(cells)
    return Amounts(
        found,
        pd.Series([*names, None], dtype="string").take(codes).set_axis(values.index),
        text.notna() | (native & found.notna()),
        pd.Series(np.append(turned, False)[codes], index=values.index),
    )


def _numeric(values: pd.Series) -> Amounts:
    nothing = pd.Series(pd.NA, index=values.index, dtype="string")
    return Amounts(values, nothing, values.notna(), pd.Series(False, index=values.index))


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool)


_BODY = re.compile(
    r"(?P<before>\D*?)(?P<body>(?:(?<![^\W\d_])[.,])?\d(?:[\d.,]|[' ](?=\d))*)"
    r"(?P<exponent>e[-+]?\d+(?![^\W_]))?(?P<behind>\D*)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"-?[0-9](?:[0-9.,]*[0-9])?")
_SIDE = re.compile(r"(?:(?<=\d)|\b)\s*(CR|DR)\.?$", re.IGNORECASE)
_INFINITE = re.compile(r"([-+]?)inf(?:inity)?", re.IGNORECASE)
_LOOK_ALIKES = str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "_": "'"})


def _split(text: str, money: bool) -> _Cell:
    """Take a cell apart; no body where it is no number."""
    if _PLAIN.fullmatch(text):
        return _Cell(text.removeprefix("-"), -1 if text[0] == "-" else 1)
    plain = " ".join(unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES).split())
    if match := _INFINITE.fullmatch(plain):
        return _Cell("inf", -1 if match[1] == "-" else 1)
    side = _SIDE.search(plain)
    plain = plain[: side.start()] if side else plain
    match = _BODY.fullmatch(plain)
    if match is None:
        return _Cell()
    before, behind = match["before"], match["behind"].lstrip()
    body = match["body"] + (match["exponent"] or "").lower()
    if body[-1] in ".,":  # "12,-" is twelve and no cents; "12." as well
        body, behind = body[:-1], behind.lstrip("-")
    brackets = (before.count("("), behind.count(")"))
    signs = re.findall(r"[-+]", before + behind)
    words = tuple(re.sub(r"[-+()]", "", part).strip() for part in (before, behind))
    words = tuple(word for word in words if word)
    understood = all(_is_word(word, money) for word in words)
    if brackets not in ((0, 0), (1, 1)) or len(signs) > 1 or not understood:
        return _Cell()
    negative = brackets == (1, 1) or signs == ["-"]
    return _Cell(body, -1 if negative else 1, words, side[1].upper() if side else "")


def _is_word(word: str, money: bool) -> bool:
    known = currency_code(word) is not None
    return known or (not money and re.fullmatch(r"[^\W\d_]{1,6}\.?", word) is not None)


def _currency(cell: _Cell) -> str | None:
    """Find the currency; of "$12.00 CAD" the code that is spelled out."""
    spelled = sorted(cell.words, key=lambda word: not re.fullmatch(r"[A-Za-z]{3}", word))
    return currency_code(spelled[0]) if spelled else None


def _numbers(
    cells: list[_Cell],
    weights: np.ndarray,
    text: pd.Series,
    distinct: pd.Index,
    decimal: Mark | None,
    where: str,
) -> np.ndarray:
    """Read each cell; NaN where it is no number, or where a few can be read as two."""
    bodies = [cell.body for cell in cells]
    decision = decide_mark(bodies, weights)
    mark = decimal or decision.mark
    open_ = decision.either if mark is None else np.zeros(len(cells), dtype=bool)
    if weights[open_].sum() > MAX_ODD * weights.sum():
        cell, body = next((str(distinct[i]), bodies[i]) for i in np.flatnonzero(open_).tolist())
        one, other = read_number(body, "."), read_number(body, ",")
        raise InputError(
            f"{where}: {cell!r} in row {row_of(text, cell)} may be {one:.12g} or {other:.12g}, and "
            "the other values do not tell.",
            hint='Say which mark splits off the decimals: --set transactions.decimal="." or ",".',
        )
    read = [
        cell.sign * (np.inf if cell.body == "inf" else read_number(cell.body, mark or "."))
        for cell in cells
    ]
    return np.where(open_, np.nan, np.array(read, dtype="float64"))


def _other_side(cells: list[_Cell], weights: np.ndarray, unmarked: int, where: str) -> str:
    """Which of CR and DR is negative: sales are what most rows are."""
    rows = {"CR": 0, "DR": 0, "": unmarked}
    for cell, weight in zip(cells, weights, strict=True):
        rows[cell.side] += int(weight) if cell.body else 0
    less, more = sorted(("CR", "DR"), key=lambda side: rows[side])
    if not rows[less]:
        return more if 0 < rows[more] <= rows[""] else ""
    if 2 * rows[less] > rows[more]:
        raise InputError(
            f"{where}: {counted(rows['CR'], 'amount')} with CR and {rows['DR']:,} with DR; which "
            "are the sales?",
            hint="Write returns with a minus instead.",
        )
    return less

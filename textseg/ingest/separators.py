"""Which mark splits off the decimals, decided for a column as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Mark = Literal[".", ","]

MAX_ODD = 0.05
"""Largest share of a column's rows that may speak against what the others say."""

_GROUPED = (
    r"[1-9]\d{{0,2}}(?:(?P<a>[{mark}' ])\d{{3}})(?:(?P=a)\d{{3}})*"
    r"|[1-9]\d?(?:{mark}\d{{2}})+{mark}\d{{3}}"  # 12,34,567: lakhs and crores
)


def _reading(decimal: Mark, grouping: Mark) -> re.Pattern[str]:
    grouped = _GROUPED.format(mark=re.escape(grouping))
    return re.compile(rf"(?P<whole>\d+|{grouped})?(?:{re.escape(decimal)}(?P<fraction>\d*))?")


_READINGS: dict[Mark, re.Pattern[str]] = {".": _reading(".", ","), ",": _reading(",", ".")}


@dataclass(frozen=True)
class Decision:
    """How the numbers of a column are read.

    Parameters
    ----------
    mark : {".", ","} or None
        What splits off the decimals; None where it cannot be decided.
    either : ndarray of bool, shape (cells,)
        Where the two marks give different numbers.
    """

    mark: Mark | None
    either: np.ndarray


def read_number(body: str, decimal: Mark) -> float:
    """Read digits with a decimal mark and marks, blanks or apostrophes between groups.

    Parameters
    ----------
    body : str
        Without sign and currency; an exponent is read.
    decimal : {".", ","}
        What splits off the decimals.

    Returns
    -------
    float
        NaN where the groups are not of three digits (or two, as in 12,34,567).

    Examples
    --------
    >>> from textseg.ingest.separators import read_number
    >>> read_number("1 234,50", ","), read_number("1.234", "."), read_number("1.234", ",")
    (1234.5, 1.234, 1234.0)
    """
    start, _, end = body.partition(decimal)
    if start.isdecimal() and (end.isdecimal() or not end):
        return float(f"{start}.{end}")
    digits, _, exponent = body.partition("e")
    match = _READINGS[decimal].fullmatch(digits)
    if match is None or not (match["whole"] or match["fraction"]):
        return float("nan")
    whole = re.sub(r"\D", "", match["whole"] or "")
    return float(f"{whole or 0}.{match['fraction'] or 0}e{exponent or 0}")


def decide_mark(bodies: Sequence[str], weights: np.ndarray) -> Decision:
    """Find out what splits off the decimals in a column.

    "12,50" can be read in one way, "1.234" in two. The mark is decided where the other would leave
    more than 5 % of the rows in question unreadable, or else by how the column writes whole
    numbers: "950" beside "1.234" groups thousands, "5000" beside it does not.

    Parameters
    ----------
    bodies : sequence of str
        The distinct numbers, without sign and currency; "" where there is none.
    weights : ndarray of int, shape (bodies,)
        How many rows have each.

    Returns
    -------
    Decision

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.ingest.separators import decide_mark
    >>> [decide_mark(bodies, np.ones(2, int)).mark for bodies in
    ...  (["1.234", "950"], ["1.234", "0.5"], ["1.234", "5.678"])]
    [',', '.', None]
    """
    dots = np.array([read_number(body, ".") for body in bodies])
    commas = np.array([read_number(body, ",") for body in bodies])
    dot_reads, comma_reads = np.isfinite(dots), np.isfinite(commas)
    either = dot_reads & comma_reads & (dots != commas)
    only = {
        ".": int(weights[dot_reads & ~comma_reads].sum()),
        ",": int(weights[comma_reads & ~dot_reads].sum()),
    }
    contested = int(weights[either].sum())
    favoured: Mark = "." if only["."] >= only[","] else ","
    against = only["," if favoured == "." else "."]
    if not contested or (
        only[favoured] > MAX_ODD * (only[favoured] + contested)
        and against <= MAX_ODD * (only[favoured] + against)
    ):
        return Decision(favoured, either)
    guess = _by_whole_numbers(bodies, weights, either)
    contradicted = guess is not None and only["," if guess == "." else "."] > 0
    return Decision(None if contradicted else guess, either)


def _by_whole_numbers(
    bodies: Sequence[str], weights: np.ndarray, either: np.ndarray
) -> Mark | None:
    """Whether thousands are grouped shows in the whole numbers that have no mark."""
    marks = {re.sub(r"\d", "", body) for body, open_ in zip(bodies, either, strict=True) if open_}
    if len(marks) != 1:
        return None
    mark: Mark = "." if marks == {"."} else ","
    plain = np.array([body.isdigit() and body[0] != "0" for body in bodies])
    long = np.array([len(body) > 3 for body in bodies])
    contested = int(weights[either].sum())
    large = int(weights[plain & long].sum())
    small = int(weights[plain & ~long].sum())
    if large > MAX_ODD * (large + contested):
        return mark
    if small > MAX_ODD * (small + contested):
        return "," if mark == "." else "."
    return None

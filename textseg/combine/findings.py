"""What a cross table means, in words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from textseg.combine.association import Association
from textseg.combine.combination import Overlap
from textseg.counted import counted
from textseg.report.numbers import signed

_STRENGTHS = (
    (0.1, "hardly connected", "They say different things: use both."),
    (0.3, "weakly connected", "They share a little: knowing one tells little about the other."),
    (0.5, "moderately connected", "They overlap, and each adds something: use both."),
    (0.8, "strongly connected", "They overlap widely: the pairs that stand out say most of it."),
    (1.1, "nearly the same grouping", "Either can stand in for the other."),
)
_WIDE = 0.3
_NAMED = 3
_APART = 0.2
_PER_CELL = 12


def findings(
    counts: pd.DataFrame,
    measured: Association,
    stands_out: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    label: str,
    least: int,
) -> tuple[str, ...]:
    """Say how strongly the two are connected, where, and what that means for use.

    Parameters
    ----------
    counts : DataFrame
        Customers per pair.
    measured : Association
    stands_out : DataFrame of bool
    rows : DataFrame
        One row per customer in the table: segment_name, other_segment, sentiment, monetary.
    label : str
        What the other segments are called, in the singular.
    least : int
        Customers a pair needs to be named for its sentiment.

    Returns
    -------
    tuple of str
    """
    return (
        _strength(counts, measured, label),
        *_cells(counts, measured, stands_out),
        *_moods(rows, label, least),
    )


def notes(counts: pd.DataFrame, overlap: Overlap, label: str) -> tuple[str, ...]:
    """Say who is not in the table, and what to be careful with.

    Parameters
    ----------
    counts : DataFrame
    overlap : Overlap
    label : str

    Returns
    -------
    tuple of str
    """
    told = {
        "on both sides without feedback: silent segments are made from orders alone, so they are "
        "left out (silent=True takes them in)": overlap.silent,
        "on both sides without a text segment: left out": overlap.without_text_segment,
        f"of the run without a {label}": overlap.only_run,
        f"with a {label} who cannot be found in the run": overlap.only_other,
        f"listed without a {label}": overlap.without_other_segment,
    }
    found = [f"{_customers(number)} {words}." for words, number in told.items() if number]
    if overlap.rows_without_id:
        found.append(f"Rows of the {label}s that name no customer: {overlap.rows_without_id:,}.")
    if min(counts.shape) > 1 and overlap.counted < _PER_CELL * counts.size:
        found.append(
            f"{_customers(overlap.counted)} on {counts.size:,} pairs is thin: Cramér's V and its "
            "interval are rough. Which pairs stand out is exact however few there are."
        )
    return tuple(found)


def _customers(number: int) -> str:
    return counted(number, "customer")


def _strength(counts: pd.DataFrame, measured: Association, label: str) -> str:
    n = _customers(int(counts.to_numpy().sum()))
    for side, names in (("text segment", counts.index), (label, counts.columns)):
        if len(names) == 1:
            return f"Only one {side} is left, “{names[0]}” ({n}): there is nothing to compare."
    if measured.cramers_v is None or measured.cramers_v_interval is None:
        return f"{n} are too few to say whether the two are connected."
    low, high = measured.cramers_v_interval
    figure = f"Cramér's V {measured.cramers_v:.2f}, 95 % interval {low:.2f} to {high:.2f}, over {n}"
    if high - low > _WIDE:
        return f"How strongly text segments and {label}s are connected is uncertain ({figure})."
    words, use = next(rest for limit, *rest in _STRENGTHS if measured.cramers_v < limit)
    return f"Text segments and {label}s are {words} ({figure}). {use}"


def _cells(counts: pd.DataFrame, measured: Association, stands_out: pd.DataFrame) -> Iterator[str]:
    if min(counts.shape) == 1:
        return
    out = stands_out.to_numpy()
    if not out.any():
        yield "No pair of segments stands out beyond chance."
        return
    for side, sign in (("more", 1), ("fewer", -1)):
        cells = [
            (r, c)
            for r, c in zip(*out.nonzero(), strict=True)
            if measured.residuals[r, c] * sign > 0
        ]
        cells.sort(key=lambda cell: -abs(measured.residuals[cell]))
        if cells:
            named = "; ".join(_cell(counts, measured, cell) for cell in cells[:_NAMED])
            rest = len(cells) - _NAMED
            more = f"; and {rest} more pair{'s' * (rest > 1)}" if rest > 0 else ""
            yield f"Clearly {side} customers than chance would bring: {named}{more}."


def _cell(counts: pd.DataFrame, measured: Association, cell: tuple[int, int]) -> str:
    row, column = cell
    expected = measured.expected[cell]
    number = int(counts.to_numpy()[cell])
    return (
        f"“{counts.index[row]}” × “{counts.columns[column]}” ({number:,}, "
        f"expected {expected:,.{0 if expected >= 10 else 1}f})"
    )


def _moods(rows: pd.DataFrame, label: str, least: int) -> Iterator[str]:
    """Name the text segments that differ most in sentiment within the most valuable segment."""
    known = rows.dropna(subset=["sentiment"])
    if known.empty or known["other_segment"].nunique() < 2:
        return
    valued = known["monetary"].notna().any()
    by_other = known.groupby("other_segment", observed=True, sort=True)
    worth = by_other["monetary"].mean() if valued else by_other.size()
    best = worth.idxmax()
    inside = known[known["other_segment"] == best].groupby("segment_name", sort=True)["sentiment"]
    means = inside.mean()[inside.size() >= least]
    if len(means) < 2 or means.max() - means.min() < _APART:
        return
    which = "most valuable" if valued else "largest"
    yield (
        f"The {which} {label}, “{best}”, holds both “{means.idxmax()}” (sentiment "
        f"{signed(means.max())}) and “{means.idxmin()}” ({signed(means.min())}): do not write to "
        "them alike."
    )

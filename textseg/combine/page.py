"""The page of a combination, in the look of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.combine import picture
from textseg.report import numbers

if TYPE_CHECKING:
    from textseg.combine.combination import Combination

_MOST_PAIRS = 30


def page(found: Combination) -> str:
    """Write the page: self-contained, without scripts, all names escaped.

    Parameters
    ----------
    found : Combination

    Returns
    -------
    str
        HTML.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader("textseg.combine"), PackageLoader("textseg.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("amount", "count", "percent", "signed"):
        environment.filters[name] = getattr(numbers, name)
    return environment.get_template("combine.html.j2").render(_content(found))


def _content(found: Combination) -> dict[str, Any]:
    pairs = _records(found.outstanding)
    return {
        "label": found.label,
        "tiles": _tiles(found),
        "findings": found.findings,
        "notes": found.notes,
        "heat": picture.heat_map(found),
        "flow": picture.flows(found),
        "joint": _records(found.segments),
        "pairs": pairs[:_MOST_PAIRS],
        "n_pairs": len(pairs),
        "counts": [(name, row.to_list(), int(row.sum())) for name, row in found.counts.iterrows()],
        "columns": found.counts.columns.to_list(),
        "column_totals": found.counts.sum().to_list(),
        "n": found.overlap.counted,
    }


def _tiles(found: Combination) -> list[dict[str, str]]:
    interval = found.cramers_v_interval
    between = f"{interval[0]:.2f} to {interval[1]:.2f} (95 %)" if interval else "not defined"
    rows, columns = found.counts.shape
    return [
        {
            "label": "Customers crossed",
            "value": numbers.count(found.overlap.counted),
            "note": f"{rows} × {columns} segments",
        },
        {"label": "Cramér's V", "value": _decimals(found.cramers_v), "note": between},
        {
            "label": "Adjusted mutual information",
            "value": _decimals(found.adjusted_mutual_information),
            "note": "1 is the same grouping",
        },
        {
            "label": "Adjusted Rand index",
            "value": _decimals(found.adjusted_rand),
            "note": "1 is the same grouping",
        },
        {
            "label": "Pairs that stand out",
            "value": numbers.count(int(found.stands_out.to_numpy().sum())),
            "note": f"of {found.counts.size:,}",
        },
    ]


def _decimals(value: float | None) -> str:
    # Chance can put the adjusted measures a little below 0: "-0.00" says nothing.
    return numbers.UNKNOWN if value is None else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]

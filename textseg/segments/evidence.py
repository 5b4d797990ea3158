"""What tells the segments apart: rules, phrases and products, from the exports of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from textseg.segments.phrases import phrases
from textseg.segments.products import top_products
from textseg.segments.rules import Rules, fit_rules


def rules_of(exports: Mapping[str, pd.DataFrame], seed: int) -> Rules:
    """Find the rules of the segments; see :func:`textseg.segments.rules.fit_rules`."""
    return fit_rules(
        exports["customers"],
        exports["customer_topics"],
        exports["topics"],
        exports["segments"],
        seed=seed,
    )


def rule_figures(rules: Rules, profiles: pd.DataFrame) -> dict[str, Any]:
    """Gather rules, their fidelity and what is typical of each segment, for the manifest.

    Parameters
    ----------
    rules : Rules
    profiles : DataFrame
        From :func:`textseg.segments.profile.profiles`.

    Returns
    -------
    dict
        ``fidelity``, ``rules`` (a record per segment) and ``phrases`` (by segment), as JSON.
    """
    table = rules.table.astype(object)
    return {
        "fidelity": asdict(rules.fidelity),
        "rules": table.where(table.notna(), None).to_dict("records"),
        "phrases": {str(segment): said for segment, said in phrases(profiles.round(6)).items()},
    }


def product_figures(
    orders: pd.DataFrame | None, exports: Mapping[str, pd.DataFrame]
) -> list[dict[str, Any]] | None:
    """List the products that stand out in a segment, for the manifest; None without orders."""
    if orders is None:
        return None
    segment_of = exports["customers"].set_index("customer_id")["segment_id"]
    found = top_products(orders, segment_of).round(6)
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]

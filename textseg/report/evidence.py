"""What the report says of each segment's evidence: phrases, rule, products, parts, look-alikes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from textseg.report.numbers import percent

MOST_PRODUCTS = 10
_MOST_ALIKE, _LEAST_ALIKE = 3, 0.05


def evidence_of_segments(
    figures: Mapping[str, Any] | None, micro: pd.DataFrame, customers: pd.DataFrame
) -> dict[int, dict[str, Any]]:
    """Gather what tells each segment apart.

    Parameters
    ----------
    figures : mapping or None
        The manifest's ``figures.segments``.
    micro, customers : DataFrame
        ``micro_segments`` and ``customers`` of the exports.

    Returns
    -------
    dict of int to dict
        By segment id, only what there is: ``phrases`` (list of str), ``rule`` (words, precision,
        recall), ``products`` (list of str), ``micro`` (name, n_customers, stability, sentiment) and
        ``lookalike`` (segment_id and share of the segment's customers).
    """
    figures = figures or {}
    found: dict[int, dict[str, Any]] = {}
    for segment, said in (figures.get("phrases") or {}).items():
        found.setdefault(int(segment), {})["phrases"] = [_capital(phrase) for phrase in said]
    for row in figures.get("rules") or []:
        if row["rule"]:
            rule = {"words": row["rule"], "precision": row["precision"], "recall": row["recall"]}
            found.setdefault(row["segment_id"], {})["rule"] = rule
    for row in figures.get("products") or []:
        listed = found.setdefault(row["segment_id"], {}).setdefault("products", [])
        if len(listed) < MOST_PRODUCTS:
            listed.append(_product(row))
    for row in micro.sort_values("micro_segment_id").to_dict("records"):
        felt = None if pd.isna(row["sentiment"]) else float(row["sentiment"])
        part = {
            "name": str(row["name"]),
            "n_customers": int(row["n_customers"]),
            "stability": float(row["stability"]),
            "sentiment": felt,
        }
        found.setdefault(int(row["segment_id"]), {}).setdefault("micro", []).append(part)
    for segment, alike in _lookalikes(customers).items():
        found.setdefault(segment, {})["lookalike"] = alike
    return found


def evidence_lines(figures: Mapping[str, Any] | None) -> dict[str, str | None]:
    """Say once what holds for the evidence of all segments.

    Parameters
    ----------
    figures : mapping or None
        The manifest's ``figures.segments``.

    Returns
    -------
    dict of str to str or None
        ``rules`` (what they are worth and where they lie), ``products`` (that none stands out) and
        ``lookalike`` (its measured accuracy, or that it is withheld); None where there is nothing
        to say.
    """
    figures = figures or {}
    products = figures.get("products")
    return {
        "rules": _fidelity(figures.get("fidelity")),
        "products": "No product stands out in a segment beyond how much its customers buy."
        if products is not None and not products
        else None,
        "lookalike": _lookalike(figures.get("lookalike")),
    }


def _product(row: Mapping[str, Any]) -> str:
    return (
        f"{row['product']}: {percent(row['share'])} against {percent(row['rest'])} of the other "
        f"buyers, {row['lift']:.1f} times as often ({row['lower']:.1f} to {row['upper']:.1f})"
    )


def _lookalikes(customers: pd.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """Count which text segments the customers of each segment resemble, the most common first."""
    told = customers.loc[
        customers["is_silent"] & customers["lookalike_segment_id"].notna(),
        ["segment_id", "lookalike_segment_id"],
    ].astype("int64")
    result: dict[int, list[dict[str, Any]]] = {}
    counts = told.value_counts().reset_index(name="n")
    order = ["segment_id", "n", "lookalike_segment_id"]
    counts = counts.sort_values(order, ascending=[True, False, True])
    totals = told["segment_id"].value_counts()
    for segment, alike, n in counts[["segment_id", "lookalike_segment_id", "n"]].to_numpy():
        listed = result.setdefault(int(segment), [])
        share = float(n / totals[segment])
        if not listed or (len(listed) < _MOST_ALIKE and share >= _LEAST_ALIKE):
            listed.append({"segment_id": int(alike), "share": share})
    return result


def _fidelity(fidelity: Mapping[str, Any] | None) -> str | None:
    if not fidelity or fidelity["in_sample"] is None:
        return None
    unseen = fidelity["cross_validated"]
    left_out = (
        "" if unseen is None else f"{percent(unseen)} of customers left out of their making; "
    )
    return (
        f"The rules below are a simpler stand-in for the segments: they put "
        f"{percent(fidelity['in_sample'])} of the customers who write into their own segment "
        f"({left_out}the largest segment alone would be right for {percent(fidelity['largest'])}). "
        "For a CRM they are in exports/rules.sql and exports/rules.json."
    )


def _lookalike(measured: Mapping[str, Any] | None) -> str | None:
    if not measured:
        return None
    accuracy, base = measured["accuracy"], measured["base_rate"]
    if accuracy is None or base is None:
        return "Which segment they resemble is withheld: there is too little to learn it from."
    figures = (
        f"{percent(accuracy)} right for customers who write and were left out of its making; "
        f"the largest segment alone would be right for {percent(base)}"
    )
    if not measured["offered"]:
        return f"Which segment they resemble is withheld: {figures}."
    return f"Which segment they resemble is only a prediction: {figures}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""What the report says of the segments as a whole: whether they would be found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textseg.report.figures import candidates_chart
from textseg.report.numbers import UNKNOWN

FOUND_AGAIN = 0.75
"""``textseg.segments.selection.VALID``, whose module takes seconds to load."""


def stability_view(
    figures: Mapping[str, Any] | None, segments: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Say what kind of segments these are, how well they are found again, and why so many.

    Parameters
    ----------
    figures : mapping or None
        The manifest's ``figures.segments``.
    segments : sequence of mapping
        Rows of the export, with ``number``.

    Returns
    -------
    dict or None
        ``kind`` (natural, reproducible or constructive; None for a single segment), ``words``,
        ``measures`` (label, value, note) and ``chart``; None in runs that did not measure this.
    """
    text = [row for row in segments if row["kind"] == "text"]
    if not figures or not text or figures.get("kind") is None or "bootstrap" not in figures:
        return None
    if len(text) == 1:
        words = "The customers who write are one segment: no second one was found among them."
        return {"kind": None, "words": words, "measures": [], "chart": None}
    chosen = (figures["method"], figures["n_segments"])
    chart = candidates_chart(figures.get("candidates") or [], chosen, FOUND_AGAIN)
    return {
        "kind": figures["kind"],
        "words": kind_in_words([row["stability_kind"] or figures["kind"] for row in text]),
        "measures": _measures(figures, text),
        "chart": chart and {**chart, "reading": _reading(figures)},
    }


def kind_in_words(kinds: Sequence[str]) -> str:
    """Say what kinds of segments there are, for somebody who will act on them.

    Parameters
    ----------
    kinds : sequence of {"natural", "reproducible", "constructive"}
        Of each segment.

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.report.stability import kind_in_words
    >>> kind_in_words(["natural", "constructive", "natural"])
    '1 of the 3 segments would look different in other customers: use it with care.'
    """
    n, unsure, cut = len(kinds), kinds.count("constructive"), kinds.count("reproducible")
    if unsure == n:
        return (
            f"The {n} segments would look different in other customers: they are one way of many "
            "to part these, to be used with care."
        )
    if unsure:
        it = "it" if unsure == 1 else "them"
        return (
            f"{unsure} of the {n} segments would look different in other customers: "
            f"use {it} with care."
        )
    if cut:
        which = "they are" if cut == n else f"{cut} of them {'is' if cut == 1 else 'are'}"
        return (
            f"The {n} segments are found again when the customers are drawn anew, but {which} cut "
            "out of a continuum: customers near a border may change sides."
        )
    return (
        f"The {n} segments stand apart by themselves: they are found again when the customers are "
        "drawn anew, and fewer customers lie between two neighbouring segments than in either."
    )


def _measures(
    figures: Mapping[str, Any], text: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    measures = [
        ("Bootstrap samples", figures["bootstrap"], "agreement, customers drawn anew"),
        ("Other seeds", figures["seeds"], "agreement, started elsewhere"),
        ("Halves", figures["halves"], "agreement, each half on its own"),
    ]
    known = [row for row in text if row["stability"] is not None]
    if known:
        weakest = min(known, key=lambda row: row["stability"])
        note = f"overlap, segment {weakest['number']} in subsamples"
        measures.append(("Weakest segment", weakest["stability"], note))
    return [{"label": label, "value": _two(value), "note": note} for label, value, note in measures]


def _reading(figures: Mapping[str, Any]) -> str:
    """Say why this candidate was taken."""
    number, method = figures["n_segments"], figures["method"]
    overlaps = {
        each["n_segments"]: each["weakest"]
        for each in figures["candidates"]
        if each["method"] == method
    }
    others = [each for each in figures["candidates"] if each["n_segments"] > 1]
    if overlaps.get(number, 0.0) < FOUND_AGAIN:
        if all(each["weakest"] < FOUND_AGAIN for each in others):
            return (
                f"No candidate has only segments that are found again, from {FOUND_AGAIN} on; "
                f"{number} agree best as a whole."
            )
        return (
            f"{number} are taken: candidates above {FOUND_AGAIN} have segments that are too small "
            "or do not differ in anything measurable."
        )
    reading = (
        f"{number} are taken, the best balance of many segments and a weakest one that is found "
        "again"
    )
    if overlaps.get(number + 1, 1.0) < overlaps[number]:
        reading += (
            f"; with {number + 1} the weakest overlaps {_two(overlaps[number + 1])} "
            f"instead of {_two(overlaps[number])}"
        )
    return reading + "."


def _two(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"

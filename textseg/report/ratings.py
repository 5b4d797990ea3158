"""What the report says of the ratings: whether they agree with the texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textseg.report.quotes import short

LABELS = ("negative", "neutral", "positive")
_QUOTED = 5


def ratings_view(
    sentiment: Mapping[str, Any] | None, feedback: pd.DataFrame
) -> dict[str, Any] | None:
    """Lay out the check of the ratings, with quotes of the texts that disagree most.

    Parameters
    ----------
    sentiment : mapping or None
        The manifest's ``figures.sentiment``; its ``ratings`` is what
        :func:`textseg.sentiment.ratings.check_ratings` gave, its ``adapt`` what
        :func:`textseg.sentiment.adapt.adapt_head` gave, if that was asked for.
    feedback : DataFrame
        The export of that name.

    Returns
    -------
    dict or None
        learned (the sentiment was fitted to the ratings), rated, spearman, agreement, macro_f1,
        scales (sentences), table (a row per class of the rating), quotes (text better, then text
        worse than the rating); None without a check.
    """
    if not sentiment or not (check := sentiment.get("ratings")):
        return None
    return {
        "learned": bool((sentiment.get("adapt") or {}).get("kept")),
        "rated": check["rated"],
        "spearman": check["spearman"],
        "agreement": check["agreement"],
        "macro_f1": check["macro_f1"],
        "scales": [_in_words(scale) for scale in check["scales"]],
        "table": _table(check["confusion"]),
        "quotes": [
            {"title": title, "quotes": quotes}
            for title, name in (
                ("The text is better than its rating", "text_better"),
                ("The text is worse than its rating", "text_worse"),
            )
            if (quotes := _quotes(check[name], feedback))
        ],
    }


def _in_words(scale: Mapping[str, Any]) -> str:
    low, high, bad, good = (
        f"{scale[name]:.4g}" for name in ("low", "high", "negative_to", "positive_from")
    )
    sources = ", ".join(scale["sources"])
    return f"{sources}: from {low} to {high}; up to {bad} is negative, from {good} positive."


def _table(confusion: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Give each class of the rating the counts of the texts' classes and their shares."""
    return [
        {
            "label": label,
            "total": sum(counts),
            "cells": [
                {"n": n, "share": n / sum(counts) if sum(counts) else None, "same": place == row}
                for place, n in enumerate(counts)
            ],
        }
        for row, (label, counts) in enumerate(zip(LABELS, confusion, strict=True))
    ]


def _quotes(listed: Sequence[Mapping[str, Any]], feedback: pd.DataFrame) -> list[dict[str, Any]]:
    """Quote the listed feedback that is there; what was forgotten is not."""
    keys = pd.DataFrame(list(listed), columns=["source", "feedback_id", "rating", "sentiment"])
    texts = feedback[["source", "feedback_id", "text", "topic_name"]]
    found = keys.merge(texts.astype(object), on=["source", "feedback_id"]).head(_QUOTED)
    return [
        {
            "text": short(str(row["text"])),
            "topic": None if pd.isna(row["topic_name"]) else str(row["topic_name"]),
            "rating": f"{row['rating']:.4g}",
            "sentiment": row["sentiment"],
        }
        for row in found.to_dict("records")
    ]

"""The check of the sentiment of texts against the ratings that came with them."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.sentiment.classes import LABELS
from textseg.sentiment.rating_scale import (
    FEWEST_RATED,
    RatingScale,
    rating_scales,
    ratings_class,
    ratings_position,
)

PER_DIRECTION = 10
"""Texts listed on each side that disagree with their rating."""


def check_ratings(feedback: pd.DataFrame) -> dict[str, Any] | None:
    """Compare the sentiment of the texts with the ratings that came with them.

    Parameters
    ----------
    feedback : DataFrame
        Columns of the export ``feedback``: source, feedback_id, text, rating, sentiment and
        sentiment_label.

    Returns
    -------
    dict or None
        Ready for JSON: ``rated`` (number of texts), ``scales`` (each with its sources),
        ``spearman`` (rank correlation of rating and sentiment, None if all texts feel the same),
        ``confusion`` (counts, a row per class of the rating, a column per class of the text),
        ``agreement`` (share of texts in the class of their rating), ``macro_f1`` over the classes
        that were rated, and ``text_better`` and ``text_worse``: up to ten texts each whose class
        is better or worse than that of their rating, those furthest from it first. None where
        fewer than 20 texts are rated or all ratings are the same.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.sentiment.ratings import check_ratings
    >>> feedback = pd.DataFrame({
    ...     "source": "reviews.csv", "feedback_id": [f"r{n}" for n in range(20)],
    ...     "text": [f"text {n}" for n in range(20)], "rating": [1.0, 5.0] * 10,
    ...     "sentiment": [-0.8, 0.9] * 10, "sentiment_label": ["negative", "positive"] * 10,
    ... })
    >>> check = check_ratings(feedback)
    >>> check["confusion"], check["spearman"]
    ([[10, 0, 0], [0, 0, 0], [0, 0, 10]], 1.0)
    """
    told = feedback.assign(
        rating_class=ratings_class(feedback),
        text_class=pd.Categorical(feedback["sentiment_label"], categories=LABELS).codes,
        position=ratings_position(feedback),
    )
    told = told[told["rating_class"] >= 0].sort_values(["source", "feedback_id"])
    if len(told) < FEWEST_RATED or told["position"].nunique() < 2:
        return None
    rated, felt = told["rating_class"].to_numpy(), told["text_class"].to_numpy()
    counts = np.bincount(3 * rated.astype(np.int64) + felt, minlength=9).reshape(3, 3)
    return {
        "rated": len(told),
        "scales": _described(rating_scales(feedback)),
        "spearman": _spearman(told["position"], told["sentiment"]),
        "confusion": counts.tolist(),
        "agreement": round(float((rated == felt).mean()), 6),
        "macro_f1": macro_f1(rated, felt),
        "text_better": _furthest(told[felt > rated], better=True),
        "text_worse": _furthest(told[felt < rated], better=False),
    }


def macro_f1(truth: NDArray[np.integer], found: NDArray[np.integer]) -> float:
    """Return the mean F1 of the classes that occur in the truth, at 6 decimals."""
    from sklearn.metrics import f1_score

    score = f1_score(truth, found, labels=np.unique(truth), average="macro", zero_division=0)
    return round(float(score), 6)


def _described(scales: dict[str, RatingScale]) -> list[dict[str, Any]]:
    return [
        {
            "name": scale.name,
            "low": float(scale.low),
            "high": float(scale.high),
            "negative_to": round(float(scale.negative_to), 6),
            "positive_from": round(float(scale.positive_from), 6),
            "sources": [source for source, each in scales.items() if each == scale],
        }
        for scale in dict.fromkeys(scales.values())
    ]


def _spearman(position: pd.Series, sentiment: pd.Series) -> float | None:
    from scipy.stats import spearmanr

    if sentiment.nunique() < 2:
        return None
    return round(float(spearmanr(position.to_numpy(), sentiment.to_numpy()).statistic), 6)


def _furthest(told: pd.DataFrame, *, better: bool) -> list[dict[str, Any]]:
    """List the texts that are furthest from their rating, each text once."""
    gap = (told["sentiment"] - (2 * told["position"] - 1)).round(6)
    order = told.assign(gap=gap).sort_values(
        ["gap", "source", "feedback_id"], ascending=[not better, True, True], kind="stable"
    )
    chosen = order.drop_duplicates("text").head(PER_DIRECTION)
    chosen = chosen[["source", "feedback_id", "rating", "sentiment"]].round(6)
    return cast("list[dict[str, Any]]", chosen.to_dict("records"))

"""The customer's own words for their segment, and against it."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST = 2
"""Quotes on each side."""

_LONGEST = 200

COLUMNS = ("side", "text", "topic", "sentiment", "sentiment_label", "date", "term")


def quotes(feedback: pd.DataFrame, terms: NDArray[np.float64]) -> pd.DataFrame:
    """Choose the texts that speak loudest for the segment, and those against it.

    Parameters
    ----------
    feedback : DataFrame
        Of one customer: text, topic_name, sentiment, sentiment_label, created_at.
    terms : ndarray of float64, shape (n,)
        What each text alone adds.

    Returns
    -------
    DataFrame
        side ("for" or "against"), text (cut at a word near 200 characters), topic, sentiment
        [−1, 1], sentiment_label, date, term. A text that was sent several times is quoted once,
        with the sum of its terms.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from textseg.explain.quotes import quotes
    >>> feedback = pd.DataFrame({
    ...     "text": ["Too small.", "Lovely."], "topic_name": ["Fit", None],
    ...     "sentiment": [-0.5, 0.75], "sentiment_label": ["negative", "positive"],
    ...     "created_at": pd.to_datetime(["2026-01-01", "2026-01-02"])})
    >>> quotes(feedback, np.array([0.5, -0.25]))[["side", "text"]].values.tolist()
    [['for', 'Too small.'], ['against', 'Lovely.']]
    """
    told = pd.DataFrame(
        {
            "side": "for",
            "text": feedback["text"].astype("string"),
            "topic": feedback["topic_name"].astype("string"),
            "sentiment": feedback["sentiment"].astype("float64"),
            "sentiment_label": feedback["sentiment_label"].astype("string"),
            "date": feedback["created_at"],
            "term": terms,
        },
        columns=list(COLUMNS),
    )
    told["term"] = told.groupby("text")["term"].transform("sum")
    told = told.drop_duplicates("text")
    ordered = told.sort_values("term", ascending=False, kind="stable")
    speaks_for = ordered[ordered["term"] > 0].head(MOST)
    against = ordered[ordered["term"] < 0].iloc[::-1].head(MOST).assign(side="against")
    chosen = pd.concat([speaks_for, against], ignore_index=True)
    cut = [textwrap.shorten(text, _LONGEST, placeholder=" …") for text in chosen["text"]]
    return chosen.assign(text=pd.array(cut, dtype="string"))

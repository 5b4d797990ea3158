"""Topic and sentiment of each clause."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.encode import Encodings
from textseg.sentiment import sentiment_label
from textseg.topics.model import TopicModel

_SAMPLE = 50_000
"""Clauses that the ratio is measured on, at most."""


def clause_table(
    feedback: pd.DataFrame, encodings: Encodings, model: TopicModel, informative: NDArray[np.bool_]
) -> pd.DataFrame:
    """List the clauses of all feedback.

    Parameters
    ----------
    feedback : DataFrame
        ``feedback`` of the exports.
    encodings : Encodings
        Of its texts.
    model : TopicModel
    informative : ndarray of bool, shape (n,)
        Feedback that may have a topic.

    Returns
    -------
    DataFrame
        ``clauses`` of the exports, and ``position``, the row of the feedback. A clause that is the
        whole text has the topic and the sentiment of the feedback.
    """
    clauses = encodings.clauses
    topic, probabilities = _judged(feedback, encodings, model)
    # Where the clauses of each distinct text lie, and with that those of each feedback.
    starts = np.searchsorted(clauses.text, np.arange(encodings.n_unique + 1))
    first, count = starts[encodings.index], np.diff(starts)[encodings.index]
    position = np.repeat(np.arange(len(feedback)), count)
    number = np.arange(len(position)) - np.repeat(np.cumsum(count) - count, count)
    chosen = np.repeat(first, count) + number
    texts = feedback["text"].to_numpy(dtype=object)[position]
    places = zip(texts, clauses.start[chosen], clauses.end[chosen], strict=True)
    p = probabilities[chosen].astype("float64").round(6)
    return pd.DataFrame(
        {
            "feedback_id": feedback["feedback_id"].array[position],
            "clause": number + 1,
            "text": pd.array([text[start:end].strip() for text, start, end in places], "string"),
            "topic_id": np.where(informative[position], topic[chosen], -1),
            "sentiment": (p[:, 2] - p[:, 0]).round(6),
            "sentiment_label": pd.array(sentiment_label(probabilities[chosen]), dtype="string"),
            "source": feedback["source"].array[position],
            "position": position,
        }
    )


def clause_ratio(encodings: Encodings, model: TopicModel, labels: NDArray[np.int64]) -> float:
    """Measure how much less similar clauses are to their topic than whole texts.

    Parameters
    ----------
    encodings : Encodings
    model : TopicModel
    labels : ndarray of int64, shape (n_unique,)
        Topic of each distinct text.

    Returns
    -------
    float
        Median over the clauses that are nearest to the topic of their text; at most 1. Clauses
        belong to a topic at the texts' threshold times this.
    """
    clauses = encodings.clauses
    own = np.flatnonzero((clauses.row >= encodings.n_unique) & (labels[clauses.text] >= 0))
    if not len(own):
        return 1.0
    # The texts are in the order of their hashes, so that every n-th clause is as good as random.
    own = own[:: -(-len(own) // _SAMPLE)]
    topic = labels[clauses.text[own]]
    nearest, similarity = model.centroids.nearest(encodings.embeddings[clauses.row[own]])
    agree = nearest == topic
    _, of_text = model.centroids.nearest(encodings.embeddings[clauses.text[own[agree]]])
    ratio = similarity[agree] / np.maximum(of_text, 1e-6)
    return float(np.clip(np.median(ratio), 0.0, 1.0)) if len(ratio) else 1.0


def _judged(
    feedback: pd.DataFrame, encodings: Encodings, model: TopicModel
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give topic and probabilities of each clause of the distinct texts."""
    clauses = encodings.clauses
    topic = np.full(len(clauses.row), -1, dtype=np.int64)
    own = clauses.row >= encodings.n_unique
    topic[own] = model.assign_clauses(encodings.embeddings[clauses.row[own]])
    of_text = np.full(encodings.n_unique, -1, dtype=np.int64)
    of_text[encodings.index] = feedback["topic_id"].to_numpy(dtype="int64")
    topic[~own] = of_text[clauses.text[~own]]
    return topic, encodings.probabilities[clauses.row]

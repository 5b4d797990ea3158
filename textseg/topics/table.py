"""The exports that tell what the feedback is about."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.sentiment import sentiment_label
from textseg.topics.model import TopicModel

_EXAMPLES = 5


def topic_table(model: TopicModel, feedback: pd.DataFrame) -> pd.DataFrame:
    """Describe each topic by its feedback.

    Parameters
    ----------
    model : TopicModel
    feedback : DataFrame
        With feedback_id, topic_id, topic_confidence, sentiment and sentiment_label.

    Returns
    -------
    DataFrame
        ``topics`` of the exports. ``share`` is over all feedback; ``example_ids`` are the most
        confident feedbacks, distinct in text.
    """
    inside = feedback[feedback["topic_id"] >= 0]
    groups = inside.groupby("topic_id")
    ids = pd.RangeIndex(len(model), name="topic_id")
    counts = groups.size().reindex(ids, fill_value=0)
    negative = (inside["sentiment_label"] == "negative").groupby(inside["topic_id"]).mean()
    return pd.DataFrame(
        {
            "topic_id": ids,
            "name": list(model.names),
            "keywords": [", ".join(words) for words in model.keywords],
            "n_feedback": counts.to_numpy(),
            "share": counts.to_numpy() / max(len(feedback), 1),
            "sentiment": groups["sentiment"].mean().reindex(ids).to_numpy(),
            "negative_share": negative.astype("float64").reindex(ids).to_numpy(),
            "example_ids": _examples(inside).reindex(ids, fill_value="").to_numpy(),
        }
    )


def feedback_table(
    feedback: pd.DataFrame,
    topic_ids: NDArray[np.int64],
    confidence: NDArray[np.float32],
    is_core: NDArray[np.bool_],
    probabilities: NDArray[np.float32],
    names: tuple[str, ...],
) -> pd.DataFrame:
    """Put topic and sentiment beside each feedback.

    Parameters
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK``.
    topic_ids, confidence, is_core : ndarray, shape (n,)
    probabilities : ndarray of float32, shape (n, 3)
        Negative, neutral, positive.
    names : tuple of str
        Name of each topic.

    Returns
    -------
    DataFrame
        ``feedback`` of the exports, with ``feedback``'s index.
    """
    result = feedback.drop(columns="informative")
    named = np.array([*names, None], dtype=object)
    result["topic_id"] = topic_ids
    result["topic_name"] = pd.array(named[topic_ids], dtype="string")
    result["topic_confidence"] = confidence.astype("float64")
    result["is_core"] = is_core & (topic_ids >= 0)
    # Half a unit in the sixth decimal is far below what the probabilities are good for, and
    # rounding here lets every figure derived from them be recomputed from the exports.
    rounded = probabilities.astype("float64").round(6)
    result["sentiment"] = (rounded[:, 2] - rounded[:, 0]).round(6)
    result["sentiment_label"] = pd.array(sentiment_label(probabilities), dtype="string")
    result[["p_negative", "p_neutral", "p_positive"]] = rounded
    return result


def _examples(inside: pd.DataFrame) -> pd.Series:
    ordered = inside.sort_values(
        ["topic_id", "topic_confidence", "source", "feedback_id"],
        ascending=[True, False, True, True],
        kind="stable",
    )
    distinct = ordered.drop_duplicates(["topic_id", "text"])
    first = distinct.groupby("topic_id").head(_EXAMPLES)
    return first.groupby("topic_id")["feedback_id"].agg(", ".join)

"""The exports that tell what the feedback is about."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.sentiment import sentiment_label
from textseg.topics.model import TopicModel

_EXAMPLES = 5


def topic_table(
    model: TopicModel, feedback: pd.DataFrame, stability: NDArray[np.float64] | None = None
) -> pd.DataFrame:
    """Describe each topic, and each theme, by its feedback.

    Parameters
    ----------
    model : TopicModel
    feedback : DataFrame
        With feedback_id, topic_id, topic_confidence, sentiment and sentiment_label.
    stability : ndarray of float64, shape (k,), optional
        Mean Jaccard index of each topic over refits.

    Returns
    -------
    DataFrame
        ``topics`` of the exports: the topics, then the themes, whose ids follow theirs. ``share``
        is over all feedback; ``example_ids`` are the most confident feedbacks, distinct in text;
        keywords of a theme are the names of its topics.
    """
    inside = feedback[feedback["topic_id"] >= 0]
    topics = _described(inside, inside["topic_id"], model.ids, len(feedback))
    held = {} if stability is None else dict(enumerate(stability.tolist()))
    parents = [model.parents[i] if model.parents else -1 for i in model.ids]
    topics = topics.assign(
        parent_id=pd.array(
            [len(model) + theme if theme >= 0 else pd.NA for theme in parents], dtype="Int64"
        ),
        name=[model.names[i] for i in model.ids],
        keywords=[", ".join(model.keywords[i]) for i in model.ids],
        stability=np.array([held.get(i, np.nan) for i in model.ids]),
        kind="topic",
        hidden=[i in model.hidden for i in model.ids],
    )
    if not model.theme_names:
        return topics
    parent = np.array(model.parents)
    parent = np.where(parent >= 0, parent + len(model), -1)
    ids = range(len(model), len(model) + len(model.theme_names))
    themes = _described(
        inside, pd.Series(parent[inside["topic_id"]], inside.index), ids, len(feedback)
    )
    themes = themes.assign(
        name=list(model.theme_names),
        keywords=[
            ", ".join(model.names[i] for i in model.ids if parent[i] == theme) for theme in ids
        ],
        kind="theme",
        hidden=False,
    )
    return pd.concat([topics, themes], ignore_index=True)


def _described(
    inside: pd.DataFrame, groups: pd.Series, ids: Iterable[int], n_feedback: int
) -> pd.DataFrame:
    """Count and average the feedback of each topic or theme."""
    by_group = inside.groupby(groups.to_numpy())
    index = pd.Index(list(ids), name="topic_id")
    counts = by_group.size().reindex(index, fill_value=0)
    negative = (inside["sentiment_label"] == "negative").groupby(groups.to_numpy()).mean()
    return pd.DataFrame(
        {
            "topic_id": index,
            "n_feedback": counts.to_numpy(),
            "share": counts.to_numpy() / max(n_feedback, 1),
            "sentiment": by_group["sentiment"].mean().reindex(index).to_numpy(),
            "negative_share": negative.astype("float64").reindex(index).to_numpy(),
            "example_ids": _examples(inside, groups).reindex(index, fill_value="").to_numpy(),
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


def _examples(inside: pd.DataFrame, groups: pd.Series) -> pd.Series:
    ordered = inside.assign(group=groups).sort_values(
        ["group", "topic_confidence", "source", "feedback_id"],
        ascending=[True, False, True, True],
        kind="stable",
    )
    distinct = ordered.drop_duplicates(["group", "text"])
    first = distinct.groupby("group").head(_EXAMPLES)
    return first.groupby("group")["feedback_id"].agg(", ".join)

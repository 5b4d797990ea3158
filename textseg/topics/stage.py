"""The topics stage: encoded feedback in, topics and labelled feedback out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.cluster import unit
from textseg.config import Config
from textseg.encode import Encodings
from textseg.progress import SILENT, Progress
from textseg.topics.clauses import clause_ratio, clause_table
from textseg.topics.keywords import topic_keywords
from textseg.topics.model import TopicModel, fit_centroids
from textseg.topics.names import topic_names
from textseg.topics.phrases import count_phrases
from textseg.topics.table import feedback_table, topic_table

Embed = Callable[[list[str]], NDArray[Any]]


@dataclass(frozen=True)
class Topics:
    """What the stage gives.

    Attributes
    ----------
    model : TopicModel
    feedback, table, clauses : DataFrame
        ``feedback``, ``topics`` and ``clauses`` of the exports.
    figures : dict
        Quality figures for the manifest.
    """

    model: TopicModel
    feedback: pd.DataFrame
    table: pd.DataFrame
    clauses: pd.DataFrame
    figures: dict[str, Any]


def find_topics(
    feedback: pd.DataFrame,
    encodings: Encodings,
    embed: Embed,
    config: Config,
    progress: Progress = SILENT,
) -> Topics:
    """Discover, assign and name the topics of a body of feedback.

    Parameters
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK``.
    encodings : Encodings
        Of its texts.
    embed : callable
        Takes texts and gives their embeddings, shape (n_texts, d); for candidates of names.
    config : Config
    progress : Progress

    Returns
    -------
    Topics

    Raises
    ------
    InputError
        There are too few distinct texts.
    """
    informative = feedback["informative"].to_numpy(dtype=bool)
    firsts = _first_rows(encodings.index, informative)
    distinct = encodings.embeddings[encodings.index[firsts]]
    strata = _strata(feedback[informative], encodings.index[informative])
    with progress.stage("Finding topics", 2) as advance:
        centroids, is_core, levels = fit_centroids(distinct, strata, config.topics, config.seed)
        advance(1)
        model = TopicModel(centroids)
        labels, _ = model.assign(distinct, np.ones(len(distinct), dtype=bool))
        texts = feedback["text"].iloc[firsts].to_list()
        model = _named(model, texts, labels, embed, config.topics.keywords)
        advance(1)
    unique = encodings.index[firsts]
    core_of_unique = np.zeros(encodings.n_unique, dtype=bool)
    core_of_unique[unique] = is_core
    label_of_unique = np.full(encodings.n_unique, -1, dtype=np.int64)
    label_of_unique[unique] = labels
    ratio = clause_ratio(encodings, model, label_of_unique)
    model = replace(model, clause_ratio=round(ratio, 6))
    labelled = label_feedback(model, feedback, encodings, core_of_unique)
    figures = {
        "n_topics": len(model),
        "unclustered_share": float((labelled["topic_id"] < 0).mean()),
        "core_share": float(is_core.mean()),
        "distinct_texts": len(distinct),
        "clause_ratio": model.clause_ratio,
        "assign_agreement": _agreement(model, distinct, labels),
        "levels": [
            {
                "min_cluster_size": level.min_cluster_size,
                "n_topics": len(level.directions),
                "silhouette": round(level.silhouette, 6),
            }
            for level in levels
        ],
    }
    clauses = clause_table(labelled, encodings, model, informative)
    return Topics(model, labelled, topic_table(model, labelled), clauses, figures)


def label_feedback(
    model: TopicModel,
    feedback: pd.DataFrame,
    encodings: Encodings,
    is_core: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Give each feedback its topic and sentiment.

    Parameters
    ----------
    model : TopicModel
    feedback : DataFrame
        ``schema.FEEDBACK``.
    encodings : Encodings
        Of its texts.
    is_core : ndarray of bool, shape (n_unique,), optional
        Distinct texts that lay in a dense core; default: none did.

    Returns
    -------
    DataFrame
        ``feedback`` of the exports.
    """
    index = encodings.index
    n_unique = encodings.n_unique
    if is_core is None:
        is_core = np.zeros(n_unique, dtype=bool)
    # Distinct texts are assigned, so that a text has one topic however often it comes.
    everything = np.ones(n_unique, dtype=bool)
    labels, confidence = model.assign(encodings.embeddings[:n_unique], everything)
    informative = feedback["informative"].to_numpy(dtype=bool)
    return feedback_table(
        feedback,
        np.where(informative, labels[index], -1),
        np.where(informative, confidence[index], 0),
        is_core[index],
        encodings.probabilities[index],
        model.names,
    )


def _named(
    model: TopicModel, texts: list[str], labels: NDArray[np.int64], embed: Embed, n: int
) -> TopicModel:
    phrases = count_phrases(texts, labels)
    keywords = topic_keywords(texts, labels, n_keywords=n, phrases=phrases)

    def closeness(candidates: list[str]) -> NDArray[np.float32]:
        return np.asarray(unit(embed(candidates)) @ model.centroids.directions.T)

    names = topic_names(texts, labels, keywords, closeness=closeness, phrases=phrases)
    return replace(model, names=tuple(names), keywords=tuple(tuple(words) for words in keywords))


def _first_rows(index: NDArray[np.int64], informative: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a row for each distinct informative text, in the order of the distinct texts."""
    rows = np.flatnonzero(informative)
    _, first = np.unique(index[rows], return_index=True)
    return rows[first]


def _strata(feedback: pd.DataFrame, index: NDArray[np.int64]) -> list[str]:
    """Return the month and channel of each distinct text; of several the first, in sorted order."""
    month = feedback["created_at"].dt.strftime("%Y-%m").fillna("").astype("string")
    strata: list[str] = (
        (month + " " + feedback["channel"].fillna("")).groupby(index).min().to_list()
    )
    return strata


def _agreement(model: TopicModel, X: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Measure how many texts get the topic they were fitted with in another order and batch."""
    rows = np.arange(len(X))[::-1]
    again = np.empty_like(labels)
    for start in range(0, len(rows), 97):
        batch = rows[start : start + 97]
        again[batch] = model.centroids.assign(X[batch])[0]
    return float((again == labels).mean())

"""The topics stage: encoded feedback in, topics and labelled feedback out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import Config, TopicsConfig
from textseg.encode import Encodings
from textseg.errors import ConfigError
from textseg.progress import SILENT, Advance, Progress
from textseg.topics.clauses import clause_ratio, clause_table
from textseg.topics.corpus import Corpus, Embed, distinct_rows
from textseg.topics.description import describe, describe_by_llm
from textseg.topics.discovery import Discovery, Wanted, find_centroids, find_themes
from textseg.topics.model import TopicModel
from textseg.topics.stability import Stability, find_again
from textseg.topics.table import feedback_table, topic_table
from textseg.topics.taxonomy import read_taxonomy


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
    notes : tuple of str
        What the reader should be warned of.
    """

    model: TopicModel
    feedback: pd.DataFrame
    table: pd.DataFrame
    clauses: pd.DataFrame
    figures: dict[str, Any]
    notes: tuple[str, ...] = ()


def find_topics(
    feedback: pd.DataFrame,
    encodings: Encodings,
    embed: Embed,
    config: Config,
    progress: Progress = SILENT,
    answers: Path | None = None,
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
    answers : Path, optional
        Where the answers of a language model are kept, if one names the topics.

    Returns
    -------
    Topics

    Raises
    ------
    InputError
        There are too few distinct texts, or the taxonomy is not what it should be.
    ConfigError
        The settings of the language model are not complete.
    """
    informative = feedback["informative"].to_numpy(dtype=bool)
    unique, _ = distinct_rows(feedback, encodings)
    corpus = Corpus.of(feedback, encodings, embed, config.topics.keywords)
    distinct = corpus.embeddings
    with progress.stage("Finding topics", 3) as advance:
        found, held = _found(
            distinct, _strata(feedback[informative], encodings.index[informative]), embed, config,
            advance,
        )  # fmt: skip
        model = TopicModel(found.centroids, parents=find_themes(found.centroids))
        labels, confidence = model.assign(distinct, np.ones(len(distinct), dtype=bool))
        model = describe(model, corpus, labels, found.names)
        advance(1)
    asked = None
    if config.topics.naming == "llm":
        typical = (list(corpus.texts), labels, confidence, found.is_core)
        model, asked = describe_by_llm(
            model, typical, found.names, config.topics.llm, answers, progress
        )
    model = replace(model, clause_ratio=_clause_ratio(encodings, model, unique, labels))
    core_of_unique = np.zeros(encodings.n_unique, dtype=bool)
    core_of_unique[unique] = found.is_core
    labelled = label_feedback(model, feedback, encodings, core_of_unique)
    figures: dict[str, Any] = {
        "n_topics": len(model),
        "unclustered_share": float((labelled["topic_id"] < 0).mean()),
        "core_share": float(found.is_core.mean()),
        "distinct_texts": len(distinct),
        "clause_ratio": model.clause_ratio,
        "assign_agreement": _agreement(model, distinct, labels),
        "min_cluster_size": found.level.min_cluster_size,
        "levels": _levels(found, held),
        "stability": held.figures if held is not None else None,
        "guides": found.guides.figures() if found.guides is not None else None,
        "naming": asked.figures() if asked is not None else None,
    }
    notes = [
        *(found.guides.notes if found.guides is not None else ()),
        *(held.notes if held is not None else ()),
        *(asked.notes if asked is not None else ()),
        *over_budget(labelled[informative], config.topics.max_unclustered),
    ]
    return Topics(
        model,
        labelled,
        topic_table(model, labelled, held.topics if held is not None else None),
        clause_table(labelled, encodings, model, informative),
        figures,
        tuple(notes),
    )


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


def _found(
    distinct: NDArray[Any], strata: list[str], embed: Embed, config: Config, advance: Advance
) -> tuple[Discovery, Stability | None]:
    """Find the topics, and find them again; what was found again says how sure assignment is."""
    asked = _wanted(config.topics, embed)
    found = find_centroids(distinct, strata, config.topics, config.seed, asked)
    advance(1)
    held = None
    if config.topics.stability:
        held = find_again(distinct, found, config.topics, config.seed, asked)
        centroids = found.centroids.calibrated(distinct[held.left_out], held.again)
        found = replace(found, centroids=centroids)
    advance(1)
    return found, held


def _wanted(config: TopicsConfig, embed: Embed) -> Wanted | None:
    """Embed the phrases of what the user asked for."""
    asked: dict[str, tuple[str, ...]] = {seed.name: seed.phrases for seed in config.seed}
    if config.taxonomy is not None:
        if asked:
            raise ConfigError(
                "topics.seed and topics.taxonomy cannot be used together.",
                hint="Add the seeds to the taxonomy, as labels with their phrases.",
            )
        asked = read_taxonomy(Path(config.taxonomy))
    if not asked:
        return None
    phrases = tuple(np.asarray(embed(list(own))) for own in asked.values())
    return Wanted(tuple(asked), phrases, config.taxonomy is not None)


def _clause_ratio(
    encodings: Encodings, model: TopicModel, unique: NDArray[np.int64], labels: NDArray[np.int64]
) -> float:
    of_unique = np.full(encodings.n_unique, -1, dtype=np.int64)
    of_unique[unique] = labels
    return round(clause_ratio(encodings, model, of_unique), 6)


def _levels(found: Discovery, held: Stability | None) -> list[dict[str, Any]]:
    """Describe every cut that was compared."""
    again = held.levels if held is not None else [None] * len(found.levels)
    return [
        {
            "min_cluster_size": level.min_cluster_size,
            "n_topics": len(level.directions),
            "silhouette": round(level.silhouette, 6),
            "stability": stability,
        }
        for level, stability in zip(found.levels, again, strict=True)
    ]


def over_budget(informative: pd.DataFrame, budget: float) -> list[str]:
    """Warn where more than is wanted has no topic; feedback that says nothing never has one.

    Parameters
    ----------
    informative : DataFrame
        The feedback that says something, with ``topic_id``.
    budget : float
        Share in [0, 1].

    Returns
    -------
    list of str
        One sentence, or none.
    """
    share = float((informative["topic_id"] < 0).mean())
    if share <= budget + 0.005:
        return []
    return [
        f"{share:.0%} of the feedback that says something has no topic, more than "
        f"topics.max_unclustered ({budget:.0%}): it resembles no topic more than feedback of "
        "other topics does."
    ]


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

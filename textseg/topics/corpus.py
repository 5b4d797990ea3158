"""The texts that topics are about, and what the words of each topic's texts call it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.cluster import unit
from textseg.encode import Encodings
from textseg.topics.keywords import topic_keywords
from textseg.topics.model import TopicModel
from textseg.topics.names import topic_names
from textseg.topics.phrases import count_phrases

Embed: TypeAlias = Callable[[list[str]], NDArray[Any]]
"""Takes texts and gives their embeddings, shape (n_texts, d)."""

Descriptions: TypeAlias = dict[int, tuple[str, tuple[str, ...]]]
"""Name and keywords by topic."""


@dataclass(frozen=True)
class Corpus:
    """The texts that the topics are about.

    Attributes
    ----------
    texts : sequence of str
        Distinct and informative.
    embeddings : ndarray of float, shape (n, d)
        As stored.
    embed : callable
        Takes texts and gives their embeddings; for candidates of names.
    n_keywords : int
    avoid : tuple of str
        Names and ids of customers, which name no topic.
    """

    texts: Sequence[str]
    embeddings: NDArray[Any]
    embed: Embed
    n_keywords: int = 10
    avoid: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, feedback: pd.DataFrame, encodings: Encodings, embed: Embed, n_keywords: int
    ) -> Corpus:
        """Take the distinct informative texts of feedback, in the order of their hashes.

        Parameters
        ----------
        feedback : DataFrame
            ``schema.FEEDBACK``.
        encodings : Encodings
            Of its texts.
        embed, n_keywords
            As they are kept.
        """
        rows, first = distinct_rows(feedback, encodings)
        people = tuple(sorted(feedback["customer_id"].dropna().unique()))
        texts = feedback["text"].iloc[first].to_list()
        return cls(texts, encodings.embeddings[rows], embed, n_keywords, people)


def distinct_rows(
    feedback: pd.DataFrame, encodings: Encodings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row of each distinct informative text in the encodings, and in the feedback."""
    informative = np.flatnonzero(feedback["informative"].to_numpy(dtype=bool))
    rows, first = np.unique(encodings.index[informative], return_index=True)
    return rows, informative[first]


def described(model: TopicModel, corpus: Corpus, *, named: bool) -> Descriptions:
    """Find name and keywords of every topic, from the words of its texts.

    Parameters
    ----------
    model : TopicModel
        Its names and keywords are not read.
    corpus : Corpus
    named : bool
        Whether names are wanted; they take longer, and are empty without.

    Returns
    -------
    dict of int to (str, tuple of str)
        By topic; a topic without texts is not there.
    """
    labels, _ = model.centroids.assign(corpus.embeddings)
    ids = np.unique(labels[labels >= 0])
    dense = np.where(labels >= 0, np.searchsorted(ids, labels), -1)
    texts = list(corpus.texts)
    phrases = count_phrases(texts, dense, avoid=corpus.avoid)
    seen: dict[str, NDArray[np.float32]] = {}

    def vectors(candidates: list[str]) -> NDArray[np.float32]:
        new = [phrase for phrase in candidates if phrase not in seen]
        if new:
            seen.update(zip(new, unit(corpus.embed(new)), strict=True))
        return np.stack([seen[phrase] for phrase in candidates])

    def closeness(candidates: list[str]) -> NDArray[np.float32]:
        similarity = model.centroids.similarity(vectors(candidates))
        return np.column_stack(
            [similarity[:, model.centroids.groups == topic].max(axis=1) for topic in ids]
        )

    keywords = topic_keywords(
        texts,
        dense,
        n_keywords=corpus.n_keywords,
        phrases=phrases,
        closeness=closeness,
        vectors=vectors,
    )
    names = [""] * len(ids)
    if named:
        names = topic_names(texts, dense, keywords, closeness=closeness, phrases=phrases)
    found = zip(ids.tolist(), names, keywords, strict=True)
    return {topic: (name, tuple(words)) for topic, name, words in found}

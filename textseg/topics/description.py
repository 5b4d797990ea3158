"""Names and keywords of topics and themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textseg.config import LlmConfig
from textseg.progress import Progress
from textseg.topics.corpus import Corpus, described
from textseg.topics.keywords import topic_keywords
from textseg.topics.model import TopicModel
from textseg.topics.names import free_name, topic_names

if TYPE_CHECKING:
    from textseg.naming import LlmNames


def describe(
    model: TopicModel, corpus: Corpus, labels: NDArray[np.int64], given: Sequence[str | None]
) -> TopicModel:
    """Name topics and themes by their texts.

    Parameters
    ----------
    model : TopicModel
        Without names.
    corpus : Corpus
    labels : ndarray of int64, shape (n_texts,)
        Topic of each text of the corpus; every topic has one.
    given : sequence of str or None
        Names that the user set, by topic.

    Returns
    -------
    TopicModel
    """
    found = described(model, corpus, named=True)
    taken = [mine for mine in given if mine]
    names = []
    for topic, mine in enumerate(given):
        name = mine or free_name(*found[topic], taken)
        names.append(name)
        taken.append(name)
    return replace(
        model,
        names=tuple(names),
        keywords=tuple(found[topic][1] for topic in model.ids),
        theme_names=_theme_names(model.parents, names, list(corpus.texts), labels),
    )


def describe_by_llm(
    model: TopicModel,
    typical: tuple[list[str], NDArray[np.int64], NDArray[np.floating], NDArray[np.bool_]],
    given: Sequence[str | None],
    config: LlmConfig,
    answers: Path | None,
    progress: Progress,
) -> tuple[TopicModel, LlmNames]:
    """Have a language model name the topics that the user has not named.

    ``typical`` is texts, topics, confidence, is_core; ``given`` the user's names, by topic.
    """
    from textseg.naming import name_topics, typical_texts

    asked = name_topics(
        model.names,
        model.keywords,
        typical_texts(*typical, len(model), config.examples),
        config,
        fixed=frozenset(topic for topic, mine in enumerate(given) if mine),
        cache=answers,
        say=progress.note,
        progress=progress,
    )
    themes = _theme_names(model.parents, list(asked.names), *typical[:2])
    return replace(model, names=asked.names, theme_names=themes), asked


def _theme_names(
    parents: tuple[int, ...], names: list[str], texts: list[str], labels: NDArray[np.int64]
) -> tuple[str, ...]:
    """Name each theme by its texts, or by its two largest topics where a topic has that name."""
    if max(parents, default=-1) < 0:
        return ()
    themes = np.array([*parents, -1])[labels]
    found = topic_names(texts, themes, topic_keywords(texts, themes))
    taken = {name.casefold() for name in names}
    result: list[str] = []
    for theme, name in enumerate(found):
        own = [topic for topic, parent in zip(names, parents, strict=True) if parent == theme]
        result.append(" / ".join(own[:2]) if name.casefold() in taken else name)
    return tuple(result)

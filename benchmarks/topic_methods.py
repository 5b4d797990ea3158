"""What finds topics in the benchmarks: textseg, its peers, and the texts that they all get."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from common import need, options, stopwatch
from numpy.typing import NDArray

from textseg.config import Config, make_config
from textseg.encode import Encodings, Reader
from textseg.ingest import ingest
from textseg.topics.stage import Topics, find_topics

SETS = {
    "banking77": ("banking77/tickets.parquet", "intent"),
    "bitext-category": ("bitext_support/tickets.parquet", "category"),
    "bitext-intent": ("bitext_support/tickets.parquet", "intent"),
}
"""File and the column of the labels that people gave."""


@dataclass(frozen=True)
class Task:
    """Texts to find topics in, and what people say their topics are."""

    feedback: pd.DataFrame
    encodings: Encodings
    truth: NDArray[Any]

    @property
    def texts(self) -> list[str]:
        """The cleaned texts."""
        return self.feedback["text"].to_list()

    @property
    def X(self) -> NDArray[np.float32]:  # noqa: N802
        """The embedding of each text."""
        return self.encodings.embeddings[self.encodings.index].astype(np.float32)

    def part(self, rows: NDArray[Any], reader: Reader) -> Task:
        """Return some of the texts, with their encodings as a run on them alone would have them."""
        feedback = self.feedback.iloc[rows].reset_index(drop=True)
        return Task(feedback, reader.read(feedback["text"].to_list()), self.truth[rows])


@dataclass(frozen=True)
class Found:
    """A group for each text (−1 for none), seconds, and keywords by how they were made."""

    labels: NDArray[Any]
    seconds: float
    keywords: dict[str, list[list[str]]] = field(default_factory=dict)


Method = Callable[[Task, int], dict[str, Found]]
"""Takes a seed, gives what it found, by the name it goes by."""


def arguments(description: str | None, sets: list[str], *, stability: bool = False) -> Namespace:
    """Read the options that the scripts about topics share."""
    parser = options(description)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=sets)
    parser.add_argument("--seeds", type=int, default=5, help="runs of every method")
    parser.add_argument("--rows", type=int, help="first rows only, to try the script")
    if stability:
        parser.add_argument("--stability", action="store_true", help="other seeds, 80 %% of texts")
    return parser.parse_args()


def read_set(name: str, chosen: Namespace, reader: Reader) -> Task:
    """Read a set the way that a run does."""
    path, column = SETS[name]
    frame = pd.read_parquet(need(chosen.data / path)).head(chosen.rows or sys.maxsize)
    feedback = ingest([frame[["text"]]], None, None, config=Config()).feedback
    truth = frame[column].to_numpy()[feedback["row"].to_numpy(dtype=int) - 1]
    return Task(feedback, reader.read(feedback["text"].to_list()), truth)


def run_textseg(task: Task, reader: Reader, seed: int) -> Topics:
    """Find the topics as a run does."""
    return find_topics(task.feedback, task.encodings, reader.embed, make_config({"seed": seed}))


def with_textseg(task: Task, seed: int) -> dict[str, Found]:
    import hdbscan  # noqa: F401 - imports are not timed
    import umap  # noqa: F401

    reader = Reader.load(Config())
    with stopwatch() as seconds:
        found = run_textseg(task, reader, seed)
    labels = found.feedback["topic_id"].to_numpy(dtype=int)
    keywords = {"as they are": [list(words) for words in found.model.keywords]}
    return {"textseg": Found(labels, seconds(), keywords)}


def with_bertopic(task: Task, seed: int) -> dict[str, Found]:
    return _bertopic("BERTopic", task)


def with_seeded_bertopic(task: Task, seed: int) -> dict[str, Found]:
    from umap import UMAP

    settings = {"n_neighbors": 15, "n_components": 5, "min_dist": 0.0, "metric": "cosine"}
    return _bertopic("BERTopic, seeded", task, umap_model=UMAP(**settings, random_state=seed))


def _bertopic(name: str, task: Task, **settings: Any) -> dict[str, Found]:
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer

    texts, X = task.texts, task.X
    with stopwatch() as seconds:
        model = BERTopic(**settings)
        labels, _ = model.fit_transform(texts, X)
    with stopwatch() as more:
        reduced = model.reduce_outliers(texts, labels, strategy="embeddings", embeddings=X)
    keywords = {"as they are": _bertopic_keywords(model)}
    model.update_topics(texts, vectorizer_model=CountVectorizer(stop_words="english"))
    keywords["without stop words"] = _bertopic_keywords(model)
    return {
        name: Found(np.array(labels), seconds(), keywords),
        f"{name} + reduce_outliers": Found(np.array(reduced), seconds() + more()),
    }


def _bertopic_keywords(model: Any) -> list[list[str]]:
    topics = sorted(model.get_topics().items())
    return [[word for word, _ in words] for topic, words in topics if topic >= 0]


def with_top2vec(task: Task, seed: int) -> dict[str, Found]:
    from top2vec import Top2Vec

    reader = Reader.load(Config())
    known = dict(zip(task.texts, task.X, strict=True))

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        words = [text for text in texts if text not in known]
        if words:
            known.update(zip(words, reader.embed(words).astype(np.float32), strict=True))
        return np.stack([known[text] for text in texts])

    with stopwatch() as seconds:
        model = Top2Vec(task.texts, embedding_model=embed, verbose=False)
    keywords = {"as they are": [list(map(str, words)) for words in model.topic_words]}
    return {"Top2Vec": Found(np.array(model.doc_top), seconds(), keywords)}


def with_evoc(task: Task, seed: int) -> dict[str, Found]:
    from evoc import EVoC

    X = task.X
    with stopwatch() as seconds:
        labels = EVoC().fit_predict(X)
    return {"EVoC": Found(labels, seconds())}


def with_k_means(task: Task, seed: int) -> dict[str, Found]:
    from sklearn.cluster import KMeans

    X = task.X
    with stopwatch() as seconds:
        labels = KMeans(len(set(task.truth)), n_init=10, random_state=seed).fit_predict(X)
    return {"K-means, told k, best of 10": Found(labels, seconds())}


METHODS: tuple[Method, ...] = (with_textseg, with_bertopic, with_top2vec, with_evoc, with_k_means)
SEEDED: tuple[Method, ...] = (with_textseg, with_seeded_bertopic, with_k_means)
PEERS = {"bertopic": "0.17.4", "top2vec": "1.0.36", "evoc": "0.3.2"}
"""Packages and the versions that the figures in the README are from."""


def present(methods: Sequence[Callable[..., Any]]) -> list[Callable[..., Any]]:
    """Leave out the peers that are not installed, and say so."""
    missing = [name for name in _peers(methods) if find_spec(name) is None]
    for name in missing:
        print(f"{name} is left out: pip install {name}=={PEERS[name]} adds it.", file=sys.stderr)
    return [one for one in methods if not _peers([one]) & set(missing)]


def packages(methods: Sequence[Callable[..., Any]]) -> tuple[str, ...]:
    """Return the packages whose versions matter."""
    return (*sorted(_peers(methods)), "umap-learn", "hdbscan", "scikit-learn")


def _peers(methods: Sequence[Callable[..., Any]]) -> set[str]:
    return {name for name in PEERS for one in methods if name in one.__name__}

"""Sentiment of texts and of clauses beside VADER, the topics of clauses, and the cost of both.

Run: ``python benchmarks/sentiment.py [--data FOLDER] [--cache FOLDER]``. The first table has texts
that were not trained on: a tenth of each training set, whole sets that were never seen, and shop
reviews with stars. The second has aspects: an aspect's clause is the one with its first occurrence.
VADER's compound score is read as its authors say: negative up to -0.05, positive from 0.05.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import options, show
from numpy.typing import NDArray

from textseg.config import Config
from textseg.encode import Encoder, Reader, load_encoder
from textseg.encode.batches import batches
from textseg.encode.spans import Passage
from textseg.sentiment.clauses import split_clauses
from textseg.topics.clauses import clause_ratio
from textseg.topics.discovery import find_centroids
from textseg.topics.model import TopicModel

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "models/sentiment"))

from measure import macro_f1, measure, measure_aspects  # noqa: E402
from sources import Example, measuring_sources, training_sources  # noqa: E402

PAIRS = 300
LONGEST = 40
"""Words of a text that is joined with another."""


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--cache", type=Path, help="folder that keeps the encodings")
    chosen = parser.parse_args()
    reader = Reader.load(Config(), chosen.cache)
    sets = [_row(reader, *labelled) for labelled in _labelled(chosen.data)]
    aspects = _aspects(reader, chosen.data)
    bank = pd.read_parquet(chosen.data / "banking77/tickets.parquet").text
    shop = _shop(chosen.data).text
    show(
        sets,
        chosen.json,
        ("onnxruntime", "vaderSentiment"),
        aspects=aspects,
        clause_topics={
            name: round(clause_topics(reader, texts.drop_duplicates().tolist()), 3)
            for name, texts in {"bank tickets": bank, "shop": shop}.items()
        },
        cost=cost(shop.sample(600, random_state=0).tolist()),
    )


def _row(
    reader: Reader, name: str, texts: list[str], y: NDArray[np.int64], has_neutral: bool
) -> dict[str, Any]:
    found = reader.read(texts)
    figures = measure(found.probabilities[found.index].astype(float), y, has_neutral)
    compound, clear = vader(texts), y != 1
    return {
        "set": name,
        "n": len(y),
        "two-class": figures["accuracy_two_class"],
        "VADER": float(((compound[clear] > 0) * 2 == y[clear]).mean()),
        "macro F1": figures["macro_f1"],
        "VADER's": macro_f1(three(compound), y) if has_neutral else None,
        "calibration error": figures["ece"],
    }


def _aspects(reader: Reader, data: Path) -> dict[str, Any]:
    """Measure the clauses of aspects, with textseg and with VADER on the clause alone."""

    def ours(examples: list[Example]) -> list[NDArray[np.float64]]:
        found = reader.read([example.text for example in examples])
        starts = np.searchsorted(found.clauses.text, np.arange(found.n_unique + 1))
        rows = [found.clauses.row[starts[u] : starts[u + 1]] for u in found.index]
        return [found.probabilities[each].astype(float) for each in rows]

    def peer(examples: list[Example]) -> list[NDArray[np.float64]]:
        clauses = [[e.text[start:end] for start, end, _ in e.parts] for e in examples]
        return [np.eye(3)[three(vader(each))] for each in clauses]

    return {"textseg": measure_aspects(data, ours), "VADER": measure_aspects(data, peer)}


def clause_topics(reader: Reader, texts: list[str], sample: int = 4000) -> float:
    """Join pairs of texts of one topic each by "but"; say how many clauses get the topic alone.

    Parameters
    ----------
    reader : Reader
    texts : list of str
        Distinct; topics are found in a sample of them.
    sample : int
    """
    rng = np.random.default_rng(0)
    texts = [texts[i] for i in rng.permutation(len(texts))[:sample]]
    found = reader.read(texts)
    embeddings = found.embeddings[: found.n_unique]
    centroids = find_centroids(embeddings, [""] * len(embeddings), Config().topics, 0).centroids
    model = TopicModel(centroids)
    of_unique, _ = model.assign(embeddings, np.ones(len(embeddings), dtype=bool))
    model = TopicModel(centroids, clause_ratio=clause_ratio(found, model, of_unique))
    topic = of_unique[found.index]
    alone = [
        i
        for i, text in enumerate(texts)
        if topic[i] >= 0 and len(text.split()) < LONGEST and len(split_clauses(text)) == 1
    ]
    pairs = []
    while len(pairs) < PAIRS:
        a, b = rng.choice(alone, 2, replace=False)
        if topic[a] != topic[b]:
            pairs.append((a, b))
    first = [texts[a].rstrip(".!? ") for a, _ in pairs]
    joined = [
        f"{text} but {texts[b][0].lower()}{texts[b][1:]}"
        for text, (_, b) in zip(first, pairs, strict=True)
    ]
    both = reader.read(joined)
    right = 0
    for number, pair in enumerate(pairs):
        own = np.flatnonzero(both.clauses.text == both.index[number])
        for start, text in zip((0, len(first[number]) + 1), pair, strict=True):
            row = both.clauses.row[own[both.clauses.start[own] == start]]
            right += bool((model.assign_clauses(both.embeddings[row]) == topic[text]).any())
    return right / (2 * PAIRS)


def cost(texts: list[str], repeats: int = 5) -> dict[str, float]:
    """Time embeddings alone beside embeddings, sentiment and clauses, in turn."""
    config = Config().encoder
    plain, fused = load_encoder(config, sentiment=False), load_encoder(config)

    def once(encoder: Encoder, clauses: bool) -> float:
        start = time.perf_counter()
        passages = [Passage.of(t, split_clauses(t)) if clauses else Passage(t, ()) for t in texts]
        tokens = encoder.tokenize(passages)
        for batch in batches(tokens.lengths, encoder.batch_tokens):
            encoder.run(tokens, batch)
        return time.perf_counter() - start

    once(plain, False), once(fused, True)
    seconds = np.array([[once(plain, False), once(fused, True)] for _ in range(repeats)])
    ratios = seconds[:, 1] / seconds[:, 0]
    alone, whole = len(texts) / np.median(seconds, axis=0)
    return {
        "texts per second, embedding alone": round(float(alone), 1),
        "with sentiment and clauses": round(float(whole), 1),
        "ratio": round(float(np.median(ratios)), 2),
        "least": round(float(ratios.min()), 2),
        "most": round(float(ratios.max()), 2),
    }


def vader(texts: list[str]) -> NDArray[np.float64]:
    """Score with VADER, from -1 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts])


def three(compound: NDArray[np.float64]) -> NDArray[np.int64]:
    """Read VADER's score as one of three classes."""
    return 1 + (compound >= 0.05).astype(np.int64) - (compound <= -0.05).astype(np.int64)


def _labelled(data: Path) -> list[tuple[str, list[str], NDArray[np.int64], bool]]:
    sets = []
    for source in training_sources(data, ROOT / "models/sentiment/written"):
        kept = [
            example
            for example, fold in zip(source.examples, source.folds, strict=True)
            if fold == 0 and example.target is not None
        ]
        if kept:
            y = np.array([example.label for example in kept])
            sets.append((f"{source.name}, a tenth", [e.text for e in kept], y, source.has_neutral))
    unseen = measuring_sources(data)
    sets += [(s.name, s.texts, s.labels, s.has_neutral) for s in unseen]
    both = [s for s in unseen if s.name.startswith("semeval")]
    texts = [text for s in both for text in s.texts]
    sets.append(("semeval, both", texts, np.concatenate([s.labels for s in both]), True))
    shop = _shop(data)
    stars = shop[shop.rating.isin([1, 2, 4, 5])]
    y = np.array((stars.rating > 3) * 2, dtype=np.int64)
    return [*sets, ("shop reviews, stars", stars.text.tolist(), y, False)]


def _shop(data: Path) -> pd.DataFrame:
    feedback = pd.read_csv(data / "shop/feedback.csv")
    return feedback.merge(pd.read_csv(data / "shop/feedback_meta.csv"), on="feedback_id")


if __name__ == "__main__":
    main()

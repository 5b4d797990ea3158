"""The texts that the sentiment head is trained, calibrated and measured on."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
SHINGLE = 8
"""Words in a row that make a text count as one of the shop's."""

MOST = 1500
"""Texts of one class that a source may give, apart from the main one."""


@dataclass(frozen=True)
class Source:
    """Labelled texts of one origin.

    Parameters
    ----------
    name : str
        Also the domain that figures are reported for.
    texts : list of str
        As published.
    labels : ndarray of int64, shape (n,)
        0 negative, 1 neutral, 2 positive.
    has_neutral : bool
        False where the source cannot say "neutral", so that nothing is learned about it.
    share : float
        Part of the training loss that falls to this source; 0 if it is for measuring only.
    """

    name: str
    texts: list[str]
    labels: NDArray[np.int64]
    has_neutral: bool
    share: float


def training_sources(data: Path, written: Path) -> list[Source]:
    """Read what may be trained on: Apache 2.0, MIT, CC0, and texts written for textseg."""
    snippets = pd.read_parquet(data / "vader_groundtruth/snippets.parquet")
    # The raters' mean on -4..4: within half a step of 0 counts as neutral.
    snippets["y"] = 1 + (snippets.score >= 0.5).astype(int) - (snippets.score <= -0.5).astype(int)
    shares = {"amazon_review": 0.22, "tweet": 0.12, "movie_review": 0.08, "nyt_editorial": 0.03}
    polarity = pd.read_parquet(data / "amazon_polarity10k/reviews.parquet")
    amazon = _source("amazon_polarity", polarity.text, polarity.label.astype(int) * 2, False, 0.35)
    sources = [amazon, _clothing(data), _written(written)]
    for domain, share in shares.items():
        part = snippets[snippets.domain == domain]
        sources.append(_source(domain, part.text, part.y, True, share))
    shop = Overlap(pd.read_csv(data / "shop/feedback.csv").text)
    clean = [_without(source, shop) for source in sources]
    return [clean[0], *map(_at_most, clean[1:])]


def measuring_sources(data: Path) -> list[Source]:
    """Read what is never trained on."""
    sentences = pd.read_parquet(data / "semeval_absa/sentences.parquet")
    order = {"Negative": NEGATIVE, "Neutral": NEUTRAL, "Positive": POSITIVE}
    sentences = sentences[sentences.sentence_label.isin(order)]
    sources = [
        _source(f"semeval_{name}", part.text, part.sentence_label.map(order), True, 0.0)
        for name, part in sentences.groupby("dataset")
    ]
    tweets = pd.read_parquet(data / "xlmt_sentiment/tweets.parquet")
    for language, part in tweets.groupby("language"):
        sources.append(_source(f"tweets_{language}", part.text, part.label, True, 0.0))
    return sources


def folds(texts: Iterable[str]) -> NDArray[np.int64]:
    """Give each text a tenth, 0 to 9, by its hash: 0 is reported, 1 calibrates, 2 to 9 train."""
    return np.array(
        [
            int.from_bytes(hashlib.blake2b(normal(t).encode(), digest_size=4).digest()) % 10
            for t in texts
        ],
        dtype=np.int64,
    )


def normal(text: str) -> str:
    """Keep lower-case letters and digits, one space between words."""
    return " ".join(re.findall(r"\w+", text.lower()))


class Overlap:
    """Finds texts that share a passage with a file that must not be trained on."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole: set[str] = set()
        self._passages: set[str] = set()
        for text in texts:
            self._whole.add(normal(text))
            self._passages.update(_passages(text))

    def __contains__(self, text: str) -> bool:
        return normal(text) in self._whole or not self._passages.isdisjoint(_passages(text))


def _passages(text: str) -> Iterable[str]:
    words = normal(text).split()
    return (" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def _clothing(data: Path) -> Source:
    """Take the clear ratings only: 3 stars read both ways, and 4 often hold a complaint."""
    reviews = pd.read_parquet(data / "womens_clothing/reviews.parquet")
    reviews = reviews[reviews.rating.isin([1, 2, 5]) & reviews.text.notna()]
    labels = (reviews.rating == 5).astype(int) * 2
    return _source("clothing", reviews.text, labels, False, 0.08)


def _without(source: Source, other: Overlap) -> Source:
    return _take(source, [i for i, text in enumerate(source.texts) if text not in other])


def _at_most(source: Source) -> Source:
    kept = [np.flatnonzero(source.labels == c)[:MOST] for c in (NEGATIVE, NEUTRAL, POSITIVE)]
    return _take(source, np.sort(np.concatenate(kept)).tolist())


def _take(source: Source, rows: list[int]) -> Source:
    return replace(source, texts=[source.texts[i] for i in rows], labels=source.labels[rows])


def _written(path: Path) -> Source:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    order = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
    texts, labels = [row["text"] for row in rows], [order[row["label"]] for row in rows]
    return _source("written", texts, labels, True, 0.12)


def _source(
    name: str, texts: Iterable[str], labels: Iterable[int], has_neutral: bool, share: float
) -> Source:
    return Source(name, list(texts), np.array(list(labels), np.int64), has_neutral, share)

"""The texts that the sentiment branch is trained, calibrated and measured on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
SIGNS = {"-": NEGATIVE, "0": NEUTRAL, "+": POSITIVE}
SHINGLE = 8
"""Words in a row that make a text count as one of the shop's."""

Target = tuple[float, float, float]
"""How probable each class is, as labelled; 1 for the label where there is one."""


@dataclass(frozen=True)
class Example:
    """A labelled text.

    Parameters
    ----------
    text : str
        As published.
    target : tuple of float, or None
        Of the text as a whole; None where only its parts are labelled.
    parts : tuple of (int, int, tuple of float)
        Start and end in characters and target of labelled parts.
    block : str
        What stays on one side of a split; the text itself by default.
    """

    text: str
    target: Target | None
    parts: tuple[tuple[int, int, Target], ...] = ()
    block: str = ""

    @property
    def label(self) -> int:
        """The most probable class of the whole."""
        return int(np.argmax(self.target)) if self.target is not None else NEUTRAL


@dataclass(frozen=True)
class Source:
    """Labelled texts of one origin.

    Parameters
    ----------
    name : str
        Also the domain that figures are reported for.
    examples : list of Example
    has_neutral : bool
        False where the source cannot say "neutral", so that nothing is learned about it.
    share : float
        Part of the training loss that falls to this source; 0 if it is for measuring only.
    """

    name: str
    examples: list[Example]
    has_neutral: bool
    share: float

    @property
    def texts(self) -> list[str]:
        """The texts alone."""
        return [example.text for example in self.examples]

    @property
    def labels(self) -> NDArray[np.int64]:
        """The most probable class of each text."""
        return np.array([example.label for example in self.examples], dtype=np.int64)

    @property
    def folds(self) -> NDArray[np.int64]:
        """The tenth of each text."""
        return folds(example.block or example.text for example in self.examples)


def training_sources(data: Path, written: Path) -> list[Source]:
    """Read what may be trained on: Apache 2.0, MIT, CC0, and texts written for textseg."""
    polarity = pd.read_parquet(data / "amazon_polarity10k/reviews.parquet")
    sources = [
        _whole("amazon_polarity", polarity.text, polarity.label.astype(int) * 2, False, 0.20),
        _clothing(data),
        *_snippets(data),
        *_written(written),
    ]
    shop = Overlap(pd.read_csv(data / "shop/feedback.csv").text)
    return [
        Source(s.name, [e for e in s.examples if e.text not in shop], s.has_neutral, s.share)
        for s in sources
    ]


def measuring_sources(data: Path) -> list[Source]:
    """Read what is never trained on."""
    sentences = pd.read_parquet(data / "semeval_absa/sentences.parquet")
    order = {"Negative": NEGATIVE, "Neutral": NEUTRAL, "Positive": POSITIVE}
    sentences = sentences[sentences.sentence_label.isin(order)]
    sources = [
        _whole(f"semeval_{name}", part.text, part.sentence_label.map(order), True, 0.0)
        for name, part in sentences.groupby("dataset")
    ]
    tweets = pd.read_parquet(data / "xlmt_sentiment/tweets.parquet")
    for language, part in tweets.groupby("language"):
        sources.append(_whole(f"tweets_{language}", part.text, part.label, True, 0.0))
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


def sure(label: int) -> Target:
    """Put everything on one class."""
    return (float(label == 0), float(label == 1), float(label == 2))


def graded(score: float) -> Target:
    """Turn a mean of raters on -4..4 into classes; at half a step from 0 raters are undecided."""
    positive = 1 / (1 + np.exp(-(score - 0.5) / 0.25))
    negative = 1 / (1 + np.exp((score + 0.5) / 0.25))
    return (float(negative), float(max(0.0, 1 - positive - negative)), float(positive))


def _passages(text: str) -> Iterator[str]:
    words = normal(text).split()
    return (" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def _clothing(data: Path) -> Source:
    """Take the clear ratings only: 3 stars read both ways, and 4 often hold a complaint."""
    reviews = pd.read_parquet(data / "womens_clothing/reviews.parquet")
    reviews = reviews[reviews.rating.isin([1, 2, 5]) & reviews.text.notna()]
    # As many of each class: the first in the file, which is in no order of meaning.
    few = int((reviews.rating < 5).sum())
    reviews = reviews[(reviews.rating < 5) | ((reviews.rating == 5).cumsum() <= few)]
    return _whole("clothing", reviews.text, (reviews.rating == 5) * 2, False, 0.05)


def _snippets(data: Path) -> Iterator[Source]:
    """Read sentences with raters' scores; those of product reviews also in their reviews."""
    frame = pd.read_parquet(data / "vader_groundtruth/snippets.parquet")
    shares = {"amazon_review": 0.10, "tweet": 0.07, "movie_review": 0.09, "nyt_editorial": 0.02}
    for domain, share in shares.items():
        part = frame[frame.domain == domain]
        examples = [Example(t, graded(s)) for t, s in zip(part.text, part.score, strict=True)]
        yield Source(domain, examples, True, share)
    reviews = frame[frame.domain == "amazon_review"]
    examples = list(_windows(reviews))
    yield Source("amazon_review_windows", examples, True, 0.05)


def _windows(frame: pd.DataFrame, length: int = 4) -> Iterator[Example]:
    """Join neighbouring sentences of one review, each with its own score.

    A window holds no sentence of another fold, so that nothing held out is trained on.
    """
    review = frame.item_id.str.partition("_")[0]
    for _, part in frame.groupby(review, sort=False):
        for start in range(0, len(part), length):
            window = part.iloc[start : start + length]
            fold = folds(window.text)
            train = fold >= 2
            if len(window) > 1 and train.all():
                targets = [graded(score) for score in window.score]
                yield joined(list(zip(window.text, targets, strict=True)), " ", whole=False)


def joined(parts: list[tuple[str, Target]], between: str, *, whole: bool) -> Example:
    """Put labelled parts one after the other; the whole gets their mean, or nothing."""
    text, spans = "", []
    for number, (part, target) in enumerate(parts):
        text += between if number else ""
        spans.append((len(text), len(text) + len(part), target))
        text += part
    mean = np.mean([target for _, target in parts], axis=0)
    target = (float(mean[0]), float(mean[1]), float(mean[2])) if whole else None
    return Example(text, target, tuple(spans))


def _written(folder: Path) -> Iterator[Source]:
    """Read the texts written for textseg; README.md describes the format."""
    english: list[Example] = []
    other: list[Example] = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            language, example = read_line(line)
            # Neighbours are often twins with another sign.
            example = replace(example, block=f"{path.stem} {number // 20}")
            (english if language == "en" else other).append(example)
    yield Source("written", english, True, 0.36)
    yield Source("written_other_languages", other, True, 0.06)


def read_line(line: str) -> tuple[str, Example]:
    """Read ``[language] sign {sign}clause{sign}clause...``."""
    match = re.fullmatch(r"(?:([a-z]{2}) )?([-+0]) ((?:\{[-+0]\}[^{}]+)+)", line)
    if match is None:
        raise ValueError(f"not a labelled text: {line!r}")
    text, parts = "", []
    for sign, clause in re.findall(r"\{([-+0])\}([^{}]+)", match[3]):
        parts.append((len(text), len(text) + len(clause), sure(SIGNS[sign])))
        text += clause
    return match[1] or "en", Example(text, sure(SIGNS[match[2]]), tuple(parts))


def _whole(
    name: str, texts: Iterable[str], labels: Iterable[int], has_neutral: bool, share: float
) -> Source:
    examples = [Example(t, sure(int(y))) for t, y in zip(texts, labels, strict=True)]
    return Source(name, examples, has_neutral, share)

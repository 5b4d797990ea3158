"""Sentiment of textseg beside VADER, on texts that neither was trained on.

Run: ``python benchmarks/sentiment.py [DATA]``. DATA holds the public sets that
models/sentiment/README.md names. VADER's compound score is read as its authors say: negative up to
-0.05, positive from 0.05. Also prints what share of bank tickets, which are mostly questions, each
one calls negative, neutral and positive, and how both agree with the stars of shop reviews.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import EncoderConfig
from textseg.encode import EncodingCache, encode, load_encoder
from textseg.progress import SILENT
from textseg.sentiment import load_scorer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "models/sentiment"))

from measure import macro_f1, measure  # noqa: E402
from sources import folds, measuring_sources, training_sources  # noqa: E402

Labelled = tuple[str, list[str], NDArray[np.int64], bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--cache", type=Path, help="folder that keeps the encodings")
    options = parser.parse_args()
    cache = EncodingCache(options.cache) if options.cache else None
    encoder, scorer = load_encoder(EncoderConfig(device="cpu")), load_scorer()

    def ours(texts: list[str]) -> NDArray[np.float32]:
        found = encode(texts, encoder=encoder, scorer=scorer, cache=cache, progress=SILENT)
        return found.probabilities[found.index]

    print(f"{'':20s}{'':>6s}  two-class accuracy       macro F1   calibration error")
    print(f"{'set':20s}{'n':>6s}   textseg   VADER   textseg   VADER   textseg")
    for name, texts, y, has_neutral in _labelled(options.data):
        p, compound = ours(texts), vader(texts)
        figures = measure(p.astype(float), y, has_neutral)
        clear = y != 1
        peer = ((compound[clear] > 0) * 2 == y[clear]).mean()
        f1 = macro_f1(three(compound), y) if has_neutral else None
        print(
            f"{name:20s}{len(y):6d}{figures['accuracy_two_class']:10.3f}{peer:8.3f}"
            f"{_number(figures['macro_f1']):>10s}{_number(f1):>8s}{figures['ece']:10.3f}"
        )
    print(f"\n{'':20s}{'':>6s}   negative    neutral   positive   (textseg / VADER)")
    for name, texts in _unlabelled(options.data):
        mine, peer = ours(texts).argmax(axis=1), three(vader(texts))
        pairs = [f"{(mine == c).mean():.2f} / {(peer == c).mean():.2f}" for c in range(3)]
        print(f"{name:20s}{len(texts):6d}   {'  '.join(pairs)}")


def vader(texts: list[str]) -> NDArray[np.float64]:
    """Score with VADER, from -1 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts])


def three(compound: NDArray[np.float64]) -> NDArray[np.int64]:
    """Read VADER's score as one of three classes."""
    return 1 + (compound >= 0.05).astype(np.int64) - (compound <= -0.05).astype(np.int64)


def _labelled(data: Path) -> list[Labelled]:
    sets: list[Labelled] = []
    for source in training_sources(data, ROOT / "models/sentiment/written.csv"):
        rows = np.flatnonzero(folds(source.texts) == 0)
        if source.name != "written":
            texts = [source.texts[i] for i in rows]
            sets.append((source.name, texts, source.labels[rows], source.has_neutral))
    sets += [(s.name, s.texts, s.labels, s.has_neutral) for s in measuring_sources(data)]
    shop = _shop(data)
    stars = shop[shop.rating.isin([1, 2, 4, 5])]
    sets.append(("shop reviews, stars", *_by_stars(stars), False))
    return sets


def _by_stars(rated: pd.DataFrame) -> tuple[list[str], NDArray[np.int64]]:
    return rated.text.tolist(), np.array((rated.rating > 3) * 2, dtype=np.int64)


def _unlabelled(data: Path) -> list[tuple[str, list[str]]]:
    tickets = pd.read_parquet(data / "banking77/tickets.parquet")
    shop = _shop(data)
    return [
        ("bank tickets", tickets.text.drop_duplicates().head(2000).tolist()),
        ("shop tickets", shop[shop.channel == "ticket"].text.tolist()),
    ]


def _shop(data: Path) -> pd.DataFrame:
    feedback = pd.read_csv(data / "shop/feedback.csv")
    return feedback.merge(pd.read_csv(data / "shop/feedback_meta.csv"), on="feedback_id")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()

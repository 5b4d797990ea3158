"""Texts per second: textseg's embeddings beside sentence-transformers', same weights, same texts.

Run: ``python benchmarks/encode.py [FEEDBACK.csv] [-n 500]``. The two take turns, so that what
else the machine does falls on both; the median of the rounds is printed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from textseg.config import EncoderConfig
from textseg.encode import load_encoder
from textseg.encode.batches import batches
from textseg.encode.default_model import default_model_folder
from textseg.encode.spans import Passage

SHOP = Path(__file__).resolve().parents[2] / "shared/data/shop/feedback.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feedback", nargs="?", type=Path, default=SHOP)
    parser.add_argument("-n", type=int, default=500, help="texts")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    texts = pd.read_csv(options.feedback).text.drop_duplicates().head(options.n).tolist()
    encoder = load_encoder(EncoderConfig(device="cpu"), sentiment=False)
    passages = [Passage(text, ()) for text in texts]
    model = _sentence_transformer()
    embedding = np.zeros((len(texts), encoder.dim), dtype=np.float32)

    def ours() -> None:
        tokens = encoder.tokenize(passages)
        for batch in batches(tokens.lengths, encoder.batch_tokens):
            embedding[batch] = encoder.run(tokens, batch).embedding

    runners = {f"textseg ({encoder.backend})": ours}
    for size in (8, 32):
        name = f"sentence-transformers, batch {size}{' (default)' if size == 32 else ''}"
        runners[name] = lambda size=size: model.encode(texts, batch_size=size)
    seconds = _take_turns(runners, options.rounds)
    difference = np.abs(embedding - model.encode(texts)).max()
    tokens = encoder.tokenize(passages).lengths.mean()
    print(f"{len(texts)} texts, {tokens:.0f} tokens on average, {options.rounds} rounds")
    for name, values in seconds.items():
        low, high = len(texts) / max(values), len(texts) / min(values)
        middle = len(texts) / statistics.median(values)
        print(f"{name:45s} {middle:7.1f} texts/s  ({low:.1f} to {high:.1f})")
    print(f"largest difference of an embedding's number: {difference:.1e}")


def _take_turns(runners: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    for round_number in range(rounds + 1):
        for name, runner in runners.items():
            start = time.perf_counter()
            runner()
            # The first round warms up.
            if round_number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def _sentence_transformer():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(default_model_folder()), device="cpu")


if __name__ == "__main__":
    main()

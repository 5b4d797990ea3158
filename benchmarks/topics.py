"""Topics beside BERTopic and K-means, against the labels that people gave the same texts.

Run: python benchmarks/topics.py [--data DIR] [--sets banking77 bitext] [--seeds 3]

Texts are read and encoded once, by textseg; every method gets the same embeddings and works in a
process of its own. ARI is the adjusted Rand index over every text, what a method leaves unclustered
being one cluster. Nobody but K-means is told the number of classes. Seconds are those of finding,
assigning and describing the topics (K-means describes nothing), compilation included, imports and
encoding not. BERTopic does not seed UMAP by default: its runs differ as if they had several seeds.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

import numpy as np
import pandas as pd
from common import fresh, need, options, show, spread, stopwatch
from numpy.typing import NDArray

from textseg.config import Config, make_config
from textseg.encode import Encodings, Reader
from textseg.ingest import ingest
from textseg.topics.stage import find_topics

SETS = {
    "banking77": ("banking77/tickets.parquet", "intent"),
    "bitext": ("bitext_support/tickets.parquet", "intent"),
}
Found = dict[str, tuple[NDArray[Any], float]]
"""Labels of all texts and seconds, by method."""


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, default=3, help="runs of every method")
    parser.add_argument("--rows", type=int, help="first rows only, to try the script")
    chosen = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in chosen.sets:
        path, column = SETS[name]
        frame = pd.read_parquet(need(chosen.data / path)).head(chosen.rows or sys.maxsize)
        feedback = ingest([frame[["text"]]], None, None, config=Config()).feedback
        truth = frame[column].to_numpy()[feedback["row"].to_numpy(dtype=int) - 1]
        encodings = Reader.load(Config()).read(feedback["text"].to_list())
        for method in (with_textseg, with_bertopic, with_k_means):
            task = (feedback, encodings, len(set(truth)))
            runs = [fresh(method, *task, seed) for seed in range(chosen.seeds)]
            rows += _rows(f"{name}, {len(set(truth))} classes", truth, runs)
    show(rows, chosen.json, ("bertopic", "umap-learn", "hdbscan", "scikit-learn"))


def with_textseg(feedback: pd.DataFrame, encodings: Encodings, k: int, seed: int) -> Found:
    import hdbscan  # noqa: F401 - imports are not timed
    import umap  # noqa: F401

    reader = Reader.load(Config())
    with stopwatch() as seconds:
        found = find_topics(feedback, encodings, reader.embed, make_config({"seed": seed}))
    return {"textseg": (found.feedback["topic_id"].to_numpy(dtype=int), seconds())}


def with_bertopic(feedback: pd.DataFrame, encodings: Encodings, k: int, seed: int) -> Found:
    from bertopic import BERTopic

    texts = feedback["text"].to_list()
    X = encodings.embeddings[encodings.index].astype(np.float32)
    with stopwatch() as seconds:
        model = BERTopic()
        labels, _ = model.fit_transform(texts, X)
    with stopwatch() as more:
        reduced = model.reduce_outliers(texts, labels, strategy="embeddings", embeddings=X)
    return {
        "BERTopic": (np.array(labels), seconds()),
        "BERTopic + reduce_outliers": (np.array(reduced), seconds() + more()),
    }


def with_k_means(feedback: pd.DataFrame, encodings: Encodings, k: int, seed: int) -> Found:
    from sklearn.cluster import KMeans

    X = encodings.embeddings[encodings.index].astype(np.float32)
    with stopwatch() as seconds:
        labels = KMeans(k, n_init=10, random_state=seed).fit_predict(X)
    return {"K-means, told k, best of 10": (labels, seconds())}


def _rows(name: str, truth: NDArray[Any], runs: list[Found]) -> list[dict[str, Any]]:
    """Average the runs of each method."""
    from sklearn.metrics import adjusted_rand_score

    rows = []
    for method in runs[0]:
        labels = [run[method][0] for run in runs]
        scores = [float(adjusted_rand_score(truth, found)) for found in labels]
        rows.append(
            {
                "set": name,
                "method": method,
                "ARI": statistics.mean(scores),
                "range": spread(scores),
                "topics": round(statistics.mean(len(set(x[x >= 0])) for x in labels)),
                "unclustered": float(np.mean([np.mean(x < 0) for x in labels])),
                "seconds": statistics.median(run[method][1] for run in runs),
            }
        )
    return rows


if __name__ == "__main__":
    main()

"""Topics beside BERTopic, Top2Vec, EVoC and K-means: right, well described and the same again.

Run: python benchmarks/topics.py [--data DIR] [--sets banking77 ...] [--seeds 5] [--stability]

Texts are read and encoded once, by textseg; every method gets the same texts and embeddings, and
each of its runs has a process of its own. ARI is the adjusted Rand index over every text, what a
method leaves unclustered being one cluster. Nobody but K-means is told the number of classes.

What was done to be fair:

- Peers run with their default settings. Top2Vec embeds the words that describe its topics with the
  same encoder. BERTopic's keywords are also given without English stop words, which its
  documentation advises and its defaults leave in.
- BERTopic, Top2Vec and EVoC take no seed by default: their runs differ as if they had several.
- Seconds are those of finding, assigning and describing the topics, compilation included, imports
  and encoding not; the median of the runs. EVoC keeps its compiled code, so that only the first run
  after its installation compiles; it describes nothing, like K-means.
- Keywords are judged in all texts: NPMI and diversity of the first ten words of each topic that
  the method itself found (``textseg.topics.quality``).
- ``--stability`` compares the runs with each other, and runs on random 80 % of the texts with each
  other and with the run on all, every one with seed 0, so that only the texts differ. For it
  BERTopic's UMAP is made with BERTopic's own settings and a seed.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from common import fresh, show_all, spread
from numpy.typing import NDArray
from topic_methods import (
    METHODS,
    SEEDED,
    SETS,
    Found,
    Method,
    Task,
    arguments,
    packages,
    present,
    read_set,
    with_seeded_bertopic,
)

from textseg.config import Config
from textseg.encode import Reader
from textseg.topics.quality import diversity, npmi

Row = dict[str, Any]


def main() -> None:
    chosen = arguments(__doc__, list(SETS), stability=True)
    methods = present((*METHODS, with_seeded_bertopic) if chosen.stability else METHODS)
    tables: dict[str, list[Row]] = {"agreement": [], "names": [], "stability": []}
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader.load(Config(), Path(folder))
        for name in chosen.sets:
            task = read_set(name, chosen, reader)
            title = f"{name}, {len(set(task.truth))} classes"
            for method in methods:
                runs = _runs(method, [task] * chosen.seeds, range(chosen.seeds))
                tables["agreement"] += _agreement(title, task, runs)
                tables["names"] += _names(title, task, runs)
                if chosen.stability and method in SEEDED:
                    tables["stability"] += _stability(title, task, method, runs, reader)
    show_all({name: rows for name, rows in tables.items() if rows}, chosen.json, packages(methods))


def _runs(method: Method, tasks: list[Task], seeds: Sequence[int]) -> dict[str, list[Found]]:
    """Run a method on each task with its seed; the results by the names that it gives them."""
    pairs = zip(tasks, seeds, strict=True)
    results: list[dict[str, Found]] = [fresh(method, task, seed) for task, seed in pairs]
    return {name: [result[name] for result in results] for name in results[0]}


def _agreement(title: str, task: Task, runs: dict[str, list[Found]]) -> list[Row]:
    """Compare the groups with those that people made."""
    rows = []
    for method, found in runs.items():
        scores = [_ari(task.truth, one.labels) for one in found]
        numbers = [len(set(one.labels[one.labels >= 0])) for one in found]
        rows.append(
            {
                "set": title,
                "method": method,
                "ARI": statistics.mean(scores),
                "range": spread(scores),
                "topics": round(statistics.mean(numbers)),
                "unclustered": float(np.mean([np.mean(one.labels < 0) for one in found])),
                "seconds": statistics.median(one.seconds for one in found),
            }
        )
    return rows


def _names(title: str, task: Task, runs: dict[str, list[Found]]) -> list[Row]:
    """Judge the keywords that a method gives its own groups."""
    rows = []
    for method, found in runs.items():
        for kind in found[0].keywords:
            coherence = [npmi(one.keywords[kind], task.texts) for one in found]
            different = [diversity(one.keywords[kind]) for one in found]
            rows.append(
                {
                    "set": title,
                    "method": method,
                    "keywords": kind,
                    "NPMI": statistics.mean(coherence),
                    "range": spread(coherence),
                    "diversity": statistics.mean(different),
                }
            )
    return rows


def _stability(
    title: str, task: Task, method: Method, whole: dict[str, list[Found]], reader: Reader
) -> list[Row]:
    """Compare runs with other seeds, and runs on random parts of the texts."""
    n, n_parts = len(task.texts), len(next(iter(whole.values())))
    draws = [np.random.default_rng(number) for number in range(n_parts)]
    chosen = [np.sort(draw.permutation(n)[: round(0.8 * n)]) for draw in draws]
    parts = _runs(method, [task.part(rows, reader) for rows in chosen], [0] * n_parts)
    rows = []
    for name, found in whole.items():
        labels = [one.labels for one in found]
        # What is not in a part has no label there, and does not count.
        placed = [_placed(n, *pair) for pair in zip(chosen, parts[name], strict=True)]
        seeds = _pairwise(labels)
        shares = _pairwise(placed)
        rows.append(
            {
                "set": title,
                "method": name,
                "seeds": statistics.median(seeds),
                "range of seeds": spread(seeds),
                "80 % of texts": statistics.median(shares),
                "range of 80 %": spread(shares),
                "80 % and all": statistics.median(_ari_common(labels[0], one) for one in placed),
            }
        )
    return rows


def _placed(n: int, rows: NDArray[Any], found: Found) -> NDArray[np.float64]:
    result = np.full(n, np.nan)
    result[rows] = found.labels
    return result


def _pairwise(labels: list[NDArray[Any]]) -> list[float]:
    return [_ari_common(a, b) for a, b in combinations(labels, 2)] or [float("nan")]


def _ari_common(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Compare two groupings on the texts that both have."""
    common = ~(np.isnan(a) | np.isnan(b))
    return _ari(a[common].astype(int), b[common].astype(int))


def _ari(a: NDArray[Any], b: NDArray[Any]) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(a, b))


if __name__ == "__main__":
    main()

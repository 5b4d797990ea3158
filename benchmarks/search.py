"""Seconds of a search over a million stored texts, beside peers over the same vectors.

Run: python benchmarks/search.py [-n 1000000] [--queries 9] [--folder DIR]

A workspace is made up in a temporary folder: short invented texts, and random unit vectors around
centres for their encodings, written into the store and the shards that a run writes. "first" makes
the file that later searches map into memory. "search" is all of a search in a process that has the
encoder loaded: filters, the query's encoding, the comparison, what is shown of the best ten;
"call" loads the encoder, too, as every ``textseg search`` does. "compare" is the comparison alone,
which is all that the peers do. They get the vectors in memory and in single precision, and take
turns with textseg; what they find is the measure of what textseg should find.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from common import options, show, stopwatch
from numpy.typing import NDArray

from textseg.config import Config
from textseg.encode import EncodingCache, Reader
from textseg.encode.cache import Rows
from textseg.encode.work import text_keys
from textseg.manifest import model_facts
from textseg.search import Filters, Search, search_workspace
from textseg.search.runs import StoredRun
from textseg.workspace import Workspace
from textseg.workspace.connection import connect
from textseg.workspace.folder import ENCODINGS, STORE
from textseg.workspace.tables import make_tables

RUN = "0001-2026-03-31"
SHARD = 4096
QUERIES = ("the parcel never came", "too expensive", "how do I return a dress", "rude staff")
FILTERS = {
    "search": Filters(),
    "search, one topic of 80": Filters(topic=5),
    "search, one channel of 2": Filters(channel="email"),
    "search, segment and dates": Filters(segment=3, since="2025-06-01", until="2025-12-31"),
}


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("-n", type=int, default=1_000_000, help="texts")
    parser.add_argument("--queries", type=int, default=9, help="of each kind")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        reader = Reader.load(Config())
        vectors = make_vectors(chosen.n, reader.encoder.dim)
        with stopwatch() as making:
            make_workspace(folder, vectors, reader)
        seconds = {"first": [first_search(folder)]}
        seconds |= whole_searches(folder, chosen.queries)
        compared, agreement = comparisons(folder, vectors, chosen.queries)
    rows = [
        {"what": what, "median s": statistics.median(x), "least": min(x), "most": max(x)}
        for what, x in (seconds | compared).items()
    ]
    packages = ("sentence-transformers", "scikit-learn", "torch")
    also = {"texts": chosen.n, "seconds_to_make_the_workspace": making()}
    show(rows, chosen.json, packages, **also, shared_of_the_best_ten=agreement)


def make_vectors(n: int, dim: int) -> NDArray[np.float16]:
    """Draw unit vectors around a thousand centres."""
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((1000, dim), dtype=np.float32)
    vectors = np.empty((n, dim), dtype=np.float16)
    for start in range(0, n, 50_000):
        part = vectors[start : start + 50_000]
        own = rng.standard_normal(part.shape, dtype=np.float32)
        own += centers[rng.integers(len(centers), size=len(part))]
        part[...] = own / np.linalg.norm(own, axis=1, keepdims=True)
    return vectors


def make_workspace(folder: Path, vectors: NDArray[np.float16], reader: Reader) -> None:
    """Write what a run leaves, as far as a search reads it."""
    metadata = {"encoder": model_facts(reader), "config": Config().model_dump(mode="json")}
    with connect(folder / STORE, read_only=False, wait=1) as store:
        make_tables(store)
        fill_store(store, len(vectors), json.dumps(metadata))
        texts = store.sql("SELECT text FROM feedback ORDER BY feedback_key").to_arrow_table()
    facts = {"run_id": RUN, "files": {}}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    keys = text_keys(texts["text"].to_pylist(), reader.encoder.prompt)
    name = f"{reader.encoder.fingerprint}-{reader.scorer.fingerprint}-0"
    sizes = (reader.encoder.dim, reader.scorer.n_features)
    shelf = EncodingCache(folder / ENCODINGS).shelf(name, *sizes)
    for start in range(0, len(keys), SHARD):
        part = vectors[start : start + SHARD]
        features = np.zeros((len(part), sizes[1]), dtype=np.float16)
        whole = Rows(part, features, np.zeros(len(part), dtype=np.bool_))
        shelf.append(keys[start : start + SHARD], whole)


def fill_store(store, n: int, metadata: str) -> None:
    store.execute(
        "INSERT INTO runs (number, run_id, created_at, metadata, manifest) "
        "VALUES (1, ?, ?, ?, '{}')",
        [RUN, datetime.now(UTC).replace(tzinfo=None), metadata],
    )
    store.execute(
        "INSERT INTO feedback (feedback_key, content, source, feedback_id, text, customer_id, "
        "created_at, channel) SELECT i, unhex(sha256(i::VARCHAR)), 'reviews', 'F-' || i, "
        "'Order ' || i || ' came ' || i % 40 || ' days late and nobody answered my mail', "
        "'C-' || i % 200000, make_timestamp_ns(1735689600000000000 + i * 31536000000), "
        "CASE WHEN i % 2 = 0 THEN 'email' ELSE 'web' END FROM range(?) t(i)",
        [n],
    )
    store.execute(
        "INSERT INTO assignments (run_id, position, feedback_key, topic_id, topic_name, "
        "sentiment_label) SELECT ?, i, i, i % 80, 'Topic ' || i % 80, 'negative' "
        "FROM range(?) t(i)",
        [RUN, n],
    )
    store.execute(
        "INSERT INTO customers (run_id, customer_id, segment_id) "
        "SELECT ?, 'C-' || i, i % 7 FROM range(200000) t(i)",
        [RUN],
    )
    for kind, number in (("topic", 80), ("segment", 7)):
        store.execute(
            f"INSERT INTO {kind}s (run_id, {kind}_id, name) "
            f"SELECT ?, i, '{kind} ' || i FROM range(?) t(i)",
            [RUN, number],
        )


def first_search(folder: Path) -> float:
    with stopwatch() as passed:
        _, found = search_workspace(folder, QUERIES[0])
    assert not found.n_encoded
    assert len(found.feedback) == 10
    return passed()


def whole_searches(folder: Path, number: int) -> dict[str, list[float]]:
    search = Search(StoredRun.find(Workspace.open(folder)), folder / ENCODINGS)
    calls: dict[str, Callable[[str], object]] = {
        name: lambda query, filters=filters: search(query, 10, filters)
        for name, filters in FILTERS.items()
    }
    calls["call"] = lambda query: search_workspace(folder, query)
    return take_turns(calls, [QUERIES[i % len(QUERIES)] for i in range(number)])


def comparisons(
    folder: Path, vectors: NDArray[np.float16], number: int
) -> tuple[dict[str, list[float]], float]:
    import torch
    from sentence_transformers.util import semantic_search
    from sklearn.neighbors import NearestNeighbors

    from textseg.search.find import FOLDER
    from textseg.search.index import Index

    (place,) = (folder / ENCODINGS / FOLDER).iterdir()
    index = Index.load(place, vectors.shape[1])
    assert index is not None
    exact = vectors.astype(np.float32)
    tensor = torch.from_numpy(exact)
    neighbors = NearestNeighbors(n_neighbors=10, metric="cosine", algorithm="brute").fit(exact)
    rng = np.random.default_rng(1)
    queries = exact[rng.integers(len(exact), size=number)]
    queries = queries + rng.standard_normal(queries.shape, dtype=np.float32) / 40
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    ours: list[set[int]] = []
    theirs: list[set[int]] = []

    def textseg(query: NDArray[np.float32]) -> None:
        rows, _ = index.nearest(query, 10)
        ours.append(set(index.positions(rows[:10]).tolist()))

    def sentence_transformers(query: NDArray[np.float32]) -> None:
        (hits,) = semantic_search(torch.from_numpy(query), tensor, top_k=10)
        theirs.append({hit["corpus_id"] for hit in hits})

    calls: dict[str, Callable[[NDArray[np.float32]], object]] = {
        "compare: textseg": textseg,
        "compare: sentence_transformers.util.semantic_search": sentence_transformers,
        "compare: sklearn NearestNeighbors, brute": lambda q: neighbors.kneighbors(q[None]),
    }
    seconds = take_turns(calls, list(queries))
    shared = [len(own & other) / 10 for own, other in zip(ours, theirs, strict=True)]
    return seconds, statistics.mean(shared)


def take_turns(calls: dict[str, Callable], queries: list) -> dict[str, list[float]]:
    """Time every call with every query; a round before does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number, query in enumerate([queries[0], *queries]):
        for name, call in calls.items():
            with stopwatch() as passed:
                call(query)
            if number:
                seconds[name].append(passed())
    return seconds


if __name__ == "__main__":
    main()

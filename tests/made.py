"""What several tests make by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from textseg.encode import Clauses, Encodings


def made_encodings(embeddings: Any, probabilities: Any, index: Any) -> Encodings:
    """Encodings of texts that are one clause each."""
    rows = np.arange(len(embeddings))
    return Encodings(
        embeddings=np.asarray(embeddings, dtype=np.float16),
        features=np.log(np.maximum(probabilities, 1e-6)).astype(np.float16),
        probabilities=np.asarray(probabilities, dtype=np.float32),
        index=np.asarray(index, dtype=np.int64),
        clauses=Clauses(rows, np.zeros_like(rows), np.full_like(rows, 10_000), rows),
        n_encoded=len(embeddings),
        n_reused=0,
        n_truncated=0,
        seconds=0.0,
        second_pass=0.0,
    )


def whole_clauses(feedback: pd.DataFrame) -> pd.DataFrame:
    """One clause per feedback, with its topic and, if there is one, its sentiment."""
    return pd.DataFrame(
        {
            "position": np.arange(len(feedback)),
            "topic_id": feedback["topic_id"].to_numpy("int64"),
            "sentiment": feedback.get("sentiment", pd.Series(0.0, index=feedback.index)).to_numpy(),
        }
    )


def no_scores(feedback: pd.DataFrame | Sequence[Any]) -> pd.DataFrame:
    """A run without scales."""
    return pd.DataFrame(index=range(len(feedback)))


def random_units(n: int, d: int = 48, seed: int = 1) -> np.ndarray:
    """Unit vectors without any structure."""
    rows = np.random.default_rng(seed).normal(size=(n, d))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

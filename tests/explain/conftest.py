"""Made customers, without any model or encoder: features and segments are drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from textseg.explain.contest import Contest
from textseg.explain.features import Features
from textseg.explain.record import Record
from textseg.segments.fusion import Block, Fusion
from textseg.segments.model import SegmentModel

COLUMNS = {
    "preference": tuple(map(str, range(6))),
    "sentiment": ("negative", "neutral", "positive"),
    "value": ("recency_days", "frequency", "monetary"),
    "topics": ("0", "1"),
    "purchases": ("returns_rate", "category: Dresses"),
}
K, M = 4, 5


class Case(NamedTuple):
    """One customer, and all that an explanation is made of."""

    contest: Contest
    features: Features
    record: Record
    average: np.ndarray

    @property
    def squares(self) -> np.ndarray:
        """Squared distances to all segments."""
        model = self.contest.model
        point = model.fusion.transform(self.features.blocks)
        return ((model.centers - point) ** 2).sum(axis=1)


def made_model(rng: np.random.Generator, names: list[str]) -> SegmentModel:
    blocks = {
        name: Block(rng.normal(size=len(COLUMNS[name])), rng.normal(size=(len(COLUMNS[name]), M)))
        for name in names
    }
    means = {name: rng.normal(size=(K, len(COLUMNS[name]))) for name in names}
    return SegmentModel(Fusion(blocks, {name: COLUMNS[name] for name in names}), means)


@pytest.fixture(scope="session")
def make_case() -> Callable[..., Case]:
    """Draw a customer with ``n`` texts; ``shrinkage`` average texts are added to them."""

    def make(
        seed: int = 0,
        n: int = 4,
        shrinkage: float = 2.0,
        blocks: tuple[str, ...] = tuple(COLUMNS),
        orders: bool = True,
    ) -> Case:
        rng = np.random.default_rng(seed)
        model = made_model(rng, list(blocks))
        weights = rng.uniform(0.1, 1.0, n)
        shares = weights / (weights.sum() + shrinkage)
        embeddings, average = rng.normal(size=(n, 6)), rng.normal(size=6)
        probabilities = rng.dirichlet([1, 1, 1], n)
        rest = 1 - shares.sum()
        values = {
            "preference": shares @ embeddings + rest * average,
            "sentiment": shares @ probabilities + rest / 3,
            "value": np.log1p(rng.uniform(1, 300, 3)) if orders else np.full(3, np.nan),
            "topics": rng.uniform(size=2),
            "purchases": np.array([rng.uniform(), np.nan]),
        }
        frames = {name: pd.DataFrame([values[name]], columns=COLUMNS[name]) for name in blocks}
        topics = rng.integers(-1, 2, n)
        record = Record(
            customer={"customer_id": "C-1", "segment_id": 0},
            feedback=pd.DataFrame(
                {
                    "text": pd.array([f"Text {i}" for i in range(n)], dtype="string"),
                    "topic_id": pd.array(topics, dtype="Int64"),
                }
            ),
            segments={segment: f"Segment {segment}" for segment in range(K)},
            topics={0: "Fit", 1: "Delivery"},
            topic_shares={(0, 0): 0.5, (1, 0): 0.25},
        )
        features = Features(
            frames, shares, embeddings, probabilities, np.ones(n, dtype=bool), (), 0
        )
        own, rival = rng.choice(K, 2, replace=False)
        return Case(Contest(model, int(own), int(rival)), features, record, average)

    return make

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from made import whole_clauses

from textseg.cluster import Centroids
from textseg.customers.view import PURCHASE_FEATURES, VALUE_FEATURES, Baseline, CustomerView
from textseg.segments.partition import Labels, Matrix
from textseg.sentiment.classes import LABELS
from textseg.topics.model import TopicModel
from textseg.topics.stage import Topics


@pytest.fixture(scope="session")
def islands() -> Callable[..., tuple[Matrix, Labels]]:
    """Points around corners that are all equally far apart, shuffled, and the corner of each."""

    def make(
        sizes: Sequence[int] = (60, 40, 30, 20), *, spread: float = 0.6, d: int = 6, seed: int = 0
    ) -> tuple[Matrix, Labels]:
        rng = np.random.default_rng(seed)
        truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        corners = np.eye(len(sizes), d) * 5
        return corners[truth] + rng.normal(scale=spread, size=(len(truth), d)), truth

    return make


@pytest.fixture(scope="session")
def make_view() -> Callable[..., CustomerView]:
    """Customers in ``k`` planted groups of unlike meaning; the last ones silent, if any."""

    def make(
        k: int = 3, size: int = 20, *, n_silent: int = 0, orders: bool = True, seed: int = 0
    ) -> CustomerView:
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(k), size)
        n = len(group)
        shares = np.full((n, k), 0.1)
        shares[np.arange(n), group] = 1 - 0.1 * (k - 1)
        mood = np.where(group % 2, 0.8, 0.1)
        probabilities = np.stack([mood, np.full(n, 0.1), 0.9 - mood], axis=1)
        money = np.concatenate([rng.gamma(2.0, 50.0, n), np.linspace(1, 300, n_silent)])
        everyone = [f"w{i:03}" for i in range(n)] + [f"x{i:03}" for i in range(n_silent)]
        table = pd.DataFrame(index=pd.Index(everyone, dtype="string", name="customer_id"))
        table["n_feedback"] = pd.array([2] * n + [0] * n_silent, dtype="Int64")
        signed = probabilities[:, 2] - probabilities[:, 0]
        table["sentiment"] = np.concatenate([signed, np.full(n_silent, np.nan)])
        table["dominant_topic_id"] = pd.array([*group, *[None] * n_silent], dtype="Int64")
        table["is_silent"] = np.array([False] * n + [orders] * n_silent, dtype=bool)
        if orders:
            table["frequency"] = rng.integers(1, 9, len(table))
            table["recency_days"] = rng.integers(1, 300, len(table)).astype(float)
            table["monetary"] = money
            table["value_tier"] = pd.cut(money, [-1, 60, 120, 1e9], labels=["low", "mid", "high"])
            table["value_tier"] = table["value_tier"].astype("string")
        index = table.index[:n]
        value = np.full((n, 3), np.nan)
        if orders:
            value = np.log1p(table[list(VALUE_FEATURES)].to_numpy(dtype=float)[:n])

        def block(values: Matrix, columns: Sequence[object]) -> pd.DataFrame:
            return pd.DataFrame(values, index=index, columns=list(columns))

        return CustomerView(
            table=table,
            with_text=index,
            features={
                "preference": block(
                    np.eye(k, 8)[group] + rng.normal(scale=0.05, size=(n, 8)), range(8)
                ),
                "topics": block(shares, range(k)),
                "sentiment": block(probabilities + rng.normal(scale=0.01, size=(n, 3)), LABELS),
                "mood": block(np.zeros((n, 2)), ("sentiment_trend", "sentiment_spread")),
                "themes": block(np.zeros((n, 0)), ()),
                "scales": block(np.zeros((n, 0)), ()),
                "activity": block(np.full((n, 1), np.log1p(2)), ("n_feedback",)),
                "value": block(value, VALUE_FEATURES),
                "purchases": block(np.full((n, len(PURCHASE_FEATURES)), np.nan), PURCHASE_FEATURES),
            },
            baseline=Baseline({"preference": np.zeros(8)}, (60.0, 120.0) if orders else None),
        )

    return make


@pytest.fixture(scope="session")
def make_topics() -> Callable[[CustomerView], Topics]:
    """Topics whose feedback is that of a view from ``make_view``: two texts per customer."""

    def make(view: CustomerView) -> Topics:
        own = view.table.loc[view.with_text]
        rows = own.loc[own.index.repeat(2)]
        feedback = pd.DataFrame(
            {
                "customer_id": pd.array(rows.index, dtype="string"),
                "topic_id": rows["dominant_topic_id"].to_numpy("int64"),
                "sentiment": rows["sentiment"].to_numpy(),
                "sentiment_label": np.where(rows["sentiment"] < 0, "negative", "positive"),
            }
        )
        k = view.topic_shares.shape[1]
        centroids = Centroids(np.eye(k, 8, dtype=np.float32), np.zeros(k, dtype=np.float32))
        names = ("Delivery", "PIN code", "Refund", "Sizing", "Fabric")[:k]
        model = TopicModel(centroids, names, tuple((name.lower(),) for name in names))
        return Topics(model, feedback, pd.DataFrame(), whole_clauses(feedback), {})

    return make

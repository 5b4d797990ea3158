from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made import made_encodings, no_scores, whole_clauses

from textseg import schema
from textseg.cluster import Centroids, unit
from textseg.config import Config, RollupConfig, SegmentsConfig
from textseg.customers.view import build_view
from textseg.fitted import Fitted
from textseg.segments.stage import find_segments
from textseg.topics.model import TopicModel
from textseg.topics.stage import Topics

AS_OF = pd.Timestamp("2025-03-31")
LABELS = np.array(["negative", "neutral", "positive"])


def feedback_of(topics):
    """Two texts per customer about the topic given, the second of them older."""
    n = len(topics)
    frame = pd.DataFrame({"customer_id": [f"c{i:03}" for i in range(n)] * 2})
    frame["customer_id"] = frame["customer_id"].astype("string")
    frame["created_at"] = pd.to_datetime(["2025-03-31"] * n + ["2024-03-31"] * n)
    frame["topic_id"] = pd.array([*topics, *topics], dtype="Int64")
    frame["channel"] = pd.array([None] * 2 * n, dtype="string")
    return frame


def encodings_of(feedback, seed=0):
    topic = feedback["topic_id"].to_numpy("int64")
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(len(topic), 6))
    embeddings = unit(np.eye(6)[topic] + noise).astype(np.float16)
    probabilities = np.where(np.eye(3, dtype=bool)[topic], 0.8, 0.1).astype(np.float32)
    return made_encodings(embeddings, probabilities, np.arange(len(topic)))


def orders_of(customers, amounts):
    frame = pd.DataFrame({"customer_id": customers, "amount": amounts, "date": AS_OF})
    frame["order_id"] = frame["customer_id"]
    frame["is_return"] = False
    return schema.checked(frame, schema.ORDERS)


def view_of(feedback, encodings, orders=None, baseline=None):
    return build_view(
        feedback, whole_clauses(feedback), encodings, (0, 0, 1), scores=no_scores(feedback),
        orders=orders, customers=None, as_of=AS_OF, config=RollupConfig(), baseline=baseline,
    )  # fmt: skip


@pytest.fixture(scope="module")
def feedback():
    return feedback_of(np.repeat([0, 1, 2], 20))


@pytest.fixture(scope="module")
def orders(feedback):
    writers = sorted(set(feedback["customer_id"]))
    silent = [f"s{i:02}" for i in range(15)]
    amounts = np.linspace(10.0, 500.0, len(writers + silent))
    return orders_of(writers + silent, np.random.default_rng(1).permutation(amounts))


@pytest.fixture(scope="module", params=["with orders", "without"])
def run(request, feedback, orders):
    """A view, what was found in it, and whether there were orders."""
    encodings = encodings_of(feedback)
    view = view_of(feedback, encodings, orders if request.param == "with orders" else None)
    labels = LABELS[encodings.probabilities.argmax(axis=1)]
    frame = feedback.assign(sentiment=0.0, sentiment_label=labels)
    centroids = Centroids(np.eye(3, 6, dtype=np.float32), np.full(3, 0.5, dtype=np.float32))
    model = TopicModel(centroids, ("Delivery", "Refund", "Fabric"), (("late",), ("money",), ()))
    config = Config(segments=SegmentsConfig(number=3, subsamples=2, method="k-means"))
    return view, find_segments(
        view, Topics(model, frame, pd.DataFrame(), whole_clauses(feedback), {}), config
    ).fitted


def stored_and_back(fitted: Fitted) -> Fitted:
    return Fitted.from_arrays(fitted.to_arrays(), json.loads(json.dumps(fitted.metadata())))


def test_what_is_stored_places_every_customer_exactly_as_before(run):
    view, fitted = run
    assert len(fitted.segments) == 3
    again = stored_and_back(fitted)
    pd.testing.assert_frame_equal(again.place(view), fitted.place(view), check_exact=True)
    assert again.segment_names == fitted.segment_names
    assert again.silent == fitted.silent
    assert (again.topics.names, again.topics.keywords) == (
        fitted.topics.names,
        fitted.topics.keywords,
    )


def test_all_that_is_stored_is_arrays_and_json(run):
    _, fitted = run
    for arrays in fitted.to_arrays().values():
        for array in arrays.values():
            assert isinstance(array, np.ndarray)
            assert array.dtype.kind in "fi"


def test_topics_that_a_person_has_changed_come_back(run, feedback):
    _, fitted = run
    merged = replace(
        fitted.topics,
        centroids=replace(
            fitted.topics.centroids,
            groups=np.array([0, 0, 2]),
            calibration=np.array([0.5, 1.5], dtype=np.float32),
        ),
        parents=(0, 0, 1),
        theme_names=("Post", "Wear"),
        hidden=frozenset({2}),
        pinned=frozenset({0}),
        clause_ratio=0.9,
    )
    again = stored_and_back(replace(fitted, topics=merged)).topics
    assert replace(again, centroids=merged.centroids) == merged
    for name, array in merged.to_arrays().items():
        assert again.to_arrays()[name].tobytes() == array.tobytes()
    embeddings = encodings_of(feedback).embeddings
    for one, other in zip(
        again.centroids.assign(embeddings), merged.centroids.assign(embeddings), strict=True
    ):
        assert one.tobytes() == other.tobytes()


def test_the_baseline_comes_back(run, feedback, orders):
    view, fitted = run
    again = stored_and_back(fitted)
    assert again.baseline.tier_borders == view.baseline.tier_borders
    known = orders if view.baseline.tier_borders else None
    new = view_of(feedback, encodings_of(feedback), known, again.baseline)
    pd.testing.assert_frame_equal(again.place(new), fitted.place(view), check_exact=True)


def test_a_customer_alone_gets_the_segment_they_had_among_all(run, feedback, orders):
    view, fitted = run
    placed = fitted.place(view)
    encodings = encodings_of(feedback)
    for customer in ("c000", "c025", "c059"):
        rows = np.flatnonzero(feedback["customer_id"] == customer)
        known = None
        if view.baseline.tier_borders:
            known = orders[orders["customer_id"] == customer].reset_index(drop=True)
        alone = view_of(
            feedback.iloc[rows].reset_index(drop=True),
            made_encodings(encodings.embeddings[rows], encodings.probabilities[rows], np.arange(2)),
            known,
            fitted.baseline,
        )
        own = fitted.place(alone).loc[customer]
        assert own["segment_id"] == placed.loc[customer, "segment_id"]
        assert own["segment_confidence"] == pytest.approx(
            placed.loc[customer, "segment_confidence"]
        )


def test_silent_customers_are_placed_by_the_tiers_that_were_learned(run, feedback):
    view, fitted = run
    if view.baseline.tier_borders is None:
        assert fitted.silent == {}
        return
    low, high = view.baseline.tier_borders
    few = feedback_of([0, 1])
    new = view_of(
        few, encodings_of(few),
        orders_of(["n1", "n2", "n3"], [low - 1, (low + high) / 2, high + 1]), fitted.baseline,
    )  # fmt: skip
    placed = fitted.place(new)
    names = [
        fitted.segment_names[segment] for segment in placed.loc[["n1", "n2", "n3"], "segment_id"]
    ]
    assert names == ["Silent, low value", "Silent, mid value", "Silent, high value"]
    assert placed.loc[["n1", "n2", "n3"], "segment_confidence"].isna().all()


def test_new_feedback_without_orders_is_placed_all_the_same(run):
    _, fitted = run
    few = feedback_of([0, 1, 2, 2])
    placed = fitted.place(view_of(few, encodings_of(few), None, fitted.baseline))
    assert placed["segment_id"].ge(0).all()
    assert placed["segment_id"].nunique() == 3
    assert placed.loc["c002", "segment_id"] == placed.loc["c003", "segment_id"]


def test_without_segments_everybody_has_none(run):
    view, fitted = run
    bare = stored_and_back(Fitted(fitted.topics))
    assert (bare.segments, bare.baseline, bare.segment_names) == (None, None, ())
    placed = bare.place(view)
    assert (placed["segment_id"] == -1).all()
    assert placed["segment_confidence"].isna().all()

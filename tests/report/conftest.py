from __future__ import annotations

from copy import deepcopy
from typing import Any

import pandas as pd
import pytest

from textseg.schema import EXPORTS, checked

MEASURED = {
    "n_segments": 3,
    "method": "k-means",
    "kind": "natural",
    "bootstrap": 0.94,
    "seeds": 0.9998,
    "halves": 0.914,
    "candidates": [
        {"method": "k-means", "n_segments": 2, "weakest": 0.99},
        {"method": "k-means", "n_segments": 3, "weakest": 0.98},
        {"method": "k-means", "n_segments": 4, "weakest": 0.87},
        {"method": "density", "n_segments": 3, "weakest": 0.66},
    ],
    "lookalike": {"offered": True, "accuracy": 0.35, "base_rate": 0.24},
    "products": [],
    "fidelity": {"in_sample": 0.85, "cross_validated": 0.84, "largest": 0.24},
    "rules": [
        {
            "segment_id": 0,
            "segment_name": "",
            "rule": "Sentiment above 0.1",
            "precision": 0.857,
            "recall": 0.916,
            "n_customers": 11,
        },
        {"segment_id": 1, "rule": None, "precision": None, "recall": 0.0, "n_customers": 0},
    ],
    "phrases": {"0": ["writes more about Fit and size (90% against 5%)"], "1": []},
}
"""What a run measures of the segments of ``frames``."""

TOPICS = {0: ("Late delivery", -0.62), 1: ("Fit and size", 0.35), 2: ("Card not working", -0.4)}
SEGMENTS = {
    0: ("Loyal, pleased with the fit", 1, 0.48, 820.0),
    1: ("Big spenders let down by delivery", 0, -0.55, 2140.0),
    2: ("Occasional, stuck with cards", 2, -0.31, 96.5),
}


def text_of(topic: int, number: int) -> str:
    name = TOPICS[topic][0].lower()
    return f"My customer story number {number} is about {name} and nothing else."


@pytest.fixture
def measured() -> dict[str, Any]:
    return deepcopy(MEASURED)


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    """30 customers in three text segments, three silent ones, 60 feedback in three topics."""
    customers, feedback = [], []
    for number in range(30):
        segment = number % 3
        _, topic, mood, money = SEGMENTS[segment]
        customers.append(
            {
                "customer_id": f"C{number:02}",
                "segment_id": segment,
                "segment_name": SEGMENTS[segment][0],
                "is_silent": False,
                "n_feedback": 2,
                "sentiment": mood,
                "monetary": money,
            }
        )
        for part in range(2):
            row = 2 * number + part
            label = "negative" if mood < 0 else "positive"
            feedback.append(
                {
                    "feedback_id": f"f{row:03}",
                    "source": "feedback.csv",
                    "row": row + 1,
                    "text": text_of(topic, row),
                    "customer_id": f"C{number:02}",
                    "created_at": pd.Timestamp("2026-01-01") + pd.Timedelta(days=row),
                    "topic_id": topic,
                    "topic_name": TOPICS[topic][0],
                    "topic_confidence": (row % 10) / 10,
                    "is_core": True,
                    "sentiment": mood,
                    "sentiment_label": label,
                    "p_negative": float(mood < 0),
                    "p_neutral": 0.0,
                    "p_positive": float(mood > 0),
                }
            )
    customers += [
        {
            "customer_id": f"S{number}",
            "segment_id": 3,
            "segment_name": "Silent, low value",
            "is_silent": True,
            "n_feedback": 0,
            "monetary": 40.0,
        }
        for number in range(3)
    ]
    segments = [
        {
            "segment_id": key,
            "kind": "text",
            "name": name,
            "description": f"They talk about {TOPICS[topic][0]}.",
            "n_customers": 10,
            "share": 10 / 33,
            "stability": 0.97,
            "stability_kind": "natural",
            "sentiment": mood,
            "top_topics": TOPICS[topic][0],
            "revenue_share": money * 10 / 30685,
            "monetary_mean": money,
        }
        for key, (name, topic, mood, money) in SEGMENTS.items()
    ]
    segments.append(
        {
            "segment_id": 3,
            "kind": "value",
            "name": "Silent, low value",
            "description": "They buy little.",
            "n_customers": 3,
            "share": 3 / 33,
            "revenue_share": 120 / 30685,
            "monetary_mean": 40.0,
        }
    )
    topics = [
        {
            "topic_id": key,
            "name": name,
            "keywords": "alpha, beta, gamma",
            "n_feedback": 20,
            "share": 1 / 3,
            "sentiment": mood,
            "negative_share": float(mood < 0),
            "example_ids": "f000",
        }
        for key, (name, mood) in TOPICS.items()
    ]
    rows = {"customers": customers, "feedback": feedback, "segments": segments, "topics": topics}
    return {name: checked(pd.DataFrame(rows.get(name, [])), EXPORTS[name]) for name in EXPORTS}

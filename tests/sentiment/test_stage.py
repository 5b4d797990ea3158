from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made import made_encodings

from textseg.config import make_config
from textseg.sentiment import Scorer, SentimentHead
from textseg.sentiment.stage import scale_scores, settle_sentiment

SCORER = Scorer("default", "f", 3, SentimentHead.identity())


def embed(texts):
    """Own phrases point up and down, those of the shipped scales anywhere."""
    known = {"I need it today": [0.0, 1.0], "whenever": [0.0, -1.0]}
    rows = [
        known.get(t, np.random.default_rng(zlib.crc32(t.encode())).normal(size=2)) for t in texts
    ]
    return np.array(rows)


def rated(n=600, seed=0):
    """Texts whose stars say the opposite of what the head reads."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    probabilities = np.full((n, 3), 0.1)
    probabilities[np.arange(n), 2 - truth] = 0.8
    feedback = pd.DataFrame(
        {
            "source": pd.array(["a.csv"] * n, dtype="string"),
            "feedback_id": pd.array([f"f{i}" for i in range(n)], dtype="string"),
            "customer_id": pd.array([f"c{i % 200}" for i in range(n)], dtype="string"),
            "rating": np.array([1.0, 3.0, 5.0])[truth],
        }
    )
    embeddings = np.column_stack([np.ones(n), np.linspace(-1, 1, n)])
    return feedback, made_encodings(embeddings, probabilities, np.arange(n)), truth


def test_ratings_are_not_learned_from_unless_asked():
    feedback, encodings, _ = rated()
    felt = settle_sentiment(feedback, encodings, SCORER, embed, make_config({}))
    assert felt.head is None
    assert felt.encodings is encodings
    assert felt.notes == []
    assert "adapt" not in felt.figures


def test_what_is_learned_scores_all_texts_and_is_told():
    feedback, encodings, truth = rated()
    config = make_config({"sentiment": {"adapt": True}})
    felt = settle_sentiment(feedback, encodings, SCORER, embed, config)
    assert felt.head is not None
    assert (felt.encodings.probabilities.argmax(axis=1) == truth).mean() > 0.95
    assert felt.figures["adapt"]["kept"] is True
    assert felt.figures["adapt"]["after"]["log_loss"] < felt.figures["adapt"]["before"]["log_loss"]
    assert felt.notes[0].startswith("Sentiment was learned from the ratings: ")


def test_ratings_that_mean_nothing_are_left_alone():
    feedback, encodings, _ = rated()
    noise = np.random.default_rng(1).permutation(feedback["rating"])
    config = make_config({"sentiment": {"adapt": True}})
    felt = settle_sentiment(feedback.assign(rating=noise), encodings, SCORER, embed, config)
    assert felt.head is None
    assert felt.figures["adapt"]["kept"] is False
    assert felt.notes[0].startswith("Sentiment was left as it was: ")


def test_feedback_of_nobody_is_learned_from_one_by_one():
    feedback, encodings, _ = rated()
    nobody = feedback.assign(customer_id=pd.array([pd.NA] * len(feedback), dtype="string"))
    config = make_config({"sentiment": {"adapt": True}})
    assert settle_sentiment(nobody, encodings, SCORER, embed, config).head is not None


def test_a_second_pass_is_told_with_its_cost():
    feedback, encodings, _ = rated(60)
    slow = replace(encodings, seconds=60.4, second_pass=33.6)
    felt = settle_sentiment(feedback, slow, SCORER, embed, make_config({}))
    assert felt.figures["second_pass_seconds"] == 33.6
    assert felt.notes == [
        "The sentiment needed a second pass over the texts: 34 of 60 seconds of encoding."
    ]


def test_scales_score_each_feedback():
    feedback, encodings, _ = rated(60)
    own = {"name": "haste", "high": ["I need it today"], "low": ["whenever"]}
    felt = settle_sentiment(feedback, encodings, SCORER, embed, make_config({"scales": [own]}))
    scores = scale_scores(felt.scales, felt.encodings, feedback.index)
    assert list(scores.columns)[-1] == "scale_haste"
    haste = scores["scale_haste"]
    assert haste.is_monotonic_increasing
    assert haste.mean() == pytest.approx(0, abs=1e-6)
    assert haste.std(ddof=0) == pytest.approx(1, abs=1e-3)

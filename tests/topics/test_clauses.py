from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.cluster import Centroids
from textseg.encode import Clauses, Encodings
from textseg.schema import EXPORTS, checked
from textseg.topics.clauses import clause_ratio, clause_table
from textseg.topics.model import TopicModel

TEXTS = ["lovely dress but late again", "refund please"]
CENTROIDS = Centroids(np.eye(3, 4, dtype=np.float32), np.full(3, 0.8, dtype=np.float32))


def model(ratio=1.0):
    return TopicModel(CENTROIDS, ("Dress", "Delivery", "Refund"), ((), (), ()), ratio)


@pytest.fixture
def encodings():
    """Two texts, the first of two clauses about topics 0 and 1, and who asks for them."""
    rows = np.array([[0.8, 0.6, 0, 0], [0, 0, 1, 0], [0.9, 0.1, 0, 0.42], [0, 0.7, 0, 0.71]])
    p = np.array([[0.4, 0.2, 0.4], [0.5, 0.5, 0.0], [0.0, 0.1, 0.9], [0.9, 0.1, 0.0]])
    return Encodings(
        embeddings=rows.astype(np.float16),
        features=np.zeros((4, 3), np.float16),
        probabilities=p.astype(np.float32),
        index=np.array([1, 0, 0]),
        clauses=Clauses(
            text=np.array([0, 0, 1]),
            start=np.array([0, 13, 0]),
            end=np.array([13, 27, 13]),
            row=np.array([2, 3, 1]),
        ),
        n_encoded=2, n_reused=0, n_truncated=0, seconds=0.0, second_pass=0.0,
    )  # fmt: skip


@pytest.fixture
def feedback():
    return pd.DataFrame(
        {
            "feedback_id": pd.array(["a", "b", "c"], dtype="string"),
            "source": pd.array(["x.csv"] * 3, dtype="string"),
            "text": pd.array([TEXTS[1], TEXTS[0], TEXTS[0]], dtype="string"),
            "topic_id": [2, 0, 0],
        }
    )


def test_each_clause_has_its_own_topic_and_sign(feedback, encodings):
    table = clause_table(feedback, encodings, model(0.8), np.ones(3, dtype=bool))
    assert table[
        ["feedback_id", "clause", "text", "topic_id", "sentiment_label"]
    ].values.tolist() == [
        ["a", 1, "refund please", 2, "negative"],
        ["b", 1, "lovely dress", 0, "positive"],
        ["b", 2, "but late again", 1, "negative"],
        ["c", 1, "lovely dress", 0, "positive"],
        ["c", 2, "but late again", 1, "negative"],
    ]
    assert table["sentiment"].tolist() == [-0.5, 0.9, -0.9, 0.9, -0.9]
    assert table["position"].tolist() == [0, 1, 1, 2, 2]
    checked(table.drop(columns="position"), EXPORTS["clauses"])


def test_clauses_have_a_threshold_of_their_own(feedback, encodings):
    """The second clause has a similarity of 0.7, below the threshold of texts."""
    everything = np.ones(3, dtype=bool)
    strict = clause_table(feedback, encodings, model(1.0), everything)["topic_id"]
    assert strict.tolist() == [2, 0, -1, 0, -1]


def test_what_says_nothing_has_no_topic(feedback, encodings):
    table = clause_table(feedback, encodings, model(0.8), np.array([False, True, False]))
    assert table["topic_id"].tolist() == [-1, 0, 1, -1, -1]


def test_the_ratio_compares_clauses_with_their_texts(encodings):
    # Only the first clause is nearest to the topic of its text: 0.9 against 0.8, at most 1.
    assert clause_ratio(encodings, model(), np.array([0, 2])) == 1.0
    # Of topic 1 it is the second one: 0.3 against 0.8.
    weaker = Encodings(**{**vars(encodings), "embeddings": encodings.embeddings.copy()})
    weaker.embeddings[[0, 3]] = [[0.6, 0.8, 0, 0], [0, 0.3, 0, 0.954]]
    assert clause_ratio(weaker, model(), np.array([1, 2])) == pytest.approx(0.375, abs=1e-3)


def test_the_ratio_compares_in_the_space_of_the_topics(encodings):
    """Turned, moved and stretched the space is another, but what it says of texts is the same."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0].astype(np.float32)
    moved = Centroids(
        CENTROIDS.directions,
        CENTROIDS.thresholds,
        center=np.full(4, 0.25, dtype=np.float32),
        whitening=turn.T / 2,
    )
    rows = encodings.embeddings.astype(np.float32)
    rows[[0, 3]] = [[0.6, 0.8, 0, 0], [0, 0.3, 0, 0.954]]
    elsewhere = Encodings(**{**vars(encodings), "embeddings": 2 * rows @ turn + 0.25})
    ratio = clause_ratio(elsewhere, TopicModel(moved), np.array([1, 2]))
    assert ratio == pytest.approx(0.375, abs=1e-3)


def test_without_several_clauses_or_topics_the_ratio_is_one(encodings):
    assert clause_ratio(encodings, model(), np.array([-1, 2])) == 1.0


def test_no_feedback_has_no_clauses(feedback, encodings):
    nothing = Encodings(**{**vars(encodings), "index": np.array([], dtype=np.int64)})
    table = clause_table(feedback.iloc[:0], nothing, model(), np.array([], dtype=bool))
    assert len(checked(table.drop(columns="position"), EXPORTS["clauses"])) == 0

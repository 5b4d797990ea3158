from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from textseg.cluster import Centroids
from textseg.schema import EXPORTS, FEEDBACK, checked
from textseg.topics.model import TopicModel
from textseg.topics.table import feedback_table, topic_table

NAMES = ("Late delivery", "Lost parcel", "Refund")


def model() -> TopicModel:
    groups = Centroids(np.eye(3, dtype=np.float32), np.zeros(3, dtype=np.float32))
    return TopicModel(groups, NAMES, (("late", "delivery"), ("lost",), ()))


def labelled(*rows: tuple[str, int, float, float, str]) -> pd.DataFrame:
    """Feedback with (text, topic, confidence, sentiment, label); ids count from f1."""
    frame = pd.DataFrame(
        list(rows), columns=["text", "topic_id", "topic_confidence", "sentiment", "sentiment_label"]
    )
    frame.insert(0, "feedback_id", [f"f{i}" for i in range(1, len(frame) + 1)])
    kinds = {"text": "string", "feedback_id": "string", "topic_id": "int64", "sentiment": "float64"}
    return frame.assign(source="a.csv").astype(kinds)


def test_topics_are_described_by_their_feedback():
    table = topic_table(
        model(),
        labelled(
            ("late", 0, 0.5, -0.5, "negative"),
            ("too late", 0, 0.9, -0.9, "negative"),
            ("not late", 0, 0.7, 0.8, "positive"),
            ("lost it", 1, 0.4, 0.0, "neutral"),
            ("hello", -1, 0.0, 1.0, "positive"),
        ),
    )
    assert table["topic_id"].tolist() == [0, 1, 2]
    assert table["name"].tolist() == list(NAMES)
    assert table["keywords"].tolist() == ["late, delivery", "lost", ""]
    assert table["n_feedback"].tolist() == [3, 1, 0]
    assert table["share"].tolist() == [0.6, 0.2, 0.0]
    assert table["sentiment"].tolist()[:2] == pytest.approx([-0.2, 0.0])
    assert table["negative_share"].tolist()[:2] == pytest.approx([2 / 3, 0.0])
    assert table["example_ids"].tolist() == ["f2, f3, f1", "f4", ""]
    assert table[["sentiment", "negative_share"]].isna().all(axis=1).tolist() == [
        False,
        False,
        True,
    ]
    assert table["kind"].tolist() == ["topic"] * 3
    assert table["hidden"].tolist() == [False] * 3
    assert table[["parent_id", "stability"]].isna().all(axis=None)
    checked(table, EXPORTS["topics"])


ROWS = (
    ("late", 0, 0.5, -0.5, "negative"),
    ("too late", 0, 0.9, -0.9, "negative"),
    ("lost it", 1, 0.6, 0.4, "positive"),
    ("money back", 2, 0.4, 0.0, "neutral"),
    ("hello", -1, 0.0, 1.0, "positive"),
)


def with_themes() -> TopicModel:
    return replace(model(), parents=(0, 1, 0), theme_names=("Late / Refund", "Post"))


def test_themes_stand_behind_the_topics_and_sum_them_up():
    table = checked(topic_table(with_themes(), labelled(*ROWS)), EXPORTS["topics"])
    assert table["topic_id"].tolist() == [0, 1, 2, 3, 4]
    assert table["kind"].tolist() == ["topic"] * 3 + ["theme"] * 2
    assert table["name"].tolist() == [*NAMES, "Late / Refund", "Post"]
    assert table["parent_id"].tolist() == [3, 4, 3, pd.NA, pd.NA]
    assert table["n_feedback"].tolist() == [2, 1, 1, 3, 1]
    assert table["share"].tolist() == [0.4, 0.2, 0.2, 0.6, 0.2]
    assert table["sentiment"].tolist()[3:] == pytest.approx([-1.4 / 3, 0.4])
    assert table["negative_share"].tolist()[3:] == pytest.approx([2 / 3, 0.0])
    # The most confident of all its topics; keywords of a theme are the names of its topics.
    assert table["example_ids"].tolist()[3:] == ["f2, f1, f4", "f3"]
    assert table["keywords"].tolist()[3:] == ["Late delivery, Refund", "Lost parcel"]
    assert table["hidden"].tolist() == [False] * 5
    topics = topic_table(model(), labelled(*ROWS))
    same = table.iloc[:3].drop(columns="parent_id")
    pd.testing.assert_frame_equal(
        same, checked(topics, EXPORTS["topics"]).drop(columns="parent_id")
    )


def test_themes_without_feedback():
    table = checked(topic_table(with_themes(), labelled(ROWS[2])), EXPORTS["topics"])
    assert table["n_feedback"].tolist() == [0, 1, 0, 0, 1]
    assert table["example_ids"].tolist() == ["", "f1", "", "", "f1"]
    assert table["sentiment"].isna().tolist() == [True, False, True, True, False]
    empty = checked(topic_table(with_themes(), labelled()), EXPORTS["topics"])
    assert empty["n_feedback"].tolist() == [0] * 5


def test_stability_stands_beside_the_topics_that_have_one():
    held = np.array([0.9, 0.25, 1.0])
    table = checked(topic_table(with_themes(), labelled(*ROWS), held), EXPORTS["topics"])
    assert table["stability"].tolist()[:3] == held.tolist()
    assert table["stability"].isna().tolist() == [False] * 3 + [True] * 2


def test_hidden_topics_say_so_and_count_all_the_same():
    table = topic_table(replace(with_themes(), hidden=frozenset({1})), labelled(*ROWS))
    assert table["hidden"].tolist() == [False, True, False, False, False]
    assert table["n_feedback"].tolist() == [2, 1, 1, 3, 1]


def test_merged_topics_leave_a_gap_and_the_themes_their_ids():
    merged = replace(
        with_themes(), centroids=replace(model().centroids, groups=np.array([0, 0, 2]))
    )
    rows = [(text, 0 if topic == 1 else topic, *more) for text, topic, *more in ROWS]
    table = checked(
        topic_table(merged, labelled(*rows), np.array([0.9, 0.2, 0.7])), EXPORTS["topics"]
    )
    assert table["topic_id"].tolist() == [0, 2, 3, 4]
    assert table["name"].tolist() == ["Late delivery", "Refund", "Late / Refund", "Post"]
    assert table["parent_id"].tolist() == [3, 3, pd.NA, pd.NA]
    assert table["n_feedback"].tolist() == [3, 1, 4, 0]
    assert table["stability"].tolist()[:2] == [0.9, 0.7]
    assert table["keywords"].tolist()[2:] == ["Late delivery, Refund", ""]


def test_examples_are_the_five_most_confident_and_differ_in_text():
    rows = [(f"text {i % 7}", 0, round(1 - i / 100, 2), 0.0, "neutral") for i in range(20)]
    examples = topic_table(model(), labelled(*rows))["example_ids"][0]
    assert examples == "f1, f2, f3, f4, f5"
    repeated = [("same", 0, 0.9, 0.0, "neutral")] * 4 + [("other", 0, 0.1, 0.0, "neutral")]
    assert topic_table(model(), labelled(*repeated))["example_ids"][0] == "f1, f5"


def test_examples_do_not_depend_on_the_order_of_rows():
    rows = [(f"text {i % 9}", i % 3, (i % 4) / 4, 0.0, "neutral") for i in range(40)]
    frame = labelled(*rows)
    expected = topic_table(model(), frame)
    for seed in range(3):
        pd.testing.assert_frame_equal(
            topic_table(model(), frame.sample(frac=1, random_state=seed)), expected
        )


@pytest.mark.parametrize("rows", [[], [("hello", -1, 0.0, 1.0, "positive")]])
def test_topics_without_any_feedback(rows):
    table = checked(topic_table(model(), labelled(*rows)), EXPORTS["topics"])
    assert table["n_feedback"].tolist() == [0, 0, 0]
    assert table["share"].tolist() == [0, 0, 0]
    assert table["example_ids"].tolist() == ["", "", ""]
    assert table["sentiment"].isna().all()


def feedback(n: int) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "feedback_id": [f"f{i}" for i in range(n)],
            "source": "a.csv",
            "row": range(1, n + 1),
            "text": "text",
            "informative": True,
        },
        index=pd.RangeIndex(100, 100 + n),
    )
    return checked(frame, FEEDBACK)


def test_topic_and_sentiment_stand_beside_each_feedback():
    table = feedback_table(
        feedback(4),
        np.array([2, -1, 0, 0]),
        np.array([0.25, 0, 1, 0.5], dtype=np.float32),
        np.array([True, True, False, True]),
        np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0, 0, 1], [0.3, 0.3, 0.4]], dtype=np.float32),
        NAMES,
    )
    assert table.index.tolist() == [100, 101, 102, 103]
    assert table["topic_id"].tolist() == [2, -1, 0, 0]
    assert table["topic_name"].tolist() == ["Refund", pd.NA, "Late delivery", "Late delivery"]
    assert table["topic_confidence"].tolist() == [0.25, 0.0, 1.0, 0.5]
    # A text outside all topics lies in no core.
    assert table["is_core"].tolist() == [True, False, False, True]
    assert table["sentiment"].tolist() == [-0.6, 0.0, 1.0, 0.1]
    assert table["sentiment_label"].tolist() == ["negative", "neutral", "positive", "positive"]
    assert list(checked(table, EXPORTS["feedback"]).columns) == list(EXPORTS["feedback"].columns)


FIVE = feedback(5)


@given(hnp.arrays(np.float32, (5, 3), elements=st.floats(0, 1, width=32)))
@settings(max_examples=30)
def test_sentiment_follows_from_the_probabilities_beside_it(weights):
    probabilities = ((weights + 0.01) / (weights + 0.01).sum(axis=1, keepdims=True)).astype("f4")
    table = feedback_table(
        FIVE,
        np.zeros(5, dtype=np.int64),
        np.ones(5, dtype=np.float32),
        np.ones(5, dtype=bool),
        probabilities,
        NAMES,
    )
    recomputed = (table["p_positive"] - table["p_negative"]).round(6)
    assert table["sentiment"].tolist() == recomputed.tolist()
    assert np.abs(table["p_neutral"] - probabilities[:, 1]).max() <= 1e-6

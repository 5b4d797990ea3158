from __future__ import annotations

import numpy as np
import pandas as pd

from textseg.explain.quotes import quotes


def feedback(*texts):
    return pd.DataFrame(
        {
            "text": pd.array(texts, dtype="string"),
            "topic_name": pd.array(["Fit"] * len(texts), dtype="string"),
            "sentiment": -0.5,
            "sentiment_label": "negative",
            "created_at": pd.Timestamp("2026-01-02"),
        }
    )


def test_the_loudest_on_each_side_are_quoted():
    told = quotes(feedback(*"abcdef"), np.array([0.1, 0.3, -0.2, 0.2, -0.1, -0.3]))
    assert told[["side", "text", "term"]].to_numpy().tolist() == [
        ["for", "b", 0.3], ["for", "d", 0.2], ["against", "f", -0.3], ["against", "c", -0.2],
    ]  # fmt: skip


def test_long_texts_are_cut_at_a_word():
    (text,) = quotes(feedback("word " * 100), np.ones(1))["text"]
    assert len(text) <= 200
    assert text.endswith("word …")


def test_a_text_sent_twice_is_quoted_once_with_both_terms():
    told = quotes(feedback("a", "b", "a"), np.array([0.2, 0.3, 0.2]))
    assert told["text"].tolist() == ["a", "b"]
    assert told["term"].tolist() == [0.4, 0.3]


def test_what_says_nothing_for_either_side_is_not_quoted():
    assert quotes(feedback("a"), np.zeros(1)).empty

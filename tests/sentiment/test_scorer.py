from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from textseg.config import EncoderConfig
from textseg.encode import encode, load_encoder
from textseg.encode.default_model import WEIGHTS
from textseg.errors import ModelError
from textseg.progress import SILENT
from textseg.sentiment import LABELS, SentimentScorer, load_scorer, sentiment, sentiment_label


def test_probabilities_are_the_softmax_of_a_linear_map() -> None:
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(size=(3, 2, 4)), rng.normal(size=3)
    states = rng.normal(size=(5, 2, 4)).astype(np.float32)
    logits = np.einsum("clh,nlh->nc", weight, states) + bias
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(SentimentScorer(weight, bias, "").score(states), wanted, atol=1e-6)


def test_large_states_do_not_overflow() -> None:
    scorer = SentimentScorer(np.ones((3, 1, 1)) * [[[1]], [[2]], [[3]]], np.zeros(3), "")
    assert scorer.score(np.full((1, 1, 1), 1e4, np.float32)).tolist() == [[0.0, 0.0, 1.0]]


def test_the_fingerprint_follows_the_head() -> None:
    heads = [
        SentimentScorer(np.zeros((3, 1, 1)), np.array(bias), weights)
        for bias, weights in (([0, 0, 0], "a"), ([0, 0, 1], "a"), ([0, 0, 0], "b"))
    ]
    assert len({head.fingerprint for head in heads}) == 3


def test_sentiment_and_label_follow_the_probabilities() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0, 0, 1]], dtype=np.float32)
    assert np.allclose(sentiment(p), [-0.6, 0.0, 1.0])
    assert sentiment_label(p).tolist() == list(LABELS)


def test_a_missing_or_foreign_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_scorer(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no head at all")
    with pytest.raises(ModelError, match="cannot be read"):
        load_scorer(tmp_path)
    tensors = {"weight": np.zeros((3, 4), np.float32), "bias": np.zeros(3, np.float32)}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"labels": "bad good"})
    with pytest.raises(ModelError, match="has classes 'bad good' and shape"):
        load_scorer(tmp_path)


CLEAR = {
    "I love this, it is wonderful and works perfectly.": "positive",
    "Thank you so much, excellent service.": "positive",
    "Terrible quality, it broke after a day and I want my money back.": "negative",
    "I am very disappointed, nobody answers my emails.": "negative",
    "Where can I find the opening hours?": "neutral",
    "How do I change my delivery address?": "neutral",
}


@pytest.mark.end_to_end
def test_the_shipped_head_reads_clear_texts() -> None:
    scorer = load_scorer()
    assert scorer.weights == WEIGHTS
    found = encode(
        list(CLEAR),
        encoder=load_encoder(EncoderConfig(device="cpu")),
        scorer=scorer,
        cache=None,
        progress=SILENT,
    )
    labels = sentiment_label(found.probabilities)[found.index]
    assert dict(zip(CLEAR, labels, strict=True)) == CLEAR

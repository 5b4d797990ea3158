from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from textseg.config import Config
from textseg.encode import Encodings, encode, load_encoder
from textseg.encode.default_model import WEIGHTS
from textseg.errors import ModelError
from textseg.progress import SILENT
from textseg.sentiment import LABELS, SentimentHead, load_scorer, sentiment, sentiment_label
from textseg.sentiment.shipped import shipped_sentiment


def test_probabilities_are_the_softmax_of_a_linear_map() -> None:
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(size=(3, 4)), rng.normal(size=3)
    features = rng.normal(size=(5, 4)).astype(np.float32)
    logits = features @ weight.T + bias
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(SentimentHead(weight, bias).score(features), wanted, atol=1e-6)


def test_a_text_has_the_same_score_in_any_batch() -> None:
    rng = np.random.default_rng(2)
    head = SentimentHead(rng.normal(size=(3, 384)), rng.normal(size=3))
    features = rng.normal(size=(300, 384)).astype(np.float16)
    alone = np.concatenate([head.score(row[None]) for row in features])
    assert np.array_equal(head.score(features), alone)


def test_large_features_do_not_overflow() -> None:
    head = SentimentHead(np.array([[1], [2], [3]]), np.zeros(3))
    assert head.score(np.full((1, 1), 1e4, np.float32)).tolist() == [[0.0, 0.0, 1.0]]


def test_the_identity_head_returns_probabilities_from_their_logarithms() -> None:
    p = np.array([[0.2, 0.3, 0.5]])
    assert np.allclose(SentimentHead.identity().score(np.log(p)), p)


def test_the_fingerprint_follows_the_head() -> None:
    heads = [
        SentimentHead(np.full((3, 1), weight), np.array([0, 0, bias]))
        for weight, bias in ((0, 0), (0, 1), (1, 0))
    ]
    assert len({head.fingerprint for head in heads}) == 3


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(2, 4\) and \(3,\), expected \(3, features\)"):
        SentimentHead(np.zeros((2, 4)), np.zeros(3))


def test_sentiment_and_label_follow_the_probabilities() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0, 0, 1]], dtype=np.float32)
    assert np.allclose(sentiment(p), [-0.6, 0.0, 1.0])
    assert sentiment_label(p).tolist() == list(LABELS)


def test_a_missing_or_foreign_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        shipped_sentiment(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no head at all")
    with pytest.raises(ModelError, match="cannot be read"):
        shipped_sentiment(tmp_path)
    tensors = {"head.weight": np.zeros((3, 4), np.float32), "head.bias": np.zeros(3, np.float32)}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"labels": "bad good"})
    with pytest.raises(ModelError, match="has classes 'bad good' and a head of shape"):
        shipped_sentiment(tmp_path)


CLEAR = {
    "I love this, it is wonderful and works perfectly.": "positive",
    "Thank you so much, excellent service.": "positive",
    "Terrible quality, it broke after a day and I want my money back.": "negative",
    "I am very disappointed, nobody answers my emails.": "negative",
    "Where can I find the opening hours?": "neutral",
    "How do I change my delivery address?": "neutral",
}


def read(texts: list[str]) -> Encodings:
    encoder = load_encoder(Config().encoder)
    scorer = load_scorer(Config(), encoder)
    return encode(texts, encoder=encoder, scorer=scorer, cache=None, progress=SILENT)


@pytest.mark.end_to_end
def test_the_shipped_sentiment_reads_clear_texts() -> None:
    assert shipped_sentiment().encoder_weights == WEIGHTS
    found = read(list(CLEAR))
    labels = sentiment_label(found.probabilities)[found.index]
    assert dict(zip(CLEAR, labels, strict=True)) == CLEAR


@pytest.mark.end_to_end
def test_clauses_of_one_text_have_signs_of_their_own() -> None:
    text = "The dress is lovely but delivery took three weeks and nobody answered."
    found = read([text])
    signs = sentiment(found.probabilities[found.clauses.row])
    assert signs[0] > 0.5
    assert signs[1] < -0.5


@pytest.mark.end_to_end
def test_emoji_and_emphasis_are_read() -> None:
    texts = ["delivered today 😍", "delivered today", "delivered today 😡"]
    signs = sentiment(read(texts).probabilities)[read(texts).index]
    assert signs[0] > signs[1] > signs[2]


@pytest.mark.end_to_end
def test_the_shipped_branch_is_small() -> None:
    assert shipped_sentiment().path.stat().st_size < 12e6

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textseg.config import Config, make_config
from textseg.encode import Reader
from textseg.errors import ModelError
from textseg.sentiment import SentimentHead
from textseg.sentiment.classifier import load_classifier

TEXTS = ["love this dress but it came late", "where is my order ?", "ok"]


@pytest.fixture(scope="module")
def classifier(
    tiny_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[dict[int, str]], Path]:
    """Make a classifier with the labels given, random weights and the tiny model's words."""

    def make(labels: dict[int, str]) -> Path:
        import torch
        from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

        torch.manual_seed(1)
        folder = tmp_path_factory.mktemp("classifier")
        tokenizer = AutoTokenizer.from_pretrained(str(tiny_model()))
        tokenizer.save_pretrained(str(folder))
        config = BertConfig(
            vocab_size=len(tokenizer), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=32, initializer_range=0.5,
            id2label=labels, label2id={name: n for n, name in labels.items()},
        )  # fmt: skip
        BertForSequenceClassification(config).save_pretrained(str(folder))
        return folder

    return make


def config_of(encoder: Path, sentiment: Path) -> Config:
    return make_config(
        {
            "encoder": {"model": str(encoder), "device": "cpu"},
            "sentiment": {"model": str(sentiment)},
        }
    )


@pytest.mark.usefixtures("user_cache")
def test_another_sentiment_model_scores_texts_and_clauses(
    tiny_model: Callable[..., Path], classifier: Callable[..., Path]
) -> None:
    stars = {n: f"{n + 1} star{'s' if n else ''}" for n in range(5)}
    config = config_of(tiny_model(), classifier(stars))
    found = Reader.load(config).read(TEXTS)
    assert found.features.shape == (5, 3)
    assert found.second_pass > 0
    alone = load_classifier(config.sentiment, config.encoder)
    assert np.allclose(found.probabilities[found.index], alone.score(TEXTS), atol=2e-3)
    own = found.clauses.text == found.index[0]
    clauses = ["love this dress ", "but it came late"]
    assert np.allclose(found.probabilities[found.clauses.row[own]], alone.score(clauses), atol=2e-3)


@pytest.mark.usefixtures("user_cache")
def test_each_sentiment_model_has_encodings_of_its_own(
    tiny_model: Callable[..., Path], classifier: Callable[..., Path], tmp_path: Path
) -> None:
    one = config_of(tiny_model(), classifier({0: "negative", 1: "positive"}))
    other = config_of(tiny_model(), classifier({0: "positive", 1: "negative"}))
    assert Reader.load(one, tmp_path).read(TEXTS).n_encoded == 3
    assert Reader.load(one, tmp_path).read(TEXTS).n_encoded == 0
    assert Reader.load(other, tmp_path).read(TEXTS).n_encoded == 3


@pytest.mark.usefixtures("user_cache")
def test_a_head_that_was_learned_needs_no_new_encoding(
    tiny_model: Callable[..., Path], classifier: Callable[..., Path], tmp_path: Path
) -> None:
    config = config_of(tiny_model(), classifier({0: "neg", 1: "neu", 2: "pos"}))
    before = Reader.load(config, tmp_path).read(TEXTS)
    head = SentimentHead(-np.eye(3), np.zeros(3))
    after = Reader.load(config, tmp_path, head=head).read(TEXTS)
    assert after.n_encoded == 0
    assert np.array_equal(after.probabilities, head.score(before.features))


@pytest.mark.usefixtures("user_cache")
def test_labels_that_say_nothing_are_listed(
    tiny_model: Callable[..., Path], classifier: Callable[..., Path]
) -> None:
    with pytest.raises(ModelError) as caught:
        Reader.load(config_of(tiny_model(), classifier({0: "LABEL_0", 1: "LABEL_1"})))
    assert "LABEL_0" in caught.value.message
    assert "LABEL_1" in caught.value.message
    assert "sentiment" in (caught.value.hint or "")

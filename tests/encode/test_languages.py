from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.encode.default_model import WEIGHTS
from textseg.encode.languages import (
    SHIPPED_SENTIMENT,
    count_languages,
    known_languages,
    language_notes,
    weak_languages,
)
from textseg.encode.source import ModelSource

ENGLISH = frozenset({"en"})
MULTILINGUAL = 'encoder.model = "paraphrase-multilingual-MiniLM-L12-v2"'


def texts(**counts: int) -> pd.Series:
    """Make a column of languages; "unknown" is null."""
    codes = [None if code == "unknown" else code for code, n in counts.items() for _ in range(n)]
    return pd.Series(codes, dtype="string")


@pytest.fixture
def model(tmp_path: Path):
    """Make the source of a model whose card begins in the given way."""

    def make(card: str | bytes | None = None, name: str = "other", weights: str = "w"):
        folder = tmp_path / name
        folder.mkdir()
        if card is not None:
            content = card if isinstance(card, bytes) else card.encode()
            (folder / "README.md").write_bytes(content)
        return ModelSource(name=name, folder=folder, weights=weights, digest="d")

    return make


def test_the_default_weights_know_english_whatever_the_card_says(model):
    assert known_languages(model("---\nlanguage: fr\n---\n", weights=WEIGHTS)) == ENGLISH


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        ("language: de", {"de"}),
        ("language: [en, de]", {"en", "de"}),
        ("language:\n- pt-BR\n- EN\n- zh_CN", {"pt", "en", "zh"}),
        ("language:\n- no\n- da", {"no", "da"}),
        ("language: en\nlicense: mit", {"en"}),
        ("language: [multilingual, en, de]", None),
        ("language: multilingual", None),
        ("language: code", None),
        ("language:", None),
        ("license: mit", None),
    ],
)
def test_another_model_knows_what_its_card_says(model, entry, known):
    found = known_languages(model(f"---\n{entry}\n---\n# A model\nlanguage: sv\n"))
    assert found == (None if known is None else frozenset(known))


@pytest.mark.parametrize(
    "card",
    [None, "# A model\n", "---\na: [\n---\n", "---\n- a\n---\n", b"---\nlanguage: \xff\n---\n"],
)
def test_a_card_that_cannot_be_read_says_nothing(model, card):
    assert known_languages(model(card)) is None


def test_counts_are_by_size_and_then_by_code():
    counts = count_languages(texts(nl=2, de=3, unknown=9, da=2))
    assert list(counts.items()) == [("de", 3), ("da", 2), ("nl", 2)]


@pytest.mark.parametrize(
    ("counts", "weak"),
    [
        ({"en": 90, "de": 5}, {"de": 5}),
        ({"en": 90, "de": 4}, {}),
        ({"en": 990, "de": 10}, {"de": 10}),
        ({"en": 991, "de": 9}, {}),
        ({"en": 391, "unknown": 600, "de": 9}, {}),
        ({"fr": 6, "en": 40, "de": 20}, {"de": 20, "fr": 6}),
        ({"unknown": 50}, {}),
        ({}, {}),
    ],
)
def test_a_language_is_weak_from_five_texts_and_one_per_cent(counts, weak):
    found = weak_languages(texts(**counts), ENGLISH)
    assert list(found.items()) == list(weak.items())
    assert weak_languages(texts(**counts), None) == {}


@given(st.lists(st.sampled_from(["en", "de", "fr", None]), max_size=60), st.randoms())
def test_order_does_not_matter(codes, random):
    mixed = list(codes)
    random.shuffle(mixed)
    found = [
        list(weak_languages(pd.Series(c, dtype="string"), ENGLISH).items()) for c in (codes, mixed)
    ]
    assert found[0] == found[1]


def test_one_note_where_topics_and_sentiment_suffer_alike(model):
    encoder = model(name="default", weights=WEIGHTS)
    assert language_notes(texts(en=4797, de=1203), encoder) == [
        "1,203 of 6,000 texts (20%) are in German; the default encoder knows English only, so "
        f"their topics and sentiment are not reliable. Set {MULTILINGUAL}, and sentiment.model "
        "to a model of their languages."
    ]


def test_a_multilingual_encoder_leaves_the_sentiment_to_be_said(model):
    assert language_notes(texts(en=90, de=10), model("---\nlanguage: multilingual\n---\n")) == [
        "10 of 100 texts (10%) are in German; the shipped sentiment knows English only, so their "
        "sentiment is not reliable. Set sentiment.model to a model of their languages."
    ]


def test_a_model_of_their_language_for_the_sentiment_leaves_the_topics(model):
    encoder = model(name="default", weights=WEIGHTS)
    sentiment = model("---\nlanguage: [de, en]\n---\n", name="feelings")
    assert language_notes(texts(en=90, de=10), encoder, sentiment) == [
        "10 of 100 texts (10%) are in German; the default encoder knows English only, so their "
        f"topics are not reliable. Set {MULTILINGUAL}."
    ]


def test_each_model_is_told_of_the_languages_it_does_not_know(model):
    encoder = model("---\nlanguage: [en, de, fr, it]\n---\n", name="four")
    sentiment = model("---\nlanguage: [en, fr]\n---\n", name="two")
    topics, feelings = language_notes(texts(en=60, de=30, es=10), encoder, sentiment)
    assert topics.startswith(
        "10 of 100 texts (10%) are in Spanish; the encoder four knows English, French, German "
        "and 1 more only, so their topics are not"
    )
    assert feelings.startswith(
        "30 of 100 texts (30%) are in German and 10 (10%) in Spanish; the sentiment model two "
        "knows English and French only, so their sentiment is not"
    )


def test_many_languages_are_summed_up(model):
    found = texts(en=800, de=100, fr=40, es=30, it=20, pt=10)
    (note,) = language_notes(found, model(weights=WEIGHTS))
    assert note.startswith(
        "100 of 1,000 texts (10%) are in German, 40 (4%) in French, 30 (3%) in Spanish and "
        "30 (3%) in other languages;"
    )


def test_nothing_is_said_where_nothing_is_weak(model):
    encoder = model(name="default", weights=WEIGHTS)
    assert frozenset({"en"}) == SHIPPED_SENTIMENT
    assert language_notes(texts(en=500, de=4), encoder) == []
    assert language_notes(texts(unknown=30), encoder) == []
    assert language_notes(texts(), encoder) == []

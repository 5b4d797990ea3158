from __future__ import annotations

import json

import numpy as np
import pytest

from textseg.cluster import Centroids, unit
from textseg.config import LlmConfig
from textseg.progress import SILENT
from textseg.topics.corpus import Corpus
from textseg.topics.description import describe, describe_by_llm
from textseg.topics.model import TopicModel

SAYS = {
    "refund": ["my refund was not received", "the refund is not received", "no refund received"],
    "fee": ["a hidden fee for the transfer", "the transfer fee", "another transfer fee"],
    "zipper": ["a broken zipper on the jacket", "the zipper is broken", "broken zipper again"],
    "courier": ["the courier was rude", "a rude courier rang", "rude courier at the door"],
}


def embed(texts: list[str]) -> np.ndarray:
    at = [[word in text.lower() for word in SAYS] for text in texts]
    return unit(np.array(at, dtype=float) + 0.01)


def body() -> tuple[list[str], np.ndarray]:
    texts = [f"{text} {number}" for own in SAYS.values() for number in "xyz" for text in own]
    return texts, np.repeat(np.arange(4), 9)


def corpus(texts: list[str], n_keywords: int = 5) -> Corpus:
    return Corpus(texts, embed(texts), embed, n_keywords)


def model(parents: tuple[int, ...] = ()) -> TopicModel:
    centroids = Centroids(np.eye(4, dtype=np.float32), np.full(4, 0.6, dtype=np.float32))
    return TopicModel(centroids, parents=parents)


def described(
    parents: tuple[int, ...] = (), given: tuple[str | None, ...] = (None,) * 4, n_keywords: int = 5
) -> TopicModel:
    texts, labels = body()
    return describe(model(parents), corpus(texts, n_keywords), labels, given)


def test_names_and_keywords_are_the_customers_own():
    found = described()
    for word, name, keywords in zip(SAYS, found.names, found.keywords, strict=True):
        assert word in name.lower()
        assert any(word in keyword.lower() for keyword in keywords)
        assert 0 < len(keywords) <= 5
    assert found.theme_names == ()
    assert found.centroids is not None
    assert all(len(words) <= 3 for words in described(n_keywords=3).keywords)


def test_a_name_that_the_user_gave_stands():
    plain = described()
    found = described(given=(None, "Charges", None, None))
    assert found.names == (plain.names[0], "Charges", *plain.names[2:])
    assert found.keywords == plain.keywords


def test_a_name_that_the_user_gave_is_no_other_topics():
    plain = described()
    found = described(given=(None, None, None, plain.names[0].upper()))
    assert found.names[3] == plain.names[0].upper()
    assert len({name.casefold() for name in found.names}) == 4


def test_themes_have_names_that_no_topic_has():
    found = described(parents=(0, 0, 1, 1))
    assert len(found.theme_names) == 2
    every = [name.casefold() for name in (*found.names, *found.theme_names)]
    assert len(set(every)) == 6
    first, second = (name.lower() for name in found.theme_names)
    assert "refund" in first or "fee" in first
    assert "zipper" in second or "courier" in second


def test_a_theme_whose_words_name_a_topic_is_called_by_its_two_largest(monkeypatch):
    plain = described()
    texts, labels = body()
    # The first topic outweighs the second by far, so that its words are the theme's.
    many = [f"{text} {n}" for n in range(9) for text in SAYS["refund"]]
    found = describe(
        model((0, 0, 1, 1)),
        corpus([*texts, *many]),
        np.concatenate([labels, np.zeros(len(many), dtype=np.int64)]),
        (plain.names[0], None, None, None),
    )
    assert found.theme_names[0] == f"{found.names[0]} / {found.names[1]}"


def test_a_topic_without_theme_names_none():
    found = described(parents=(0, -1, 0, 0))
    assert len(found.theme_names) == 1
    assert "fee" not in found.theme_names[0].lower()


@pytest.mark.parametrize("seed", range(3))
def test_order_of_the_texts_changes_nothing(seed):
    texts, labels = body()
    order = np.random.default_rng(seed).permutation(len(texts))
    shuffled = describe(
        model((0, 0, 1, 1)), corpus([texts[i] for i in order]), labels[order], (None,) * 4
    )
    expected = described(parents=(0, 0, 1, 1))
    assert (shuffled.names, shuffled.keywords) == (expected.names, expected.keywords)
    assert shuffled.theme_names == expected.theme_names


def test_texts_without_topic_name_nothing():
    texts, labels = body()
    more = [*texts, *(f"weather umbrella {n}" for n in range(50))]
    outside = np.concatenate([labels, np.full(50, -1)])
    found = describe(model((0, 0, 1, 1)), corpus(more), outside, (None,) * 4)
    said = " ".join((*found.names, *found.theme_names, *sum(found.keywords, ()))).lower()
    assert "weather" not in said
    assert "umbrella" not in said


# By a language model

SAID = {
    "refund": "Missing money",
    "fee": "Hidden charges",
    "zipper": "Torn jacket",
    "courier": "Unfriendly driver",
}


def about(sent: dict) -> str:
    """Find the planted word of the topic that is asked for."""
    return next(word for word in SAID if word in sent["messages"][1]["content"])


def described_by_llm(server, given: tuple[str | None, ...], parents=()) -> TopicModel:
    texts, labels = body()
    typical = (texts, labels, np.ones(len(texts)), np.ones(len(texts), dtype=bool))
    plain = described(parents, given)
    config = LlmConfig(url=server.url, model="tiny")
    found, asked = describe_by_llm(plain, typical, given, config, None, SILENT)
    assert found.names == asked.names
    assert found.keywords == plain.keywords
    return found


def test_a_name_that_the_user_gave_stands_and_is_not_asked_for(server):
    server.answer = lambda sent: SAID[about(sent)]
    found = described_by_llm(server, (None, "Charges", None, None))
    assert found.names == ("Missing money", "Charges", "Torn jacket", "Unfriendly driver")
    assert [about(json.loads(sent)) for sent in server.bodies] == ["refund", "zipper", "courier"]
    assert not any(b"transfer" in sent or b"Charges" in sent for sent in server.bodies)


def test_where_the_user_named_every_topic_nothing_is_asked(server):
    mine = ("One thing", "Another", "A third", "A fourth")
    assert described_by_llm(server, mine).names == mine
    assert server.paths == []


def test_a_theme_has_no_name_that_the_model_gave_a_topic(server):
    parents, given = (0, 0, 1, 1), (None, "Charges", None, None)
    server.answer = lambda sent: SAID[about(sent)]
    theme = described_by_llm(server, given, parents).theme_names[0]
    assert "refund" in theme.lower()
    server.answer = lambda sent: theme if about(sent) == "courier" else SAID[about(sent)]
    found = described_by_llm(server, given, parents)
    assert found.names == ("Missing money", "Charges", "Torn jacket", theme)
    assert found.theme_names[0] == "Missing money / Charges"

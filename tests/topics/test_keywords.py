from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.topics.keywords import topic_keywords
from textseg.topics.lexicon import tokenize
from textseg.topics.people import person_names
from textseg.topics.phrases import count_phrases
from textseg.topics.stopwords import LANGUAGES, Role, stop_words

REFUND = [
    "Why was my refund not received?",
    "The refund was not received yet, thanks",
    "My refunds are not received",
    "Refund not received for order 48213, write to jo.smith@example.com",
    "refund not received, see https://example.com/ticket/77",
]
TOP_UP = [
    "How do I top up by card?",
    "I want to top up by card",
    "Can you top up by card please",
    "Is there a way to top-up by card",
    "topping up by card fails with <name>",
]
TEXTS = [*REFUND, *TOP_UP]
LABELS = np.array([0] * 5 + [1] * 5)


def words_of(keywords: list[list[str]]) -> set[str]:
    return {word.lower() for own in keywords for phrase in own for word in phrase.split()}


def test_planted_phrases_come_whole_and_first() -> None:
    refund, top_up = topic_keywords(TEXTS, LABELS)
    assert refund[0] == "refund not received"
    # The parts of the phrase never come without it, so that they say nothing more.
    assert not {"refund", "received", "not received"} & set(refund)
    assert top_up[0] == "top up by card"
    assert not {"top", "top up", "card"} & set(top_up)


def test_no_stop_words_numbers_addresses_or_placeholders() -> None:
    keywords = topic_keywords(TEXTS, LABELS, n_keywords=50)
    unwanted = {"the", "my", "please", "thanks", "48213", "example", "com", "https", "name", "jo"}
    assert not unwanted & words_of(keywords)


def test_every_keyword_begins_and_ends_with_content() -> None:
    roles = stop_words("en").roles
    for own in topic_keywords(TEXTS, LABELS, n_keywords=50):
        for phrase in own:
            words = phrase.lower().split()
            assert roles.get(words[0], Role.CONTENT) in {Role.CONTENT, Role.NEGATION}
            assert roles.get(words[-1], Role.CONTENT) in {Role.CONTENT, Role.PARTICLE}


def test_inflections_are_one_keyword() -> None:
    texts = ["late parcel", "parcels late again", "a parcel", "two parcels", "wrong size"]
    (own,) = topic_keywords(texts, np.zeros(5, dtype=int))
    assert sum("parcel" in word for word in own) <= 2
    assert not {"parcel", "parcels"} <= set(own)


def test_order_duplicates_and_unclustered_texts_change_nothing() -> None:
    expected = topic_keywords(TEXTS, LABELS)
    order = np.random.default_rng(0).permutation(len(TEXTS))
    assert topic_keywords([TEXTS[i] for i in order], LABELS[order]) == expected
    assert topic_keywords(TEXTS * 3, np.tile(LABELS, 3)) == expected
    unclustered = ["refund card weather", "completely different words"]
    assert topic_keywords(TEXTS + unclustered, np.append(LABELS, [-1, -1])) == expected


def test_a_long_text_does_not_speak_for_its_topic() -> None:
    texts = ["banana " * 200, "late delivery", "delivery is late", "late delivery again"]
    (own,) = topic_keywords(texts, np.zeros(4, dtype=int))
    assert "delivery" in own[0]
    assert "banana" not in own


def test_number_of_keywords_and_of_topics() -> None:
    assert [len(own) <= 2 for own in topic_keywords(TEXTS, LABELS, n_keywords=2)] == [True, True]
    assert topic_keywords([], np.zeros(0, dtype=int)) == []
    # Topic 0 has no texts and topic 1 no words.
    assert topic_keywords(["the 12 !!!", "card"], np.array([1, 2])) == [[], [], ["card"]]


def test_acronyms_keep_their_capitals() -> None:
    texts = ["The ATM took my card", "My card is in the ATM", "Broken ATM at the station"]
    (own,) = topic_keywords(texts, np.zeros(3, dtype=int))
    assert "ATM" in words_of([own]) | {word for phrase in own for word in phrase.split()}
    assert "atm" not in own


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Die Lieferung ist nicht angekommen", "Meine Lieferung ist nicht angekommen!"],
         "Lieferung nicht angekommen"),
        (["L'écran est cassé", "Mon écran est cassé, bonjour"], "écran cassé"),
        (["El pedido no ha llegado todavía", "Mi pedido no ha llegado"], "pedido no llegado"),
    ],
)  # fmt: skip
def test_other_languages(texts: list[str], expected: str) -> None:
    (own,) = topic_keywords(texts, np.zeros(len(texts), dtype=int))
    assert own == [expected]


def test_a_word_is_judged_in_the_language_of_its_texts() -> None:
    german = ["Ich habe die Rechnung nicht erhalten", "Wo ist die Rechnung für das Paket"]
    english = ["Where do the batteries die so fast", "The batteries die in the cold"]
    assert "die" not in words_of(topic_keywords(german, np.zeros(2, dtype=int)))
    assert "die" in words_of(topic_keywords(english, np.zeros(2, dtype=int)))


def test_contractions_count_as_their_negation() -> None:
    texts = ["The card isn't working", "my card is not working", "Card doesn't work"]
    found = count_phrases(texts, np.zeros(3, dtype=int))
    assert found.counts[0, found.written.index("card not working")] == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_function_word_has_one_role(language: str) -> None:
    from textseg.topics.stopwords import _tables

    table = _tables()[language]
    listed = [w for role in Role if role for w in table[role.name.lower()].split()]
    assert len(set(listed)) == len(listed)
    assert all(word == word.lower() for word in listed)
    counted = {*stop_words(language).same.values(), *stop_words(language).like.values()}
    assert counted <= set(listed)


@given(st.lists(st.tuples(st.text(max_size=60), st.integers(-1, 3)), max_size=12))
def test_any_text_is_read(rows: list[tuple[str, int]]) -> None:
    texts, labels = [t for t, _ in rows], np.array([c for _, c in rows], dtype=int)
    keywords = topic_keywords(texts, labels)
    assert len(keywords) == int(labels.max(initial=-1)) + 1
    assert keywords == topic_keywords(texts[::-1], labels[::-1])
    for own in keywords:
        assert len(set(own)) == len(own)
        assert all(tokenize([word])[0].size > 1 for word in own)


@pytest.mark.parametrize(
    ("texts", "verdicts"),
    [
        (["I love this dress", "Great dress!", "the dress is terrible", "disappointed, bad dress"],
         {"love", "great", "terrible", "disappointed", "bad"}),
        (["Super Hose, toll", "Die Hose ist schlecht", "Ich bin von der Hose enttäuscht"],
         {"super", "toll", "schlecht", "enttäuscht"}),
    ],
)  # fmt: skip
def test_verdicts_are_no_keywords(texts: list[str], verdicts: set[str]) -> None:
    keywords = topic_keywords(texts, np.zeros(len(texts), dtype=int))
    assert words_of(keywords)
    assert not verdicts & words_of(keywords)


def test_negated_verdicts_are_none_either_but_failures_are() -> None:
    texts = ["app not working", "The app is not working", "not happy with it", "I am not happy"]
    words = words_of(topic_keywords(texts, np.zeros(4, dtype=int)))
    assert "working" in words
    assert "happy" not in words


def test_people_are_found_where_they_are_greeted_and_where_they_sign() -> None:
    texts = [
        "Hallo Frau Huber, die Rechnung ist falsch.\nMit freundlichen Grüßen Anna",
        "Liebe Frau Huber, die Rechnung fehlt\nViele Grüße\nAnna Berger",
        "Bonjour Chloé, merci",
        "Mr. Jones sent the bill. Thanks! The bill is wrong",
        "Hello bill, a card bill",
    ]
    found = person_names(*tokenize(texts))
    assert found >= {"huber", "anna", "berger", "chloé", "jones"}
    assert not found & {"rechnung", "bill", "wrong", "card", "falsch"}


def test_a_customer_called_card_does_not_cost_us_the_cards() -> None:
    texts = ["my card is lost", "the card is blocked", "card again", "Rose called"] * 10
    found = person_names(*tokenize(texts[:-1]), avoid=["Rose Card"])
    assert "card" not in found
    assert "rose" in person_names(*tokenize([*texts[:3] * 30, "Rose called"]), avoid=["Rose Card"])


def test_ids_addresses_and_dates_are_no_keywords() -> None:
    texts = [
        "order number 55 of 2024-05-01, see shop.com/x",
        "Order number: 56 came Monday",
        "order no 57 a1b2c3d4 www.shop.com",
        "my phone number has changed",
        "a new phone number",
    ]
    words = words_of(topic_keywords(texts, np.zeros(5, dtype=int)))
    assert {"order", "phone", "number"} <= words
    assert not {"shop", "com", "monday", "no", "www"} & words
    counts = count_phrases(texts, np.zeros(5, dtype=int))
    assert "order number" not in counts.written


def near(**given: list[float]) -> Callable[[list[str]], np.ndarray]:
    """Give each phrase the vector of the last of its words that has one."""

    def look_up(phrases: list[str]) -> np.ndarray:
        found = np.zeros((len(phrases), len(next(iter(given.values())))))
        for row, phrase in enumerate(phrases):
            for word in phrase.split():
                found[row] = given.get(word, found[row])
        return found

    return look_up


APART = [f"{a}. {b}" for a in ("alpha", "beta", "gamma") for b in ("alpha", "beta", "gamma")]


def test_closeness_ranks_the_keywords() -> None:
    labels = np.zeros(len(APART), dtype=int)
    for first in ("alpha", "beta", "gamma"):
        (own,) = topic_keywords(APART, labels, closeness=near(**{first: [1.0]}))
        assert own[0] == first


def test_a_keyword_like_another_waits() -> None:
    labels = np.zeros(len(APART), dtype=int)
    vectors = near(alpha=[1.0, 0.0], beta=[0.99, 0.1], gamma=[0.0, 1.0])
    (own,) = topic_keywords(APART, labels, closeness=near(alpha=[1.0]), vectors=vectors)
    assert own == ["alpha", "gamma", "beta"]


def test_phrases_are_asked_for_once() -> None:
    asked: list[list[str]] = []

    def vectors(phrases: list[str]) -> np.ndarray:
        asked.append(phrases)
        return np.ones((len(phrases), 2))

    topic_keywords(TEXTS, LABELS, closeness=vectors, vectors=vectors)
    assert len(asked) == 2
    assert asked[0] == asked[1] == sorted(set(asked[0]))


def test_topics_leave_each_other_what_many_have() -> None:
    own = ["refund", "parcel", "invoice", "coupon"]
    texts = [f"{word}. The account is {n}" for word in own for n in ("late", "lost", "wrong")]
    keywords = topic_keywords(texts, np.repeat(np.arange(4), 3), n_keywords=1)
    assert keywords == [[word] for word in own]


def test_keywords_follow_the_topics() -> None:
    assert topic_keywords(TEXTS, 1 - LABELS) == topic_keywords(TEXTS, LABELS)[::-1]

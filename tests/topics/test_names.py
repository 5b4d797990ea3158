from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.topics.keywords import topic_keywords
from textseg.topics.names import free_name, topic_names

PLANTED = {
    "Refund not received": [
        "I still have not received my refund, the refund is not received",
        "Why was my refund not received?",
        "My refund is not received after two weeks",
        "the refund wasn't received",
    ],
    "Card not working": [
        "My new card isn't working",
        "The card is not working in shops",
        "card not working, help please",
        "Why is my card not working abroad?",
    ],
    "Delivery delay": [
        "Another delivery delay this week",
        "The delivery delay is terrible",
        "delivery delays again",
        "I hate the delivery delay",
    ],
}


def planted() -> tuple[list[str], np.ndarray]:
    texts = [text for own in PLANTED.values() for text in own]
    return texts, np.repeat(np.arange(len(PLANTED)), [len(own) for own in PLANTED.values()])


def named(texts: list[str], labels: np.ndarray) -> list[str]:
    return topic_names(texts, labels, topic_keywords(texts, labels))


def test_planted_names_are_found() -> None:
    assert named(*planted()) == list(PLANTED)


def test_order_and_duplicates_change_nothing() -> None:
    texts, labels = planted()
    order = np.random.default_rng(1).permutation(len(texts))
    assert named([texts[i] for i in order], labels[order]) == list(PLANTED)
    assert named(texts * 2, np.tile(labels, 2)) == list(PLANTED)


def test_names_follow_the_topics() -> None:
    texts, labels = planted()
    assert named(texts, 2 - labels) == list(PLANTED)[::-1]


def test_judging_words_do_not_name() -> None:
    texts = ["I love this blue dress", "love this dress", "I love this dress with pockets",
             "dress with pockets", "this dress pockets are fine"]  # fmt: skip
    (name,) = named(texts, np.zeros(5, dtype=int))
    assert "dress" in name.lower()
    assert "love" not in name.lower()


def test_a_negation_that_most_texts_have_is_in_the_name() -> None:
    texts = [
        *["the card is not working", "card isn't working today", "my card was not working", "ok"],
        *["paid a fee", "transfer fee", "fee for transfer", "a transfer and a fee", "big fee"],
    ]
    assert named(texts, np.array([0] * 4 + [1] * 5))[0] == "Card not working"


def test_alike_topics_get_names_of_their_own() -> None:
    texts = ["card payment declined", "card payment was declined"] * 2
    texts = [f"{text} {extra}" for text, extra in zip(texts, "abcd", strict=True)]
    names = named(texts * 3, np.repeat([0, 1, 2], 4))
    assert len({name.lower() for name in names}) == 3


def test_one_word_and_no_word() -> None:
    texts = ["refund", "Refund!", "123", "refunds", "the refund"]
    assert named(texts, np.array([0, 0, 1, 2, 2])) == ["Refund", "Topic 1", "Refund 2"]
    assert named([], np.zeros(0, dtype=int)) == []


def test_closeness_decides_between_phrases() -> None:
    texts = ["wrong amount, late delivery", "wrong amount and late delivery",
             "late delivery of the wrong amount", "the wrong amount. a late delivery"]  # fmt: skip
    labels = np.zeros(4, dtype=int)
    keywords = topic_keywords(texts, labels)
    for wanted in ("late delivery", "wrong amount"):

        def closeness(phrases: list[str], wanted: str = wanted) -> np.ndarray:
            return np.array([[0.9 if phrase == wanted else 0.1] for phrase in phrases])

        assert topic_names(texts, labels, keywords, closeness=closeness) == [wanted.capitalize()]


def test_closeness_is_asked_once_for_few_phrases() -> None:
    texts, labels = planted()
    asked: list[list[str]] = []

    def closeness(phrases: list[str]) -> np.ndarray:
        asked.append(phrases)
        return np.zeros((len(phrases), 3))

    names = topic_names(texts, labels, topic_keywords(texts, labels), closeness=closeness)
    assert names == list(PLANTED)
    assert len(asked) == 1
    assert asked[0] == sorted(set(asked[0]))
    assert len(asked[0]) <= 40 * len(PLANTED)


@pytest.mark.parametrize("word", ["I", "my", "the", "please"])
def test_no_function_word_begins_a_name(word: str) -> None:
    texts = [f"{word} parcel damaged", f"{word} damaged parcel", f"{word} parcel was damaged"]
    (name,) = named(texts, np.zeros(3, dtype=int))
    assert word.lower() not in name.lower().split()


@given(st.lists(st.tuples(st.text(alphabet="abc der.not ", max_size=40), st.integers(-1, 4))))
def test_names_are_there_and_distinct(rows: list[tuple[str, int]]) -> None:
    texts, labels = [t for t, _ in rows], np.array([c for _, c in rows], dtype=int)
    names = named(texts, labels)
    assert len(names) == int(labels.max(initial=-1)) + 1
    assert len({name.lower() for name in names}) == len(names)
    assert all(name and name[0] == name[0].upper() for name in names)


@pytest.mark.parametrize("verdict", ["love", "great", "terrible", "disappointed with", "super"])
def test_a_verdict_is_left_to_the_sentiment(verdict: str) -> None:
    texts = [f"{verdict} this delivery", f"{verdict} the delivery", f"{verdict} delivery box"]
    (name,) = named(texts, np.zeros(3, dtype=int))
    assert "delivery" in name.lower()
    assert not set(verdict.split()) & set(name.lower().split())


def test_what_does_not_work_is_no_verdict() -> None:
    texts = ["I cannot log in", "cannot log in again", "Why can't I log in?", "cannot log in!"]
    assert named(texts, np.zeros(4, dtype=int)) == ["Cannot log in"]


def test_no_two_names_have_the_same_words() -> None:
    texts = ["parcel delivery", "the parcel delivery", "delivery parcel", "a delivery parcel"] * 2
    texts = [f"{text}. {extra}" for text, extra in zip(texts, "abcdefgh", strict=True)]
    names = named(texts, np.repeat([0, 1, 2, 3], 2))
    bags = {frozenset(name.lower().replace("&", "").split()) for name in names}
    assert len(bags) == 4


def test_names_of_people_and_ids_are_no_names_of_topics() -> None:
    texts = [
        "Hi Maria, order number 4711 is late.\nThanks, John",
        "Hi Maria, my order number 4712 is late!\nThanks, John",
        "Hello Maria, order no. 4713 late\nBest regards\nJohn Smith",
        "Dear Maria, where is order AB-1234? See shop.com/ab and xkcdqz\nJohn",
    ]
    (name,) = named(texts, np.zeros(4, dtype=int))
    assert set(name.lower().split()) <= {"order", "late"}


def test_names_of_customers_are_avoided_where_they_are_given() -> None:
    texts = ["Dupont called about the meter", "the meter of Dupont", "Dupont again: meter"]
    texts += ["the invoice is wrong", "wrong invoice", "an invoice"] * 20
    labels = np.array([0] * 3 + [1] * 60)
    keywords = topic_keywords(texts, labels, avoid=["Marie Dupont", "C-17"])
    assert topic_names(texts, labels, keywords, avoid=["Marie Dupont", "C-17"])[0] == "Meter"
    assert "dupont" not in {word.lower() for word in keywords[0]}


def test_a_question_about_length_is_not_about_long_things() -> None:
    texts = ["How long is a refund?", "how long does a refund take", "How long is the refund"]
    (name,) = named(texts, np.zeros(3, dtype=int))
    assert name == "Refund"


# Names beside others


@pytest.mark.parametrize(
    ("name", "keywords", "taken", "expected"),
    [
        ("Refund", ["late"], ["Parcel", "Refund late"], "Refund"),
        ("Refund", ["late", "bank"], ["REFUND"], "Refund late"),
        ("Refund", ["late", "bank"], ["refund", "Refund LATE"], "Refund bank"),
        ("Late refund", ["refund", "LATE", "bank"], ["late refund"], "Late refund bank"),
        ("Refund", ["late"], ["refund", "refund late"], "Refund 2"),
        ("Refund", ["refund"], ["Refund", "Refund 2", "refund 3"], "Refund 4"),
        ("", ["late"], [], "Topic late"),
        ("", [], ["Topic 2"], "Topic 3"),
    ],
)
def test_a_taken_name_gets_a_keyword_and_at_last_a_number(name, keywords, taken, expected):
    assert free_name(name, keywords, taken) == expected


WORD = st.sampled_from(["", "a", "A", "b", "a b", "A B", "a 2", "A 3", "Topic", "topic 2"])


@given(WORD, st.lists(WORD), st.lists(WORD))
def test_a_free_name_is_there_and_free(name, keywords, taken):
    found = free_name(name, keywords, taken)
    assert found.startswith(name or "Topic")
    assert found.lower() not in {other.lower() for other in taken}

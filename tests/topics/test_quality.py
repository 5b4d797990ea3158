from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.topics.quality import diversity, npmi, top_words

TEXTS = ["late parcel", "a late parcel again", "wrong PIN", "the PIN is wrong", "hello"]


def test_words_that_always_meet_have_one_and_those_that_never_do_minus_one() -> None:
    assert npmi([["late", "parcel"]], TEXTS) == pytest.approx(1)
    assert npmi([["late", "pin"]], TEXTS) == -1
    assert npmi([["late", "parcel"], ["late", "pin"]], TEXTS) == pytest.approx(0)


def test_npmi_by_hand() -> None:
    # a in 3 of 4 texts, b in 2, both in 1: log(0.25 / (0.75 * 0.5)) / -log(0.25).
    texts = ["aa bb", "aa", "aa", "bb"]
    assert npmi([["aa", "bb"]], texts) == pytest.approx(math.log(0.25 / 0.375) / -math.log(0.25))


def test_independent_words_have_about_zero() -> None:
    rng = np.random.default_rng(0)
    draws = rng.random((4000, 2)) < 0.5
    texts = [" ".join(w for w, yes in zip(("aa", "bb"), row, strict=True) if yes) for row in draws]
    assert abs(npmi([["aa", "bb"]], texts)) < 0.05


def test_a_phrase_counts_as_its_words_and_ten_words_count() -> None:
    assert npmi([["late parcel"]], TEXTS) == npmi([["late", "parcel"]], TEXTS)
    many = [f"word{n}" for n in range(20)]
    assert top_words(many) == many[:10]
    assert top_words(["Top up by card", "card", "top"]) == ["top", "up", "by", "card"]
    assert diversity([many, many[10:]]) == 1.0


def test_a_text_counts_a_word_once_and_case_does_not_count() -> None:
    repeated = [f"{text.upper()} {text}" for text in TEXTS]
    keywords = [["late", "pin", "wrong"]]
    assert npmi(keywords, repeated) == pytest.approx(npmi(keywords, TEXTS))


def test_diversity_is_the_share_of_different_words() -> None:
    assert diversity([["card", "pin"], ["card", "atm"]]) == 0.75
    assert diversity([["card"], ["CARD"], ["card"], ["card"]]) == 0.25


def test_nothing_to_measure_is_nan() -> None:
    assert math.isnan(npmi([["one"], []], TEXTS))
    assert math.isnan(diversity([[], []]))
    assert npmi([["one"], ["late", "pin"]], TEXTS) == -1


WORDS = st.sampled_from(["late", "parcel", "pin", "wrong", "unknown", "the"])


@given(st.lists(st.lists(WORDS, max_size=5), max_size=4), st.randoms(use_true_random=False))
def test_both_are_bounded_and_blind_to_the_order_of_texts_and_topics(keywords, random) -> None:
    mixed, topics = list(TEXTS), list(keywords)
    random.shuffle(mixed)
    random.shuffle(topics)
    value, share = npmi(keywords, TEXTS), diversity(keywords)
    assert math.isnan(value) or -1 <= value <= 1 + 1e-12
    assert math.isnan(share) or 0 < share <= 1
    assert npmi(topics, mixed) == pytest.approx(value, nan_ok=True)
    assert diversity(topics) == pytest.approx(share, nan_ok=True)

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.sentiment.clauses import split_clauses


def cut(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in split_clauses(text)]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Lovely shop.", ["Lovely shop."]),
        ("I love it. It fits.", ["I love it.", "It fits."]),
        (
            "The dress is lovely but delivery took three weeks",
            ["The dress is lovely", "but delivery took three weeks"],
        ),
        (
            "Although it is small, the room was clean.",
            ["Although it is small,", "the room was clean."],
        ),
        (
            "Great screen, poor battery, average sound.",
            ["Great screen,", "poor battery,", "average sound."],
        ),
        (
            "The food was good; the waiter was not.",
            ["The food was good;", "the waiter was not."],
        ),
        (
            "I was happy with the phone, however the charger broke.",
            ["I was happy with the phone,", "however the charger broke."],
        ),
        ("Dr. Smith saw me at 5 p.m. sharp.", ["Dr. Smith saw me at 5 p.m. sharp."]),
        ("They were nothing but helpful to us.", ["They were nothing but helpful to us."]),
        ("It is not only cheap but also very good.", ["It is not only cheap but also very good."]),
        ("Slow, but ok", ["Slow, but ok"]),
        (
            "We bought bread, milk, eggs and some cheese for later that day at the shop.",
            ["We bought bread, milk, eggs and some cheese for later that day at the shop."],
        ),
        ("Schön verpackt, aber viel zu spät.", ["Schön verpackt,", "aber viel zu spät."]),
        ("Muy bonito pero llegó tarde.", ["Muy bonito", "pero llegó tarde."]),
        ("Très joli, mais trop petit.", ["Très joli,", "mais trop petit."]),
        ("Muito bonito, mas chegou tarde.", ["Muito bonito,", "mas chegou tarde."]),
        ("The butter and the button are fine.", ["The butter and the button are fine."]),
        ("Chegou mais rápido do que esperava.", ["Chegou mais rápido do que esperava."]),
        (
            "I bought the long winter dress in red, a size 8, as shown.",
            ["I bought the long winter dress in red, a size 8, as shown."],
        ),
        ("好吃。但是很贵。", ["好吃。", "但是很贵。"]),
        ("", [""]),
    ],
)
def test_texts_are_cut_where_the_writer_turns(text: str, clauses: list[str]) -> None:
    assert cut(text) == clauses


@given(st.text(alphabet="ab ,.;-–!?()'\"éß😀\n butrhowevan", max_size=120))
def test_clauses_follow_one_another_without_gap(text: str) -> None:
    spans = split_clauses(text)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(left[1] == right[0] for left, right in itertools.pairwise(spans))
    assert all(start < end for start, end in spans) or len(spans) == 1


@given(st.text(max_size=200))
def test_any_text_can_be_cut(text: str) -> None:
    spans = split_clauses(text)
    assert "".join(text[start:end] for start, end in spans) == text


def test_long_texts_are_cut_in_time_that_follows_their_length() -> None:
    assert len(split_clauses("it is good but slow " * 5_000)) == 5_000 + 1

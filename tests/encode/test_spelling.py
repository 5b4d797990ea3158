from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.encode.spans import Passage, token_weights
from textseg.encode.spelling import spell_out


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("nothing to do here", "nothing to do here"),
        ("late again 😡", "late again  enraged face "),
        ("👍👍👍 ok", " thumbs up!  ok"),
        ("👍🏽", " thumbs up "),
        ("👌👌 👌", " OK hand! "),
        ("👩🏽‍🦰", " woman red hair "),
        ("Sony™ é", "Sony™ é"),
        ("it is  very  very  nice é", "it is  very  very  nice é"),
        ("a ❤️ b ❤️", "a  red heart  b  red heart "),
        ("sooooo good", "soo! good"),
        ("Looove it", "Loove! it"),
        ("I am VERY disappointed", "I am VERY! disappointed"),
        ("VERY! bad", "VERY! bad"),
        ("DO NOT BUY.", "DO NOT BUY."),
        ("NEVER AGAIN.", "NEVER AGAIN!"),
        ("see www.shop.example", "see www.shop.example"),
        ("chapter III and XXX", "chapter III and XXX"),
        ("Größe passt nicht", "Größe passt nicht"),
        ("", ""),
    ],
)
def test_what_the_vocabulary_lacks_is_written_in_words(text: str, spelled: str) -> None:
    assert spell_out(text) == spelled


@given(st.text(max_size=60))
def test_no_emoji_is_left(text: str) -> None:
    import emoji

    assert all(found in "©®™" for found in emoji.distinct_emoji_list(spell_out(text)))


@given(st.lists(st.text(alphabet="abé 😀👍!LOUDo", min_size=1, max_size=12), max_size=6))
def test_spans_of_a_passage_hold_the_spelled_clauses(parts: list[str]) -> None:
    text = "".join(parts)
    ends = np.cumsum([len(part) for part in parts]).tolist()
    spans = list(zip([0, *ends[:-1]], ends, strict=True)) if parts else []
    passage = Passage.of(text, spans)
    assert [passage.text[a:b] for a, b in passage.spans] == [spell_out(part) for part in parts]
    assert passage.text == "".join(spell_out(part) for part in parts)


def test_weights_average_the_tokens_of_each_span() -> None:
    offsets = [(0, 0), (0, 3), (3, 6), (7, 9), (0, 0)]
    weights = token_weights(offsets, [1, 0, 0, 0, 1], [(0, 6), (6, 10), (10, 20)])
    assert np.allclose(weights[0], 0.2)
    assert np.allclose(weights[1], [0, 0.5, 0.5, 0, 0])
    assert np.allclose(weights[2], [0, 0, 0, 1, 0])
    assert not weights[3].any()


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.integers(1, 5))
def test_every_token_belongs_to_one_clause(lengths: list[int], n: int) -> None:
    ends = np.cumsum(lengths).tolist()
    offsets = list(zip([0, *ends[:-1]], ends, strict=True))
    borders = sorted({0, *(ends[-1] * i // n for i in range(n)), ends[-1]})
    spans = list(itertools.pairwise(borders))
    weights = token_weights(offsets, [0] * len(offsets), spans)
    assert ((weights[1:] > 0).sum(axis=0) == 1).all()
    sums = weights.sum(axis=1)
    assert np.all(np.isclose(sums, 1) | (sums == 0))

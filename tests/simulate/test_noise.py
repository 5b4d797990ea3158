from __future__ import annotations

import ftfy
import numpy as np
import pytest

from textseg.simulate.noise import garble, mark_up, mistype
from textseg.simulate.phrases import Dice


@pytest.fixture
def dice():
    return Dice(np.random.default_rng(1))


def test_nobody_mistypes_at_rate_zero_and_numbers_stay_right(dice):
    text = "My refund of £79.50 for order SO-100123 never arrived"
    assert mistype(text, 0.0, dice) == text
    mistyped = mistype(text, 1.0, dice)
    assert mistyped != text
    assert "£79.50" in mistyped
    assert "SO-100123" in mistyped
    assert len(mistyped.split()) == len(text.split())


def test_garbled_text_can_be_repaired():
    text = "Größe passt, 49 €"
    assert "Ã" in garble(text)
    assert ftfy.fix_text(garble(text)) == text


def test_markup_keeps_the_sentences(dice):
    for _ in range(20):
        marked = mark_up(["Too small.", "Too late & wet."], dice)
        assert "Too small." in marked
        assert "late &amp; wet." in marked
        assert marked != "Too small. Too late & wet."

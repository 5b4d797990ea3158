from __future__ import annotations

import numpy as np
import pytest

from textseg.simulate.people import SEGMENTS
from textseg.simulate.phrases import (
    LANGUAGES,
    Dice,
    cut,
    load_phrases,
    load_products,
    load_topics,
)

KNOWN_SLOTS = {
    "product", "product_a", "price", "sale_price", "name", "surname", "phone", "email", "order",
    "spot", "parts",
}  # fmt: skip


def parts_of(language: str):
    phrases = load_phrases(language)
    for topic, kinds in phrases.topics.items():
        for kind, parts in kinds.items():
            yield from ((f"{topic}.{kind}", part) for part in parts)
    for kind, parts in phrases.frame.items():
        yield from ((f"frame.{kind}", part) for part in parts)


def test_there_are_several_hundred_sentence_parts_on_more_than_ten_topics():
    in_english = [part for place, part in parts_of("en") if not place.startswith("frame.")]
    assert len(in_english) >= 400
    assert len(load_topics()) >= 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_part_is_empty_repeated_or_unbalanced(language):
    parts = list(parts_of(language))
    sources = [part.source for place, part in parts if not place.startswith("frame.")]
    assert len(set(sources)) == len(sources)
    for place, part in parts:
        assert part.source.strip(), place
        assert not set("[]|~") & set("".join(sum(part.pieces, ()))), (place, part.source)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_can_be_filled(language):
    phrases = load_phrases(language)
    for place, part in parts_of(language):
        assert part.slots <= KNOWN_SLOTS | set(phrases.slots), (place, part.source)
    assert all(values and all(values) for values in phrases.slots.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_can_be_praised_blamed_described_and_asked_about(language):
    topics = load_phrases(language).topics
    assert list(topics) == [topic.name for topic in load_topics()]
    for kinds in topics.values():
        assert {"positive", "negative", "neutral", "question"} <= set(kinds)
        # Someone without an order must find words too.
        assert any("order" not in part.slots for part in kinds["question"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_topics_end_like_sentences(language):
    for place, part in parts_of(language):
        if not place.startswith("frame."):
            assert part.pieces[-1][0].endswith((".", "?", "!")), part.source


def test_topics_name_existing_topics_and_segments_too():
    names = {topic.name for topic in load_topics()}
    assert all(set(topic.pairs) <= names - {topic.name} for topic in load_topics())
    assert all(set(planted.topics) <= names for planted in SEGMENTS)
    assert sum(planted.share for planted in SEGMENTS) == pytest.approx(1.0)


def test_products_come_cheapest_first_and_decline_in_german():
    products = load_products()
    assert [p.price for p in products] == sorted(p.price for p in products)
    coat = next(p for p in products if p.name == "Wool Coat")
    assert coat.called("de") == ("der Wollmantel", "den Wollmantel")
    shirt = next(p for p in products if p.name == "Organic Cotton T-Shirt")
    assert shirt.called("en")[1] == "an organic T-shirt"


def test_a_part_is_filled_with_one_of_its_choices():
    part = cut("~the {product} [fits|is fine], {size}.")
    dice = Dice(np.random.default_rng(0))
    values = {"product": "parka", "size": "M"}
    made = {part.fill(dice, values.__getitem__) for _ in range(50)}
    assert part.alone
    assert made == {"The parka fits, M.", "The parka is fine, M."}


def test_dice_follow_weights_and_chances():
    dice = Dice(np.random.default_rng(3))
    drawn = [dice.weighted("abc", [1.0, 0.0, 3.0]) for _ in range(4000)]
    assert drawn.count("b") == 0
    assert drawn.count("c") / 4000 == pytest.approx(0.75, abs=0.04)
    assert sum(dice.chance(0.2) for _ in range(4000)) / 4000 == pytest.approx(0.2, abs=0.04)

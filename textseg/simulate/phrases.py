"""Sentence parts and the catalogue, and how a sentence is made from a part."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
LANGUAGES = ("en", "de")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


class Dice:
    """Single draws from a numpy Generator, bought in blocks since one by one is slow."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rolls: list[float] = []

    def roll(self) -> float:
        """Draw from [0, 1)."""
        if not self._rolls:
            self._rolls = self._rng.random(16_384).tolist()
        return self._rolls.pop()

    def chance(self, probability: float) -> bool:
        """Say yes with a probability."""
        return self.roll() < probability

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of some options."""
        return options[int(self.roll() * len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """Draw one of some options by weight."""
        rest = self.roll() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            rest -= weight
            if rest < 0:
                return option
        return options[-1]


@dataclass(frozen=True)
class Part:
    """A sentence part, cut at its choices; a string stands for a choice of one."""

    source: str
    pieces: tuple[tuple[str, ...], ...]
    alone: bool
    slots: frozenset[str]

    def fill(self, dice: Dice, value: Callable[[str], str]) -> str:
        """Make one sentence: draw the choices, then fill the slots."""
        text = "".join(
            options[0] if len(options) == 1 else dice.pick(options) for options in self.pieces
        )
        if self.slots:
            text = _SLOT.sub(lambda match: value(match.group(1)), text)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Phrases:
    """Everything that can be said in one language."""

    topics: dict[str, dict[str, list[Part]]]
    frame: dict[str, list[Part]]
    slots: dict[str, list[str]]
    proper: frozenset[str] = field(default_factory=frozenset)


def cut(source: str) -> Part:
    """Read a sentence part: ``~`` for alone, ``[a|b]`` for choices, ``{slot}`` for slots."""
    text = source.removeprefix("~")
    pieces: list[tuple[str, ...]] = []
    for number, piece in enumerate(_CHOICE.split(text)):
        if piece or number % 2:
            pieces.append(tuple(piece.split("|")) if number % 2 else (piece,))
    return Part(source, tuple(pieces), text != source, frozenset(_SLOT.findall(text)))


@cache
def load_phrases(language: str) -> Phrases:
    """Read the sentence parts of one language."""
    raw = _read(f"{language}.toml")
    topics = {
        topic: {kind: [cut(part) for part in parts] for kind, parts in kinds.items()}
        for topic, kinds in raw["topic"].items()
    }
    frame = {kind: [cut(part) for part in parts] for kind, parts in raw["frame"].items()}
    slots: dict[str, list[str]] = raw["slots"]
    named = ("agent", "courier", "pay", "name", "city", "weekday")
    proper = {value.split()[0] for slot in named for value in slots[slot]} - {"a"}
    return Phrases(topics, frame, slots, frozenset(proper))


@dataclass(frozen=True)
class Topic:
    """What the simulation knows of a topic besides its sentences."""

    name: str
    bias: float
    garment: bool
    context: bool
    pairs: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """A product, as the catalogue and as customers call it."""

    name: str
    category: str
    price: float
    en: str
    de: str
    garment: bool
    spots: tuple[str, ...]
    parts: tuple[str, ...]

    def called(self, language: str) -> tuple[str, str]:
        """Give what fits ``{product}`` and ``{product_a}``."""
        if language == "de":
            return self.de, re.sub("^der ", "den ", self.de)
        return self.en, f"{'an' if self.en[0] in 'aeiou' else 'a'} {self.en}"


@cache
def load_topics() -> tuple[Topic, ...]:
    """Read the topics of the catalogue."""
    raw = _read("catalogue.toml")["topic"]
    return tuple(
        Topic(name, **(about | {"pairs": tuple(about["pairs"])})) for name, about in raw.items()
    )


@cache
def load_products() -> tuple[Product, ...]:
    """Read the products of the catalogue, cheapest first."""
    raw = _read("catalogue.toml")
    categories = raw["category"]
    products = []
    for item in raw["product"]:
        category = categories[item["category"]]
        products.append(
            Product(
                **item,
                garment=category["garment"],
                spots=tuple(category.get("spots", ())),
                parts=tuple(category.get("parts", ())),
            )
        )
    return tuple(sorted(products, key=lambda product: (product.price, product.name)))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))

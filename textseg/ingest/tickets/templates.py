"""Paragraphs that the company puts into many tickets, found by their repetition."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from textseg.ingest.row_digests import digest_texts

_SHORTEST = 60  # characters
_FEWEST_WORDS = 8
_FEWEST_WORDS_OF_A_SENTENCE = 14
_FEWEST = 10
_SHARE = 0.002
_MOST_ALONE = 0.1
_SAMPLE = 50_000
_LEAST_DISTINCT = 0.5
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_PIECE = re.compile(r"[^\n]+")


@dataclass
class Templates:
    """The company's paragraphs: as an earlier run found them, or gathered while reading.

    Attributes
    ----------
    known : frozenset of str or None
        None to find them out.
    found : set of str
        What was found out.
    """

    known: frozenset[str] | None = None
    found: set[str] = field(default_factory=set)

    def of(self, texts: pd.Series, customers: pd.Series) -> frozenset[str]:
        """Return those of some texts; see :func:`find_templates`."""
        if self.known is not None:
            return self.known
        new = find_templates(texts, customers)
        self.found |= new
        return new


def find_templates(texts: pd.Series, customers: pd.Series) -> frozenset[str]:
    """Find what stands word for word (numbers aside) in the texts of many customers.

    A template is long, in at least ten texts, two in a thousand, of ten customers (where they are
    known), and hardly ever all that a text says: then it would be what they all want to say.

    Parameters
    ----------
    texts : Series of string
        With their lines. Of very many, a part that depends on what they say is looked at.
    customers : Series of string
        Who wrote each; null where not known.

    Returns
    -------
    frozenset of str
        As :func:`without_templates` takes them.
    """
    looked_at = texts.notna().to_numpy()
    if looked_at.sum() > _SAMPLE:
        digests = digest_texts(texts)
        largest = np.partition(digests[looked_at], _SAMPLE - 1)[_SAMPLE - 1]
        looked_at = looked_at & (digests <= largest)
    present = texts[looked_at]
    # Where whole texts repeat, their sentences are what people chose or a generator made.
    if present.nunique() < _LEAST_DISTINCT * len(present):
        return frozenset()
    counts, alone, people = _count(present, customers)
    fewest = max(_FEWEST, _SHARE * len(present))
    return frozenset(
        key
        for key, count in counts.items()
        if count >= fewest and len(people[key]) >= _FEWEST and alone[key] <= _MOST_ALONE * count
    )


def _count(
    texts: pd.Series, customers: pd.Series
) -> tuple[Counter[str], Counter[str], dict[str, set[object]]]:
    """Count texts with each piece, texts that are nothing else, and their customers."""
    counts: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    people: dict[str, set[object]] = defaultdict(set)
    who = customers[texts.index]
    unknown = who.isna().to_list()
    for place, (text, customer) in enumerate(zip(texts.to_list(), who.to_list(), strict=True)):
        pieces = list(_pieces(text))
        for key in {key for _, _, key in pieces if key}:
            counts[key] += 1
            alone[key] += len(pieces) == 1
            if len(people[key]) < _FEWEST:
                people[key].add(place if unknown[place] else customer)
    return counts, alone, people


def without_templates(text: str, templates: frozenset[str]) -> str:
    """Cut the templates from a text, unless it says nothing else.

    Parameters
    ----------
    text : str
        With its lines.
    templates : frozenset of str
        From :func:`find_templates`.

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.ingest.tickets.templates import without_templates
    >>> without_templates("Zip broken.", frozenset())
    'Zip broken.'
    """
    left = text
    for start, end, key in reversed(list(_pieces(text))):
        if key in templates:
            left = left[:start] + left[end:]
    return left.strip() if left != text and any(map(str.isalnum, left)) else text


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """Give place and key of every line, or sentence where there is one line; "" if too short."""
    if "\n" in text:
        for line in _PIECE.finditer(text):
            yield line.start(), line.end(), _key(line[0], _FEWEST_WORDS)
        return
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        yield start, gap.start(), _key(text[start : gap.start()], _FEWEST_WORDS_OF_A_SENTENCE)
        start = gap.end()
    yield start, len(text), _key(text[start:], _FEWEST_WORDS_OF_A_SENTENCE)


def _key(piece: str, fewest_words: int) -> str:
    if len(piece) < _SHORTEST or len(piece.split()) < fewest_words:
        return ""
    return re.sub(r"\d+", "0", " ".join(piece.casefold().split()))

"""The names of people in texts: no topic is called after one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from textseg.topics.stopwords import LANGUAGES, stop_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOSTLY = 0.5
"""Share of a word's places that are those of a name, to call it one."""
RARE = {True: 0.05, False: 0.01}
"""A word of a customer's name is taken for one if it is rarer in the texts, by whether it is mostly
written with a capital: nobody else calls Mr Card, but every tenth text has a card."""

FEW = 5
"""Times that are rare in any number of texts."""
WINDOW = 7
"""Tokens after a greeting or a closing among which a name is looked for."""

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-])+")


def person_names(
    tokens: NDArray[np.int64],
    text_of: NDArray[np.int64],
    vocabulary: list[str],
    avoid: Collection[str] = (),
) -> frozenset[str]:
    r"""Find names of people by where they stand: "Hi Maria,", "Thanks, John", "Mr Jones".

    Parameters
    ----------
    tokens, text_of, vocabulary
        What :func:`~textseg.topics.lexicon.tokenize` gave.
    avoid : collection of str, default ()
        Names and ids of customers; their words count as names too, if they are rare.

    Returns
    -------
    frozenset of str
        Words in lower case. A word is a name if half of its places, or more, are those of one.

    Examples
    --------
    >>> from textseg.topics.lexicon import tokenize
    >>> from textseg.topics.people import person_names
    >>> texts = ["Hi Maria, my card is lost", "Card lost again.\nThanks, John", "Hello card, hi"]
    >>> sorted(person_names(*tokenize(texts)))
    ['john', 'maria']
    """
    lower = [token.lower().replace("’", "'") for token in vocabulary]
    times: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    for token, form, count in zip(
        vocabulary, lower, np.bincount(tokens, minlength=len(vocabulary)).tolist(), strict=True
    ):
        times[form] += count
        capitals[form] += count * token[0].isupper()
    places = _places_of_names(tokens, text_of, vocabulary, lower)
    names = {form for form, count in places.items() if count >= MOSTLY * times[form]}
    n_texts = int(text_of.max(initial=-1)) + 1
    known = {word.replace("’", "'") for name in avoid for word in _WORD.findall(name.lower())}
    for form in known & times.keys() - _no_names():
        is_capital = capitals[form] >= MOSTLY * times[form]
        if times[form] < max(FEW, RARE[is_capital] * n_texts):
            names.add(form)
    return frozenset(names)


def _places_of_names(
    tokens: NDArray[np.int64], text_of: NDArray[np.int64], vocabulary: list[str], lower: list[str]
) -> Counter[str]:
    """Count how often each word stands where a name does."""
    kinds = {word: kind for kind in ("titles", "closings", "greetings") for word in _words(kind)}
    is_cue = np.array([form in kinds for form in lower], dtype=np.bool_)
    found: set[int] = set()
    for at in np.flatnonzero(is_cue[tokens]).tolist():
        after = tokens[at + 1 : at + 1 + WINDOW][text_of[at + 1 : at + 1 + WINDOW] == text_of[at]]
        name = _name([vocabulary[token] for token in after.tolist()], kinds[lower[tokens[at]]])
        found.update(at + 1 + place for place in name)
    return Counter(lower[tokens[place]] for place in found)


def _name(after: list[str], kind: str) -> list[int]:
    """Find the places of a name of one or two words among the tokens after a cue."""
    start = 0
    if kind == "titles":
        start = int(after[:1] == ["."])
    elif kind == "closings":
        while start < len(after) and not _may_be_name(after[start]):
            start += 1
    end = start
    while end < min(len(after), start + 2) and _may_be_name(after[end]):
        end += 1
    if kind == "titles":
        return [place for place in range(start, end) if after[place][0].isupper()]
    # "Hello card payment failed" greets nobody: a name is followed by a comma or the line's end.
    alone = end == len(after) or not _WORD.fullmatch(after[end])
    return list(range(start, end)) if alone else []


def _may_be_name(token: str) -> bool:
    return bool(_WORD.fullmatch(token)) and token.lower() not in _no_names()


@cache
def _no_names() -> frozenset[str]:
    return _words("roles") | _words("greetings") | _words("closings") | _words("titles")


@cache
def _words(kind: str) -> frozenset[str]:
    """Join the words of one kind of all languages."""
    return frozenset().union(*(getattr(stop_words(language), kind) for language in LANGUAGES))

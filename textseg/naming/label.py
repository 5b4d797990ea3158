"""From what a language model answers to a label, or the reason why there is none."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import dropwhile

from textseg.ingest.masking import PLACEHOLDERS, mask
from textseg.topics.stopwords import LANGUAGES, stop_words

MAX_LENGTH = 60
"""Characters of a label."""
MAX_WORDS = 8
"""More are a sentence."""

_PREFIX = re.compile(r"(?:topic|topic name|name|label|title)\s*:", re.IGNORECASE)
_MARKS = re.compile(r"[\"“”„«»‹›`*#~]|^[^\w(]+|[^\w)%]+$")
_BRACKETS = re.compile(r"[<>\[\]{}|\\]")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# How a refusal or a remark begins, where a name was asked for.
_TALK = frozenset({"i", "i'm", "im", "sorry", "sure", "here", "here's", "as"})


class NoName(Exception):  # noqa: N818
    """A language model gave no name; the message is a reason that fits into a note."""


def clean_label(answer: str) -> str:
    r"""Make a label of an answer, whatever it holds.

    Parameters
    ----------
    answer : str

    Returns
    -------
    str
        One line of at most 60 characters and 8 words that begins with a capital: no quotes, no
        markup, no control characters, no numbers, nothing that was masked. Judging words at its
        beginning are left out, since the sentiment is told elsewhere.

    Raises
    ------
    NoName
        It cannot be made such a label.

    Examples
    --------
    >>> from textseg.naming.label import clean_label
    >>> clean_label('**Topic: "terrible card delivery"**\n')
    'Card delivery'
    """
    lines = [line for line in unicodedata.normalize("NFKC", answer).splitlines() if line.strip()]
    if not lines:
        raise NoName("empty answer")
    if len(lines) > 1:
        raise NoName("more than one line")
    line = "".join(c for c in lines[0] if unicodedata.category(c)[0] != "C")
    if _BRACKETS.search(line):
        raise NoName("markup or a placeholder")
    name = _without_marks(_PREFIX.sub("", _without_marks(line), count=1))
    if len(name) > MAX_LENGTH or len(name.split()) > MAX_WORDS:
        raise NoName("too long")
    _check_words(name)
    name = _neutral(name)
    return name[:1].upper() + name[1:]


def _without_marks(line: str) -> str:
    """Take off quotes and markup, and what is no word at either end."""
    shorter = " ".join(_MARKS.sub("", line.replace("_", " ")).split())
    return shorter if shorter == line else _without_marks(shorter)


def _check_words(name: str) -> None:
    words = [word.replace("’", "'") for word in _WORD.findall(name)]
    if any(word.isnumeric() or word in PLACEHOLDERS for word in words) or mask(name) != name:
        raise NoName("a number or something masked")
    if not any(word.casefold() not in _empty_words() for word in words):
        raise NoName("no word that names")
    if words[0].casefold() in _TALK:
        raise NoName("a sentence")


def _neutral(name: str) -> str:
    """Leave out judging words at the beginning, as long as one that names comes next."""
    words = name.split(" ")
    kept = list(dropwhile(lambda word: word.casefold() in _judging_words(), words))
    return " ".join(kept) if kept and kept[0].casefold() not in _empty_words() else name


@cache
def _judging_words() -> frozenset[str]:
    return frozenset().union(*(stop_words(language).weak for language in LANGUAGES))


@cache
def _empty_words() -> frozenset[str]:
    """Words that name nothing by themselves, in any of the languages."""
    return _judging_words().union(*(stop_words(language).roles for language in LANGUAGES))

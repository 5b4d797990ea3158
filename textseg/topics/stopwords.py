"""What the function words of a language do inside a phrase, and what the other words stem to.

The lists are our own, in ``stopwords.toml`` beside this file. A word is judged in the language of
the texts that it stands in, since "die", "no" and "come" are stop words in some languages only.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "pt": "portuguese",
    "it": "italian",
    "nl": "dutch",
}
"""The languages with stop words, and what the Snowball stemmers call them."""


class Role(IntEnum):
    """What a word does inside a phrase.

    Examples
    --------
    >>> from textseg.topics.stopwords import Role, stop_words
    >>> stop_words("en").roles["by"] is Role.LINK
    True
    """

    CONTENT = 0
    """Carries meaning."""
    SKIP = 1
    """Left out, and the phrase goes on: articles, possessives, auxiliaries, fillers."""
    STOP = 2
    """Ends the phrase: pronouns, question words, courtesies; also punctuation and numbers."""
    LINK = 3
    """Stands between two words, at no end: prepositions."""
    NEGATION = 4
    """Begins a phrase or stands inside it."""
    PARTICLE = 5
    """Stands inside a phrase or ends it: the "up" of "top up"."""


@dataclass(frozen=True)
class StopWords:
    """The function words of one language.

    Attributes
    ----------
    roles : dict of str to Role
        Every function word, in lower case with straight apostrophes.
    polar : frozenset of str
        Words that judge: they belong to the sentiment of a topic.
    weak : frozenset of str
        Those, and words that tell that something was bought or used: they name nothing.
    same : dict of str to str
        Spellings that count as another word and are written as it: "isn't working" is written
        "not working".
    like : dict of str to str
        Words that count as another one but are written as they are: "doesn't work" counts as "not
        working".
    determiners : frozenset of str
        Words that a noun comes after.
    questions : frozenset of str
        Words that ask about the next one: "how long".
    greetings, closings, titles : frozenset of str
        Words that the name of a person comes after: "Hi Maria,", "Thanks, John", "Mr Jones".
    """

    roles: dict[str, Role]
    polar: frozenset[str]
    weak: frozenset[str]
    same: dict[str, str]
    like: dict[str, str]
    determiners: frozenset[str]
    questions: frozenset[str]
    greetings: frozenset[str]
    closings: frozenset[str]
    titles: frozenset[str]


@cache
def stop_words(language: str) -> StopWords:
    """Load the function words of a language.

    Parameters
    ----------
    language : str
        A key of :data:`LANGUAGES`.

    Returns
    -------
    StopWords

    Examples
    --------
    >>> from textseg.topics.stopwords import stop_words
    >>> "the" in stop_words("en").roles, stop_words("en").same["isn't"]
    (True, 'not')
    """
    table = _tables()[language]
    listed = (Role.SKIP, Role.STOP, Role.LINK, Role.NEGATION, Role.PARTICLE)
    return StopWords(
        roles={word: role for role in listed for word in table[role.name.lower()].split()},
        polar=frozenset(table["polar"].split()),
        weak=frozenset(table["polar"].split() + table["weak"].split()),
        same=_by_spelling(table.get("same", {})),
        like=_by_spelling(table.get("like", {})),
        determiners=frozenset(table["determiner"].split()),
        questions=frozenset(table["question"].split()),
        greetings=frozenset(table["greeting"].split()),
        closings=frozenset(table["closing"].split()),
        titles=frozenset(table["title"].split()),
    )


def _by_spelling(spellings: dict[str, str]) -> dict[str, str]:
    return {spelling: word for word, listed in spellings.items() for spelling in listed.split()}


@cache
def stem(word: str, language: str) -> str:
    """Cut a word down to what its inflections share, by Porter's Snowball stemmers.

    Parameters
    ----------
    word : str
        In lower case.
    language : str
        A key of :data:`LANGUAGES`.

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.topics.stopwords import stem
    >>> stem("refunds", "en") == stem("refunded", "en")
    True
    """
    return str(_stemmer(language).stemWord(word))


@cache
def _tables() -> dict[str, dict[str, Any]]:
    """Read the lists of all languages."""
    text = files("textseg.topics").joinpath("stopwords.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(LANGUAGES[language])

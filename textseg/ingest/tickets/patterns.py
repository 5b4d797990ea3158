"""The phrases of tickets as compiled patterns."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_PLAIN = {
    "ä": "(?:ä|ae|a)", "ö": "(?:ö|oe|o)", "ü": "(?:ü|ue|u)", "ß": "(?:ß|ss)", "'": "['’´`]",
    "á": "[áa]", "à": "[àa]", "ã": "[ãa]", "â": "[âa]", "ç": "[çc]", "é": "[ée]", "è": "[èe]",
    "ê": "[êe]", "í": "[íi]", "ó": "[óo]", "ô": "[ôo]", "õ": "[õo]", "ú": "[úu]", "ñ": "[ñn]",
    "À": "[ÀA]", "É": "[ÉE]",
}  # fmt: skip
_ANY = r"[^\n]{0,120}?"
# The line over a quoted mail is often wrapped, but holds no empty line.
_WRAPPED = r"(?:[^\n]|\n(?!\s*\n)){1,160}?"

_WORD = r"[^\s.!?]+(?:\.[^\s.!?]+)*"
_FEW = rf"(?:[ \t]*{_WORD}(?:[ \t]+{_WORD}){{0,5}})?"  # a device or a program
_TAG = r"\[[^\[\]\n#]{0,30}#\s?[\w-]{1,30}\]"  # a help desk's number, as in [Ticket #123]


@dataclass(frozen=True)
class Patterns:
    """What :mod:`textseg.ingest.tickets.cut` looks for."""

    greeting: re.Pattern[str]
    greeted: frozenset[str]
    pleasantry: re.Pattern[str]
    closing: re.Pattern[str]
    wrote: re.Pattern[str]
    quoted: re.Pattern[str]
    header: re.Pattern[str]
    header_line: re.Pattern[str]
    reply_above: re.Pattern[str]
    sent_from: re.Pattern[str]
    footer: re.Pattern[str]
    reply: re.Pattern[str]
    subject: re.Pattern[str]
    not_names: frozenset[str]
    needs: Mapping[str, Mapping[str, list[frozenset[str]]]]
    """The words of each phrase, by kind of phrase and the longest of the words."""


def spelled(phrase: str, gap: str = _ANY) -> str:
    """Make a pattern of a phrase: any blanks, accents or none, "…" for the gap."""
    words = [
        "".join(gap if c == "…" else _PLAIN.get(c, re.escape(c)) for c in word)
        for word in phrase.split()
    ]
    # A gap at the beginning must not be tried at every place.
    return ("^" if phrase.startswith("…") else "") + r"\s+".join(words)


def _either(phrases: Iterable[str], gap: str = _ANY) -> str:
    """Make a pattern of phrases, in which the longest wins."""
    return "|".join(spelled(p, gap) for p in sorted(set(phrases), key=lambda p: (-len(p), p)))


@cache
def phrases() -> dict[str, Any]:
    """Give the phrases of all languages, by language and kind."""
    text = files("textseg.ingest.tickets").joinpath("phrases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def patterns() -> Patterns:
    """Compile the phrases of all languages into one set of patterns."""
    tables = phrases()

    def of(kind: str) -> list[str]:
        return [phrase for table in tables.values() for phrase in table.get(kind, ())]

    return Patterns(
        greeting=_compiled(
            rf"[\s¡¿]*(?:(?:{_either(of('greetings'))})|(?P<dear>{_either(of('dear'))}))(?!\w)"
        ),
        greeted=frozenset(word for phrase in of("greeted") for word in phrase.split()),
        pleasantry=_compiled(rf"[\s¡¿]*(?:{_either(of('pleasantries'))})\s*(?:[.!?,;]+|\n|\Z)"),
        closing=_compiled(
            rf"(?:(?P<open>[,;:)\]>}}–—-])|[\n.!?…])[ \t]*(?:(?P<closing>{_either(of('closings'))})"
            rf"|(?P<thanks>{_either(of('thanks'))}))(?!\w)"
        ),
        wrote=re.compile(rf"(?<!\w)(?:{_either(of('wrote'), _WRAPPED)})[ \t]*:", re.MULTILINE),
        quoted=_compiled(
            rf"[-_*]{{2,}}[ \t]*(?:{_either(of('quoted'))})[^\n]{{0,60}}?[-_*]{{2,}}"
            rf"|^[ \t>]*(?:{_either(of('quoted'))})[ \t]*:[ \t]*$"
        ),
        header=re.compile(_header(of("from"), of("header")), re.MULTILINE),
        header_line=re.compile(rf"\s*{_key([*of('from'), *of('header')])}[^\n]*"),
        reply_above=_compiled(rf"[#=*–—\s-]*(?:{_either(of('reply_above'))})[#=*.–—\s-]*"),
        sent_from=re.compile(rf"(?:^|(?<=\s))(?:{_either(of('sent_from'), _FEW)})[.!]?\s*$", re.M),
        footer=_compiled(rf"(?:^|(?<=[.!?…|)]\s))[ \t*]*(?:{_either(of('footer'))})"),
        reply=_compiled(rf"\s*(?:(?:{_either(of('reply'))})(?:\s?[\[(]\d+[\])])?\s?:|{_TAG})"),
        subject=_compiled(rf"\s*(?:{_either(of('subject'))})\s?:\s*"),
        not_names=frozenset(tables["not_names"]["words"]),
        needs={
            **{kind: _needs(of(kind)) for kind in _SEARCHED},
            # What follows a gap may be the beginning of a word.
            "footer": _needs(phrase.partition("…")[0] for phrase in of("footer")),
        },
    )


def may_hold(words: frozenset[str], *kinds: str) -> bool:
    """Tell from its words whether a text can have a phrase; faster than to look for it.

    Parameters
    ----------
    words : frozenset of str
        From :func:`words_of`.
    *kinds : str
        Kinds of phrases, as in ``phrases.toml``.

    Returns
    -------
    bool
    """
    needs = [patterns().needs[kind] for kind in kinds]
    return any(need <= words for of in needs for word in words & of.keys() for need in of[word])


_SEARCHED = ("closings", "thanks", "wrote", "quoted", "reply_above", "sent_from")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def words_of(text: str) -> frozenset[str]:
    """Give the words of a text in lower case.

    Parameters
    ----------
    text : str

    Returns
    -------
    frozenset of str
    """
    return frozenset(re.findall(r"\w+", text.casefold()))


def _needs(listed: Iterable[str]) -> dict[str, list[frozenset[str]]]:
    """Take the words of every phrase with accents, without, and with "ae" for "ä"."""
    needs: dict[str, list[frozenset[str]]] = defaultdict(list)
    for phrase in sorted(set(listed)):
        decomposed = unicodedata.normalize("NFKD", phrase)
        plain = "".join(c for c in decomposed if not unicodedata.combining(c))
        spellings = (phrase, plain, phrase.casefold().translate(_UMLAUTS))
        for words in sorted({tuple(sorted(words_of(spelling))) for spelling in spellings}):
            needs[max(words, key=len)].append(frozenset(words))
    return dict(needs)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def _key(keys: Iterable[str]) -> str:
    return rf"\*?(?:{_either(keys)})\s?:\*?"


def _header(first: list[str], others: list[str]) -> str:
    """Three keys of a mail's header, each soon after the one before, with or without lines."""
    more = rf"(?:[^\n]|\n(?!\s*\n)){{1,200}}?\s{_key(others)}"
    return rf"(?:^|(?<=\s)){_key(first)}{more}{more}"

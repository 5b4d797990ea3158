"""Cut from a ticket what mail programs, manners and help desks add to the customer's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from textseg.ingest.tickets.patterns import may_hold, patterns, words_of
from textseg.ingest.tickets.signatures import cut_signature

KINDS = ("quoted reply", "footer", "signature", "greeting")
"""What is cut, in this order."""

_LONGEST_GREETING = 80
_MOST_GREETED = 7
_LINKS = frozenset(
    [
        "and",
        "of",
        "at",
        "from",
        "the",
        "und",
        "der",
        "die",
        "das",
        "von",
        "vom",
        "bei",
        "et",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "y",
        "e",
        "da",
        "do",
        "dos",
        "del",
        "&",
        "/",
    ]
)
# The end of a greeting; a dot after up to three letters may belong to a title.
_END_OF_GREETING = re.compile(r"[,!:;]+|\n|\Z|\s[–—-]+\s|(?:\A|(?<=\w{4}))\.+(?=\s|\Z)")
_PLACEHOLDER = re.compile(r"<[^<>\n]{1,40}>|\[[^\[\]\n]{1,40}\]|\{+[^{}\n]{1,40}\}+")
_CLOCK = re.compile(r"@|\d{1,2}[:h.]\d{2}")
_PARAGRAPH_END = re.compile(r"\n\s*\n|\Z")
_RULER = re.compile(r"(?:\s*^[ \t>]*[_=*-]{5,}[ \t]*$)+\s*\Z", re.MULTILINE)
_UNQUOTED = re.compile(r"^(?![ \t]*>|[ \t]*$)", re.MULTILINE)


def cut(text: str) -> tuple[str, frozenset[str]]:
    r"""Cut quoted replies, footers, signatures and greetings.

    Parameters
    ----------
    text : str
        With its lines, as far as they are known.

    Returns
    -------
    str, frozenset of str
        What is left, never without a word where there was one; and what was cut, of
        :data:`KINDS`. Cutting again changes nothing.

    Examples
    --------
    >>> from textseg.ingest.tickets.cut import cut
    >>> left, kinds = cut("Hi team,\n\nthe zip broke.\n\nBest regards\nAnna\nSent from my iPhone")
    >>> left, sorted(kinds)
    ('the zip broke.', ['footer', 'greeting', 'signature'])
    """
    done = set()
    before = None
    words = words_of(text)
    while before != text:  # what is above a footer may be a signature, and so on
        before = text
        for kind, cutter in _CUTTERS.items():
            left = cutter(text, words)
            if left != text and _says_something(left):
                text = left.strip()
                done.add(kind)
    return text, frozenset(done)


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))


def cut_subject(title: str) -> str:
    """Cut "Re:", "Fwd:" and a help desk's number from a subject.

    Parameters
    ----------
    title : str

    Returns
    -------
    str
        The title itself if nothing else is in it.

    Examples
    --------
    >>> from textseg.ingest.tickets.cut import cut_subject
    >>> cut_subject("AW: Re[2]: [Ticket #4711] Zip broken")
    'Zip broken'
    """
    left = title
    while found := patterns().reply.match(left):
        left = left[found.end() :]
    return left.strip() if _says_something(left) else title


def cut_label(text: str) -> str:
    """Cut the "Subject:" of a text that begins with its subject.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.ingest.tickets.cut import cut_label
    >>> cut_label("Betreff: Re: Zip broken")
    'Zip broken'
    """
    found = patterns().subject.match(text)
    left = cut_subject(text[found.end() :]) if found else ""
    return left if _says_something(left) else text


def _cut_quoted(text: str, words: frozenset[str]) -> str:
    for cutter in (_cut_below_line, _cut_quoted_mail, _cut_header, _cut_marked):
        left = cutter(text, words)
        # Somebody who only forwards a mail means what it says.
        if left != text and _says_something(left):
            text = _RULER.sub("", left)
    return text


def _cut_below_line(text: str, words: frozenset[str]) -> str:
    """Cut "reply above this line", and all beneath it if anything stands above."""
    for kind, pattern in (("reply_above", patterns().reply_above), ("quoted", patterns().quoted)):
        if may_hold(words, kind) and (found := pattern.search(text)):
            above, below = text[: found.start()], text[found.end() :]
            text = above if _says_something(above) else below
    return text


def _cut_quoted_mail(text: str, words: frozenset[str]) -> str:
    """Cut "On ... wrote:" with the lines marked beneath it, or all beneath if none is marked."""
    if ":" not in text or not may_hold(words, "wrote"):
        return text
    for found in patterns().wrote.finditer(text):
        start = _last_opening(found)
        said = text[start : found.end()]
        ends_line = re.match(r"[ \t]*(?:\n|\Z|>)", text[found.end() :]) is not None
        dated = _CLOCK.search(said) or (ends_line and re.search(r"\d", said))
        if not dated or not (_begins_line(text, start) or _CLOCK.search(said)):
            continue
        below = text[found.end() :]
        if below.lstrip().startswith(">") and "\n" in below.strip():
            rest = _UNQUOTED.search(below.lstrip())
            return text[:start] + (below.lstrip()[rest.start() :] if rest else "")
        return text[:start]
    return text


def _last_opening(found: re.Match[str]) -> int:
    """Skip an earlier sentence that begins with the same word as the line over the mail."""
    word = re.escape(found[0].split(None, 1)[0])
    openings = [m.start(1) for m in re.finditer(rf"(?:\n|[.!?]\s)\s*({word})\s", found[0])]
    return found.start() + (openings[-1] if openings else 0)


def _begins_line(text: str, place: int) -> bool:
    return not text[:place].rpartition("\n")[2].strip(" \t>*")


def _cut_header(text: str, words: frozenset[str]) -> str:
    """Cut a mail's header and the mail; at the beginning only the header."""
    found = patterns().header.search(text) if text.count(":") >= 3 else None
    if found is None:
        return text
    if _says_something(text[: found.start()]):
        return text[: found.start()]
    place = found.start()
    while line := patterns().header_line.match(text, place):
        place = line.end()
    return text[place:] if "\n" in text[place:] else text


def _cut_marked(text: str, words: frozenset[str]) -> str:
    """Cut lines after ">", unless they could be the points of a list."""
    if ">" not in text:
        return text
    lines = text.split("\n")
    marked = [line.lstrip() for line in lines if line.lstrip().startswith(">")]
    wrapped = any(
        len(above) > 50 and below[1:].lstrip()[:1].islower() for above, below in pairwise(marked)
    )
    if wrapped or any(re.match(r">\s*(?:>|$)", line) for line in marked):
        return "\n".join(line for line in lines if not line.lstrip().startswith(">"))
    return text


def _cut_footers(text: str, words: frozenset[str]) -> str:
    whole = text
    if may_hold(words, "sent_from"):
        text = patterns().sent_from.sub("", text)
    while may_hold(words, "footer") and (found := patterns().footer.search(text)):
        end = _PARAGRAPH_END.search(text, found.end())
        text = text[: found.start()] + "\n\n" + (text[end.end() :] if end else "")
    return _RULER.sub("", text) if text != whole else text


def _cut_signature(text: str, words: frozenset[str]) -> str:
    return cut_signature(text, closed=may_hold(words, "closings", "thanks"))


def _cut_greeting(text: str, words: frozenset[str]) -> str:
    found = patterns().greeting.match(text)
    if found is not None:
        after = text[found.end() : found.end() + _LONGEST_GREETING]
        end = _END_OF_GREETING.search(after)
        if end is not None and _is_greeted(after[: end.start()], alone=found["dear"] is None):
            return text[found.end() + end.end() :]
    if found := patterns().pleasantry.match(text):
        return text[found.end() :]
    return text


def _is_greeted(words: str, *, alone: bool) -> bool:
    """Tell whom one greets from what one says: names, roles and the words between them."""
    listed = _PLACEHOLDER.sub(" Name ", words).split()
    known = patterns()

    def fits(word: str) -> bool:
        lower = word.casefold()
        if not known.greeted.isdisjoint({lower, lower.rstrip(".")}):
            return True
        return word[0].isupper() and lower.rstrip(".") not in known.not_names

    if len(listed) > _MOST_GREETED or (not listed and not alone):
        return False
    return all(fits(word) or word in _LINKS for word in listed)


_CUTTERS: dict[str, Callable[[str, frozenset[str]], str]] = dict(
    zip(KINDS, (_cut_quoted, _cut_footers, _cut_signature, _cut_greeting), strict=True)
)

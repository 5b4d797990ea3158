"""The end of a ticket: the closing formula, the name and all that stands beneath it."""

from __future__ import annotations

import re

from textseg.ingest.tickets.patterns import patterns

_TAIL = 2000  # characters of the end in which a closing is looked for
_MOST_LINES = 12
_LONGEST_LINE = 100
_MOST_NAMES = 4
_MOST_WORDS = 12
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "da",
        "di",
        "la",
        "do",
        "dos",
        "du",
        "le",
        "y",
        "und",
        "e",
        "et",
        "&",
        "/",
        "|",
        "-",
        "–",
        "·",
        "•",
    ]
)
_DELIMITER = re.compile(r"^--[ \t]*$", re.MULTILINE)
_AFTER_CLOSING = re.compile(r"[ \t]*[,.!:;–—-]*[ \t]*")
_CONTACT = re.compile(
    r"\S@\S|www\.|https?://|(?:tel|fon|telefon|phone|mobil|mobile|handy|cell|fax|téléphone|"
    r"teléfono|telefone|móvil|portable|e-?mail|web)\b\.?\s*:?\s*[+(\d@w]",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[<\[{]+[^<>\[\]{}\n]{1,40}[>\]}]+")
_POSTSCRIPT = re.compile(r"\s*p\.?\s?s\b", re.IGNORECASE)


def cut_signature(text: str, *, closed: bool = True) -> str:
    r"""Cut the closing formula with the signature, a signature after "--", or contact lines.

    Parameters
    ----------
    text : str
    closed : bool
        Whether a closing formula may be in it.

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.ingest.tickets.signatures import cut_signature
    >>> cut_signature("Kommt nicht an. Mit freundlichen Grüßen, Max Muster")
    'Kommt nicht an.'
    >>> cut_signature("Best regards to the whole team.")
    'Best regards to the whole team.'
    """
    for found in _DELIMITER.finditer(text):
        if _is_signature(text[found.end() :].split("\n"), prose=1):
            return text[: found.start()].rstrip()
    start = max(0, len(text) - _TAIL)
    for found in patterns().closing.finditer(text, start) if closed else ():
        left = _without(text, found)
        if left is not None:
            return left
    return _without_contact(text) if "\n" in text else text


def _without(text: str, found: re.Match[str]) -> str | None:
    """Cut at a closing; None if what follows is more than a signature."""
    thanks = found["thanks"] is not None
    if thanks and found["open"]:
        return None
    between = _AFTER_CLOSING.match(text, found.end())
    end = between.end() if between else found.end()
    lines = text[end:].split("\n")
    if thanks:
        separated = text[found.end() - 1] == "," or text[found.end() : end].strip()
        if not _names_follow(lines, separated=bool(separated)):
            return None
    head = text[: found.end()][: found.start("thanks" if thanks else "closing") - found.end()]
    if _is_name(lines[0].split()) or _is_signature_line(lines[0], loose=False):
        if _is_signature(lines[1:]):
            return _trimmed(head)
        return _before_postscript(head, lines)
    return None


def _trimmed(head: str) -> str:
    return head.rstrip(" \t\n,;:–—-(")


def _before_postscript(head: str, lines: list[str]) -> str | None:
    for place, line in enumerate(lines):
        if _POSTSCRIPT.match(line) and _is_signature(lines[:place]):
            return _trimmed(head) + "\n\n" + "\n".join(lines[place:])
    return None


def _names_follow(lines: list[str], *, separated: bool) -> bool:
    """Tell "Thanks, Anna" from "Thanks Amazon" and "Thanks. Great service"."""
    if lines[0].strip():
        return separated and 0 < len(lines[0].split()) <= _MOST_NAMES and _is_name(lines[0].split())
    words = next((line.split() for line in lines[1:] if line.strip()), [])
    return 0 < len(words) <= _MOST_NAMES and _is_name(words)


def _is_signature(lines: list[str], prose: int = 0) -> bool:
    """Names, addresses and numbers, short and few; a motto is allowed after "--"."""
    filled = [line for line in lines if line.strip()]
    if len(filled) > _MOST_LINES or any(_POSTSCRIPT.match(line) for line in filled):
        return False
    return sum(not _is_signature_line(line) for line in filled) <= prose


def _is_signature_line(line: str, *, loose: bool = True) -> bool:
    words = line.split()
    if len(line) > _LONGEST_LINE or len(words) > _MOST_WORDS:
        return False
    if _is_name(words) or _CONTACT.search(line):
        return True
    first = line.strip()[:1]
    return loose and len(words) <= 6 and line.rstrip()[-1:] not in ".?!" and not first.islower()


def _is_name(words: list[str]) -> bool:
    """Words with a capital, initials, placeholders, numbers; nothing of a sentence."""
    if len(words) > _MOST_WORDS:
        return False
    listed = _PLACEHOLDER.sub("Name", " ".join(words)).split()
    return all(_is_name_word(word) for word in listed)


def _is_name_word(word: str) -> bool:
    plain = word.strip(",;()\"'*|")
    if not plain or plain.casefold() in _PARTICLES or _CONTACT.search(plain):
        return True
    if plain.rstrip(".").casefold() in patterns().not_names or plain[-1] in "?!:…":
        return False
    return plain[0].isupper() or plain[0] in "+(" or plain[0].isdigit()


def _without_contact(text: str) -> str:
    """Cut lines at the end that begin with a name and hold an address or a number to call."""
    lines = text.split("\n")
    start = len(lines)
    while start > 0 and lines[start - 1].strip() and _is_signature_line(lines[start - 1]):
        start -= 1
    block = lines[start:]
    named = len(block) >= 2 and 2 <= len(block[0].split()) <= _MOST_NAMES
    if (
        named
        and len(block) <= _MOST_LINES
        and start > 0
        and all(word[0].isupper() and word.isalpha() for word in block[0].split())
        and any(_CONTACT.search(line) for line in block[1:])
    ):
        return "\n".join(lines[:start]).rstrip()
    return text

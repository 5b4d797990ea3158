"""Windows-1250 or Windows-1252: by the letters that languages have beside those of English.

Both encodings have an ``é``; they differ where Polish has ``ą`` and Western Europe ``¹``. Guessers
that count letters need longer texts than reviews are; which letters go together is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_WESTERN = {
    "German": "äöüß",
    "Nordic": "äåöæøéü",
    "Icelandic": "áæðéíóöúýþ",
    "French": "àâæçèéêëîïôœùûüÿ",
    "Spanish": "áéíñóúüçªº¿¡",
    "Italian": "àèéìíòóùªº",
    "Portuguese": "àáâãçéêíóôõúªº",
    "Dutch": "áäéèëïóöü",
}
_CENTRAL = {
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Hungarian": "áéíóöőúüű",
    "Romanian": "âăîşţ",
    "South Slavic": "čćđšž",
}
_SIGNS = "£¥¼½¾"  # of Windows-1252; Windows-1250 has letters in their place


def is_central_european(lines: Sequence[bytes]) -> bool:
    """Tell whether the lines of a text make sense in Windows-1250 rather than in Windows-1252.

    Parameters
    ----------
    lines : sequence of bytes
        Those that are not ASCII.

    Returns
    -------
    bool
        True where most lines have the letters of one language of Central Europe, and more of them
        no language of Western Europe than the other way round.

    Examples
    --------
    >>> from textseg.ingest.sources.alphabets import is_central_european
    >>> is_central_european(["Bardzo długo".encode("cp1250")])
    True
    >>> is_central_european(["Très déçu".encode("cp1252")])
    False
    """
    central = [_fits(line, "cp1250", _CENTRAL.values()) for line in lines]
    western = [_fits(line, "cp1252", _WESTERN.values()) for line in lines]
    return 2 * sum(central) > len(lines) and sum(central) > sum(western)


def _fits(line: bytes, encoding: str, alphabets: Iterable[str]) -> bool:
    """Tell whether one language has all letters of a line."""
    needed = {letter for letter in _letters(line, encoding) if not letter.isascii()}
    return any(needed <= set(alphabet) for alphabet in alphabets)


def _letters(line: bytes, encoding: str) -> Iterable[str]:
    """Give the letters, and the signs that the other encoding takes for letters."""
    readings = [line.decode(name, "replace").lower() for name in (encoding, "cp1250", "cp1252")]
    for letter, *either in zip(*readings, strict=True):
        if letter not in _SIGNS and any(map(str.isalpha, either)):
            yield letter

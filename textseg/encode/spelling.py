"""What the tokenizer would lose, in words: emoji, stretched and shouted words."""

from __future__ import annotations

import re

VERSION = 1
"""Raised when a text is spelled in another way, so that it is encoded again."""

# Addresses and Roman numerals repeat letters without emphasis.
_STRETCHED = re.compile(r"\b(?!www|iii|xxx)\w*?(?:([a-z])\1{2,}\w*?)+\b", re.IGNORECASE)
_REPEATED = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b(?![!\w])")
_LOWER = re.compile(r"[a-z]")
_SKIN = re.compile(r"_(?:light|medium-light|medium|medium-dark|dark)_skin_tone")
_MARKS = "©®™"
"""Characters that count as emoji and carry no feeling."""
_AT_END = re.compile(r"\.*(\s*)$")


def spell_out(text: str) -> str:
    """Write emoji as their names, and mark stretched and shouted words by an exclamation mark.

    The vocabulary of most sentence encoders has no emoji and no capitals, so that they would be
    unknown words or nothing at all.

    Parameters
    ----------
    text : str
        A text or a part of one.

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.encode.spelling import spell_out
    >>> spell_out("sooooo GOOD 😍")
    'soo! GOOD!  smiling face with heart-eyes '
    >>> spell_out("DO NOT BUY THIS")
    'DO NOT BUY THIS!'
    """
    if not text.isascii():
        text = _without_emoji(text)
    text = _STRETCHED.sub(_shortened, text)
    if _LOWER.search(text):
        return _SHOUTED.sub(r"\g<0>!", text)
    # All of it is shouted: one mark says so.
    return _AT_END.sub(r"!\1", text, count=1) if _SHOUTED.search(text) else text


def _without_emoji(text: str) -> str:
    import emoji

    spelled, done, last = "", 0, ""
    for found in emoji.emoji_list(text):
        sign, between = found["emoji"], text[done : found["match_start"]]
        if sign[0] in _MARKS:
            continue
        if sign == last and not between.strip():
            # What comes several times in a row would outweigh the words around it.
            spelled = spelled.removesuffix("! ").removesuffix(" ") + "! "
        else:
            spelled += f"{between} {_name(sign)} "
        done, last = found["match_end"], sign
    return spelled + text[done:]


def _name(sign: str) -> str:
    import emoji

    return _SKIN.sub("", emoji.demojize(sign)).strip(":").replace("_", " ")


def _shortened(match: re.Match[str]) -> str:
    return _REPEATED.sub(r"\1\1", match.group()) + "!"

"""Parts of a text that carry one opinion each: sentences, cut again where the writer turns."""

from __future__ import annotations

import re

Span = tuple[int, int]

VERSION = 1
"""Raised when texts are cut in another way, so that they are encoded again."""

_TURNS = (
    # English
    r"but(?! also)|however|although|though|whereas|nevertheless|nonetheless|on the other hand|"
    r"on the (?:plus|down|up) ?side|except(?: for| that)?|apart from|aside from|other than that|"
    r"despite|in spite of|even though|if only|unlike|"
    r"unfortunately|sadly|luckily|fortunately|thankfully|"
    # German, Spanish, French, Portuguese
    r"aber|jedoch|allerdings|obwohl|trotzdem|dennoch|leider|"
    r"pero|aunque|sin embargo|no obstante|"
    r"cependant|pourtant|toutefois|bien que|par contre|"
    r"porém|contudo|embora|no entanto|apesar d[eao]s?"
)
_STARTS = (
    r"and|so|while|yet|still|plus|also|which|the|it|its|it's|this|that|these|they|he|she|we|i|you|"
    r"my|our|your|their|there|nobody|nothing|everything|no|not|only|just|even|"
    r"und|der|die|das|es|ich|wir|el|los|las|les|il|elle|je|nous|mais|mas"
)
# Where a clause may begin: at a turn, behind a strong stop, or behind a comma that starts anew.
_BORDERS = re.compile(
    rf"(?<!\w)(?<!nothing )(?<!anything )(?<!all )(?:{_TURNS})(?!\w)"
    r"|(?<=;)\s|\s(?=[-–—]{1,2}\s)|(?<=[a-z])(?=\s*—)"
    rf"|(?<=,)\s(?=(?:{_STARTS})\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\W*(?:although|though|while|whereas|despite|even though|apart from|aside from|except for|"
    r"obwohl|aunque|bien que|embora)\b",
    re.IGNORECASE,
)
_COMMA = re.compile(r",(?=\s)")
# Chinese and Japanese have no blanks between words.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
_JUDGEMENT = range(2, 7)
_FEWEST_WORDS = 2
"""A shorter part belongs to the clause before it."""


def split_clauses(text: str) -> list[Span]:
    """Cut a text into clauses.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (int, int)
        Start and end of each clause in characters. They follow one another without gap from the
        beginning of the text to its end; a text that cannot be cut is one clause.

    Examples
    --------
    >>> from textseg.sentiment.clauses import split_clauses
    >>> text = "The dress is lovely but delivery took weeks. Thank you!"
    >>> [text[start:end] for start, end in split_clauses(text)]
    ['The dress is lovely ', 'but delivery took weeks. ', 'Thank you!']
    """
    from sentencex import get_sentence_boundaries

    starts = [0]
    for sentence in get_sentence_boundaries("en", text):
        begin = sentence["start_index"]
        inner = text[begin : sentence["end_index"]]
        starts += [begin, *(begin + place for place in _borders(inner))]
    return _wide_enough(text, sorted(set(starts)))


def _borders(sentence: str) -> list[int]:
    places = [
        match.end() if match.group().isspace() else match.start()
        for match in _BORDERS.finditer(sentence)
    ]
    commas = [match.end() for match in _COMMA.finditer(sentence)]
    parts = _COMMA.split(sentence)
    if all(len(_WORD.findall(part)) in _JUDGEMENT for part in parts):
        # "Great screen, poor battery, average sound."
        return sorted({*places, *commas})
    # "Although it is small, it works": what the turn begins ends at the first comma.
    return [*places, *commas[:1]] if _OPENING.match(sentence) else places


def _wide_enough(text: str, starts: list[int]) -> list[Span]:
    """Join parts with too few words to the part before them, or after if they are the first."""
    kept: list[int] = []
    words = 0  # of the part that was kept last, as far as it goes by now
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        own = len(_WORD.findall(text, start, end))
        if kept and min(words, own) < _FEWEST_WORDS:
            words += own
            continue
        kept.append(start)
        words = own
    return list(zip(kept, [*kept[1:], len(text)], strict=True))

"""Texts as they were meant: mojibake, HTML and whitespace mended; empty answers found."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from textseg.ingest.cells import as_text, in_parts

_TAGS = re.compile(
    r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?(?:"
    r"a|abbr|article|b|big|blockquote|body|br|button|center|cite|code|div|em|figure|font|footer|"
    r"form|h[1-6]|head|header|hr|html|i|iframe|img|input|label|li|link|meta|nav|o:p|ol|p|pre|"
    r"s|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|u|ul|"
    r"video)(?:\s[^<>]*)?/?>|<!doctype[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|cite|em|font|i|s|small|span|strike|strong|sub|sup|u)\b", re.I
)
_BREAK = re.compile(
    r"</?(?:article|blockquote|body|br|center|div|footer|form|h[1-6]|head|header|hr|html|li|nav|ol|p|"
    r"pre|section|table|title|tr|ul)\b",
    re.IGNORECASE,
)
# Line breaks that an export has written out: a backslash and an n.
_ESCAPED_BREAK = re.compile(r"(?:\\r)?\\n")
_ESCAPED = re.compile(r"\\n(?:\\r)?\\n|[.,!?]\s?(?:\\r)?\\n")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
_INVISIBLE = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x2028, 0x2029, 0x2060, 0xFEFF), " "
)
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2b1b\u2b1c\u231a\u231b\u23e9-\u23fa]"
)
_EMOTICON = re.compile(r"(?:[:;=][-'^o]?[()\[\]/\\|{}*]+|[()\[\]]+[-'^]?[:;=]|\^_?\^|[-.]_[-.])+")
# One character read as several leaves neighbours beyond ASCII; ftfy's own test is far slower.
_SUSPECT = re.compile(r"[^\x00-\x7f]{2}|[ÃÂ] ")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+")
_MAX_PASSES = 5
_LONGEST_EMPTY = 60

_EMPTY_ANSWERS = frozenset(
    line.strip()
    for line in """
    ok|okay|okey|k|kk|na|none|nothing|nil|null|nan|no|nope|yes|yep|yeah|y|n|test|testing|tests|
    test test|this is a test|asdf|qwerty|xxx|xx|abc|blank|empty|idk|dont know|i dont know|not sure|
    no comment|no comments|no feedback|no answer|no response|no text|no review|no idea|
    not applicable|nothing to say|nothing to add|nothing else|nothing more|nothing in particular|
    thanks|thank you|thx|ty|many thanks|thank you very much|thanks a lot|hello|hi|bye|see above|
    as above|same as above|see title|see subject|not available|
    keine|keiner|keines|kein|nichts|nein|ja|kein kommentar|keine kommentare|keine angabe|
    keine angaben|ka|keine antwort|keine ahnung|keine anmerkung|keine anmerkungen|nichts weiter|
    weiss nicht|ich weiss nicht|danke|vielen dank|danke schoen|danke schön|passt|hallo|siehe oben|
    siehe betreff|so|
    rien|rien a dire|rien à dire|rien à signaler|ras|aucun|aucune|aucun commentaire|
    pas de commentaire|pas de commentaires|sans commentaire|sans réponse|non|oui|merci|
    merci beaucoup|je ne sais pas|ne sait pas|sans objet|so|néant|neant|bonjour|
    nada|ninguno|ninguna|ningún comentario|ningun comentario|sin comentario|sin comentarios|
    sin respuesta|nada que decir|nada más|nada mas|sí|si|gracias|muchas gracias|no sé|no se|
    no aplica|no sabe|prueba|hola|
    nenhum|nenhuma|nenhum comentário|nenhum comentario|sem comentário|sem comentario|
    sem comentários|sem comentarios|sem resposta|nada a dizer|nada a declarar|não|nao|sim|
    obrigado|obrigada|muito obrigado|muito obrigada|não sei|nao sei|não se aplica|teste|olá|ola
    """.replace("\n", "").split("|")
)
"""Answers without content in five languages: lower case, punctuation removed."""


@dataclass(frozen=True)
class Cleaned:
    """Texts after mending, with masks of what was mended.

    Parameters
    ----------
    text : Series of string
        Null where there was none.
    encoding, markup : Series of bool
        Where mojibake was repaired; where HTML was removed.
    """

    text: pd.Series
    encoding: pd.Series
    markup: pd.Series


def clean_texts(values: pd.Series, *, lines: bool = False) -> Cleaned:
    r"""Mend mojibake, remove HTML, and reduce whitespace to single blanks.

    Parameters
    ----------
    values : Series
        Of any dtype.
    lines : bool
        Whether line breaks are kept, at most two in a row; without, they are blanks.

    Returns
    -------
    Cleaned

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.clean import clean_texts
    >>> clean_texts(pd.Series(["<b>schÃ¶n</b> &amp;\n gut "])).text.to_list()
    ['schön & gut']
    """
    texts = as_text(values)
    cells = ["" if cell is pd.NA else cell for cell in texts.to_list()]
    mended = [_mend(cell, lines) for cell in cells]

    def mask(place: int) -> pd.Series:
        return pd.Series([parts[place] for parts in mended], index=values.index, dtype=bool)

    text = pd.Series([parts[0] for parts in mended], index=values.index, dtype="string")
    return Cleaned(text.mask(text == ""), encoding=mask(1), markup=mask(2))


def _mend(text: str, lines: bool) -> tuple[str, bool, bool]:
    """Give the text, whether mojibake was repaired, whether HTML was removed."""
    encoding = markup = False
    for _ in range(_MAX_PASSES):  # what is unpacked may be packed again
        before = text
        if "<" in text or "&" in text:
            text = _without_html(text)
            markup |= text != before
        if not text.isascii():
            encoded, text = text, _readable(text)
            encoding |= encoded != text
            text = unicodedata.normalize("NFC", text)
        text = _spaced(text) if lines else flatten(text)
        if text == before:
            break
    return text, encoding, markup


def flatten(text: str) -> str:
    """Write a text in one line, its words one blank apart.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    if "\\n" in text and "\n" not in text and _ESCAPED.search(text):
        text = _ESCAPED_BREAK.sub(" ", text)
    if not text.isprintable():
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def _spaced(text: str) -> str:
    """Reduce white space to single blanks and line breaks, of which two divide paragraphs."""
    if "\\n" in text and "\n" not in text and _ESCAPED.search(text):
        text = _ESCAPED_BREAK.sub("\n", text)
    if text.isprintable():
        return " ".join(text.split())
    lines = [flatten(line) for line in _LINE_END.sub("\n", text).split("\n")]
    paired = zip(lines, ["", *lines], strict=False)
    return "\n".join(line for line, above in paired if line or above).strip("\n")


def _without_html(text: str) -> str:
    text = _TAGS.sub(_between, text)
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _between(tag: re.Match[str]) -> str:
    """Give what stands for a tag: nothing within a line, else a blank or a line break."""
    if _INLINE.match(tag[0]):
        return ""
    return "\n" if _BREAK.match(tag[0]) else " "


def _readable(text: str) -> str:
    import ftfy
    from ftfy.badness import is_bad

    return ftfy.fix_encoding(text) if _SUSPECT.search(text) and is_bad(text) else text


def join_titles(title: pd.Series, text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Put titles in front of the texts that do not begin with them.

    Parameters
    ----------
    title, text : Series of string
        Cleaned, with the same index.

    Returns
    -------
    Series of string, Series of bool
        The joined texts ("Title. Text"), and where a title was put in front.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.clean import join_titles
    >>> joined, added = join_titles(pd.Series(["Nice"]), pd.Series(["Fits well."]))
    >>> joined.to_list(), added.to_list()
    (['Nice. Fits well.'], [True])
    """
    pairs = zip(title.fillna("").to_list(), text.fillna("").to_list(), strict=True)
    joined = pd.Series([_joined(a, b) for a, b in pairs], index=text.index, dtype="string")
    joined = joined.mask(text.isna())
    return joined, (joined != text).fillna(False).astype(bool)


def _joined(title: str, text: str) -> str:
    beginning = title.removesuffix("...").removesuffix("…").strip()
    if not beginning or text.casefold().startswith(beginning.casefold()):
        return text
    return f"{title} {text}" if title[-1] in ".!?…:;" else f"{title}. {text}"


def has_words(text: pd.Series) -> pd.Series:
    """Tell texts with a letter, a digit, an emoji or an emoticon from mere symbols.

    Parameters
    ----------
    text : Series of string
        Cleaned.

    Returns
    -------
    Series of bool
    """
    return _are(text, _has_words)


def _are(text: pd.Series, test: Callable[[str], bool]) -> pd.Series:
    tested = [part.map(test, na_action="ignore") for part in in_parts(text)]
    return pd.concat(tested).fillna(False).astype(bool)


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text)) or bool(_EMOJI.search(text) or _EMOTICON.fullmatch(text))


def is_informative(text: pd.Series) -> pd.Series:
    """Tell texts that can be about something from "ok", "n/a", "keine", numbers and mere emoji.

    Parameters
    ----------
    text : Series of string
        Cleaned.

    Returns
    -------
    Series of bool

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.clean import is_informative
    >>> is_informative(pd.Series(["N/A", "Nada.", "Too small"])).to_list()
    [False, False, True]
    """
    return _are(text, _is_informative)


def _is_informative(text: str) -> bool:
    if "://" in text or "www." in text:
        text = _LINK.sub("", text)
    if len(text) > _LONGEST_EMPTY:
        return True
    words = "".join(c for c in text.casefold() if c.isalnum() or c == " ")
    plain = " ".join(words.split())
    letters = [c for c in plain if c.isalpha()]
    if not letters or (len(letters) == 1 and letters[0] < "\u2e80"):
        return False
    return plain not in _EMPTY_ANSWERS and plain.replace(" ", "") != "na"

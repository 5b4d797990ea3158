"""What happens to a text on its way: typing errors, markup, broken encodings."""

from __future__ import annotations

from textseg.simulate.phrases import Dice

_SLIPS = {
    "received": "recieved", "definitely": "definately", "disappointed": "dissapointed",
    "recommend": "recomend", "really": "realy", "because": "becuase", "their": "thier",
    "beautiful": "beautifull", "packaging": "packageing", "address": "adress", "the": "teh",
    "until": "untill", "which": "wich", "quality": "qualtiy", "delivery": "delievery",
    "refund": "refud", "don't": "dont", "can't": "cant", "doesn't": "doesnt",
    "nicht": "nciht", "Lieferung": "Liferung", "Qualität": "Qualtät", "wieder": "weider",
    "noch": "nohc", "immer": "imemr", "Adresse": "Addresse", "Verpackung": "Verpakung",
}  # fmt: skip


def mistype(text: str, rate: float, dice: Dice) -> str:
    """Make typing errors in a share of the words; numbers and addresses stay right."""
    if not rate:
        return text
    return " ".join(_slip(word, dice) if dice.chance(rate) else word for word in text.split(" "))


def _slip(word: str, dice: Dice) -> str:
    if word in _SLIPS:
        return _SLIPS[word]
    if len(word) < 5 or not word.isalpha():
        return word
    place = 1 + int(dice.roll() * (len(word) - 2))
    way = dice.roll()
    if way < 0.45:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if way < 0.8:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place] + word[place:]


def curl(text: str) -> str:
    """Write apostrophes as phones do."""
    return text.replace("'", "\u2019")


def mark_up(sentences: list[str], dice: Dice) -> str:
    """Leave the markup of a mail or web form in a text."""
    sentences = [
        sentence.replace("&", "&amp;").replace("'", "&#39;" if dice.chance(0.5) else "'")
        for sentence in sentences
    ]
    way = dice.roll()
    if way < 0.45:
        return "<br />".join(sentences)
    if way < 0.75:
        return "<p>" + " ".join(sentences) + "</p>"
    return "&nbsp; ".join(sentences)


def garble(text: str) -> str:
    """Read UTF-8 as Windows-1252, where that is possible at all."""
    try:
        return curl(text).encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return text

"""What the labels of another sentiment model mean."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from textseg.errors import ConfigError, ModelError
from textseg.sentiment.classes import LABELS

# English, German, French, Spanish, Portuguese; without accents.
_NAMES = {
    **dict.fromkeys(["negative", "neg", "negativ", "negatif", "negativo", "negativa"], "negative"),
    **dict.fromkeys(["neutral", "neu", "neutre", "neutro", "neutra"], "neutral"),
    **dict.fromkeys(["positive", "pos", "positiv", "positif", "positivo", "positiva"], "positive"),
}
_DEGREE = re.compile(
    r"^(?:very|extremely|strongly|rather|somewhat|slightly|sehr|eher|leicht|tres|plutot|muy|algo|"
    r"muito|pouco) "
)
_STARS = re.compile(r"([1-5])(?: ?(?:stars?|sterne?|etoiles?|estrellas?|estrelas?))?")
_CLASS_OF_STARS = {
    "1": "negative",
    "2": "negative",
    "3": "neutral",
    "4": "positive",
    "5": "positive",
}
_SHOWN = 4
"""Labels in an example; a model may have dozens."""


def class_of_labels(labels: Sequence[str], explicit: Mapping[str, str]) -> NDArray[np.int64]:
    """Say which class each label of a model belongs to.

    What the settings say goes first. Then names are read: negative, neutral and positive in
    English, German, French, Spanish and Portuguese, with "very" and the like before them, and
    stars from 1 to 5 where all five are there. Nothing else is guessed: neither the order of
    labels without a name nor the sign of an emotion.

    Parameters
    ----------
    labels : sequence of str
        Labels of the model, in the order of its outputs.
    explicit : mapping of str to str
        ``sentiment.labels``: a class of :data:`~textseg.sentiment.LABELS` per label. A label that
        is not there as it is written is looked for without regard to case.

    Returns
    -------
    ndarray of int64, shape (n_labels,)
        Positions in :data:`~textseg.sentiment.LABELS`; 0 and 2 occur, 1 need not.

    Raises
    ------
    ConfigError
        The settings name a label that the model does not have.
    ModelError
        A label has no known meaning, or none is negative, or none is positive.

    Examples
    --------
    >>> from textseg.sentiment.label_names import class_of_labels
    >>> class_of_labels(["POS", "NEG", "Neutral"], {}).tolist()
    [2, 0, 1]
    >>> class_of_labels(["LABEL_0", "LABEL_1"], {"LABEL_0": "negative", "LABEL_1": "positive"})
    array([0, 2])
    """
    told = _told(labels, explicit)
    named = _named(labels)
    classes = [told.get(label, named.get(label)) for label in labels]
    unknown = [label for label, one in zip(labels, classes, strict=True) if one is None]
    if unknown:
        raise ModelError(
            f"The labels of the sentiment model are {_quoted(labels)}; it is not known what "
            f"{'they mean' if unknown == list(labels) else f'these mean: {_quoted(unknown)}'}.",
            hint=_how_to_tell(unknown),
        )
    for needed in ("negative", "positive"):
        if needed not in classes:
            raise ModelError(
                f"The labels of the sentiment model are {_quoted(labels)}; none is {needed}.",
                hint=_how_to_tell(labels),
            )
    return np.array([LABELS.index(one) for one in classes if one], dtype=np.int64)


def _told(labels: Sequence[str], explicit: Mapping[str, str]) -> dict[str, str]:
    """Return the class of each label that the settings name."""
    folded = {key.casefold(): one for key, one in explicit.items()}
    known = {label.casefold() for label in labels}
    for key in explicit:
        if key.casefold() not in known:
            raise ConfigError(
                f"sentiment.labels names {key!r}, "
                f"but the labels of the sentiment model are {_quoted(labels)}.",
                hint="Write the labels as the model does.",
            )
    return {
        label: explicit.get(label, folded[label.casefold()])
        for label in labels
        if label.casefold() in folded
    }


def _named(labels: Sequence[str]) -> dict[str, str]:
    """Return the class of each label whose name says it."""
    plain = {label: _plain(label) for label in labels}
    stars = {label: match[1] for label in labels if (match := _STARS.fullmatch(plain[label]))}
    # Without all five the scale is another one, and its middle elsewhere.
    scale = _CLASS_OF_STARS if set(stars.values()) == set(_CLASS_OF_STARS) else {}
    found = {label: scale.get(stars.get(label, "")) for label in labels}
    for label in labels:
        found[label] = found[label] or _NAMES.get(_DEGREE.sub("", plain[label], count=1))
    return {label: one for label, one in found.items() if one}


def _plain(label: str) -> str:
    """Drop case and accents, and let words be one space apart."""
    folded = unicodedata.normalize("NFKD", label.casefold())
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    # A hyphen at the front is the sign of a number.
    return re.sub(r"[\s_]+|(?<=\w)-(?=\w)", " ", letters).strip()


def _quoted(labels: Sequence[str]) -> str:
    return ", ".join(map(repr, labels))


def _how_to_tell(labels: Sequence[str]) -> str:
    # What JSON writes as a string is one in TOML too.
    entries = [f'{json.dumps(label, ensure_ascii=False)} = "…"' for label in labels[:_SHOWN]]
    entries += ["…"] if len(labels) > _SHOWN else []
    return (
        "In textseg.toml, under [sentiment], write negative, neutral or positive for each: "
        f"labels = {{ {', '.join(entries)} }}"
    )

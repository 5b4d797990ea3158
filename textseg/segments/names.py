"""Names of segments that say what they talk about, how they feel and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAJORITY = 0.45
"""Share of the feedback that a mood must have to name a segment."""

_MOODS = {"negative": "complaints", "neutral": "questions", "positive": "praise"}
_MIXED = "mixed feedback"


@dataclass(frozen=True)
class Traits:
    """What a text segment's name is made of.

    Attributes
    ----------
    topics : sequence of str
        Names of its typical topics, the most typical first; empty if none is.
    moods : mapping of str to float
        Share of its feedback that is negative, neutral and positive.
    tier : str or None
        Its typical value tier; None without orders.
    """

    topics: Sequence[str]
    moods: dict[str, float]
    tier: str | None


def segment_names(traits: Sequence[Traits]) -> list[str]:
    """Name the segments, all differently.

    Parameters
    ----------
    traits : sequence of Traits

    Returns
    -------
    list of str
        Such as "Sizing complaints, mid value". Where two would be the same, the next typical topic
        is added, and at last a number.

    Examples
    --------
    >>> from textseg.segments.names import Traits, segment_names
    >>> moods = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}
    >>> segment_names([Traits(["Sizing"], moods, "mid")])
    ['Sizing complaints, mid value']
    """
    names: list[str] = []
    for trait in traits:
        options = [_name(trait, topics) for topics in (1, 2, 3)]
        name = next((option for option in options if option not in names), None)
        if name is None:
            name = next(
                f"{options[0]} ({n})" for n in range(2, 99) if f"{options[0]} ({n})" not in names
            )
        names.append(name)
    return names


def mood_of(moods: dict[str, float]) -> str:
    """Return the mood that most of the feedback has, or "mixed feedback"."""
    mood = max(moods, key=lambda key: moods[key])
    return _MOODS[mood] if moods[mood] >= MAJORITY else _MIXED


def _name(trait: Traits, n_topics: int) -> str:
    topics = (
        [trait.topics[0], *(topic[:1].lower() + topic[1:] for topic in trait.topics[1:n_topics])]
        if trait.topics
        else ["General"]
    )
    value = f", {trait.tier} value" if trait.tier else ""
    return f"{' and '.join(topics)} {mood_of(trait.moods)}{value}"

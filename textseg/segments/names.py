"""Names of segments that say what they talk about, how they feel and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAJORITY = 0.45
"""Share of the feedback that a mood must have to name a segment."""

MARGIN = 0.2
"""How much larger than the share of the opposite mood it must be."""

_MOODS = {"negative": "complaints", "neutral": "questions", "positive": "praise"}
_OPPOSITES = {"negative": "positive", "positive": "negative"}
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
    moods: Mapping[str, float]
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
        is added, then the share of the feedback that is positive, and at last a number.

    Examples
    --------
    >>> from textseg.segments.names import Traits, segment_names
    >>> moods = {"negative": 0.7, "neutral": 0.2, "positive": 0.1}
    >>> segment_names([Traits(["Sizing"], moods, "mid")])
    ['Sizing complaints, mid value']
    """
    options = [_options(trait) for trait in traits]
    names: list[str] = []
    for place, own in enumerate(options):
        others = [option for other, some in enumerate(options) if other != place for option in some]
        name = next((option for option in own if option not in others), own[-1])
        numbered = (f"{name} ({n})" for n in range(2, len(traits) + 2))
        names.append(name if name not in names else next(n for n in numbered if n not in names))
    return names


def mood_of(moods: Mapping[str, float]) -> str:
    """Return the mood that most of the feedback has, and few of the opposite; or a mixed one."""
    mood = max(moods, key=lambda key: moods[key])
    against = moods[_OPPOSITES[mood]] if mood in _OPPOSITES else 0.0
    plain = moods[mood] >= MAJORITY and moods[mood] - against >= MARGIN
    return _MOODS[mood] if plain else _MIXED


def _options(trait: Traits) -> list[str]:
    """List names from the plain to the most particular."""
    value = f", {trait.tier} value" if trait.tier else ""
    first, *others = trait.topics or ["General"]
    mood = mood_of(trait.moods)
    plain = f"{first} {mood}"
    longer = [f"{' and '.join([first, *others[:n]])} {mood}" for n in range(1, len(others) + 1)]
    share = f"{plain} ({trait.moods['positive']:.0%} positive)"
    return [f"{name}{value}" for name in (plain, *longer, share)]

"""Features and their values in words, with units."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from textseg.customers.view import PURCHASE_FEATURES, VALUE_FEATURES
from textseg.report import numbers
from textseg.schema import SCALE_PREFIX

Write = Callable[[float], str]

TOPIC, OUTSIDE, AVERAGE, UNKNOWN = "topic: ", "unclustered", "average", "unknown"
"""Features that stand for texts, and for what is not known."""

FROM_ORDERS = ("value", "purchases")
"""Blocks that come from orders, which a run does not keep."""

_LOGARITHMS = {*VALUE_FEATURES, *PURCHASE_FEATURES, "n_feedback"}


def few(value: float) -> str:
    """Write a number of things; means of few have a decimal.

    Examples
    --------
    >>> from textseg.explain.words import few
    >>> few(1.0), few(2.52), few(1234.5)
    ('1', '2.5', '1,234')
    """
    return f"{value:.1f}".removesuffix(".0") if abs(value) < 10 else numbers.count(value)


def money(value: float) -> str:
    """Write an amount, which may be negative.

    Examples
    --------
    >>> from textseg.explain.words import money
    >>> money(-12.5)
    '−12.50'
    """
    return numbers.amount(value).replace("-", "−")


def _decimals(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


@dataclass(frozen=True)
class Wording:
    """What a feature is called, and how its values are written.

    Attributes
    ----------
    words : str
        As in "for the last order".
    number : callable
        Writes a value without its unit.
    unit : str
        In the plural.
    """

    words: str
    number: Write
    unit: str = ""

    def value(self, value: float) -> str:
        """Write a value with its unit.

        Examples
        --------
        >>> from textseg.explain.words import Wording, few
        >>> Wording("the last order", few, "days ago").value(1.0)
        '1 day ago'
        """
        number = self.number(value)
        first, _, rest = self.unit.partition(" ")
        unit = f"{first.removesuffix('s') if number == '1' else first} {rest}".strip()
        return f"{number} {unit}".strip()


_FEATURES = {
    OUTSIDE: Wording("what they write outside the topics", numbers.percent),
    AVERAGE: Wording("little text, which counts towards the average customer", numbers.percent),
    "sentiment": Wording("how they feel", numbers.signed),
    "recency_days": Wording("the last order", numbers.count, "days ago"),
    "frequency": Wording("how often they order", few, "orders"),
    "monetary": Wording("what they spent", money),
    "t_x_days": Wording("the time from the first order to the last", numbers.count, "days"),
    "tenure_days": Wording("the first order", numbers.count, "days ago"),
    "interpurchase_days": Wording("the time between orders", numbers.count, "days"),
    "interpurchase_cv": Wording("how irregularly they order", _decimals),
    "average_order_value": Wording("the value of an order", money),
    "basket_size": Wording("the lines per order", few),
    "returns_rate": Wording("what they return", numbers.percent),
    "spend_trend": Wording("how their spending grows", numbers.signed),
    "sentiment_trend": Wording("how their mood changes", numbers.signed, "a year"),
    "sentiment_spread": Wording("how much their mood varies", _decimals),
    "n_feedback": Wording("how much they write", few, "texts"),
}
_PREFIXES = {
    TOPIC: Wording("what they write about {}", numbers.percent),
    "category: ": Wording("what they spend on {}", numbers.percent),
    "channel: ": Wording("how much they write by {}", numbers.percent),
    SCALE_PREFIX: Wording("their {}", _decimals),
}
_BY_NAME = {
    "topics": Wording("how much they write about {}", numbers.percent),
    "themes": Wording("how they feel about {}", numbers.signed),
}


def wording(block: str, feature: str) -> Wording:
    """Return how a feature is called, and how its values are written.

    Parameters
    ----------
    block, feature : str
        As in the table of terms: topics and themes by their names.

    Examples
    --------
    >>> from textseg.explain.words import wording
    >>> wording("value", "recency_days").value(12.0)
    '12 days ago'
    >>> wording("preference", "topic: Fit").words
    'what they write about Fit'
    """
    if feature == UNKNOWN:
        what = "orders" if block in FROM_ORDERS else block
        return Wording(f"no known {what}, which counts as average", _decimals)
    if block in _BY_NAME:
        return replace(_BY_NAME[block], words=_BY_NAME[block].words.format(feature))
    if feature in _FEATURES:
        return _FEATURES[feature]
    for prefix, form in _PREFIXES.items():
        if feature.startswith(prefix):
            name = feature.removeprefix(prefix)
            name = name if prefix != SCALE_PREFIX else name.replace("_", " ")
            return replace(form, words=form.words.format(name))
    return Wording(f"{block} {feature}".replace("_", " "), _decimals)


def natural(feature: str, value: float) -> float:
    """Bring a feature that is a signed logarithm back to its unit; others are as they are.

    Examples
    --------
    >>> import math
    >>> from textseg.explain.words import natural
    >>> round(natural("monetary", -math.log1p(80.0)), 9), natural("returns_rate", 0.25)
    (-80.0, 0.25)
    """
    if feature not in _LOGARITHMS or math.isnan(value):
        return value
    return math.copysign(math.expm1(abs(value)), value)

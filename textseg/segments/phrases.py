"""What is typical of a segment, in a few plain phrases."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from textseg.schema import SCALE_PREFIX
from textseg.segments.profile import certain

MOST = 4
"""Phrases for a segment."""

# Column, what it is about, more, less and how its means are written. Of those about the same thing
# only the strongest is said.
_COLUMNS: dict[str, tuple[str, str, str, str]] = {
    "n_feedback": ("writing", "writes more often", "writes less often", "{:.1f}"),
    "sentiment": ("mood", "writes more positively", "writes more negatively", "{:.2f}"),
    "frequency": ("orders", "orders more often", "orders less often", "{:.1f}"),
    "interpurchase_days": (
        "orders", "waits longer between orders", "waits less between orders", "{:,.0f} days"
    ),
    "t_x_days": ("orders", "has ordered for longer", "has ordered for less long", "{:,.0f} days"),
    "tenure_days": ("tenure", "came earlier", "came later", "{:,.0f} days ago"),
    "recency_days": (
        "recency", "last ordered longer ago", "ordered more recently", "{:,.0f} days"
    ),
    "monetary": ("money", "spends more", "spends less", "{:,.0f}"),
    "average_order_value": ("basket", "places larger orders", "places smaller orders", "{:,.0f}"),
    "returns_rate": ("returns", "returns more", "returns less", "{:.0%}"),
}  # fmt: skip
_SHARES = {
    "topic: ": ("writes more about {}", "writes less about {}"),
    "theme: ": ("writes more about the theme {}", "writes less about the theme {}"),
    "category: ": ("spends more on {}", "spends less on {}"),
    "channel: ": ("writes more by {}", "writes less by {}"),
}


def phrases(profiles: pd.DataFrame) -> dict[int, list[str]]:
    """Say what is typical of each segment.

    Parameters
    ----------
    profiles : DataFrame
        From :func:`textseg.segments.profile.profiles`.

    Returns
    -------
    dict of int to list of str
        For each segment at most four, the strongest first, with the means of the segment and of
        the others; only effects that :func:`textseg.segments.profile.certain` keeps, so that a
        segment may have one or none.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from textseg.segments.phrases import phrases
    >>> from textseg.segments.profile import profiles
    >>> shares = np.r_[np.linspace(0.2, 0.4, 40), np.linspace(0.0, 0.2, 40)]
    >>> phrases(profiles(pd.DataFrame({"topic: Sizing": shares}), np.repeat([0, -1], 40)))
    {0: ['writes more about Sizing (30% against 10%)']}
    """
    sure = certain(profiles)
    result: dict[int, list[str]] = {int(segment): [] for segment in profiles["segment_id"].unique()}
    for segment, rows in sure.groupby("segment_id", sort=True):
        said: set[str] = set()
        found = result[int(str(segment))]
        for row in rows.to_dict("records"):
            subject, text, write = _words(str(row["feature"]), row["effect"] > 0)
            own, rest = write(row["mean"]), write(row["rest"])
            # Two means that read the same say nothing.
            if subject in said or own == rest or len(found) == MOST:
                continue
            said.add(subject)
            found.append(f"{text} ({own} against {rest})")
    return result


def _words(feature: str, more: bool) -> tuple[str, str, Callable[[float], str]]:
    """Return what a feature is about, the phrase, and how to write its means."""
    if feature in _COLUMNS:
        subject, higher, lower, form = _COLUMNS[feature]
        return subject, higher if more else lower, lambda mean: _written(form, mean)
    for prefix, forms in _SHARES.items():
        if feature.startswith(prefix):
            text = forms[0 if more else 1].format(feature.removeprefix(prefix))
            return feature, text, lambda mean: _written("{:.0%}", mean)
    name = feature.removeprefix(SCALE_PREFIX).replace("_", " ")
    return feature, f"{'higher' if more else 'lower'} {name}", lambda mean: _written("{:.2f}", mean)


def _written(form: str, value: float) -> str:
    text = form.format(value)
    # Rounding must not leave "-0.00".
    return text.removeprefix("-") if not text.strip("-0.%") else text.replace("-", "−")

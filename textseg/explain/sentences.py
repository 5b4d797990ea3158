"""What an explanation says in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textseg.customers.rfm import TIERS
from textseg.explain.words import TOPIC, money, wording
from textseg.report import numbers
from textseg.report.numbers import percent

_ENOUGH = 0.7
_MOST = 3
_NOTABLE = 0.05
_CLOSE = 0.1


def reasons(
    customer: str, own: str, rival: str, table: pd.DataFrame, confidence: float
) -> list[str]:
    """Say why a customer is in a segment and not in the nearest other one.

    Parameters
    ----------
    customer, own, rival : str
        Id, and names of the two segments.
    table : DataFrame
        From :func:`textseg.explain.table.term_table`.
    confidence : float

    Returns
    -------
    list of str
    """
    speaks_for, against = table[table["term"] > 0], table[table["term"] < 0]
    start = f"{customer} is in “{own}” rather than “{rival}”"
    sentences = []
    if len(speaks_for):
        sentences.append(f"{start} mostly for {_listed(_phrases(_main(speaks_for)))}.")
    else:
        sentences.append(f"{start}, for which nothing speaks.")
    notable = against[against["share"] <= -_NOTABLE].head(_MOST - 1)
    if len(notable):
        verb = "speaks" if len(notable) == 1 else "speak"
        sentences.append(f"Against it {verb} {_listed(_phrases(notable))}.")
    if confidence < _CLOSE:
        sentences.append("This is a close call: little would put them in the other one.")
    return sentences


def value_reasons(
    customer: str,
    segment: str | None,
    row: Mapping[str, Any],
    borders: tuple[float, float] | None,
    segments: Mapping[int, str],
) -> list[str]:
    """Say why a customer who has written nothing is where they are.

    Parameters
    ----------
    customer : str
    segment : str or None
        Name, if they have one.
    row : mapping
        Of the export ``customers``.
    borders : tuple of float, or None
        Of the value tiers.
    segments : mapping of int to str
        Names by id.

    Returns
    -------
    list of str
    """
    tier, spent = row.get("value_tier"), row.get("monetary")
    if tier is None or spent is None or borders is None:
        return [f"{customer} is in no segment: they have written nothing, and have no orders."]
    sentences = [
        f"{customer} is in “{segment}”: they have written nothing, so only their value counts."
        if segment is not None
        else f"{customer} is in no segment: they have written nothing, and too few customers who "
        "have written nothing are of their value."
    ]
    low, high = (money(border) for border in borders)
    ranges = dict(zip(TIERS, (f"up to {low}", f"{low} to {high}", f"above {high}"), strict=True))
    others = ", ".join(f"{name} is {ranges[name]}" for name in TIERS if name != tier)
    sentences.append(
        f"They spent {money(float(spent))}, which is {tier} value ({ranges[tier]}; {others})."
    )
    alike, probability = row.get("lookalike_segment_id"), row.get("lookalike_probability")
    if alike is not None and int(alike) in segments:
        sure = f" (probability {percent(float(probability))})" if probability is not None else ""
        sentences.append(
            f"By their purchases they most resemble “{segments[int(alike)]}”{sure}: a prediction, "
            "not what they said."
        )
    return sentences


def _main(speaks_for: pd.DataFrame) -> pd.DataFrame:
    """Return the strongest terms that together are most of it."""
    before = speaks_for["share"].cumsum() - speaks_for["share"]
    return speaks_for[before < _ENOUGH].head(_MOST)


def _phrases(table: pd.DataFrame) -> list[str]:
    """Write each term, those of topics as one, where the first of them is."""
    topics = table["feature"].str.startswith(TOPIC)
    phrases = []
    for row, is_topic, first in zip(
        table.to_dict("records"), topics, topics & (topics.cumsum() == 1), strict=True
    ):
        if first:
            about = [_about_topic(each) for each in table[topics].to_dict("records")]
            phrases.append(wording("preference", f"{TOPIC}{_listed(about)}").words)
        elif not is_topic:
            phrases.append(_phrase(row))
    return phrases


def _about_topic(row: Mapping[Any, Any]) -> str:
    return f"{row['feature'].removeprefix(TOPIC)} ({percent(abs(row['share']))})"


def _phrase(row: Mapping[Any, Any]) -> str:
    about = percent(abs(row["share"]))
    if row["block"] != "preference" and not math.isnan(row["own_mean"]):
        value, own, rival = values(row)
        about += f": {value}; typical here {own}, there {rival}"
    return f"{row['words']} ({about})"


def values(row: Mapping[Any, Any]) -> tuple[str, str, str]:
    """Write a customer's value with its unit, and those of the two segments.

    Examples
    --------
    >>> from textseg.explain.sentences import values
    >>> values({"block": "value", "feature": "recency_days",
    ...         "value": 1.0, "own_mean": 80.0, "rival_mean": float("nan")})
    ('1 day ago', '80', '–')
    """
    form = wording(row["block"], row["feature"])
    known = zip(
        (form.value, form.number, form.number),
        (float(row[name]) for name in ("value", "own_mean", "rival_mean")),
        strict=True,
    )
    value, own, rival = (
        numbers.UNKNOWN if math.isnan(each) else write(each) for write, each in known
    )
    return value, own, rival


def _listed(phrases: Sequence[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    # A list inside the list needs a comma to end it.
    last = ", and " if any(" and " in phrase for phrase in phrases) else " and "
    return f"{', '.join(phrases[:-1])}{last}{phrases[-1]}"

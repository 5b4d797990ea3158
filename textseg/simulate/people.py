"""The planted segments, and customers drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textseg.simulate.phrases import load_topics

SILENT = 0.15
NO_ORDERS = 0.03


@dataclass(frozen=True)
class Planted:
    """One planted segment: preference × sentiment tendency × value.

    ``mood`` is the mean sentiment tendency in [-1, 1]; ``orders_per_year`` the mean purchase rate;
    ``dropout`` the probability of leaving after an order for a customer of neutral mood; ``price``
    the median list price bought; ``lines`` the mean number of further lines per order; ``sale`` and
    ``returns`` the shares of lines bought reduced and sent back.
    """

    name: str
    share: float
    topics: dict[str, float]
    mood: float
    orders_per_year: float
    dropout: float
    price: float
    lines: float
    sale: float
    returns: float


SEGMENTS = (
    Planted("Fit and fabric enthusiasts", 0.22, {"fit": 5, "quality": 4, "photos": 1.5},
            0.2, 7.0, 0.10, 80.0, 0.9, 0.15, 0.14),
    Planted("Let-down gift buyers", 0.17, {"delivery": 5, "gift": 3, "wrong_item": 1.5},
            -0.3, 4.0, 0.16, 45.0, 0.6, 0.15, 0.05),
    Planted("Bargain hunters", 0.20, {"price": 5, "loyalty": 3.5, "payment": 0.8},
            0.0, 5.5, 0.14, 30.0, 0.5, 0.65, 0.06),
    Planted("Frustrated app shoppers", 0.15, {"app": 5, "payment": 4, "loyalty": 0.8},
            -0.4, 5.5, 0.15, 58.0, 0.5, 0.25, 0.06),
    Planted("Devoted regulars", 0.15, {"support": 3.5, "sustainability": 3, "store": 3},
            0.6, 9.0, 0.06, 105.0, 0.8, 0.10, 0.04),
    Planted("Refund chasers", 0.11, {"refund": 5, "support": 2, "wrong_item": 2},
            -0.6, 3.0, 0.22, 70.0, 0.6, 0.20, 0.30),
)  # fmt: skip

COUNTRIES = {"GB": 0.72, "IE": 0.09, "DE": 0.11, "AT": 0.025, "NL": 0.03, "FR": 0.025}
AGES = {"18-24": 0.12, "25-34": 0.24, "35-44": 0.23, "45-54": 0.19, "55-64": 0.14, "65+": 0.08}
GENDERS = {"female": 0.58, "male": 0.35, "undisclosed": 0.07}
_APP = 3
_HABITS = {"plain": 0.36, "chatty": 0.24, "terse": 0.24, "formal": 0.16}


def draw_people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw customers: who they are, what moves them, how they write. One row each."""
    segment = rng.choice(len(SEGMENTS), size=n, p=[planted.share for planted in SEGMENTS])
    country = rng.choice(list(COUNTRIES), size=n, p=list(COUNTRIES.values()))
    mood = np.clip(_of_segment("mood")[segment] + rng.normal(0.0, 0.3, n), -1.0, 1.0)
    base = _of_segment("dropout")[segment]
    odds = np.log(base / (1.0 - base)) - 1.4 * mood + rng.normal(0.0, 0.4, n)
    silent = rng.random(n) < SILENT
    return pd.DataFrame(
        {
            "customer_id": [f"C-{number}" for number in range(1001, 1001 + n)],
            "segment": segment,
            "mood": mood,
            "silent": silent,
            "buys": silent | (rng.random(n) >= NO_ORDERS),
            "country": country,
            "language": np.where(
                np.isin(country, ["DE", "AT"]) & (rng.random(n) < 0.9), "de", "en"
            ),
            "age_group": _draw_ages(segment, rng),
            "gender": rng.choice(list(GENDERS), size=n, p=list(GENDERS.values())),
            "newsletter_consent": rng.random(n) < 0.55,
            "orders_per_year": rng.gamma(1.6, _of_segment("orders_per_year")[segment] / 1.6),
            "dropout": 1.0 / (1.0 + np.exp(-odds)),
            "price": _of_segment("price")[segment] * np.exp(rng.normal(0.0, 0.25, n)),
            "habit": rng.choice(list(_HABITS), size=n, p=list(_HABITS.values())),
            "sloppiness": rng.beta(0.5, 4.0, n),
            "curly": rng.random(n) < 0.25,
        }
    )


def draw_mixes(people: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw each customer's topic mix around the segment's: one row each, with sum 1."""
    names = [topic.name for topic in load_topics()]
    weights = np.array([[planted.topics.get(name, 0.0) for name in names] for planted in SEGMENTS])
    shapes = weights / weights.sum(axis=1, keepdims=True) * 4.0
    draws = rng.gamma(shapes[people["segment"].to_numpy()])
    mixes: np.ndarray = draws / draws.sum(axis=1, keepdims=True)
    return mixes


def _of_segment(attribute: str) -> np.ndarray:
    return np.array([getattr(planted, attribute) for planted in SEGMENTS], dtype=float)


def _draw_ages(segment: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw age groups; app shoppers are slightly younger, the only link to the segments."""
    shares = np.array(list(AGES.values()))
    younger = shares * np.array([1.5, 1.3, 1.0, 0.8, 0.7, 0.6])
    table = np.where((segment == _APP)[:, None], younger / younger.sum(), shares)
    place = (rng.random((len(segment), 1)) > np.cumsum(table, axis=1)).sum(axis=1)
    ages: np.ndarray = np.array(list(AGES))[np.minimum(place, len(AGES) - 1)]
    return ages

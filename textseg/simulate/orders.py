"""What the customers buy: a buy-till-you-die process, and order lines on top of it.

Purchases follow Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way: An Alternative
to the Pareto/NBD Model": while a customer is alive the time between orders is exponential with a
rate that is Gamma over customers, and each order may be the last. Two changes make it a shop with
a story: the dropout probability depends on mood and segment instead of being Beta, and the first
order may be the last as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textseg.simulate.people import SEGMENTS
from textseg.simulate.phrases import load_products

START = np.datetime64("2024-01-01")
AFTER = np.datetime64("2025-07-01")
DAYS = int((AFTER - START).astype(int))
_LAST_FIRST_ORDER = DAYS - 30
_GUESTS = 0.012
_DUPLICATES = 0.004


@dataclass(frozen=True)
class Orders:
    """Order lines, and who has dropped out (False for people who never bought)."""

    lines: pd.DataFrame
    churned: np.ndarray


def draw_orders(people: pd.DataFrame, rng: np.random.Generator) -> Orders:
    """Draw orders and their lines.

    ``lines`` keeps, besides the public columns, the position of the owner in ``people`` and the
    position of the product in the catalogue; it comes without duplicates and guests.
    """
    owner, day, churned = _purchase_times(people, rng)
    order = np.argsort(day, kind="stable")
    heads = pd.DataFrame({"owner": owner[order], "date": clock(day[order], rng)})
    heads["order_id"] = [f"SO-{number}" for number in range(100_001, 100_001 + len(heads))]
    return Orders(_lines(heads, people, rng), churned)


def transactions(
    lines: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Make the public table: add returns, guests and duplicates, sort by time."""
    products = load_products()
    table = pd.DataFrame(
        {
            "order_id": lines["order_id"],
            "customer_id": people["customer_id"].to_numpy()[lines["owner"]],
            "order_date": lines["date"],
            "product": [products[number].name for number in lines["product"]],
            "category": [products[number].category for number in lines["product"]],
            "quantity": lines["quantity"],
            "unit_price": lines["unit_price"],
        }
    )
    share = np.array([planted.returns for planted in SEGMENTS])
    owner_segment = people["segment"].to_numpy()[lines["owner"]]
    returned = table[rng.random(len(table)) < share[owner_segment]].copy()
    returned["quantity"] = -returned["quantity"]
    returned["order_date"] += pd.to_timedelta(rng.integers(5, 26, len(returned)), unit="D")
    returned = returned[returned["order_date"] < AFTER]

    guests = table.sample(n=round(_GUESTS * len(table)), random_state=rng)
    guests = guests.assign(
        customer_id=None, order_date=clock(rng.uniform(0, DAYS, len(guests)), rng)
    )
    guests["order_id"] = [f"SO-G{number}" for number in range(501, 501 + len(guests))]

    table = pd.concat([table, returned, guests], ignore_index=True)
    doubles = table.sample(n=round(_DUPLICATES * len(table)), random_state=rng)
    table = pd.concat([table, doubles], ignore_index=True)
    table = table.sort_values(["order_date", "order_id", "product"], kind="stable")
    texts = ["order_id", "customer_id", "product", "category"]
    types = dict.fromkeys(texts, "string") | {"order_date": "datetime64[ns]"}
    public: pd.DataFrame = table.astype(types).reset_index(drop=True)
    return public


def clock(day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn days since the start into times of day at which people are awake."""
    seconds = rng.triangular(6.5, 17.5, 23.9, len(day)) * 3600
    times: np.ndarray = (
        START.astype("datetime64[s]")
        + np.floor(day).astype("timedelta64[D]")
        + seconds.astype("timedelta64[s]")
    ).astype("datetime64[ns]")
    return times


def _purchase_times(
    people: pd.DataFrame, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the owner and the day of every order, and who has dropped out."""
    mean_wait = 365.0 / np.maximum(people["orders_per_year"].to_numpy(), 0.05)
    dropout = people["dropout"].to_numpy()
    churned = np.zeros(len(people), dtype=bool)
    alive = np.flatnonzero(people["buys"].to_numpy())
    day = rng.uniform(0.0, _LAST_FIRST_ORDER, len(alive))
    owners, days = [alive], [day]
    while len(alive):
        leaves = rng.random(len(alive)) < dropout[alive]
        churned[alive[leaves]] = True
        alive, day = alive[~leaves], day[~leaves]
        day = day + rng.exponential(mean_wait[alive])
        alive, day = alive[day < DAYS], day[day < DAYS]
        owners.append(alive)
        days.append(day)
    return np.concatenate(owners), np.concatenate(days), churned


def _lines(heads: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw what is in each order: list prices are log-normal around the customer's level."""
    products = load_products()
    segment = people["segment"].to_numpy()
    more = np.array([planted.lines for planted in SEGMENTS])[segment[heads["owner"]]]
    lines = heads.loc[heads.index.repeat(1 + rng.poisson(more))].reset_index(drop=True)
    n, owner = len(lines), lines["owner"].to_numpy()

    prices = np.array([product.price for product in products])
    wanted = people["price"].to_numpy()[owner] * np.exp(rng.normal(0.0, 0.5, n))
    place = np.searchsorted(prices, wanted) + rng.integers(-2, 2, n)
    lines["product"] = np.clip(place, 0, len(products) - 1)

    reduced = rng.random(n) < np.array([planted.sale for planted in SEGMENTS])[segment[owner]]
    discount = np.where(reduced, rng.choice([0.1, 0.2, 0.3, 0.5], n, p=[0.3, 0.35, 0.25, 0.1]), 0.0)
    lines["unit_price"] = np.round(prices[lines["product"]] * (1.0 - discount), 2)
    lines["quantity"] = 1 + (rng.random(n) < 0.07) + (rng.random(n) < 0.02)
    once: pd.DataFrame = lines.drop_duplicates(["order_id", "product"], ignore_index=True)
    return once

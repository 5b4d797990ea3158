"""The simulated shop as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textseg.errors import InputError
from textseg.simulate.feedback import draw_feedback
from textseg.simulate.orders import Orders, draw_orders, transactions
from textseg.simulate.people import SEGMENTS, draw_people


@dataclass(frozen=True, eq=False)
class Simulation:
    """A simulated shop: what a real one could export, and the truth behind it.

    Attributes
    ----------
    feedback : DataFrame
        One row per feedback in the order of time: feedback_id, customer_id (null for a few
        reviews), created_at, channel (review, ticket, survey), rating (1 to 5, null for tickets),
        text.
    transactions : DataFrame
        One row per order line: order_id, customer_id (null for guests), order_date, product,
        category, quantity (negative for returns), unit_price (pounds).
    customers : DataFrame
        One row per customer: customer_id, country, age_group, gender, signup_date,
        newsletter_consent.
    truth : DataFrame
        One row per customer: customer_id, segment (0 to 5), segment_name, silent, mood (sentiment
        tendency in [-1, 1]), churned (null without orders).
    feedback_truth : DataFrame
        One row per feedback: feedback_id, topic ("none" for answers that say nothing), sentiment
        (positive, neutral, negative), second_topic and second_sentiment (null where there is only
        one), language (en, de).
    """

    feedback: pd.DataFrame
    transactions: pd.DataFrame
    customers: pd.DataFrame
    truth: pd.DataFrame
    feedback_truth: pd.DataFrame


def simulate(customers: int = 600, *, seed: int = 0) -> Simulation:
    """Simulate a small shop whose customer segments are known.

    Six segments are planted. Each is a topic mix, a sentiment tendency and a way of buying; around
    them customers vary, 15 % of the feedback is off-topic and 15 % of the customers are silent.
    Orders follow a buy-till-you-die process [1]_ in which unhappy customers leave sooner. Country
    and gender are independent of the segments; age is tilted slightly for one of them.

    Parameters
    ----------
    customers : int, default 600
        Number of customers, at least 1. About 2.5 feedback and 6 order lines come with each.
    seed : int, default 0
        Seed of everything random; the same seed gives the same shop.

    Returns
    -------
    Simulation
        Dates run from 2024-01-01 to 2025-06-30.

    Raises
    ------
    InputError
        ``customers`` is below 1 or ``seed`` below 0.

    References
    ----------
    .. [1] Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the Easy
       Way: An Alternative to the Pareto/NBD Model. Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> from textseg.simulate import simulate
    >>> shop = simulate(50, seed=1)
    >>> len(shop.customers)
    50
    >>> list(shop.feedback.columns)
    ['feedback_id', 'customer_id', 'created_at', 'channel', 'rating', 'text']
    """
    if customers < 1:
        raise InputError(f"simulate needs at least 1 customer, got {customers}.")
    if seed < 0:
        raise InputError(f"The seed must be 0 or more, got {seed}.")
    streams = np.random.default_rng(seed).spawn(5)
    people = draw_people(customers, streams[0])
    orders = draw_orders(people, streams[1])
    feedback = draw_feedback(people, orders.lines, streams[2])
    return Simulation(
        feedback=_public_feedback(feedback),
        transactions=transactions(orders.lines, people, streams[3]),
        customers=_public_customers(people, orders, feedback, streams[4]),
        truth=_truth(people, orders),
        feedback_truth=_feedback_truth(feedback),
    )


def _public_feedback(feedback: pd.DataFrame) -> pd.DataFrame:
    columns = ["feedback_id", "customer_id", "created_at", "channel", "rating", "text"]
    texts = ["feedback_id", "customer_id", "channel", "text"]
    return feedback[columns].astype(dict.fromkeys(texts, "string"))


def _feedback_truth(feedback: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "feedback_id", "topic", "sentiment", "second_topic", "second_sentiment", "language",
    ]  # fmt: skip
    return feedback[columns].astype("string")


def _public_customers(
    people: pd.DataFrame, orders: Orders, feedback: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Let everybody sign up on or before the day they are first heard of."""
    n = len(people)
    seen = pd.concat(
        [
            orders.lines[["owner", "date"]],
            feedback[["owner", "created_at"]].rename(columns={"created_at": "date"}),
        ]
    )
    first = seen.groupby("owner")["date"].min().reindex(range(n))
    # A third was known to the shop long before the first order that is exported.
    ahead = np.select(
        [(way := rng.random(n)) < 0.45, way < 0.68],
        [0, rng.geometric(1 / 40, n)],
        rng.integers(200, 3000, n),
    )
    signup = first.dt.normalize() - pd.to_timedelta(ahead, unit="D")
    columns = ["customer_id", "country", "age_group", "gender", "newsletter_consent"]
    table = people[columns].astype(dict.fromkeys(columns[:-1], "string"))
    table.insert(4, "signup_date", signup.astype("datetime64[ns]"))
    return table


def _truth(people: pd.DataFrame, orders: Orders) -> pd.DataFrame:
    churned = pd.Series(orders.churned, dtype="boolean").mask(~people["buys"])
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"].astype("string"),
            "segment": people["segment"].astype("Int64"),
            "segment_name": pd.array(
                [SEGMENTS[place].name for place in people["segment"]], "string"
            ),
            "silent": people["silent"],
            "mood": people["mood"].round(4),
            "churned": churned,
        }
    )

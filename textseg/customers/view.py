"""One row per customer: what they say, how they feel and what they buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import RollupConfig
from textseg.customers.rfm import purchase_features, tier_borders, value_tiers
from textseg.customers.rollup import Rollup
from textseg.encode import Encodings

Matrix = NDArray[np.float64]

VALUE_FEATURES = ("recency_days", "frequency", "monetary")


@dataclass(frozen=True)
class Baseline:
    """What a customer is compared with; learned once, reused when new customers are assigned.

    Attributes
    ----------
    averages : dict of str to ndarray of float64
        For each block of text features the values that customers are shrunk towards.
    tier_borders : tuple of float, or None
        Borders of the value tiers; None without orders.
    """

    averages: dict[str, Matrix]
    tier_borders: tuple[float, float] | None


@dataclass(frozen=True)
class CustomerView:
    """All customers, and the features of those with text.

    Attributes
    ----------
    table : DataFrame
        All customers of feedback, orders and the customer table, indexed by ``customer_id`` in
        order: n_feedback, is_silent, sentiment, dominant_topic_id, the columns of
        :func:`textseg.customers.rfm.purchase_features` and value_tier.
    with_text : Index of string
        Customers with feedback, in order; the rows of the matrices.
    features : dict of str to ndarray of float64
        ``preference`` (mean embedding), ``sentiment`` (three probabilities), ``value`` (logarithms
        of recency, frequency and monetary value; NaN without orders), shape (n, d) each.
    topic_shares : ndarray of float64, shape (n, k)
        Share of each topic in the customer's clustered feedback, weighted and shrunk.
    baseline : Baseline
    """

    table: pd.DataFrame
    with_text: pd.Index
    features: dict[str, Matrix]
    topic_shares: Matrix
    baseline: Baseline


def build_view(
    feedback: pd.DataFrame,
    encodings: Encodings,
    n_topics: int,
    *,
    orders: pd.DataFrame | None,
    customers: pd.DataFrame | None,
    as_of: pd.Timestamp,
    config: RollupConfig,
    baseline: Baseline | None = None,
) -> CustomerView:
    """Roll feedback and orders up to customers.

    Parameters
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK`` with ``topic_id``.
    encodings : Encodings
        Of its texts.
    n_topics : int
    orders, customers : DataFrame or None
        ``schema.ORDERS`` and ``schema.CUSTOMERS``.
    as_of : Timestamp
    config : RollupConfig
    baseline : Baseline, optional
        From an earlier view, to describe new customers as the old ones were.

    Returns
    -------
    CustomerView
    """
    rollup = Rollup.of(
        feedback, as_of, half_life_days=config.half_life_days, shrinkage=config.shrinkage
    )
    topic = feedback["topic_id"].to_numpy(dtype="int64")
    known = baseline.averages if baseline else {}
    index = encodings.index
    preference, mean_embedding = rollup.mean(
        lambda rows: encodings.embeddings[index[rows]], known.get("preference")
    )
    sentiment, mean_sentiment = rollup.mean(
        lambda rows: encodings.probabilities[index[rows]], known.get("sentiment")
    )
    shares, mean_shares = rollup.mean(
        lambda rows: _one_hot(topic[rows], n_topics), known.get("topics"), only=topic >= 0
    )
    purchases = purchase_features(orders, as_of) if orders is not None else None
    borders = baseline.tier_borders if baseline else None
    if borders is None and purchases is not None and len(purchases):
        borders = tier_borders(purchases["monetary"])
    return CustomerView(
        table=_table(feedback, rollup, sentiment, purchases, customers, borders),
        with_text=rollup.customers,
        features={
            "preference": preference,
            "sentiment": sentiment,
            "value": _value_matrix(purchases, rollup.customers),
        },
        topic_shares=shares,
        baseline=Baseline(
            {"preference": mean_embedding, "sentiment": mean_sentiment, "topics": mean_shares},
            borders,
        ),
    )


def customer_topics(feedback: pd.DataFrame) -> pd.DataFrame:
    """Count each customer's feedback per topic.

    Parameters
    ----------
    feedback : DataFrame
        With ``customer_id``, ``topic_id`` and ``sentiment``.

    Returns
    -------
    DataFrame
        ``customer_topics`` of the exports: ``share`` is over all feedback of the customer, so that
        shares add up to less than one where some of it is unclustered.
    """
    known = feedback[feedback["customer_id"].notna()]
    total = known.groupby("customer_id").size()
    clustered = known[known["topic_id"] >= 0]
    result = (
        clustered.groupby(["customer_id", "topic_id"], sort=True)["sentiment"]
        .agg(sentiment="mean", n="size")
        .reset_index()
    )
    result["share"] = result["n"] / result["customer_id"].map(total).to_numpy(dtype="float64")
    return result


def _table(
    feedback: pd.DataFrame,
    rollup: Rollup,
    sentiment: Matrix,
    purchases: pd.DataFrame | None,
    customers: pd.DataFrame | None,
    borders: tuple[float, float] | None,
) -> pd.DataFrame:
    ids = rollup.customers
    for other in (purchases, customers.set_index("customer_id") if customers is not None else None):
        ids = ids if other is None else ids.union(other.index.astype("string"))
    table = pd.DataFrame(index=ids.sort_values().rename("customer_id"))
    counts = pd.Series(rollup.counts, index=rollup.customers)
    table["n_feedback"] = counts.reindex(table.index).fillna(0).astype("Int64")
    signed = pd.Series(sentiment[:, 2] - sentiment[:, 0], index=rollup.customers)
    table["sentiment"] = signed.reindex(table.index)
    table["dominant_topic_id"] = _dominant_topics(feedback, rollup).reindex(table.index)
    if purchases is None or borders is None:
        table["is_silent"] = False
        return table
    table = table.join(purchases)
    table["is_silent"] = (table["n_feedback"] == 0).to_numpy() & table["frequency"].notna()
    table["value_tier"] = value_tiers(table["monetary"], borders)
    return table


def _dominant_topics(feedback: pd.DataFrame, rollup: Rollup) -> pd.Series:
    """Return the topic with the most weight; of equals, the larger topic."""
    topic = feedback["topic_id"].to_numpy(dtype="int64")
    entries = rollup.weights.tocoo()  # keeps feedback so old that its weight is zero
    weights = pd.DataFrame(
        {"customer": entries.row, "topic": topic[entries.col], "weight": entries.data}
    )
    clustered = weights[weights["topic"] >= 0]
    totals = clustered.groupby(["customer", "topic"])["weight"].sum().round(9)
    ranked = (
        totals.to_frame()
        .reset_index()
        .sort_values(["customer", "weight", "topic"], ascending=[True, False, True])
    )
    first = ranked.drop_duplicates("customer")
    return pd.Series(
        first["topic"].to_numpy(), index=rollup.customers[first["customer"]], dtype="Int64"
    )


def _one_hot(labels: NDArray[np.int64], k: int) -> Matrix:
    result = np.zeros((len(labels), k))
    rows = np.flatnonzero(labels >= 0)
    result[rows, labels[rows]] = 1.0
    return result


def _value_matrix(purchases: pd.DataFrame | None, customers: pd.Index) -> Matrix:
    """Return logarithms, since purchases are skewed; a net return keeps its sign."""
    if purchases is None:
        return np.full((len(customers), len(VALUE_FEATURES)), np.nan)
    values = purchases.reindex(customers)[list(VALUE_FEATURES)].to_numpy(dtype="float64")
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))

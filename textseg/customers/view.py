"""One row per customer: what they say, how they feel and what they buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

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
        :func:`textseg.customers.rfm.purchase_features`, value_tier and the mean score on each
        scale, shrunk towards the average text.
    with_text : Index of string
        Customers with feedback, in order; the rows of the matrices.
    features : dict of str to ndarray of float64
        ``preference`` (mean embedding), ``sentiment`` (three probabilities), ``value`` (logarithms
        of recency, frequency and monetary value; NaN without orders), shape (n, d) each.
    topic_shares : ndarray of float64, shape (n, k)
        Share of each topic in the clustered clauses of a customer, weighted and shrunk.
    baseline : Baseline
    """

    table: pd.DataFrame
    with_text: pd.Index
    features: dict[str, Matrix]
    topic_shares: Matrix
    baseline: Baseline


def build_view(
    feedback: pd.DataFrame,
    clauses: pd.DataFrame,
    encodings: Encodings,
    n_topics: int,
    *,
    scores: pd.DataFrame,
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
        ``feedback`` of the exports.
    clauses : DataFrame
        From :func:`textseg.topics.clauses.clause_table`.
    encodings : Encodings
        Of the texts.
    n_topics : int
    scores : DataFrame of float64
        A column per scale, a row per feedback.
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
    mix = _topic_mix(clauses, len(feedback), n_topics)
    known = baseline.averages if baseline else {}
    index = encodings.index
    preference, mean_embedding = rollup.mean(
        lambda rows: encodings.embeddings[index[rows]], known.get("preference")
    )
    sentiment, mean_sentiment = rollup.mean(
        lambda rows: encodings.probabilities[index[rows]], known.get("sentiment")
    )
    shares, mean_shares = rollup.mean(
        lambda rows: mix[rows].toarray(), known.get("topics"), only=np.diff(mix.indptr) > 0
    )
    values = scores.to_numpy(dtype="float64")
    on_scales, mean_scores = rollup.mean(lambda rows: values[rows], known.get("scales"))
    purchases = purchase_features(orders, as_of) if orders is not None else None
    borders = baseline.tier_borders if baseline else None
    if borders is None and purchases is not None and len(purchases):
        borders = tier_borders(purchases["monetary"])
    return CustomerView(
        table=_table(mix, rollup, sentiment, purchases, customers, borders).join(
            pd.DataFrame(on_scales, index=rollup.customers, columns=scores.columns)
        ),
        with_text=rollup.customers,
        features={
            "preference": preference,
            "sentiment": sentiment,
            "value": _value_matrix(purchases, rollup.customers),
        },
        topic_shares=shares,
        baseline=Baseline(
            {
                "preference": mean_embedding,
                "sentiment": mean_sentiment,
                "topics": mean_shares,
                "scales": mean_scores,
            },
            borders,
        ),
    )


def customer_topics(feedback: pd.DataFrame, clauses: pd.DataFrame) -> pd.DataFrame:
    """Count each customer's clauses per topic.

    Parameters
    ----------
    feedback : DataFrame
        With ``customer_id``.
    clauses : DataFrame
        With ``position`` in the feedback, ``topic_id`` and ``sentiment``.

    Returns
    -------
    DataFrame
        ``customer_topics`` of the exports: ``share`` is over all clauses of the customer, so that
        shares add up to less than one where some are unclustered.
    """
    owner = feedback["customer_id"].array[clauses["position"].to_numpy()]
    known = clauses.assign(customer_id=owner)
    known = known[known["customer_id"].notna()]
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
    mix: sparse.csr_matrix,
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
    table["dominant_topic_id"] = _dominant_topics(mix, rollup).reindex(table.index)
    if purchases is None or borders is None:
        table["is_silent"] = False
        return table
    table = table.join(purchases)
    table["is_silent"] = (table["n_feedback"] == 0).to_numpy() & table["frequency"].notna()
    table["value_tier"] = value_tiers(table["monetary"], borders)
    return table


def _dominant_topics(mix: sparse.csr_matrix, rollup: Rollup) -> pd.Series:
    """Return the topic with the most weight; of equals, the larger topic."""
    entries = rollup.weights.tocoo()
    # Feedback so old that its weight is zero still counts where there is no other.
    weights = sparse.csr_matrix(
        (np.maximum(entries.data, 1e-300), (entries.row, entries.col)), shape=rollup.weights.shape
    )
    totals = (weights @ mix).tocoo()
    ranked = pd.DataFrame({"customer": totals.row, "topic": totals.col, "weight": totals.data})
    ranked["weight"] = ranked["weight"].round(9)
    ranked = ranked.sort_values(["customer", "weight", "topic"], ascending=[True, False, True])
    first = ranked.drop_duplicates("customer")
    return pd.Series(
        first["topic"].to_numpy(), index=rollup.customers[first["customer"]], dtype="Int64"
    )


def _topic_mix(clauses: pd.DataFrame, n_feedback: int, n_topics: int) -> sparse.csr_matrix:
    """Return the share of each topic in the clustered clauses of each feedback."""
    inside = clauses[clauses["topic_id"] >= 0]
    position = inside["position"].to_numpy()
    counts = sparse.csr_matrix(
        (np.ones(len(inside)), (position, inside["topic_id"].to_numpy(dtype="int64"))),
        shape=(n_feedback, n_topics),
    )
    total = np.bincount(position, minlength=n_feedback)
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(total, 1)) @ counts)


def _value_matrix(purchases: pd.DataFrame | None, customers: pd.Index) -> Matrix:
    """Return logarithms, since purchases are skewed; a net return keeps its sign."""
    if purchases is None:
        return np.full((len(customers), len(VALUE_FEATURES)), np.nan)
    values = purchases.reindex(customers)[list(VALUE_FEATURES)].to_numpy(dtype="float64")
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))

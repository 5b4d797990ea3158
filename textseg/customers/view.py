"""One row per customer: what they say, how they feel and what they buy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from textseg.config import RollupConfig
from textseg.customers.mood import theme_sentiment, trend_and_spread
from textseg.customers.rfm import purchase_features, tier_borders, value_tiers
from textseg.customers.rollup import Rollup
from textseg.encode import Encodings
from textseg.sentiment.classes import LABELS

Matrix = NDArray[np.float64]
Blocks: TypeAlias = dict[str, pd.DataFrame]
Rows: TypeAlias = Callable[[slice], NDArray[Any]]

VALUE_FEATURES = ("recency_days", "frequency", "monetary")

PURCHASE_FEATURES = (
    "t_x_days",
    "tenure_days",
    "interpurchase_days",
    "interpurchase_cv",
    "average_order_value",
    "basket_size",
)
"""Skewed features of purchases beside the value; trend, returns and categories are shares."""


@dataclass(frozen=True)
class Baseline:
    """What a customer is compared with; learned once, reused when new customers are assigned.

    Attributes
    ----------
    averages : dict of str to ndarray of float64
        For each block of text features the values that customers are shrunk towards; and
        ``undated``, the weight of a feedback without date.
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
    features : dict of str to DataFrame of float64
        The blocks that segments are found in, a row per customer with text: ``preference`` (mean
        embedding), ``topics`` (share of each topic in the clustered clauses), ``sentiment`` (three
        probabilities), ``mood`` (see :mod:`textseg.customers.mood`), ``themes`` (sentiment per
        theme), ``scales``, ``activity`` (volume and share of each channel), ``value`` (logarithms
        of recency, frequency and monetary value) and ``purchases``. Text features are weighted by
        recency and shrunk; purchases are NaN where unknown.
    baseline : Baseline
    """

    table: pd.DataFrame
    with_text: pd.Index
    features: Blocks
    baseline: Baseline

    @property
    def topic_shares(self) -> Matrix:
        """Share of each topic in the clustered clauses of a customer, shape (n, k)."""
        return self.features["topics"].to_numpy()


def build_view(
    feedback: pd.DataFrame,
    clauses: pd.DataFrame,
    encodings: Encodings,
    parents: Sequence[int],
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
    parents : sequence of int
        Theme of each topic; −1 for none.
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
    known = dict(baseline.averages) if baseline else {}
    rollup = Rollup.of(
        feedback,
        as_of,
        half_life_days=config.half_life_days,
        shrinkage=config.shrinkage,
        undated=float(known["undated"][0]) if "undated" in known else None,
    )
    known["undated"] = np.array([rollup.undated])
    text = _text_features(
        feedback, clauses, encodings, np.array(parents, dtype=int), scores, rollup, known
    )
    purchases = purchase_features(orders, as_of) if orders is not None else None
    borders = baseline.tier_borders if baseline else None
    if borders is None and purchases is not None and len(purchases):
        borders = tier_borders(purchases["monetary"])
    table = _table(rollup, text, purchases, customers, borders)
    table["dominant_topic_id"] = _dominant_topics(
        _topic_mix(clauses, len(feedback), len(parents)), rollup
    ).reindex(table.index)
    return CustomerView(
        table=table,
        with_text=rollup.customers,
        features={**text, **_purchase_blocks(purchases, rollup.customers)},
        baseline=Baseline(known, borders),
    )


def _text_features(
    feedback: pd.DataFrame,
    clauses: pd.DataFrame,
    encodings: Encodings,
    parents: NDArray[np.int64],
    scores: pd.DataFrame,
    rollup: Rollup,
    known: dict[str, Matrix],
) -> Blocks:
    """Roll up everything that comes from text; averages that are not known yet are put there."""

    def frame(values: Matrix, columns: Iterable[Hashable]) -> pd.DataFrame:
        return pd.DataFrame(values, index=rollup.customers, columns=list(columns))

    def mean(name: str, rows: Rows, only: NDArray[np.bool_] | None = None) -> Matrix:
        values, known[name] = rollup.mean(rows, known.get(name), only)
        return values

    index = encodings.index
    mix = _topic_mix(clauses, len(feedback), len(parents))
    channels = pd.get_dummies(feedback["channel"], prefix="channel", prefix_sep=": ", dtype=float)
    on_scales, of_channel = scores.to_numpy(dtype="float64"), channels.to_numpy()
    # Not shrunk: the channels of new feedback need not be those of the run.
    in_channels, _ = replace(rollup, shrinkage=0.0).mean(lambda rows: of_channel[rows])
    felt = encodings.probabilities[index]
    signed = felt[:, 2].astype(np.float64) - felt[:, 0]
    mood, known["mood"] = trend_and_spread(
        signed, feedback["created_at"], rollup, known.get("mood")
    )
    themes, known["themes"] = theme_sentiment(clauses, parents, rollup, known.get("themes"))
    preference = mean("preference", lambda rows: encodings.embeddings[index[rows]])
    return {
        "preference": frame(preference, range(preference.shape[1])),
        "topics": frame(
            mean("topics", lambda rows: mix[rows].toarray(), np.diff(mix.indptr) > 0),
            range(len(parents)),
        ),
        "sentiment": frame(mean("sentiment", lambda rows: felt[rows]), LABELS),
        "mood": frame(mood, ("sentiment_trend", "sentiment_spread")),
        "themes": frame(themes, range(themes.shape[1])),
        "scales": frame(mean("scales", lambda rows: on_scales[rows]), scores.columns),
        "activity": frame(
            np.column_stack([np.log1p(rollup.counts), in_channels]),
            ("n_feedback", *channels.columns),
        ),
    }


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
    rollup: Rollup,
    text: Mapping[str, pd.DataFrame],
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
    felt = text["sentiment"]
    table["sentiment"] = (felt["positive"] - felt["negative"]).reindex(table.index)
    table = table.join(text["mood"]).join(text["scales"])
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


def _purchase_blocks(purchases: pd.DataFrame | None, customers: pd.Index) -> Blocks:
    """Return logarithms where purchases are skewed; a net return keeps its sign."""
    if purchases is None:
        purchases = pd.DataFrame(columns=[*VALUE_FEATURES, *PURCHASE_FEATURES], dtype="float64")
    own = purchases.reindex(customers).astype("float64")
    skewed = own[[*VALUE_FEATURES, *PURCHASE_FEATURES]]
    logarithms = skewed.apply(lambda values: np.sign(values) * np.log1p(values.abs()))
    shares = own.drop(columns=skewed.columns)
    return {
        "value": logarithms[list(VALUE_FEATURES)],
        "purchases": logarithms[list(PURCHASE_FEATURES)].join(shares),
    }

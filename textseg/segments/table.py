"""The exports that tell who the customers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.customers.rfm import TIERS
from textseg.customers.view import CustomerView
from textseg.segments.names import Traits, mood_of, segment_names
from textseg.segments.silent import silent_name

_TYPICAL = 3
_COMMON = 0.03


def text_traits(
    view: CustomerView,
    segment_ids: NDArray[np.int64],
    n_segments: int,
    topics: Sequence[str],
    feedback: pd.DataFrame,
) -> list[Traits]:
    """Collect what the names of the text segments are made of.

    Parameters
    ----------
    view : CustomerView
    segment_ids : ndarray of int64, shape (n,)
        Segment of each customer with text.
    n_segments : int
        Segments, or micro-segments, as the ids are.
    topics : sequence of str
        Names of the topics.
    feedback : DataFrame
        With customer_id and sentiment_label.

    Returns
    -------
    list of Traits
        One per segment.
    """
    of_customer = pd.Series(segment_ids, index=view.with_text)
    of_feedback = feedback["customer_id"].map(of_customer).fillna(-1)
    tiers = view.table.get("value_tier")
    result = []
    for segment in range(n_segments):
        inside = segment_ids == segment
        labels = feedback.loc[(of_feedback == segment).to_numpy(), "sentiment_label"]
        moods = {
            mood: float((labels == mood).mean()) for mood in ("negative", "neutral", "positive")
        }
        typical = _typical_topics(view.topic_shares, inside)
        tier = _typical_tier(tiers.reindex(view.with_text[inside])) if tiers is not None else None
        result.append(Traits([topics[topic] for topic in typical], moods, tier))
    return result


def segment_table(
    table: pd.DataFrame,
    traits: Sequence[Traits],
    jaccard: Sequence[float],
    kinds: Sequence[str | None],
    silent: dict[int, tuple[str, ...]],
) -> pd.DataFrame:
    """Describe each segment by its customers.

    Parameters
    ----------
    table : DataFrame
        All customers, with ``segment_id``.
    traits : sequence of Traits
        Of the text segments, by id.
    jaccard : sequence of float
        Stability of the text segments.
    kinds : sequence of str or None
        What kind of segments they are: natural, reproducible or constructive.
    silent : dict of int to tuple of str
        Value tiers of the segments of silent customers.

    Returns
    -------
    DataFrame
        ``segments`` of the exports. ``share`` is over all customers, ``revenue_share`` over all
        net revenue.
    """
    names = segment_names(traits) + [silent_name(tiers) for tiers in silent.values()]
    revenue = table["monetary"].sum() if "monetary" in table else 0.0
    rows = []
    for segment, name in enumerate(names):
        members = table[table["segment_id"] == segment]
        is_text = segment < len(traits)
        row = {
            "segment_id": segment,
            "kind": "text" if is_text else "value",
            "name": name,
            "n_customers": len(members),
            "share": len(members) / max(len(table), 1),
            "stability": jaccard[segment] if is_text else np.nan,
            "stability_kind": kinds[segment] if is_text else None,
            "sentiment": members["sentiment"].mean(),
            "top_topics": ", ".join(traits[segment].topics) if is_text else None,
        }
        if "monetary" in table:
            row["revenue_share"] = members["monetary"].sum() / revenue if revenue > 0 else np.nan
            row["monetary_mean"] = members["monetary"].mean()
        row["description"] = _sentence(row, traits[segment] if is_text else None, members)
        rows.append(row)
    return pd.DataFrame(rows)


def micro_table(
    table: pd.DataFrame,
    traits: Sequence[Traits],
    parents: Sequence[int],
    stability: Sequence[float],
) -> pd.DataFrame:
    """Describe each micro-segment by its customers.

    Parameters
    ----------
    table : DataFrame
        All customers, with ``micro_segment_id``.
    traits : sequence of Traits
        Of the micro-segments, by id.
    parents : sequence of int
        Segment of each.
    stability : sequence of float

    Returns
    -------
    DataFrame
        ``micro_segments`` of the exports. ``share`` is over all customers.
    """
    rows = []
    for micro, name in enumerate(segment_names(traits)):
        members = table[(table["micro_segment_id"] == micro).fillna(False)]
        rows.append(
            {
                "micro_segment_id": micro,
                "segment_id": parents[micro],
                "name": name,
                "n_customers": len(members),
                "share": len(members) / max(len(table), 1),
                "stability": stability[micro],
                "sentiment": members["sentiment"].mean(),
                "top_topics": ", ".join(traits[micro].topics),
                "monetary_mean": members["monetary"].mean() if "monetary" in members else np.nan,
            }
        )
    return pd.DataFrame(rows)


def customer_table(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Bring the customer view to the columns of the exports.

    Parameters
    ----------
    table : DataFrame
        All customers, indexed by id, with ``segment_id`` and ``segment_confidence``.
    names : sequence of str
        Names of the segments.

    Returns
    -------
    DataFrame
        ``customers`` of the exports.
    """
    result = table.reset_index()
    named = np.array([*names, None], dtype=object)
    result["segment_name"] = pd.array(named[result["segment_id"].to_numpy("int64")], dtype="string")
    return result


def _typical_topics(shares: NDArray[np.float64], inside: NDArray[np.bool_]) -> list[int]:
    """Return the topics that the segment has most more of than all others, and often enough."""
    if not shares.shape[1]:
        return []
    mean = shares[inside].mean(axis=0)
    rest = shares[~inside].mean(axis=0) if (~inside).any() else np.zeros_like(mean)
    excess = mean - rest
    order = np.argsort(-excess, kind="stable")
    common = [int(topic) for topic in order if excess[topic] > 0 and mean[topic] >= _COMMON]
    return common[:_TYPICAL] or [int(mean.argmax())]


def _typical_tier(tiers: pd.Series) -> str | None:
    known = tiers.dropna()
    if len(known) < len(tiers) / 2:
        return None
    return TIERS[round(float(known.map({tier: n for n, tier in enumerate(TIERS)}).mean()))]


def _sentence(row: Mapping[str, Any], traits: Traits | None, members: pd.DataFrame) -> str:
    number = row["n_customers"]
    share = f"{number:,} customer{'s' if number != 1 else ''} ({row['share']:.0%})"
    if traits is None:
        parts = [f"{share}, buying and never writing"]
    else:
        about = f", writing mostly about {_listed(traits.topics)}" if traits.topics else ""
        parts = [share + about, _mood_clause(traits.moods)]
    if "monetary" in members and members["monetary"].notna().any():
        orders = members["frequency"].median()
        parts.append(
            f"median {orders:g} order{'s' if orders != 1 else ''}, "
            f"{row['monetary_mean']:,.0f} spent on average"
        )
        if pd.notna(row["revenue_share"]):
            parts[-1] += f", {row['revenue_share']:.0%} of revenue"
    return "; ".join(parts) + "."


def _mood_clause(moods: Mapping[str, float]) -> str:
    parts = [f"{share:.0%} {mood}" for mood, share in moods.items()]
    return f"{mood_of(moods)} ({', '.join(parts)})"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

"""What a CRM can compute from the exports, and how it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from textseg.schema import EXPORTS, SCALE_PREFIX, scale_columns_in

NEVER = 1_000_000.0
"""Days since the last order of who has never ordered: longer than anybody's."""

DECIMALS = 6
"""Of the floats in the exports; sums of shares are brought back to them."""

_LABELS = {
    "n_feedback": "number of feedbacks",
    "sentiment": "sentiment",
    "recency_days": "days since the last order",
    "frequency": "number of orders",
    "monetary": "net spend",
}
_SHARE = re.compile(r"(topic|theme)_(\d+)_share")


@dataclass(frozen=True)
class Feature:
    """A number per customer.

    Attributes
    ----------
    name : str
        A column of ``customers``, or ``topic_ID_share`` or ``theme_ID_share``.
    label : str
        In words.
    topics : tuple of int
        Topics whose shares add up to it; empty for a column of ``customers``.
    """

    name: str
    label: str
    topics: tuple[int, ...] = ()

    @property
    def null(self) -> float:
        """What stands for null: nothing said, ordered or spent is 0, and never is long ago."""
        return NEVER if self.name == "recency_days" else 0.0


def features_of(customers: pd.DataFrame, topics: pd.DataFrame) -> list[Feature]:
    """List the features of a run, in an order that does not depend on that of the rows.

    Parameters
    ----------
    customers, topics : DataFrame
        The exports of that name. Hidden topics are left out, and themes of a single topic.

    Returns
    -------
    list of Feature
    """
    scales = sorted(scale_columns_in(customers.columns, EXPORTS["customers"]))
    columns = [Feature(name, label_of(name)) for name in [*_LABELS, *scales] if name in customers]
    topics = topics.sort_values("topic_id")
    # Null in the runs of an earlier version.
    is_theme = topics["kind"].fillna("topic") == "theme"
    shown = ~topics["hidden"].fillna(False).astype(bool)
    of_parent = topics[~is_theme].groupby("parent_id")["topic_id"].agg(list)
    shares = [
        Feature(f"topic_{topic}_share", f"{name} share", (int(topic),))
        for topic, name in topics.loc[~is_theme & shown, ["topic_id", "name"]].to_numpy()
    ]
    for theme, name in topics.loc[is_theme & shown, ["topic_id", "name"]].to_numpy():
        own = tuple(int(topic) for topic in of_parent.get(theme, []))
        if len(own) > 1:
            shares.append(Feature(f"theme_{theme}_share", f"theme {name} share", own))
    return columns + shares


def is_known(feature: Feature) -> bool:
    """Whether this is a feature that :func:`features_of` could have made."""
    if feature.topics:
        return bool(_SHARE.fullmatch(feature.name))
    return feature.name in _LABELS or bool(scale_columns_in([feature.name], EXPORTS["customers"]))


def label_of(column: str) -> str:
    """Call a column of ``customers`` by a name in words."""
    return _LABELS.get(column) or column.removeprefix(SCALE_PREFIX).replace("_", " ")


def feature_table(
    features: Sequence[Feature], customers: pd.DataFrame, customer_topics: pd.DataFrame
) -> pd.DataFrame:
    """Compute the features, as the SQL does.

    Parameters
    ----------
    features : sequence of Feature
    customers, customer_topics : DataFrame
        The exports of that name.

    Returns
    -------
    DataFrame of float64, shape (n_customers, n_features)
        In the order of ``customers``, indexed by ``customer_id``, without null.
    """
    ids = pd.Index(customers["customer_id"], name="customer_id")
    shares = customer_topics.pivot(index="customer_id", columns="topic_id", values="share")
    shares = shares.reindex(index=ids).astype("float64").fillna(0.0)
    columns = {}
    for feature in features:
        if feature.topics:
            known = [topic for topic in feature.topics if topic in shares]
            columns[feature.name] = shares[known].sum(axis=1).round(DECIMALS).to_numpy()
        else:
            values = customers[feature.name].astype("Float64").fillna(feature.null)
            columns[feature.name] = values.to_numpy(dtype="float64")
    return pd.DataFrame(columns, index=ids)

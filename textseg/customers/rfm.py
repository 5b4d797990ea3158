"""Recency, frequency, monetary value and what else the orders say of a customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)

TIERS = ("low", "mid", "high")

MAX_CATEGORIES = 12


def purchase_features(orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Describe each customer's purchases up to the as-of date.

    Parameters
    ----------
    orders : DataFrame
        Order lines, ``schema.ORDERS``; lines after the as-of date are not looked at.
    as_of : Timestamp
        Last day that counts, UTC.

    Returns
    -------
    DataFrame
        One row per customer with an order line, indexed by ``customer_id`` in order. Who has only
        returned something in the time covered has no order, and NaN where an order is needed.

        - ``recency_days``: days from the last order to the as-of date (RFM).
        - ``t_x_days``: days from the first order to the last (recency in the CLV sense).
        - ``tenure_days``: days from the first order to the as-of date.
        - ``interpurchase_days``: mean days between orders; NaN with one order.
        - ``frequency``: number of orders; returns are not orders.
        - ``monetary``: net value, returns deducted.
        - ``average_order_value``: gross value per order.
        - ``returns_rate``: value returned as a share of the gross value, in [0, 1].
        - ``interpurchase_cv``: standard deviation of the days between orders over their mean, 0 for
          a clockwork; NaN with fewer than three orders.
        - ``spend_trend``: share of the gross value bought in the second half of the time from the
          first order to the as-of date, less one half: in [−0.5, 0.5]; NaN with one order.
        - ``basket_size``: order lines per order.
        - ``category: NAME``: share of the gross value, for the largest categories.

    Notes
    -----
    Definitions of recency, frequency and tenure: Fader, Hardie and Lee (2005), "RFM and CLV",
    Journal of Marketing Research 42(4).

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.customers.rfm import purchase_features
    >>> orders = pd.DataFrame({
    ...     "customer_id": ["a", "a"], "order_id": ["1", "2"], "amount": [10.0, 30.0],
    ...     "date": pd.to_datetime(["2025-01-01", "2025-01-11"]), "quantity": [1.0, 1.0],
    ...     "product": ["x", "y"], "category": [None, None], "is_return": [False, False]})
    >>> purchase_features(orders, pd.Timestamp("2025-01-31")).loc["a", "recency_days"]
    np.float64(20.0)
    """
    orders = orders[orders["date"] < as_of.normalize() + DAY]
    bought = orders[~orders["is_return"]]
    by_customer = bought.groupby("customer_id", sort=True)
    everybody = pd.Index(orders["customer_id"].unique(), name="customer_id").sort_values()
    dates = by_customer["date"].agg(first="min", last="max").reindex(everybody)
    features = pd.DataFrame(dates)
    features["frequency"] = by_customer["order_id"].nunique().reindex(everybody, fill_value=0)
    features["gross"] = by_customer["amount"].sum().reindex(everybody, fill_value=0.0)
    returned = -orders[orders["is_return"]].groupby("customer_id")["amount"].sum()
    features["returned"] = returned.reindex(features.index).fillna(0.0)

    end = as_of.normalize()
    t_x = (features["last"].dt.normalize() - features["first"].dt.normalize()) / DAY
    result = pd.DataFrame(
        {
            "recency_days": (end - features["last"].dt.normalize()) / DAY,
            "t_x_days": t_x,
            "tenure_days": (end - features["first"].dt.normalize()) / DAY,
            "interpurchase_days": t_x / (features["frequency"] - 1).where(lambda n: n > 0),
            "frequency": features["frequency"],
            "monetary": features["gross"] - features["returned"],
            "average_order_value": features["gross"] / features["frequency"].where(lambda n: n > 0),
            "returns_rate": (features["returned"] / features["gross"].where(lambda v: v > 0)).clip(
                0, 1
            ),
        }
    )
    result["interpurchase_cv"] = _irregularity(bought).reindex(result.index)
    result["spend_trend"] = _spend_trend(bought, features, end)
    result["basket_size"] = by_customer.size().reindex(everybody) / features["frequency"].where(
        lambda n: n > 0
    )
    return result.join(_category_shares(bought, result.index))


def _irregularity(bought: pd.DataFrame) -> pd.Series:
    """Return the coefficient of variation of the days between orders, by customer."""
    first = pd.DataFrame(bought.groupby(["customer_id", "order_id"], as_index=False)["date"].min())
    first = first.sort_values(["customer_id", "date"])
    days = first.groupby("customer_id")["date"].diff().dt.total_seconds() / 86_400
    gaps = days.groupby(first["customer_id"])
    mean, deviation = pd.Series(gaps.mean()), pd.Series(gaps.std())
    return deviation / mean.where(mean > 0)


def _spend_trend(bought: pd.DataFrame, features: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    """Return how much more of the value lies in the second half of the time than a half."""
    first, gross = features["first"].dt.normalize(), features["gross"]
    middle = (first + (end - first) / 2).reindex(bought["customer_id"])
    is_late = bought["date"].to_numpy() > middle.to_numpy()
    late = bought["amount"].where(is_late, 0.0).groupby(bought["customer_id"]).sum()
    share = pd.Series(late.reindex(features.index) / gross - 0.5)
    return share.where((features["frequency"] > 1) & (gross > 0))


def _category_shares(bought: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    known = bought[bought["category"].notna()]
    totals = known.groupby("category")["amount"].sum()
    largest = totals.sort_index().nlargest(MAX_CATEGORIES).index
    values = known.pivot_table(
        index="customer_id", columns="category", values="amount", aggfunc="sum", fill_value=0.0
    )
    shares = values.div(values.sum(axis=1).where(lambda total: total > 0), axis=0)
    shares = shares.reindex(index=customers, columns=sorted(largest)).astype("float64")
    return shares.add_prefix("category: ")


def tier_borders(monetary: pd.Series) -> tuple[float, float]:
    """Return the values that part the customers into thirds by what they spent."""
    low, high = np.quantile(monetary.to_numpy(dtype="float64"), [1 / 3, 2 / 3])
    return float(low), float(high)


def value_tiers(monetary: pd.Series, borders: tuple[float, float]) -> pd.Series:
    """Sort customers into low, mid and high value.

    Parameters
    ----------
    monetary : Series of float
        Net value per customer; NaN where there are no orders.
    borders : tuple of float
        From :func:`tier_borders`; a value on a border is in the lower tier.

    Returns
    -------
    Series of string
        Null where ``monetary`` is.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.customers.rfm import value_tiers
    >>> value_tiers(pd.Series([5.0, 50.0, 500.0]), (10.0, 100.0)).tolist()
    ['low', 'mid', 'high']
    """
    values = monetary.to_numpy(dtype="float64")
    tiers = np.array(TIERS, dtype=object)[np.searchsorted(borders, values, side="left").clip(0, 2)]
    return pd.Series(tiers, index=monetary.index, dtype="string").mask(monetary.isna())

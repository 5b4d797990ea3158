from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.customers.rfm import (
    MAX_CATEGORIES,
    purchase_features,
    tier_borders,
    value_tiers,
)

AS_OF = pd.Timestamp("2025-01-31")


@pytest.fixture(scope="module")
def features(make_orders):
    """Customer a: two orders, three lines and a return; b: one order; c: bought on the last day."""
    orders = make_orders(
        ("a", "1", "2025-01-01 09:00", 10.0),
        ("a", "1", "2025-01-01 09:00", 20.0),
        ("a", "2", "2025-01-11 23:59", 50.0),
        ("a", "3", "2025-01-20", -20.0),
        ("b", "4", "2025-01-21", 7.5),
        ("c", "5", "2025-01-31 23:59:59", 1.0),
        categories=["x", "y", "x", "x", None, "y"],
    )
    return purchase_features(orders, AS_OF)


def test_both_recencies_count_whole_days_and_returns_are_no_purchase(features):
    a = features.loc["a"]
    assert (a["recency_days"], a["t_x_days"], a["tenure_days"]) == (20.0, 10.0, 30.0)


def test_frequency_counts_orders_not_lines_or_returns(features):
    assert features["frequency"].to_dict() == {"a": 2, "b": 1, "c": 1}


def test_money(features):
    a = features.loc["a"]
    assert a["monetary"] == 60.0
    assert a["average_order_value"] == 40.0
    assert a["returns_rate"] == 0.25


def test_one_order_has_no_interval(features):
    assert features.loc["a", "interpurchase_days"] == 10.0
    assert math.isnan(features.loc["b", "interpurchase_days"])
    assert features.loc["b", "t_x_days"] == 0.0
    assert features.loc["b", "returns_rate"] == 0.0


def test_an_order_in_the_last_second_of_the_as_of_day_counts(features):
    assert features.loc["c", "recency_days"] == 0.0


def test_category_shares_are_of_what_was_bought(features):
    assert features.loc["a", ["category: x", "category: y"]].tolist() == [0.75, 0.25]
    assert features.loc["b", ["category: x", "category: y"]].isna().all()


def test_lines_after_the_as_of_date_are_not_looked_at(make_orders):
    before = ("a", "1", "2025-01-01", 10.0)
    later = [("a", "2", "2025-02-01", 5.0), ("a", "3", "2025-02-02", -9.0)]
    new_customer = ("b", "4", "2025-02-01", 5.0)
    pd.testing.assert_frame_equal(
        purchase_features(make_orders(before, *later, new_customer), AS_OF),
        purchase_features(make_orders(before), AS_OF),
    )


def test_more_returned_than_bought_is_a_negative_value_and_a_rate_of_one(make_orders):
    orders = make_orders(("a", "1", "2025-01-01", 10.0), ("a", "2", "2025-01-02", -30.0))
    a = purchase_features(orders, AS_OF).loc["a"]
    assert (a["monetary"], a["returns_rate"]) == (-20.0, 1.0)


def test_only_the_largest_categories_are_kept(make_orders):
    n = MAX_CATEGORIES + 3
    lines = [(f"c{i}", str(i), "2025-01-01", float(i + 1)) for i in range(n)]
    result = purchase_features(
        make_orders(*lines, categories=[f"k{i:02}" for i in range(n)]), AS_OF
    )
    columns = [name for name in result if name.startswith("category: ")]
    assert columns == [f"category: k{i:02}" for i in range(3, n)]


def test_who_has_only_returned_has_no_order_but_counts_in_the_money(make_orders):
    result = purchase_features(make_orders(("a", "1", "2025-01-01", -5.0)), AS_OF).loc["a"]
    assert (result["frequency"], result["monetary"]) == (0, -5.0)
    nothing = ["recency_days", "t_x_days", "tenure_days", "average_order_value", "returns_rate"]
    assert result[nothing].isna().all()


def test_a_clockwork_has_no_irregularity_and_few_orders_have_none_to_tell(make_orders):
    orders = make_orders(
        *((("a", f"a{day}", f"2025-01-{day:02}", 1.0)) for day in (1, 11, 21)),
        *((("b", f"b{day}", f"2025-01-{day:02}", 1.0)) for day in (1, 5, 21)),
        *((("c", f"c{day}", f"2025-01-{day:02}", 1.0)) for day in (1, 5)),
        ("d", "d1", "2025-01-01", 1.0), ("d", "d2", "2025-01-01", 1.0),
        ("d", "d3", "2025-01-01", 1.0),
    )  # fmt: skip
    result = purchase_features(orders, AS_OF)["interpurchase_cv"]
    assert result["a"] == 0.0
    # Gaps of 4 and 16 days: mean 10, standard deviation √(6² + 6²).
    assert result["b"] == pytest.approx(np.sqrt(72) / 10)
    assert result[["c", "d"]].isna().all()


def test_lines_of_one_order_are_one_date(make_orders):
    orders = make_orders(
        ("a", "1", "2025-01-01", 1.0), ("a", "1", "2025-01-03", 1.0), ("a", "2", "2025-01-11", 1.0),
        ("a", "3", "2025-01-21", 1.0), ("a", "3", "2025-01-21", -1.0),
    )  # fmt: skip
    assert purchase_features(orders, AS_OF).loc["a", "interpurchase_cv"] == 0.0


def test_the_trend_of_spending_compares_the_halves_of_the_time(make_orders):
    orders = make_orders(
        ("a", "1", "2025-01-01", 10.0), ("a", "2", "2025-01-17", 30.0),
        ("b", "3", "2025-01-01", 10.0), ("b", "4", "2025-01-02", 10.0),
        ("c", "5", "2025-01-01", 10.0),
        ("d", "6", "2025-01-01", 10.0), ("d", "7", "2025-01-31", 10.0),
        ("d", "7", "2025-01-31", -10.0),
    )  # fmt: skip
    trend = purchase_features(orders, AS_OF)["spend_trend"]
    # The middle between the first order and the end of January is the 16th.
    assert trend[["a", "b", "d"]].tolist() == [0.25, -0.5, 0.0]
    assert math.isnan(trend["c"])


def test_a_basket_is_lines_per_order(features):
    assert features["basket_size"].to_dict() == {"a": 1.5, "b": 1.0, "c": 1.0}


order_lines = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 5),
        st.integers(0, 300),
        st.integers(-50, 100).filter(bool),
        st.sampled_from(["x", "y", None]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25)
@given(order_lines, st.randoms(use_true_random=False))
def test_any_orders(make_orders, lines, random):
    first_day = pd.Timestamp("2024-01-01")
    rows = [
        (c, f"{c}{o}", str(first_day + pd.Timedelta(days=d)), float(a)) for c, o, d, a, _ in lines
    ]
    orders = make_orders(*rows, categories=[line[4] for line in lines])
    result = purchase_features(orders, pd.Timestamp("2024-12-31"))

    bought = orders[~orders["is_return"]]
    assert result.index.tolist() == sorted(set(orders["customer_id"]))
    for customer, row in result.iterrows():
        own = orders[orders["customer_id"] == customer]
        assert row["monetary"] == own["amount"].sum()
        assert row["frequency"] == own.loc[~own["is_return"], "order_id"].nunique()
        if row["frequency"]:
            assert row["recency_days"] + row["t_x_days"] == row["tenure_days"]
            assert 0 <= row["returns_rate"] <= 1
            assert row["basket_size"] >= 1
            assert (row["frequency"] == 1) == np.isnan(row["spend_trend"])
            assert np.isnan(row["spend_trend"]) or abs(row["spend_trend"]) <= 0.5
            assert not row["interpurchase_cv"] < 0
        else:
            assert np.isnan(row["recency_days"])
    shares = result.filter(like="category: ")
    known = bought.loc[bought["category"].notna(), "customer_id"].unique()
    assert np.allclose(shares.loc[shares.index.isin(known)].sum(axis=1), 1)
    assert shares.loc[~shares.index.isin(known)].isna().all(axis=None)

    shuffled = orders.iloc[random.sample(range(len(orders)), len(orders))].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        purchase_features(shuffled, pd.Timestamp("2024-12-31")), result, check_exact=True
    )


def test_tiers_part_the_customers_into_thirds():
    values = pd.Series(np.arange(1.0, 10.0))
    tiers = value_tiers(values, tier_borders(values))
    assert tiers.tolist() == ["low"] * 3 + ["mid"] * 3 + ["high"] * 3


@given(
    st.lists(st.integers(-100, 10_000), min_size=1, max_size=30),
    st.sampled_from([2.0**-6, 0.5, 2.0, 1024.0]),
)
def test_tiers_do_not_depend_on_the_currency(amounts, rate):
    values = pd.Series(amounts, dtype="float64")
    tiers = value_tiers(values, tier_borders(values))
    assert value_tiers(values * rate, tier_borders(values * rate)).tolist() == tiers.tolist()
    ranks = tiers.map({"low": 0, "mid": 1, "high": 2})[values.sort_values().index]
    assert ranks.is_monotonic_increasing


def test_without_orders_there_is_no_tier_and_a_border_belongs_to_the_lower():
    tiers = value_tiers(pd.Series([10.0, np.nan, 100.0, 100.1], index=list("wxyz")), (10.0, 100.0))
    assert tiers["w"] == "low"
    assert pd.isna(tiers["x"])
    assert (tiers["y"], tiers["z"]) == ("mid", "high")

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.segments.products import top_products

COLUMNS = ["segment_id", "product", "n_customers", "share", "rest", "lift", "lower", "upper"]


def make_orders(seed=0, n=400, n_products=60, spread=0.0):
    """Customers who buy a few products, popular ones more often; some buy far more if spread."""
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, n_products + 1)
    popularity /= popularity.sum()
    rows = []
    for customer in range(n):
        most = 4 + rng.poisson(np.exp(spread * rng.normal()) * 3)
        bought = rng.choice(n_products, min(most, n_products), replace=False, p=popularity)
        rows += [(f"c{customer:04}", f"p{product:03}") for product in bought]
    orders = pd.DataFrame(rows, columns=["customer_id", "product"]).astype("string")
    return orders.assign(is_return=False)


def segments_of(orders, seed=0, k=4):
    who = np.sort(orders["customer_id"].unique())
    return pd.Series(np.random.default_rng(seed).integers(-1, k, len(who)), index=who)


def test_a_planted_product_is_found_and_nothing_else():
    orders = make_orders()
    segment = segments_of(orders)
    own = segment.index[segment == 2]
    planted = pd.DataFrame({"customer_id": own[::2], "product": "lamp", "is_return": False})
    others = segment.index[segment != 2][::15]
    few = pd.DataFrame({"customer_id": others, "product": "lamp", "is_return": False})
    found = top_products(pd.concat([orders, planted, few]), segment)
    assert list(found.columns) == COLUMNS
    assert found[["segment_id", "product", "n_customers"]].to_numpy().tolist() == [
        [2, "lamp", len(planted)]
    ]
    row = found.iloc[0]
    assert row["share"] == pytest.approx(len(planted) / len(own))
    assert row["rest"] == pytest.approx(len(few) / (segment != 2).sum())
    assert row["lift"] == pytest.approx(row["share"] / row["rest"])
    assert 1 < row["lower"] < row["lift"] < row["upper"]


def test_the_interval_by_hand():
    who = [f"c{n:03}" for n in range(100)]
    orders = pd.DataFrame(
        {"customer_id": who, "product": ["a"] * 30 + ["b"] * 10 + ["a"] * 6 + ["b"] * 54,
         "is_return": False}
    )  # fmt: skip
    found = top_products(orders, pd.Series([0] * 40 + [-1] * 60, index=who))
    assert found["product"].tolist() == ["a"]
    row = found.iloc[0]
    # One of two pairs is selected: the level is 1 - 0.05 / 2.
    error = np.sqrt(1 / 30 - 1 / 40 + 1 / 6 - 1 / 60)
    assert row["lift"] == pytest.approx(7.5)
    assert row["lower"] == pytest.approx(7.5 * np.exp(-2.2414 * error), rel=1e-4)
    assert row["upper"] == pytest.approx(7.5 * np.exp(2.2414 * error), rel=1e-4)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_with_shuffled_segments_nothing_stands_out(spread):
    orders = make_orders(spread=spread)
    hits = [len(top_products(orders, segments_of(orders, seed))) > 0 for seed in range(40)]
    # At most 5 % in the long run; more than 6 of 40 has a chance below 1 %.
    assert sum(hits) <= 6


def test_who_buys_much_makes_no_product_stand_out():
    orders = make_orders(spread=1.2)
    wide = orders.groupby("customer_id").size()
    segment = (wide > wide.median()).astype("int64")
    assert len(top_products(orders, segment)) == 0


def test_what_nobody_else_buys_has_a_finite_lift():
    orders = make_orders()
    segment = segments_of(orders)
    own = segment.index[segment == 0][:20]
    planted = pd.DataFrame({"customer_id": own, "product": "lamp", "is_return": False})
    row = top_products(pd.concat([orders, planted]), segment).iloc[0]
    n, m = (segment == 0).sum(), (segment != 0).sum()
    assert (row["product"], row["rest"]) == ("lamp", 0.0)
    assert row["lift"] == pytest.approx((20.5 / (n + 0.5)) / (0.5 / (m + 0.5)))


def test_returns_lines_without_product_and_repeats_do_not_count():
    orders = make_orders()
    segment = segments_of(orders)
    own = segment.index[segment == 1]
    planted = pd.DataFrame({"customer_id": own[::2], "product": "lamp", "is_return": False})
    every = pd.concat([orders, planted])
    more = pd.DataFrame(
        {"customer_id": [*own, *own], "product": ["vase"] * len(own) + [None] * len(own),
         "is_return": [True] * len(own) + [False] * len(own)}
    )  # fmt: skip
    expected = top_products(every, segment)
    assert expected["product"].tolist() == ["lamp"]
    found = top_products(pd.concat([every, more, every, every]), segment)
    pd.testing.assert_frame_equal(found, expected)


def test_the_order_of_rows_does_not_matter():
    orders = make_orders()
    segment = segments_of(orders)
    for each, name in ((0, "lamp"), (1, "rug"), (2, "cup")):
        own = segment.index[segment == each][:40]
        extra = pd.DataFrame({"customer_id": own, "product": name, "is_return": False})
        orders = pd.concat([orders, extra], ignore_index=True)
    expected = top_products(orders, segment)
    assert expected["product"].tolist() == ["lamp", "rug", "cup"]
    found = top_products(orders.sample(frac=1, random_state=0), segment.sample(frac=1))
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(("buyers", "found"), [(4, 0), (5, 1)])
def test_fewer_than_five_buyers_are_too_few(buyers, found):
    who = [f"c{n:04}" for n in range(1000)]
    product = ["a"] * buyers + ["b"] * (1000 - buyers)
    orders = pd.DataFrame({"customer_id": who, "product": product, "is_return": False})
    segment = pd.Series([0] * 10 + [-1] * 990, index=who)
    assert len(top_products(orders, segment)) == found


@pytest.mark.parametrize("ids", [[], [-1] * 400, [0] * 400])
def test_no_two_groups_no_products(ids):
    orders = make_orders()
    segment = pd.Series(
        ids, index=np.sort(orders["customer_id"].unique())[: len(ids)], dtype="Int64"
    )
    found = top_products(orders, segment)
    assert (len(found), list(found.columns)) == (0, COLUMNS)
    assert len(top_products(orders.iloc[:0], segment)) == 0

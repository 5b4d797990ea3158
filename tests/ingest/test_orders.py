from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from textseg.config import Config, TransactionColumns
from textseg.errors import InputError

FEEDBACK = pd.DataFrame({"customer_id": [1], "text": ["Too small"]})


def lines(n: int = 1, **columns: object) -> pd.DataFrame:
    base = {"customer_id": 1, "date": "2011-01-01", "line": range(n), "amount": 5.0}
    return pd.DataFrame({**base, **columns}, index=range(n))


def findings(done) -> dict[str, tuple[int, str]]:
    return {
        f.reason: (f.rows, f.action) for f in done.quality.findings if f.table == "transactions"
    }


def test_quantity_times_price_and_returns(run):
    table = lines(4, quantity=[2, -1, 3, 1], unit_price=[5.0, 5.0, 0.0, 2.5]).drop(columns="amount")
    done = run(FEEDBACK, table)
    assert done.orders["amount"].to_list() == [10.0, -5.0, 2.5]
    assert done.orders["is_return"].to_list() == [False, True, False]
    assert findings(done) == {
        "amount is zero": (1, "dropped"),
        "return or cancellation": (1, "kept"),
    }


def test_the_money_of_a_return_is_negative(run):
    done = run(FEEDBACK, lines(2, quantity=[-1, 1], amount=["€ 1.005,00", "€ 2,50"]))
    assert done.orders["amount"].to_list() == [-1005.0, 2.5]
    assert findings(done)["amount of a return made negative"] == (1, "changed")


def test_lines_that_are_the_same_in_every_column_count_once(run):
    table = pd.concat([lines(2), lines(1)])
    assert len(run(FEEDBACK, table).orders) == 2
    assert len(run(FEEDBACK, table.assign(note=["a", "a", "b"])).orders) == 3


def test_lines_without_customer_or_date_are_dropped(run):
    who = [None, *[1] * 20]
    when = ["2011-01-01", None, "soon", *["2011-01-01"] * 18]
    done = run(FEEDBACK, lines(21, customer_id=who, date=when))
    assert len(done.orders) == 18
    assert findings(done) == {
        "no customer": (1, "dropped"),
        "unreadable date": (1, "dropped"),
        "no date": (1, "dropped"),
    }


@pytest.mark.parametrize(
    ("bad", "reason"),
    [(np.nan, "no amount"), (np.inf, "infinite amount"), (-np.inf, "infinite amount"),
     ("", "no amount"), ("inf", "infinite amount"), ("free", "unreadable amount")],
)  # fmt: skip
def test_five_percent_of_the_amounts_may_be_no_numbers(run, bad, reason):
    done = run(FEEDBACK, lines(20, amount=[bad, *[5.0] * 19]))
    assert findings(done) == {reason: (1, "dropped")}
    with pytest.raises(InputError, match=r"2 of 20 amounts cannot be read as .* row 1 "):
        run(FEEDBACK, lines(20, amount=[bad, bad, *[5.0] * 18]))


def test_lines_without_a_readable_quantity(run):
    pieces = [None, "two", *["3"] * 38]
    table = lines(40, quantity=pieces, unit_price="2.50").drop(columns="amount")
    assert findings(run(FEEDBACK, table)) == {
        "unreadable quantity set to null": (1, "changed"),
        "unreadable amount": (1, "dropped"),
        "no amount": (1, "dropped"),
    }


def test_amounts_marked_as_credit_are_returns(run):
    done = run(FEEDBACK, lines(3, amount=["5.00", "2.00 CR", "7.00"]))
    assert done.orders["is_return"].to_list() == [False, True, False]
    assert findings(done)["amount marked CR or DR made negative"] == (1, "changed")


def test_dates_and_money_of_real_dtypes(run):
    when = pd.to_datetime(["2011-01-01 00:30", "2011-01-02 00:00"]).tz_localize("Europe/Berlin")
    money = [Decimal("1.234"), Decimal("2")]
    done = run(
        FEEDBACK, lines(2, date=when, amount=money, quantity=pd.array([1, 2], dtype="Int64"))
    )
    assert done.orders["amount"].to_list() == [1.234, 2.0]
    assert done.orders["date"].to_list()[0] == pd.Timestamp("2010-12-31 23:30")


def test_without_an_order_column_a_moment_is_an_order(run):
    when = ["2011-01-01 09:00", "2011-01-01 09:00", "2011-01-01 10:00", "2011-01-01 09:00"]
    orders = run(FEEDBACK, lines(4, date=when, customer_id=[1, 1, 1, 2])).orders["order_id"]
    assert orders[0] == orders[1]
    assert orders.nunique() == 3


def test_named_orders_keep_their_names(run):
    done = run(FEEDBACK, lines(2, order_id=["0007", None], category=["a", ""]))
    assert done.orders["order_id"].to_list() == ["0007", "1@2011-01-01T00:00:00.000000"]
    assert done.orders["category"].isna().to_list() == [False, True]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("customer_id", "orders need a customer; none was found among 'date', 'line', 'amount'"),
        ("date", "orders need a date"),
        ("amount", "orders need an amount, or a quantity and a unit price"),
    ],
)
def test_what_orders_need(run, missing, message):
    with pytest.raises(InputError, match=message):
        run(FEEDBACK, lines().drop(columns=missing))


def test_explicit_columns_win(run):
    config = Config(transactions=TransactionColumns(amount="net"))
    assert run(FEEDBACK, lines(net=3.0), config=config).orders["amount"].to_list() == [3.0]

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest import Quality
from textseg.schema import CUSTOMERS, FEEDBACK, ORDERS, checked

QUICK = settings(deadline=None, max_examples=25)

FEED = pd.DataFrame(
    {"customer_id": [1, 2], "date": ["2011-01-05", "2011-01-07"], "text": ["a a", "b b"]}
)
SHOP = pd.DataFrame(
    {
        "customer_id": [2, 3, 3],
        "date": ["2011-01-06", "2011-01-07", "2011-01-09"],
        "amount": [1, 2, 3],
    }
)

MAYBE = st.one_of(st.none(), st.sampled_from(["", "!!!", "ok", "fits well", "<b>good</b>"]))
DATE = st.sampled_from(["2011-01-01", "2011-06-01 10:00", "2030-01-01", None])
ROW = st.fixed_dictionaries(
    {"text": MAYBE, "customer_id": st.sampled_from([None, "a", "b"]), "date": DATE}
    | {
        "amount": st.sampled_from([-1.0, 0.0, 2.0]),
        "feedback_id": st.sampled_from([None, "1", "2"]),
    }
)


@QUICK
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_every_row_is_kept_or_dropped_for_one_reason(run, rows):
    frame = pd.DataFrame([{"text": "fits", "customer_id": "a", "date": "2011-01-01"}, *rows])
    sale = pd.DataFrame([{"customer_id": "a", "date": "2011-01-01", "amount": 1.0}, *rows])
    before = frame.copy(deep=True)
    sale["amount"] = sale["amount"].fillna(1.0)
    done = run(frame, sale, frame, as_of="2011-03-01")
    totals = done.quality.totals()
    kept = {"feedback": done.feedback, "transactions": done.orders, "customers": done.customers}
    for table, result in kept.items():
        total = totals[table]
        assert total["read"] == len(rows) + 1
        assert total["read"] == total["kept"] + total["dropped"]
        assert total["kept"] == len(result)
    pd.testing.assert_frame_equal(frame, before)
    for result, schema in ((done.feedback, FEEDBACK), (done.orders, ORDERS)):
        pd.testing.assert_frame_equal(result, checked(result, schema))
    CUSTOMERS.validate(done.customers)


@QUICK
@given(rows=st.lists(ROW, min_size=1, max_size=10), seed=st.integers(0, 99))
def test_row_order_does_not_change_the_ids(run, rows, seed):
    frame = pd.DataFrame([{"text": "fits", "customer_id": "a", "date": "2011-01-01"}, *rows])
    frame = frame.drop(columns="feedback_id")
    mixed = frame.sample(frac=1, random_state=seed)
    first, second = run(frame).feedback, run(mixed).feedback
    what = ["feedback_id", "text", "customer_id", "created_at"]
    pd.testing.assert_frame_equal(
        first[what].sort_values("feedback_id", ignore_index=True),
        second[what].sort_values("feedback_id", ignore_index=True),
    )


def test_as_of_is_the_latest_day_of_feedback_or_orders(run):
    assert run(FEED, SHOP).as_of == pd.Timestamp("2011-01-09")
    assert run(FEED).as_of == pd.Timestamp("2011-01-07")
    assert run(FEED[["text"]], SHOP).as_of == pd.Timestamp("2011-01-09")
    assert run(FEED[["text"]]).as_of == pd.Timestamp("2026-01-01")


def test_as_of_includes_its_day_and_leaves_out_what_is_later(run):
    shop = SHOP.assign(date=["2011-01-06 23:59:59.999", "2011-01-07 00:00", "2011-01-09"])
    done = run(FEED, shop, as_of="2011-01-06")
    assert done.orders["customer_id"].to_list() == ["2"]
    assert done.feedback["customer_id"].to_list() == ["1"]
    left_out = [
        (f.table, f.rows) for f in done.quality.findings if f.reason == "after the as-of date"
    ]
    assert left_out == [("feedback", 1), ("transactions", 2)]
    assert done.match_rate == 0.0  # the ids do match, but not up to that day


def test_the_future_is_rejected_before_as_of_is_found(run):
    done = run(FEED.assign(date=["2011-01-05", "2026-01-01 12:00:01"]))
    assert done.as_of == pd.Timestamp("2011-01-05")
    assert done.quality.to_records() == [
        {"table": "feedback", "reason": "date in the future", "rows": 1, "action": "dropped",
         "example": 2}
    ]  # fmt: skip


@pytest.mark.parametrize("typo", ["2999-01-01", "2026-01-02", "9999-12-31"])
def test_a_typo_in_a_year_does_not_move_the_as_of_date(run, typo):
    days = [f"2011-01-{day:02}" for day in range(1, 11)]
    feed = pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(10)],
            "date": [*days[:6], typo, *days[6:9]],
            "text": [f"The lamp number {n} was broken" for n in range(10)],
        }
    )
    shop = feed[["customer_id"]].assign(date=[*days[:3], typo, *days[3:9]], amount=5.5)
    done = run(feed, shop)
    assert done.as_of == pd.Timestamp("2011-01-09")
    assert [(f.table, f.reason, f.rows, f.example) for f in done.quality.findings] == [
        ("feedback", "date in the future", 1, 7),
        ("transactions", "date in the future", 1, 4),
    ]
    assert len(done.feedback) == len(done.orders) == 9


@pytest.mark.parametrize("as_of", ["soon", "9/12/2011", "", pd.NaT])
def test_an_as_of_that_is_no_date(run, as_of):
    with pytest.raises(InputError, match="The as-of date should be a date"):
        run(FEED, as_of=as_of)


def test_nothing_left_is_an_error(run):
    with pytest.raises(InputError) as error:
        run(FEED, as_of="2010-01-01")
    assert error.value.message == "No feedback is left of 2 rows: after the as-of date (2)."
    assert error.value.hint == (
        "Give a later day than --as-of 2010-01-01, or none: then it is the latest day in the "
        "tables."
    )


def test_nothing_left_is_told_with_the_reasons_the_commonest_first(run):
    feed = pd.DataFrame(
        {"text": ["!!!", "", " ", "fits"], "date": ["2011-01-01"] * 3 + ["2999-01-01"]}
    )
    with pytest.raises(InputError) as error:
        run([feed, feed[:1]])
    assert error.value.message == (
        "No feedback is left of 5 rows: no text (2), symbols only (2), date in the future (1)."
    )
    assert error.value.hint == (
        "Say which column has the text: --text COL (feedback.text in the settings)"
    )


def test_orders_of_which_nothing_is_left_are_told_with_the_reasons(run):
    with pytest.raises(InputError) as error:
        run(FEED, SHOP[:1].assign(customer_id="1", amount=0.0))
    assert error.value.message == (
        "The frame transactions: no order line is left of 1 row: amount is zero (1)."
    )
    assert error.value.hint == "Say which column has the amount: --set transactions.amount=COL"


def test_the_match_is_counted(run):
    done = run(FEED, SHOP)
    assert done.match_rate == 0.5
    assert (done.match.feedback, done.match.orders, done.match.both) == (2, 2, 1)
    assert run(FEED).match_rate is None
    assert run(FEED[["text"]], SHOP).match_rate is None


def test_no_match_shows_ids_of_both_sides(run):
    with pytest.raises(InputError) as error:
        run(FEED.assign(customer_id=["0015", "0016"]), SHOP)
    assert error.value.message == (
        "No customer of the feedback is in the orders: "
        "feedback has '0015', '0016'; orders have '2', '3'."
    )


def test_numeric_ids_match_whatever_their_type(run):
    assert run(FEED.assign(customer_id=[1.0, 2.0]), SHOP.assign(customer_id=["2", "3", "3"])).match


def test_missing_columns_are_said_once(run):
    notes = run([FEED[["text"]], FEED[["text"]]]).notes
    assert notes[0] == "No customer column: topics and sentiment only."
    assert len(notes) == len(set(notes)) == 6


def test_customers_keep_their_attributes(run, write):
    path = write(
        "crm.csv", "customer_id,age,zip,plan\n01,33,00123,a\n02,,10115,b\n01,34,00123,a\n,1,2,c\n"
    )
    done = run(FEED, customers=path)
    assert done.customers["customer_id"].to_list() == ["02", "01"]
    assert done.customers["age"].to_list()[1] == 34.0
    assert done.customers["zip"].to_list() == ["10115", "00123"]
    assert done.mappings["customers"] == {"customer": "customer_id"}


def test_the_ledger_is_json_and_a_frame(run):
    quality = run(FEED, SHOP, as_of="2011-01-06").quality
    assert json.loads(json.dumps(quality.to_records())) == quality.to_records()
    assert quality.to_frame()["rows"].sum() == 3
    assert Quality().to_frame().empty


def test_nothing_given(run):
    with pytest.raises(InputError, match="At least one feedback input"):
        run([])


REAL = {
    "amazon_musical_instruments/reviews": {
        "text": "text", "title": "title", "customer": "customer_id", "date": "date",
        "rating": "rating"},
    "womens_clothing/reviews": {"text": "text", "title": "title", "rating": "rating"},
    "banking77/tickets": {"text": "text"},
    "bitext_support/tickets": {"text": "text"},
    "support_tickets_de/tickets": {"text": "text", "title": "subject"},
    "telco_churn_feedback/customers": {"text": "feedback", "customer": "customerID"},
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_layouts_need_no_options(run, data, name):
    done = run(data / f"{name}.parquet")
    source = name.split("/")[1]
    assert done.mappings == {source: REAL[name]}
    assert done.quality.totals()[source]["kept"] == len(done.feedback) > 1000


def test_the_shop(run, data):
    done = run(data / "shop/feedback.csv", data / "shop/transactions.csv.gz")
    assert done.mappings["transactions"] == {
        "customer": "customer_id", "date": "invoice_date", "quantity": "quantity",
        "unit_price": "unit_price", "order": "invoice", "product": "stock_code",
    }  # fmt: skip
    assert len(done.feedback) == 6355
    assert done.feedback["feedback_id"][0] == "f000000"
    assert done.match_rate == 1.0
    assert done.as_of == pd.Timestamp("2011-12-09")
    assert done.orders["is_return"].sum() == 4371


def test_one_file_may_be_feedback_and_customers(run, data):
    path = data / "telco_churn_feedback/customers.parquet"
    done = run(path, customers=path)
    assert set(done.mappings) == {"customers", "customers table"}
    assert (len(done.feedback), len(done.customers)) == (1804, 7032)
    assert done.customers["TotalCharges"].dtype == "float64"

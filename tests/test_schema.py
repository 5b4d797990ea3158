from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaError, SchemaErrors

from textseg.schema import CUSTOMERS, EXPORTS, FEEDBACK, ORDERS, checked

SCHEMAS = {"feedback_in": FEEDBACK, "orders": ORDERS, "customers_in": CUSTOMERS, **EXPORTS}


def feedback(**columns: object) -> pd.DataFrame:
    rows = {
        "feedback_id": ["1", "2"],
        "source": ["a.csv", "a.csv"],
        "row": [1, 2],
        "text": ["Late again", "Fine"],
        "informative": [True, False],
    }
    return pd.DataFrame({**rows, **columns}, index=pd.Index([10, 7]))


@pytest.mark.parametrize("name", SCHEMAS)
def test_empty_frame_gets_every_column_with_its_dtype(name):
    schema = SCHEMAS[name]
    empty = checked(pd.DataFrame(), schema)
    assert list(empty.columns) == list(schema.columns)
    assert empty.dtypes.to_list() == [
        pd.api.types.pandas_dtype(str(column.dtype)) for column in schema.columns.values()
    ]


def test_missing_columns_that_may_be_null_are_added_as_null():
    got = checked(feedback(), FEEDBACK)
    assert list(got.columns) == list(FEEDBACK.columns)
    assert got.index.tolist() == [10, 7]
    for name in ("customer_id", "created_at", "channel", "rating", "language"):
        assert got[name].isna().all()
    assert got["informative"].tolist() == [True, False]


@pytest.mark.parametrize("name", ["feedback_id", "source", "row", "text", "informative"])
def test_missing_columns_that_must_not_be_null_are_an_error(name):
    with pytest.raises(SchemaError, match=name):
        checked(feedback().drop(columns=name), FEEDBACK)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("informative", [True, None]),
        ("text", ["Fine", None]),
        ("row", [1, None]),
        ("feedback_id", ["1", "1"]),
        ("unknown", [1, 2]),
    ],
)
def test_frame_that_breaks_the_promise_is_an_error(name, values):
    with pytest.raises((SchemaError, SchemaErrors), match=name):
        checked(feedback(**{name: values}), FEEDBACK)


def test_same_id_in_two_sources_is_right():
    got = checked(feedback(feedback_id=["1", "1"], source=["a.csv", "b.csv"]), FEEDBACK)
    assert got["feedback_id"].tolist() == ["1", "1"]


def test_order_of_columns_is_that_of_the_schema():
    turned = feedback()[["informative", "text", "row", "source", "feedback_id"]]
    pd.testing.assert_frame_equal(checked(turned, FEEDBACK), checked(feedback(), FEEDBACK))


def test_attributes_of_customers_stay_behind_the_key():
    frame = pd.DataFrame({"age": [31, 44], "customer_id": ["C-1", "C-2"], "city": ["Ulm", "Bonn"]})
    got = checked(frame, CUSTOMERS)
    assert list(got.columns) == ["customer_id", "age", "city"]
    assert got["age"].tolist() == [31, 44]
    with pytest.raises(SchemaError):
        checked(frame.assign(customer_id="C-1"), CUSTOMERS)


@given(
    share=st.floats(-2, 2) | st.none(),
    sentiment=st.floats(-2, 2) | st.none(),
)
def test_shares_and_sentiments_out_of_range_are_an_error(share, sentiment):
    frame = pd.DataFrame(
        {
            "topic_id": [0],
            "name": ["Late"],
            "keywords": [""],
            "n_feedback": [1],
            "share": [share],
            "sentiment": [sentiment],
            "example_ids": ["1"],
        }
    )
    right = share is not None and 0 <= share <= 1
    if right and (sentiment is None or -1 <= sentiment <= 1):
        got = checked(frame, EXPORTS["topics"])
        assert got["share"].item() == share
        assert got["parent_id"].isna().all()
    else:
        with pytest.raises(SchemaError):
            checked(frame, EXPORTS["topics"])


@pytest.mark.parametrize("name", EXPORTS)
def test_checking_twice_changes_nothing(name):
    once = checked(pd.DataFrame(), EXPORTS[name])
    pd.testing.assert_frame_equal(checked(once, EXPORTS[name]), once)

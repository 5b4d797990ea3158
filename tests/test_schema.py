from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaError, SchemaErrors

from textseg.schema import CUSTOMERS, EXPORTS, FEEDBACK, ORDERS, checked, exported

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


@settings(deadline=None)
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
        for name in ("parent_id", "stability", "kind", "hidden"):
            assert got[name].isna().all()
    else:
        with pytest.raises(SchemaError):
            checked(frame, EXPORTS["topics"])


TOPIC = {
    "topic_id": [0, 1],
    "name": ["Late", "Post"],
    "keywords": "",
    "n_feedback": 1,
    "share": 0.5,
    "example_ids": "1",
}


def test_topics_and_themes_stand_in_one_table():
    frame = pd.DataFrame(
        {**TOPIC, "parent_id": [1, None], "kind": ["topic", "theme"], "stability": [0.9, None]}
    )
    got = checked(frame.assign(hidden=[True, False]), EXPORTS["topics"])
    assert got["parent_id"].tolist() == [1, pd.NA]
    assert got["kind"].tolist() == ["topic", "theme"]
    assert got["hidden"].dtype == "boolean"
    assert got["hidden"].tolist() == [True, False]


@pytest.mark.parametrize("kind", ["Topic", "group", ""])
def test_another_kind_is_an_error(kind):
    with pytest.raises(SchemaError, match="kind"):
        checked(pd.DataFrame({**TOPIC, "kind": kind}), EXPORTS["topics"])


@pytest.mark.parametrize("name", EXPORTS)
def test_checking_twice_changes_nothing(name):
    once = checked(pd.DataFrame(), EXPORTS[name])
    pd.testing.assert_frame_equal(checked(once, EXPORTS[name]), once)


CUSTOMER = {"customer_id": ["C-1"], "segment_id": [0], "is_silent": [False], "n_feedback": [1]}


def test_scales_stay_behind_the_fixed_columns_in_their_order():
    frame = pd.DataFrame({"scale_z": [1 / 3], "scale_a_2": [None], **CUSTOMER})
    fixed = list(EXPORTS["customers"].columns)
    got = checked(frame, EXPORTS["customers"])
    assert list(got.columns) == [*fixed, "scale_z", "scale_a_2"]
    assert got.dtypes[["scale_z", "scale_a_2"]].eq("float64").all()
    assert got["scale_z"].item() == 1 / 3
    assert got["scale_a_2"].isna().all()
    assert list(EXPORTS["customers"].columns) == fixed


def test_scales_are_exported_at_six_decimals_and_unknown_columns_are_not():
    frame = pd.DataFrame({**CUSTOMER, "scale_z": [1 / 3], "recency": [1], "scale": [1.0]})
    got = exported("customers", frame)
    assert list(got.columns) == [*EXPORTS["customers"].columns, "scale_z"]
    assert got["scale_z"].item() == 0.333333


@pytest.mark.parametrize("name", ["scale_", "scale_A", "scale_1", 'scale_a"', "scale_" + "a" * 41])
def test_a_column_that_no_scale_can_have_is_unknown(name):
    frame = pd.DataFrame({**CUSTOMER, name: [1.0]})
    assert name not in exported("customers", frame)
    with pytest.raises((SchemaError, SchemaErrors)):
        checked(frame, EXPORTS["customers"])


@pytest.mark.parametrize("name", sorted(set(EXPORTS) - {"feedback", "customers"}))
def test_other_exports_have_no_scales(name):
    assert "scale_a" not in exported(name, pd.DataFrame({"scale_a": pd.Series(dtype="float64")}))


def test_a_score_that_is_no_number_is_an_error():
    with pytest.raises(ValueError, match="could not convert"):
        checked(pd.DataFrame({**CUSTOMER, "scale_a": ["high"]}), EXPORTS["customers"])

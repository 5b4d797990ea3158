from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.customers.rfm import purchase_features
from textseg.segments.lookalike_features import (
    ATTRIBUTE,
    CATEGORY,
    Design,
    lookalike_features,
)


def design(values, name="x") -> Design:
    frame = pd.DataFrame({name: values})
    return Design.fit(frame, frame.iloc[:0])


def used(values) -> bool:
    """Whether an attribute with these values is learned from."""
    return bool(design(values, f"{ATTRIBUTE}x").columns)


def test_every_column_of_the_purchases_is_a_feature():
    orders = pd.DataFrame(
        {
            "customer_id": ["a", "b"], "order_id": ["1", "2"], "amount": [10.0, 30.0],
            "date": pd.to_datetime(["2025-01-01", "2025-01-11"]), "quantity": [1.0, 1.0],
            "product": ["x", "y"], "category": ["toys", "pens"], "is_return": [False, False],
        }
    )  # fmt: skip
    purchases = purchase_features(orders, pd.Timestamp("2025-02-01"))
    assert lookalike_features(purchases, None).columns.tolist() == purchases.columns.tolist()


def test_nothing_that_comes_from_texts_is_a_feature():
    table = pd.DataFrame(
        {"n_feedback": [1], "sentiment": [0.1], "dominant_topic_id": [2], "scale_urgency": [0.3],
         "is_silent": [False], "frequency": [3], f"{CATEGORY}toys": [0.5]},
        index=["a"],
    )  # fmt: skip
    assert lookalike_features(table, None).columns.tolist() == ["frequency", f"{CATEGORY}toys"]


def test_attributes_are_joined_by_customer_whatever_they_are_called():
    table = pd.DataFrame({"frequency": [3, 4]}, index=pd.Index(["a", "b"], dtype="string"))
    customers = pd.DataFrame({"row": [1, 2], "customer_id": ["b", "z"], "frequency": [9.0, 8.0]})
    features = lookalike_features(table, customers)
    assert features.columns.tolist() == ["frequency", f"{ATTRIBUTE}frequency"]
    assert features[f"{ATTRIBUTE}frequency"].isna().tolist() == [True, False]
    assert features["frequency"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series(range(1000, 1060)), False),
        (pd.Series([f"C-{i}" for i in range(60)]), False),
        (pd.Series(["the same"] * 60), False),
        (pd.Series([5.0] * 60), False),
        (pd.Series([None] * 60, dtype="object"), False),
        (pd.Series([None] * 55 + [1.5, 2.5, 3.5, 4.5, 5.5]), False),
        (pd.Series([20, 30, 40] * 20), True),
        (pd.Series(np.linspace(0.05, 9, 60)), True),
        (pd.Series([True, False, None] * 20, dtype="boolean"), True),
        (pd.Series([True, False, None] * 20, dtype="object"), True),
        (pd.Series(["DE", "FR", None] * 20, dtype="string"), True),
        (pd.Series(["DE", "FR", "UK"] * 20, dtype="category"), True),
        (pd.Series(["known", None] * 30, dtype="string"), True),
        (pd.Series(pd.date_range("2024-01-01", periods=60)), True),
        (pd.Series(pd.date_range("2024-01-01", periods=60, tz="Europe/Berlin")), True),
        (pd.Series(pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")), True),
    ],
)
def test_which_attributes_are_learned_from(values, expected):
    assert used(values) is expected


def test_whole_numbers_that_never_repeat_are_no_id_among_purchases():
    assert design(pd.Series(range(60)), "recency_days").columns


def test_rare_levels_are_not_told_apart():
    model = design(pd.Series(["a"] * 30 + ["b"] * 20 + list("cdef")))
    assert model.columns[0].levels == ("a", "b")
    unknown = pd.DataFrame({"x": ["c", "never seen", None]})
    assert np.array_equal(model.transform(unknown), np.zeros((3, 2)))


def test_dates_and_texts_of_dates_are_the_same():
    days = pd.Series(pd.date_range("2024-01-01", periods=60))
    texts = pd.DataFrame({"x": days.dt.strftime("%Y-%m-%d").astype("string")})
    assert np.allclose(design(days).transform(pd.DataFrame({"x": days})),
                       design(texts["x"]).transform(texts))  # fmt: skip


def test_a_lack_is_a_feature_where_it_is_common():
    values = pd.Series([np.nan, *np.linspace(0, 1, 39)])
    assert not design(values).columns[0].lacks
    assert design(values.where(values > 0.4)).columns[0].lacks


@pytest.mark.parametrize("scale", [0.001, 7.0, 1e9])
def test_units_and_origins_do_not_matter(scale):
    values = pd.Series(np.random.default_rng(0).gamma(1, 3, 300))
    other = values * scale - 5
    own = design(values).transform(pd.DataFrame({"x": values}))
    assert np.allclose(design(other).transform(pd.DataFrame({"x": other})), own)


def test_a_number_that_became_text_is_unknown():
    model = design(pd.Series(np.linspace(0, 1, 50)))
    assert np.array_equal(model.transform(pd.DataFrame({"x": ["n/a"]})), np.zeros((1, 6)))


numbers = st.lists(
    st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.integers(-5, 5).map(float)),
    min_size=10,
    max_size=80,
)


@given(numbers)
def test_whatever_the_numbers_the_matrix_is_bounded_and_centred(values):
    frame = pd.DataFrame({"x": values})
    X = Design.fit(frame, frame.iloc[:0]).transform(frame)
    assert np.isfinite(X).all()
    assert (np.abs(X) <= 2).all()
    assert X.mean(axis=0) == pytest.approx(0, abs=1e-9)
    extreme = Design.fit(frame, frame).transform(pd.DataFrame({"x": [1e300, -1e300]}))
    assert (np.abs(extreme) <= 2).all()

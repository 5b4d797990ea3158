from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.customers.view import Baseline, CustomerView
from textseg.segments.names import Traits
from textseg.segments.table import customer_table, micro_table, segment_table, text_traits

KINDS = ["natural", "constructive"]
MOODS = {"negative": 0.5, "neutral": 0.25, "positive": 0.25}


@pytest.fixture
def placed():
    """Two segments of text and one of silent customers; z has no segment."""
    return pd.DataFrame(
        {
            "segment_id": [0, 0, 1, 2, -1],
            "sentiment": [-0.5, -0.1, 0.4, np.nan, np.nan],
            "frequency": [1.0, 2.0, np.nan, 1.0, np.nan],
            "monetary": [30.0, 30.0, np.nan, 40.0, np.nan],
        },
        index=pd.Index(list("abcsz"), name="customer_id"),
    )


@pytest.fixture
def traits():
    return [Traits(["Delivery", "PIN code", "Refund"], MOODS, "mid"), Traits([], MOODS, None)]


def test_segments_are_described_by_their_customers(placed, traits):
    table = segment_table(placed, traits, [0.9, 0.8], KINDS, {2: ("high",)}).set_index("segment_id")
    assert table["kind"].tolist() == ["text", "text", "value"]
    assert table["name"].tolist() == [
        "Delivery complaints, mid value",
        "General complaints",
        "Silent, high value",
    ]
    assert table["n_customers"].tolist() == [2, 1, 1]
    assert table["share"].tolist() == [0.4, 0.2, 0.2]
    assert table["stability"].tolist()[:2] == [0.9, 0.8]
    assert pd.isna(table.loc[2, "stability"])
    assert table["stability_kind"].tolist()[:2] == KINDS
    assert pd.isna(table.loc[2, "stability_kind"])
    assert table["sentiment"].tolist()[:2] == pytest.approx([-0.3, 0.4])
    assert table["revenue_share"].tolist() == [0.6, 0.0, 0.4]
    assert table.loc[[0, 2], "monetary_mean"].tolist() == [30.0, 40.0]
    assert table.loc[0, "top_topics"] == "Delivery, PIN code, Refund"


def test_descriptions_are_one_sentence(placed, traits):
    moods = "complaints (50% negative, 25% neutral, 25% positive)"
    assert segment_table(placed, traits, [0.9, 0.8], KINDS, {2: ("high",)})[
        "description"
    ].tolist() == [
        f"2 customers (40%), writing mostly about Delivery, PIN code and Refund; {moods}; "
        "median 1.5 orders, 30 spent on average, 60% of revenue.",
        f"1 customer (20%); {moods}.",
        "1 customer (20%), buying and never writing; "
        "median 1 order, 40 spent on average, 40% of revenue.",
    ]


def test_without_net_revenue_there_is_no_share_of_it(placed, traits):
    placed["monetary"] = [-30.0, 10.0, np.nan, 5.0, np.nan]
    table = segment_table(placed, traits, [0.9, 0.8], KINDS, {2: ("high",)})
    assert table["revenue_share"].isna().all()
    assert not table["description"].str.contains("nan|revenue").any()
    assert table["description"].str.endswith("on average.").tolist() == [True, False, True]


def test_without_orders_nothing_is_said_of_money(placed, traits):
    text_only = placed.loc[["a", "b", "c"], ["segment_id", "sentiment"]]
    table = segment_table(text_only, traits, [0.9, 0.8], KINDS, {})
    assert "monetary_mean" not in table
    assert not table["description"].str.contains("spent|order").any()


def test_micro_segments_are_described_by_their_customers(placed, traits):
    placed["micro_segment_id"] = pd.array([0, 1, 1, None, None], dtype="Int64")
    table = micro_table(placed, traits, [0, 0], [0.9, 0.8])
    assert table["micro_segment_id"].tolist() == [0, 1]
    assert table["segment_id"].tolist() == [0, 0]
    assert table["name"].tolist() == ["Delivery complaints, mid value", "General complaints"]
    assert table["n_customers"].tolist() == [1, 2]
    assert table["share"].tolist() == [0.2, 0.4]
    assert table["stability"].tolist() == [0.9, 0.8]
    assert table["sentiment"].tolist() == pytest.approx([-0.5, 0.15])
    assert table["top_topics"].tolist() == ["Delivery, PIN code, Refund", ""]
    assert table["monetary_mean"].tolist() == [30.0, 30.0]
    without = micro_table(placed.drop(columns="monetary"), traits, [0, 0], [0.9, 0.8])
    assert without["monetary_mean"].isna().all()


def test_customers_carry_the_name_of_their_segment(placed):
    names = customer_table(placed, ["A", "B", "Silent"])["segment_name"]
    assert names.tolist()[:4] == ["A", "A", "B", "Silent"]
    assert pd.isna(names.iloc[4])


def view_of(shares, tiers=None):
    shares = np.asarray(shares, dtype=float)
    index = pd.Index([f"c{i}" for i in range(len(shares))], dtype="string")
    table = pd.DataFrame(index=index)
    if tiers is not None:
        table["value_tier"] = pd.array(tiers, dtype="string")
    features = {"topics": pd.DataFrame(shares, index=index)}
    return CustomerView(table, index, features, Baseline({}, None))


def traits_of(view, ids, labels):
    feedback = pd.DataFrame(
        {"customer_id": pd.array(view.with_text, dtype="string"), "sentiment_label": labels}
    )
    topics = [f"T{n}" for n in range(view.topic_shares.shape[1])]
    return text_traits(view, np.array(ids), max(ids) + 1, topics, feedback)


def test_typical_topics_are_those_with_most_more_than_the_others_have():
    view = view_of([[0.5, 0.3, 0.2, 0.0], [0.5, 0.3, 0.2, 0.0], [0.6, 0.0, 0.0, 0.4]])
    first, second = traits_of(view, [0, 0, 1], ["negative", "positive", "neutral"])
    assert list(first.topics) == ["T1", "T2"]
    assert list(second.topics) == ["T3", "T0"]
    assert first.moods == {"negative": 0.5, "neutral": 0.0, "positive": 0.5}


def test_a_topic_that_hardly_anybody_has_is_not_typical():
    view = view_of([[0.98, 0.02], [1.0, 0.0]])
    first, _ = traits_of(view, [0, 1], ["negative", "negative"])
    assert list(first.topics) == ["T0"]


def test_at_most_three_topics_are_typical():
    view = view_of([[0.2] * 5 + [0.0], [0.0] * 5 + [1.0]])
    first, _ = traits_of(view, [0, 1], ["negative", "negative"])
    assert list(first.topics) == ["T0", "T1", "T2"]


def test_the_tier_is_the_middle_one_and_unknown_if_most_are():
    tiers = ["low", "high", "high", None, None, None, "low"]
    view = view_of([[1.0]] * 7, tiers)
    labels = ["neutral"] * 7
    assert [trait.tier for trait in traits_of(view, [0, 0, 1, 1, 2, 2, 2], labels)] == [
        "mid",
        "high",
        None,
    ]
    without = view_of([[1.0]] * 7)
    assert {trait.tier for trait in traits_of(without, [0] * 7, labels)} == {None}

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.simulate import Simulation, simulate
from textseg.simulate.people import SEGMENTS
from textseg.simulate.phrases import load_topics

FRAMES = [field.name for field in dataclasses.fields(Simulation)]


@pytest.fixture(scope="module")
def shop():
    return simulate(1500, seed=4)


@pytest.fixture(scope="module")
def told(shop):
    """Feedback with its truth and the truth about its customer."""
    told = shop.feedback.merge(shop.feedback_truth, on="feedback_id", validate="1:1")
    return told.merge(shop.truth, on="customer_id", how="left")


def test_the_same_seed_gives_the_same_shop_and_another_seed_another():
    first, again, other = simulate(60, seed=7), simulate(60, seed=7), simulate(60, seed=8)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    assert not first.feedback["text"].equals(other.feedback["text"])


def test_the_default_shop_is_as_large_as_promised():
    shop = simulate()
    assert len(shop.customers) == len(shop.truth) == 600
    assert 1350 <= len(shop.feedback) <= 1650
    assert shop.feedback["text"].nunique() / len(shop.feedback) > 0.9


@settings(max_examples=25, deadline=None)
@given(customers=st.integers(1, 40), seed=st.integers(0, 10_000))
def test_any_small_shop_holds_together(customers, seed):
    shop = simulate(customers, seed=seed)
    ids = set(shop.customers["customer_id"])
    assert len(ids) == customers
    assert set(shop.feedback["customer_id"].dropna()) <= ids
    assert set(shop.transactions["customer_id"].dropna()) <= ids
    assert shop.feedback["feedback_id"].is_unique
    assert list(shop.feedback["feedback_id"]) == list(shop.feedback_truth["feedback_id"])
    assert shop.feedback["created_at"].is_monotonic_increasing
    for times in (shop.feedback["created_at"], shop.transactions["order_date"]):
        assert times.between("2024-01-01", "2025-07-01", inclusive="left").all()


@pytest.mark.parametrize(("customers", "seed"), [(0, 0), (-3, 0), (5, -1)])
def test_impossible_sizes_and_seeds_are_refused(customers, seed):
    with pytest.raises(InputError, match=r"got -?\d"):
        simulate(customers, seed=seed)


def test_texts_are_finished(shop):
    text = shop.feedback["text"]
    assert text.str.strip().str.len().gt(0).all()
    assert not text.str.contains(r"[{}\[\]|~]").any()
    assert not text.str.contains(r"  |\bnan\b|\bNone\b|\bno\. no\.").any()


def test_texts_are_as_messy_as_promised(told):
    text = told["text"]
    assert text.str.contains("<br />|<p>|&nbsp;").mean() == pytest.approx(0.025, abs=0.015)
    assert 0.002 < text.str.contains("â€|Ã").mean() < 0.02
    assert 0.06 < text.str.contains("[\U0001f300-\U0001faff]").mean() < 0.3
    assert told["language"].eq("de").mean() == pytest.approx(0.12, abs=0.035)
    assert 0.02 < told["topic"].eq("none").mean() < 0.06
    assert 0.005 < told["customer_id"].isna().mean() < 0.03
    words = text[told["language"].eq("en")].str.split().str.len()
    assert words.median() > 12
    assert words.min() == 1


def test_some_feedback_is_sent_twice_and_some_is_shared_by_two_customers(told):
    day = told["created_at"].dt.normalize()
    twice = told.assign(day=day).dropna(subset="customer_id")
    assert twice.duplicated(["customer_id", "day", "text"]).mean() > 0.005
    long = told[told["text"].str.len() > 25]
    writers = long.groupby("text")["customer_id"].nunique()
    assert (writers > 1).sum() >= 10


def test_silent_customers_buy_and_say_nothing(shop):
    silent = shop.truth.loc[shop.truth["silent"], "customer_id"]
    assert len(silent) / len(shop.truth) == pytest.approx(0.15, abs=0.03)
    assert not shop.feedback["customer_id"].isin(silent).any()
    assert silent.isin(shop.transactions["customer_id"]).all()
    others = shop.truth.loc[~shop.truth["silent"], "customer_id"]
    assert others.isin(shop.feedback["customer_id"]).all()


def test_a_few_people_write_without_ever_having_ordered(shop):
    never = ~shop.customers["customer_id"].isin(shop.transactions["customer_id"])
    assert 0.005 < never.mean() < 0.05
    assert list(shop.truth["churned"].isna()) == list(never)


def test_segments_are_planted_in_preference(told):
    """Two of three texts are about the segment's own topics, well above the others' share."""
    known = told[told["topic"].ne("none") & told["segment"].notna()]
    for number, planted in enumerate(SEGMENTS):
        own = known["topic"].isin(list(planted.topics))
        inside = known["segment"].eq(number)
        assert own[inside].mean() > 0.75
        assert own[~inside].mean() < 0.45


def test_segments_are_planted_in_sentiment(told):
    score = told["sentiment"].map({"negative": -1, "neutral": 0, "positive": 1}).astype(float)
    means = score.groupby(told["segment"]).mean()
    wanted = pd.Series([planted.mood for planted in SEGMENTS])
    assert means.corr(wanted, method="spearman") > 0.8
    assert score.corr(told["mood"]) > 0.5


def test_segments_are_planted_in_value(shop):
    lines = shop.transactions.assign(amount=lambda t: t["quantity"] * t["unit_price"]).merge(
        shop.truth, on="customer_id"
    )
    spent = lines.groupby(["segment", "customer_id"])["amount"].sum().groupby("segment").mean()
    assert spent.idxmax() == 4
    assert spent.max() > 4 * spent.min()
    reduced = shop.transactions["unit_price"] != shop.transactions["unit_price"].round(0)
    assert reduced.any()


def test_unhappy_customers_leave_sooner(shop):
    bought = shop.truth[shop.truth["churned"].notna()]
    churned = bought["churned"].astype(float)
    assert bought["mood"].corr(churned) < -0.15
    # Within segments too, so that it is the mood and not only the segment.
    centred = bought["mood"] - bought.groupby("segment")["mood"].transform("mean")
    assert centred.corr(churned) < -0.05


def test_who_dropped_out_orders_no_more(shop):
    last = shop.transactions.query("quantity > 0").groupby("customer_id")["order_date"].max()
    truth = shop.truth.set_index("customer_id").join(last).dropna(subset="churned")
    recency = (pd.Timestamp("2025-06-30") - truth["order_date"]).dt.days
    gone = truth["churned"].astype(bool)
    assert recency[gone].median() > 2 * recency[~gone].median()


def test_orders_have_the_dirt_of_real_exports(shop):
    table = shop.transactions
    assert table.duplicated().sum() == round(0.004 / 1.004 * len(table))
    assert table["customer_id"].isna().mean() == pytest.approx(0.011, abs=0.004)
    assert table["quantity"].lt(0).mean() == pytest.approx(0.07, abs=0.03)
    assert table["quantity"].ne(0).all()
    assert table["unit_price"].gt(0).all()
    returned = table[table["quantity"] < 0].merge(
        table[table["quantity"] > 0].drop_duplicates(), on=["order_id", "product"], how="left"
    )
    assert (returned["order_date_x"] > returned["order_date_y"]).all()
    assert (returned["quantity_x"] == -returned["quantity_y"]).all()


def test_ratings_follow_the_sentiment_but_not_exactly(told):
    rated = told[told["rating"].notna()]
    assert rated["channel"].ne("ticket").all()
    assert rated["rating"].between(1, 5).all()
    means = rated.groupby("sentiment")["rating"].mean().astype(float)
    assert means["positive"] > 4
    assert means["negative"] < 2.4
    assert rated[rated["sentiment"] == "negative"]["rating"].max() > 3


def test_demographics_are_nearly_unrelated_to_the_segments(shop):
    people = shop.customers.merge(shop.truth, on="customer_id")
    for column, most in [("country", 0.12), ("gender", 0.1), ("age_group", 0.16)]:
        assert cramers_v(people["segment"], people[column]) < most


def test_people_sign_up_before_they_are_heard_of(shop):
    first = shop.feedback.groupby("customer_id")["created_at"].min()
    people = shop.customers.set_index("customer_id").join(first).dropna(subset="created_at")
    assert (people["signup_date"] <= people["created_at"]).all()


def test_orders_named_in_a_text_are_the_customers_own(shop):
    owners = shop.transactions.dropna().drop_duplicates("order_id").set_index("order_id")
    named = shop.feedback["text"].str.extract(r"(SO-\d+)")[0]
    texts = shop.feedback.assign(order_id=named).dropna(subset=["order_id", "customer_id"])
    assert len(texts) > 100
    owner = owners["customer_id"].reindex(texts["order_id"]).to_numpy()
    assert (owner == texts["customer_id"].to_numpy()).all()


def test_off_topic_feedback_reaches_every_topic(told):
    names = {topic.name for topic in load_topics()}
    for _, group in told.groupby("segment"):
        assert len(names & set(group["topic"])) >= len(names) - 2


def cramers_v(one: pd.Series, other: pd.Series) -> float:
    counts = pd.crosstab(one, other).to_numpy(dtype=float)
    expected = counts.sum(1, keepdims=True) * counts.sum(0) / counts.sum()
    chi2 = ((counts - expected) ** 2 / expected).sum()
    return float(np.sqrt(chi2 / counts.sum() / (min(counts.shape) - 1)))


def test_feedback_follows_an_order_of_its_writer_in_waking_hours(shop):
    first = shop.transactions.groupby("customer_id")["order_date"].min().rename("first")
    told = shop.feedback.dropna(subset="customer_id").join(first, on="customer_id")
    told = told.dropna(subset="first")
    assert (told["created_at"] > told["first"]).all()
    assert told["created_at"].dt.hour.between(1, 5).mean() < 0.01

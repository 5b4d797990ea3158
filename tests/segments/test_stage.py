from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.config import Config, SegmentsConfig, SegmentWeights
from textseg.schema import EXPORTS, exported
from textseg.segments.stage import find_segments


def config(**settings):
    return Config(segments=SegmentsConfig(**{"subsamples": 3, "method": "k-means", **settings}))


@pytest.fixture(scope="module")
def view(make_view):
    return make_view(3, n_silent=12)


@pytest.fixture(scope="module")
def found(view, make_topics):
    return find_segments(view, make_topics(view), config())


def test_planted_groups_become_named_segments(found, view):
    own = found.customers.set_index("customer_id").loc[view.with_text]
    planted = view.table.loc[view.with_text, "dominant_topic_id"].astype("int64")
    assert adjusted_rand_score(planted, own["segment_id"]) == 1.0
    assert own["segment_confidence"].between(0, 1).all()
    names = own.groupby(planted)["segment_name"].first()
    assert names[0].startswith("Delivery praise")
    assert names[1].startswith("PIN code complaints")
    assert names[2].startswith("Refund praise")


def test_silent_customers_come_after_by_tier(found, view):
    table = found.table.set_index("segment_id")
    assert table["kind"].tolist() == ["text"] * 3 + ["value"] * 3
    assert table["name"].tolist()[3:] == [
        f"Silent, {tier} value" for tier in ("high", "mid", "low")
    ]
    quiet = found.customers[found.customers["is_silent"]]
    assert (quiet["segment_name"] == "Silent, " + quiet["value_tier"] + " value").all()
    assert quiet["segment_confidence"].isna().all()
    assert len(quiet) == 12


def test_tables_satisfy_the_schema_and_agree_with_each_other(found):
    customers = exported("customers", found.customers)
    segments = exported("segments", found.table)
    topics = exported("customer_topics", found.customer_topics)
    assert list(customers.columns) == list(EXPORTS["customers"].columns)
    counts = customers["segment_id"].value_counts()
    assert segments.set_index("segment_id")["n_customers"].to_dict() == counts.to_dict()
    assert segments["share"].sum() == pytest.approx(1.0)
    assert segments["revenue_share"].sum() == pytest.approx(1.0)
    assert segments["name"].is_unique
    assert topics.groupby("customer_id")["share"].sum().le(1 + 1e-9).all()


def test_segments_are_grouped_and_micro_segments_named(make_view, make_topics):
    view = make_view(3, 70, n_silent=30)
    meaning = view.features["preference"]
    second = view.table.loc[view.with_text, "dominant_topic_id"].eq(1).to_numpy(dtype=bool)
    meaning[7] += 0.6 * (np.arange(210) % 2) * second
    weights = SegmentWeights(sentiment=1.0, value=0.0)
    found = find_segments(view, make_topics(view), config(number=3, weights=weights))
    segments, micro = exported("segments", found.table), exported("micro_segments", found.micro)
    assert segments["macro_id"].tolist()[:3] == [0, 1, 2]
    assert segments["macro_name"].notna().tolist() == (segments["kind"] == "text").tolist()
    assert segments["macro_name"].dropna().is_unique
    customers = exported("customers", found.customers)
    assert micro["n_customers"].tolist() == [35, 35]
    counts = customers["micro_segment_id"].value_counts()
    assert counts.sort_index().tolist() == [35, 35]
    parents = customers.groupby("micro_segment_id")["segment_id"].unique()
    assert [list(each) for each in parents] == [[each] for each in micro["segment_id"]]
    assert micro["name"].is_unique


def test_profiles_tell_what_parts_the_segments(found):
    top = found.profiles.groupby("segment_id").first()
    assert top["feature"].str.startswith("topic: ").all()
    assert set(found.profiles["feature"]) >= {"sentiment", "monetary", "topic: PIN code"}
    assert "dominant_topic_id" not in set(found.profiles["feature"])


def test_figures_tell_what_was_compared(found):
    figures = found.figures
    assert figures["n_segments"] == 3
    assert figures["stability"] == pytest.approx(1.0)
    assert [row["n_segments"] for row in figures["candidates"]] == list(range(2, 10))


def test_the_number_allowed_counts_the_silent_segments(view, make_topics):
    found = find_segments(view, make_topics(view), config(max_number=5))
    assert [row["n_segments"] for row in found.figures["candidates"]] == [2]
    assert len(found.table) == 5


def test_every_segment_has_its_share_of_the_customers(view, make_topics):
    found = find_segments(view, make_topics(view), config(min_share=0.08))
    assert found.table["share"].min() >= 0.08
    assert found.table["kind"].tolist() == ["text"] * 3 + ["value"]


def test_too_few_customers_have_no_text_segments_but_silent_ones(make_view, make_topics):
    view = make_view(2, 10, n_silent=30)
    found = find_segments(view, make_topics(view), config())
    assert found.notes == ["Segments need at least 30 customers with text, got 20."]
    assert found.figures == {"n_segments": 0}
    assert found.table["segment_id"].tolist() == [0, 1, 2]
    assert set(found.table["kind"]) == {"value"}
    wrote = found.customers[found.customers["n_feedback"] > 0]
    assert (wrote["segment_id"] == -1).all()
    assert wrote["segment_name"].isna().all()
    assert len(found.profiles) == 0


def test_nobody_at_all_is_no_segment(make_view, make_topics):
    view = make_view(2, 0)
    found = find_segments(view, make_topics(view), config())
    assert (len(found.table), len(found.customers), found.notes) == (0, 0, [])
    for name, frame in {"segments": found.table, "customers": found.customers}.items():
        assert list(exported(name, frame).columns) == list(EXPORTS[name].columns)


def test_without_orders_segments_have_no_value(make_view, make_topics):
    view = make_view(3, orders=False)
    found = find_segments(view, make_topics(view), config())
    segments = exported("segments", found.table)
    assert segments[["revenue_share", "monetary_mean"]].isna().all(axis=None)
    assert segments["n_customers"].tolist() == [20, 20, 20]
    assert not segments["name"].str.contains("value").any()


def test_customers_that_are_all_alike_are_one_segment(make_view, make_topics):
    view = make_view(1, 40, orders=False)
    for block in view.features.values():
        block[:] = block.iloc[0].to_numpy()
    found = find_segments(view, make_topics(view), config())
    assert found.table["n_customers"].tolist() == [40]
    assert found.customers["segment_confidence"].tolist() == [1.0] * 40


def test_the_same_view_gives_the_same_segments(found, view, make_topics):
    again = find_segments(view, make_topics(view), config())
    pd.testing.assert_frame_equal(again.customers, found.customers, check_exact=True)
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)
    for name, block in found.fitted.to_arrays()["segments"].items():
        np.testing.assert_array_equal(again.fitted.to_arrays()["segments"][name], block)

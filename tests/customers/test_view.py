from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made import made_encodings, no_scores, whole_clauses

from textseg.config import RollupConfig, SegmentWeights
from textseg.customers.view import build_view, customer_topics
from textseg.schema import EXPORTS, checked

AS_OF = pd.Timestamp("2025-03-31")
EMBEDDINGS = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float16)
PROBABILITIES = np.array([[1, 0, 0], [0, 0, 1], [0.25, 0.5, 0.25]], dtype=np.float32)


def encodings(*index):
    return made_encodings(EMBEDDINGS, PROBABILITIES, index)


def view_of(feedback, index, parents=(0, 1), **changes):
    config = RollupConfig(**changes.pop("config", {"shrinkage": 0.0}))
    options = {"orders": None, "customers": None, "as_of": AS_OF, **changes}
    options.setdefault("scores", no_scores(feedback))
    clauses = options.pop("clauses", whole_clauses(feedback))
    return build_view(feedback, clauses, encodings(*index), parents, config=config, **options)


@pytest.fixture
def feedback(make_feedback):
    day = "2025-03-31"
    return make_feedback(("b", day), ("a", day), ("b", day), (None, day), topics=[0, 1, -1, 1])


@pytest.fixture
def orders(make_orders):
    return make_orders(
        ("b", "1", "2025-03-01", 10.0),
        ("s", "2", "2025-03-02", 20.0),
        ("t", "3", "2025-03-03", 5.0),
    )


def test_everybody_is_there_once_in_order(feedback, orders):
    people = pd.DataFrame({"customer_id": pd.array(["z", "a", "s"], dtype="string")})
    view = view_of(feedback, [0, 1, 2, 0], orders=orders, customers=people)
    assert view.table.index.tolist() == ["a", "b", "s", "t", "z"]
    assert view.with_text.tolist() == ["a", "b"]
    assert view.table["n_feedback"].tolist() == [1, 2, 0, 0, 0]


def test_silent_is_who_bought_and_wrote_nothing(feedback, orders):
    people = pd.DataFrame({"customer_id": pd.array(["z"], dtype="string")})
    table = view_of(feedback, [0, 1, 2, 0], orders=orders, customers=people).table
    assert table.index[table["is_silent"]].tolist() == ["s", "t"]
    assert table["value_tier"].dropna().to_dict() == {"b": "mid", "s": "high", "t": "low"}


def test_text_features_are_means_of_the_own_feedback(feedback):
    view = view_of(feedback, [0, 1, 2, 0])
    np.testing.assert_allclose(view.features["preference"], [[0, 1], [0.8, 0.4]], atol=1e-3)
    np.testing.assert_allclose(view.features["sentiment"], [[0, 0, 1], [0.625, 0.25, 0.125]])
    assert view.table["sentiment"].tolist() == [1.0, -0.5]
    assert view.topic_shares.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_value_is_logarithmic_signed_and_unknown_without_orders(feedback, make_orders):
    orders = make_orders(("b", "1", "2025-03-24", 10.0), ("b", "2", "2025-03-25", -17.0))
    view = view_of(feedback, [0, 1, 2, 0], orders=orders)
    assert view.features["value"].loc["a"].isna().all()
    value = view.features["value"].loc["b"]
    assert value.index.tolist() == ["recency_days", "frequency", "monetary"]
    np.testing.assert_allclose(value, [np.log(8), np.log(2), -np.log(8)])
    unknown = view_of(feedback, [0, 1, 2, 0]).features
    assert unknown["value"].isna().all(axis=None)
    assert unknown["purchases"].isna().all(axis=None)


def test_without_orders_nobody_is_silent_and_value_is_not_there(feedback):
    table = view_of(feedback, [0, 1, 2, 0]).table
    assert not table["is_silent"].any()
    assert "monetary" not in table


def test_orders_that_are_all_returns_leave_nobody_with_a_tier(feedback, make_orders):
    returns = make_orders(("a", "1", "2025-03-01", -5.0))
    table = view_of(feedback, [0, 1, 2, 0], orders=returns).table
    assert table.index.tolist() == ["a", "b"]
    assert not table["is_silent"].any()


def test_the_dominant_topic_has_most_weight_not_most_texts(make_feedback):
    feedback = make_feedback(
        ("a", "2023-03-31"), ("a", "2023-03-31"), ("a", "2025-03-31"), ("b", "2025-03-31"),
        topics=[0, 0, 1, -1],
    )  # fmt: skip
    table = view_of(feedback, [0, 0, 0, 0], config={"half_life_days": 365.0}).table
    assert table.loc["a", "dominant_topic_id"] == 1
    assert pd.isna(table.loc["b", "dominant_topic_id"])


def test_of_equal_topics_the_larger_dominates(make_feedback):
    day = "2025-03-31"
    feedback = make_feedback(("a", day), ("a", day), topics=[1, 0])
    assert view_of(feedback, [0, 0]).table.loc["a", "dominant_topic_id"] == 0


def test_feedback_too_old_to_weigh_anything_still_belongs_to_its_customer(make_feedback):
    feedback = make_feedback(("a", "2015-03-31"), ("b", "2025-03-31"), topics=[1, 0])
    view = view_of(feedback, [0, 1], config={"half_life_days": 1.0})
    assert view.table["n_feedback"].tolist() == [1, 1]
    assert view.table["dominant_topic_id"].tolist() == [1, 0]
    np.testing.assert_allclose(*view.features["preference"].to_numpy())


def test_a_baseline_describes_new_customers_as_the_old_ones_were(feedback, orders, make_feedback):
    old = view_of(feedback, [0, 1, 2, 0], orders=orders, config={"shrinkage": 2.0})
    alone = make_feedback(("b", "2025-03-31"), ("b", "2025-03-31"), topics=[0, -1])
    new = view_of(
        alone, [0, 2],
        orders=orders[orders["customer_id"] == "b"], baseline=old.baseline,
        config={"shrinkage": 2.0},
    )  # fmt: skip
    for name, block in new.features.items():
        own = old.features[name].loc["b", list(block.columns)]
        np.testing.assert_array_equal(block.loc["b"], own)
    assert new.table.loc["b", "value_tier"] == old.table.loc["b", "value_tier"]
    assert new.table.loc["b", "sentiment"] == old.table.loc["b", "sentiment"]


def test_feedback_of_nobody_makes_no_customer(make_feedback):
    view = view_of(make_feedback((None, None), (None, None)), [0, 1])
    assert len(view.table) == 0
    assert view.features["preference"].shape == (0, 2)


def test_topic_counts_and_shares_are_over_all_feedback_of_the_customer(feedback):
    feedback["sentiment"] = [0.5, -1.0, 0.25, 1.0]
    result = checked(customer_topics(feedback, whole_clauses(feedback)), EXPORTS["customer_topics"])
    assert result.to_dict("records") == [
        {"customer_id": "a", "topic_id": 1, "share": 1.0, "sentiment": -1.0, "n": 1},
        {"customer_id": "b", "topic_id": 0, "share": 0.5, "sentiment": 0.5, "n": 1},
    ]


def test_shares_are_per_clause(feedback):
    feedback["sentiment"] = 0.0
    clauses = pd.DataFrame(
        {
            "position": [0, 0, 0, 0, 2],
            "topic_id": [0, 0, 1, -1, 1],
            "sentiment": [1, 0, -1, 0, -0.5],
        }
    )
    result = checked(customer_topics(feedback, clauses), EXPORTS["customer_topics"])
    assert result[["topic_id", "share", "n", "sentiment"]].values.tolist() == [
        [0, 0.4, 2, 0.5],
        [1, 0.4, 2, -0.75],
    ]
    view = view_of(feedback, [0, 1, 2, 0], clauses=clauses)
    # A feedback counts once, however many clauses it has: (2/3 + 0) / 2 and (1/3 + 1) / 2.
    np.testing.assert_allclose(view.topic_shares[1], [1 / 3, 2 / 3])
    assert view.table.loc["b", "dominant_topic_id"] == 1


def test_scores_on_scales_are_means_of_the_own_feedback(feedback):
    scores = pd.DataFrame({"scale_urgency": [1.0, -2.0, 3.0, 9.0]})
    table = view_of(feedback, [0, 1, 2, 0], scores=scores).table
    assert table["scale_urgency"].tolist() == [-2.0, 2.0]


def test_every_block_has_a_row_per_customer_with_text(feedback, orders):
    features = view_of(feedback, [0, 1, 2, 0], orders=orders).features
    assert set(features) == set(SegmentWeights.model_fields)
    for block in features.values():
        assert block.index.tolist() == ["a", "b"]
        assert (block.dtypes == "float64").all()


def test_purchases_are_logarithms_and_shares(make_feedback, make_orders):
    orders = make_orders(
        ("a", "1", "2025-03-01", 10.0), ("a", "2", "2025-03-11", 30.0),
        ("a", "2", "2025-03-11", 20.0), categories=["x", "y", "y"],
    )  # fmt: skip
    own = view_of(make_feedback(("a", "2025-03-31")), [0], orders=orders).features["purchases"]
    row = own.loc["a"]
    assert row["t_x_days"] == row["interpurchase_days"] == pytest.approx(np.log1p(10))
    assert row["tenure_days"] == pytest.approx(np.log1p(30))
    assert row["average_order_value"] == pytest.approx(np.log1p(30))
    assert row["basket_size"] == pytest.approx(np.log1p(1.5))
    assert np.isnan(row["interpurchase_cv"])
    # Both orders lie in the first half of March.
    assert row["spend_trend"] == -0.5
    assert row[["category: x", "category: y"]].tolist() == pytest.approx([1 / 6, 5 / 6])


def test_mood_is_in_the_features_and_in_the_table(make_feedback):
    feedback = make_feedback(("a", "2024-03-31"), ("a", "2025-03-31"), ("b", "2025-03-31"))
    view = view_of(feedback, [0, 1, 0], config={"shrinkage": 0.0, "half_life_days": 1e9})
    mood = view.features["mood"]
    assert mood.columns.tolist() == ["sentiment_trend", "sentiment_spread"]
    assert mood.loc["a"].tolist() == pytest.approx([2 * 365.25 / 365, 1.0], rel=1e-6)
    assert mood.loc["b"].tolist() == [0.0, 0.0]
    assert view.table.loc["a", ["sentiment_trend", "sentiment_spread"]].tolist() == (
        mood.loc["a"].tolist()
    )


def test_themes_gather_their_topics(make_feedback):
    feedback = make_feedback(("a", None), ("a", None), ("b", None), topics=[0, 1, 2])
    feedback["sentiment"] = [1.0, 0.0, -1.0]
    themes = view_of(feedback, [0, 0, 0], parents=(0, 0, 1)).features["themes"]
    np.testing.assert_allclose(themes, [[0.5, -1.0], [0.5, -1.0]])


def test_activity_is_volume_and_channels_as_they_are(make_feedback):
    feedback = make_feedback(*((who, "2025-03-31") for who in "aaab"))
    feedback["channel"] = pd.array(["mail", "mail", "chat", None], dtype="string")
    activity = view_of(feedback, [0] * 4, config={"shrinkage": 5.0}).features["activity"]
    assert activity["n_feedback"].tolist() == pytest.approx([np.log(4), np.log(2)])
    assert activity["channel: mail"].tolist() == pytest.approx([2 / 3, 0.0])
    assert activity["channel: chat"].tolist() == pytest.approx([1 / 3, 0.0])

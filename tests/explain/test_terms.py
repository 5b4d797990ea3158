from __future__ import annotations

import numpy as np
import pytest

from textseg.explain.contest import Contest, nearest_rival
from textseg.explain.table import term_table, text_terms


def table_of(case):
    return term_table(case.contest, case.features, case.record, case.average, ())


@pytest.mark.parametrize("shrinkage", [0.0, 2.0, 50.0])
@pytest.mark.parametrize("orders", [True, False])
def test_terms_add_up_to_the_difference_of_squared_distances(make_case, shrinkage, orders):
    for seed in range(50):
        case = make_case(seed, n=1 + seed % 7, shrinkage=shrinkage, orders=orders)
        difference = case.squares[case.contest.rival] - case.squares[case.contest.own]
        total = table_of(case)["term"].sum()
        assert total == pytest.approx(difference, rel=1e-6, abs=1e-6 * case.squares.max())


def test_the_same_terms_with_the_sides_changed_are_their_negatives(make_case):
    case = make_case(3)
    turned = case._replace(
        contest=Contest(case.contest.model, case.contest.rival, case.contest.own)
    )
    key = ["block", "feature"]
    one = table_of(case).set_index(key)["term"]
    other = table_of(turned).set_index(key)["term"]
    np.testing.assert_allclose(one, -other.reindex(one.index), rtol=1e-9)


def test_a_customer_in_the_middle_has_nothing_for_either_side(make_case):
    case = make_case(5, blocks=("value",))
    model = case.contest.model
    middle = model.means["value"][[case.contest.own, case.contest.rival]].mean(axis=0)
    case.features.blocks["value"].loc[0] = middle
    assert table_of(case)["term"].abs().max() < 1e-12


def test_a_topic_has_the_terms_of_its_texts(make_case):
    case = make_case(1, n=6, blocks=("preference",))
    table = table_of(case).set_index("feature")
    topics = case.record.feedback["topic_id"].to_numpy("int64")
    of_texts = text_terms(case.contest, case.features)
    for topic, feature in ((0, "topic: Fit"), (1, "topic: Delivery"), (-1, "unclustered")):
        assert (topics == topic).any() == (feature in table.index)
        if feature in table.index:
            assert table.at[feature, "term"] == pytest.approx(of_texts[topics == topic].sum())
    written = table.drop(index="average")
    assert written["value"].sum() == pytest.approx(1.0)
    assert table.at["average", "value"] == pytest.approx(1 - case.features.shares.sum())


def test_without_shrinkage_nothing_counts_as_average(make_case):
    case = make_case(1, shrinkage=0.0, blocks=("preference",))
    assert "average" not in table_of(case)["feature"].tolist()


def test_segments_of_topics_are_named_and_compared(make_case):
    case = make_case(1, n=9, blocks=("preference", "topics"))
    contest = Contest(case.contest.model, 0, 1)
    table = term_table(contest, case.features, case.record, case.average, ())
    fit = table.set_index("feature").loc["topic: Fit"]
    assert (fit["words"], fit["own_mean"], fit["rival_mean"]) == (
        "what they write about Fit", 0.5, 0.25,
    )  # fmt: skip
    assert set(table.loc[table["block"] == "topics", "feature"]) == {"Fit", "Delivery"}


def test_money_and_days_are_back_in_their_units(make_case):
    case = make_case(2)
    table = table_of(case).set_index("feature")
    logged = case.features.blocks["value"].loc[0]
    assert table.at["recency_days", "value"] == pytest.approx(np.expm1(logged["recency_days"]))
    mean = case.contest.model.means["value"][case.contest.own, 2]
    expected = np.sign(mean) * np.expm1(abs(mean))
    assert table.at["monetary", "own_mean"] == pytest.approx(expected)


def test_unknown_orders_are_one_term(make_case):
    case = make_case(2, orders=False)
    table = table_of(case)
    (words,) = table.loc[table["block"] == "value", "words"]
    assert words == "no known orders, which counts as average"


def test_mood_is_one_term_from_minus_one_to_one(make_case):
    case = make_case(4)
    table = table_of(case).set_index("feature")
    felt = case.features.blocks["sentiment"].loc[0]
    assert table.at["sentiment", "value"] == pytest.approx(felt["positive"] - felt["negative"])
    assert (table["block"] == "sentiment").sum() == 1


def test_shares_of_what_speaks_for_it_add_up_to_one_and_the_strongest_is_first(make_case):
    table = table_of(make_case(6))
    assert table.loc[table["term"] > 0, "share"].sum() == pytest.approx(1.0)
    assert table["term"].abs().is_monotonic_decreasing


def test_the_rival_is_the_nearest_other_segment():
    assert nearest_rival(np.array([1.0, 0.5, 2.0]), own=1) == 0
    assert nearest_rival(np.array([1.0, 0.5, 2.0]), own=0) == 1
    assert nearest_rival(np.array([1.0]), own=0) is None

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.customers import rollup as rollup_module
from textseg.customers.rollup import Rollup

AS_OF = pd.Timestamp("2025-03-31")


def roll(feedback, shrinkage=0.0, half_life_days=10.0):
    return Rollup.of(feedback, AS_OF, half_life_days=half_life_days, shrinkage=shrinkage)


def values(*numbers):
    column = np.array(numbers, dtype=np.float64)[:, None]
    return lambda rows: column[rows]


def test_a_feedback_counts_half_per_half_life(make_feedback):
    feedback = make_feedback(("a", "2025-03-31"), ("a", "2025-03-21"), ("a", "2025-03-11"))
    rollup = roll(feedback)
    assert rollup.weights.toarray().tolist() == [[1.0, 0.5, 0.25]]
    means, _ = rollup.mean(values(7, 0, 0))
    assert means.tolist() == [[4.0]]


def test_feedback_after_the_as_of_date_weighs_no_more_than_new_one(make_feedback):
    rollup = roll(make_feedback(("a", "2025-06-01"), ("a", "2025-03-31")))
    assert rollup.weights.toarray().tolist() == [[1.0, 1.0]]


def test_undated_feedback_weighs_as_much_as_the_average_dated(make_feedback):
    feedback = make_feedback(("a", None), ("a", "2025-03-31"), ("b", "2025-03-21"))
    assert roll(feedback).weights.toarray().tolist() == [[0.75, 1.0, 0.0], [0.0, 0.0, 0.5]]
    undated = make_feedback(("a", None), ("b", None))
    assert roll(undated).weights.toarray().tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_customers_are_in_order_and_nobodys_feedback_counts_for_nobody(make_feedback):
    feedback = make_feedback(*((name, "2025-03-31") for name in ("10", None, "9", "é", "10", "A")))
    rollup = roll(feedback)
    assert rollup.customers.tolist() == ["10", "9", "A", "é"]
    assert rollup.counts.tolist() == [2, 1, 1, 1]
    means, average = rollup.mean(values(1, 1000, 2, 3, 5, 4))
    assert means.ravel().tolist() == [3.0, 2.0, 4.0, 3.0]
    assert average.tolist() == [3.0]


def test_shrinkage_adds_average_texts(make_feedback):
    feedback = make_feedback(*((name, "2025-03-31") for name in ("a", "b", "b", "b")))
    means, average = roll(feedback, shrinkage=2.0).mean(values(8, 0, 0, 0))
    assert average.tolist() == [2.0]
    assert means.ravel().tolist() == pytest.approx([(8 + 2 * 2) / 3, 4 / 5])


def test_more_shrinkage_is_nearer_to_the_average(make_feedback):
    feedback = make_feedback(("a", "2025-03-31"), ("b", "2025-03-31"))
    spread = [
        float(np.ptp(roll(feedback, shrinkage=amount).mean(values(1, 0))[0]))
        for amount in (0.0, 1.0, 4.0, 1e9)
    ]
    assert spread == sorted(spread, reverse=True)
    assert spread[0] == 1.0
    assert spread[-1] == pytest.approx(0, abs=1e-8)


def test_a_given_average_replaces_the_own(make_feedback):
    feedback = make_feedback(("a", "2025-03-31"))
    means, average = roll(feedback, shrinkage=1.0).mean(values(1), np.array([0.0]))
    assert (means.item(), average.item()) == (0.5, 0.0)


def test_who_has_none_of_what_counts_is_average(make_feedback):
    feedback = make_feedback(("a", "2025-03-31"), ("b", "2025-03-31"))
    means, _ = roll(feedback).mean(values(3, 9), only=np.array([True, False]))
    assert means.ravel().tolist() == [3.0, 3.0]


def test_block_by_block_gives_what_all_at_once_gives(make_feedback, monkeypatch):
    rng = np.random.default_rng(0)
    people = rng.choice(["a", "b", "c"], 50)
    feedback = make_feedback(*((name, "2025-03-30") for name in people))
    table = rng.normal(size=(50, 4))
    asked: list[int] = []

    def rows(block: slice) -> np.ndarray:
        asked.append(block.stop - block.start)
        return table[block]

    whole, _ = roll(feedback, shrinkage=2.0).mean(rows)
    monkeypatch.setattr(rollup_module, "_BLOCK", 7)
    blocks, _ = roll(feedback, shrinkage=2.0).mean(rows)
    assert asked == [50] + [7] * 7 + [1]
    np.testing.assert_allclose(blocks, whole, rtol=1e-12)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 400), st.integers(-5, 5)),
        min_size=1,
        max_size=20,
    ),
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 0.5, 2.0]),
)
def test_means_lie_between_the_values_whatever_the_order(make_feedback, written, random, shrinkage):
    def means_of(rows):
        feedback = make_feedback(*((c, AS_OF - pd.Timedelta(days=d)) for c, d, _ in rows))
        return roll(feedback, shrinkage=shrinkage).mean(values(*(v for *_, v in rows)))[0]

    means = means_of(written)
    numbers = [value for *_, value in written]
    assert (means >= min(numbers) - 1e-9).all()
    assert (means <= max(numbers) + 1e-9).all()
    shuffled = random.sample(written, len(written))
    np.testing.assert_allclose(means_of(shuffled), means, atol=1e-9)

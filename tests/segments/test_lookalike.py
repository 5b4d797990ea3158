from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from textseg.segments.lookalike import ALPHA, MIN_MEMBERS, Lookalike, fit_lookalike


def shoppers(n: int, *, signal: float = 1.5, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of three segments that differ in money, in a category and in their country."""
    rng = np.random.default_rng(seed)
    segment = rng.choice([0, 1, 2], n, p=[0.4, 0.35, 0.25])
    country = np.where(rng.random(n) < 0.3 * signal, segment, rng.integers(0, 3, n))
    features = pd.DataFrame(
        {
            "monetary": np.exp(4 + signal * (segment == 1) + rng.normal(size=n)),
            "frequency": rng.poisson(3, n),
            "interpurchase_days": np.where(rng.random(n) < 0.3, np.nan, rng.gamma(2, 20, n)),
            "category: toys": np.clip(rng.normal(0.2 + 0.3 * signal * (segment == 2), 0.2), 0, 1),
            "attribute: country": pd.array(np.array(["DE", "FR", "UK"])[country], dtype="string"),
        },
        index=pd.Index([f"c{i:05}" for i in range(n)], dtype="string", name="customer_id"),
    )
    return features, segment


@pytest.fixture(scope="module")
def fitted():
    features, segment = shoppers(500)
    return fit_lookalike(features, segment, seed=0)


def test_planted_segments_are_recognised_as_well_as_the_figures_say(fitted):
    model, figures = fitted
    assert figures.offered
    assert figures.accuracy > figures.base_rate + 0.2
    assert figures.log_loss < figures.prior_log_loss - 0.2
    fresh, truth = shoppers(4000, seed=1)
    ids, probability = model.predict(fresh)
    right = ids == truth
    assert np.mean(right) == pytest.approx(figures.accuracy, abs=0.05)
    # A probability means what it says.
    assert probability.mean() == pytest.approx(right.mean(), abs=0.05)
    surest = probability > np.quantile(probability, 0.8)
    assert probability[surest].mean() == pytest.approx(right[surest].mean(), abs=0.07)
    assert right[surest].mean() > right[~surest].mean() + 0.1


def test_the_base_rate_is_the_share_of_the_largest_segment(fitted):
    _, segment = shoppers(500)
    assert fitted[1].base_rate == pytest.approx(np.bincount(segment).max() / 500)
    assert fitted[1].n_customers == 500


def test_without_signal_it_is_withheld_with_both_figures():
    offered = []
    for seed in range(8):
        features, segment = shoppers(60, signal=0.0, seed=seed)
        model, figures = fit_lookalike(features, segment, seed=seed)
        assert (model is None) != figures.offered
        offered.append(figures.offered)
        if model is None:
            assert f"{figures.accuracy:.0%} right" in figures.note
            assert f"{figures.base_rate:.0%} of putting all" in figures.note
            assert "withheld" in figures.note
    # Three of eight or more would have a chance below 1 % at alpha.
    assert ALPHA == 0.05
    assert sum(offered) <= 2


def test_rows_may_come_in_any_order(fitted):
    features, segment = shoppers(500)
    order = np.random.default_rng(3).permutation(500)
    model, figures = fit_lookalike(features.iloc[order], segment[order], seed=0)
    assert figures == fitted[1]
    own, again = fitted[0].to_arrays(), model.to_arrays()
    assert all(np.array_equal(own[name], again[name]) for name in own)


def test_units_do_not_matter(fitted):
    features, segment = shoppers(500)
    pence = features.assign(monetary=features["monetary"] * 100)
    model, figures = fit_lookalike(pence, segment, seed=0)
    assert figures.accuracy == pytest.approx(fitted[1].accuracy, abs=1e-3)
    ids, probability = model.predict(pence)
    assert np.mean(ids == fitted[0].predict(features)[0]) > 0.995
    assert probability == pytest.approx(fitted[0].predict(features)[1], abs=1e-3)


def test_silent_customers_are_not_learned_from(fitted):
    features, segment = shoppers(500)
    silent = features.assign(monetary=1e9).rename(index="s{}".format)
    both = pd.concat([features, silent])
    _, figures = fit_lookalike(both, np.append(segment, np.full(500, -1)), seed=0)
    assert figures == fitted[1]


def test_an_attribute_that_is_unknown_of_silent_customers_is_not_used():
    features, segment = shoppers(200, signal=0.0)
    telling = features.assign(**{"attribute: survey": segment.astype(float)})
    silent = telling.assign(**{"attribute: survey": np.nan}).rename(index="s{}".format)
    both, ids = pd.concat([telling, silent]), np.append(segment, np.full(200, -1))
    assert fit_lookalike(telling, segment, seed=0)[1].accuracy > 0.95
    assert not fit_lookalike(both, ids, seed=0)[1].offered


def test_a_stored_model_predicts_the_same(fitted):
    model = fitted[0]
    features, _ = shoppers(50, seed=2)
    metadata = json.loads(json.dumps(model.metadata()))
    again = Lookalike.from_arrays(model.to_arrays(), metadata)
    for own, other in zip(model.predict(features), again.predict(features), strict=True):
        assert np.array_equal(own, other)
    json.dumps(fitted[1].to_json(), allow_nan=False)


def test_what_was_never_seen_counts_as_average(fitted):
    model = fitted[0]
    features, _ = shoppers(40, seed=4)
    strange = features.assign(**{"attribute: country": "Atlantis", "new": 1.0})
    lacking = features.drop(columns="attribute: country")
    assert np.allclose(model.predict(strange)[1], model.predict(lacking)[1])
    nothing = pd.DataFrame(index=["x"])
    all_null = features.iloc[:1].assign(**dict.fromkeys(features, np.nan))
    for frame in (nothing, all_null, features.iloc[:1]):
        ids, probability = model.predict(frame)
        assert ids[0] in (0, 1, 2)
        assert 1 / 3 <= probability[0] <= 1
    assert model.predict(features.iloc[:0])[0].tolist() == []


def test_one_customer_gets_what_it_gets_among_many(fitted):
    features, _ = shoppers(30, seed=5)
    ids, probability = fitted[0].predict(features)
    single = [fitted[0].predict(features.iloc[[row]]) for row in range(30)]
    assert [int(one[0][0]) for one in single] == ids.tolist()
    assert np.allclose([one[1][0] for one in single], probability)


def test_an_outlier_changes_little(fitted):
    features, segment = shoppers(500)
    features.iloc[0, 0] = 1e15
    model, _ = fit_lookalike(features, segment, seed=0)
    fresh, _ = shoppers(200, seed=6)
    assert model.predict(fresh)[1] == pytest.approx(fitted[0].predict(fresh)[1], abs=0.05)


def test_a_segment_too_small_to_be_learned_counts_as_wrong():
    features, segment = shoppers(300)
    small = np.where(np.arange(300) < MIN_MEMBERS - 1, 7, segment)
    model, figures = fit_lookalike(features, small, seed=0)
    assert figures.n_segments == 3
    assert set(model.predict(features)[0]) <= {0, 1, 2}
    assert model.predict(features)[1].max() <= 1 - (MIN_MEMBERS - 1) / 300
    assert figures.accuracy <= 1 - (MIN_MEMBERS - 1) / 300


def test_ids_of_segments_need_no_order():
    features, segment = shoppers(300)
    model, _ = fit_lookalike(features, np.array([4, 9, 2])[segment], seed=0)
    assert set(model.predict(features)[0]) == {2, 4, 9}


@pytest.mark.parametrize("sizes", [(), (12,), (12, MIN_MEMBERS - 1)])
def test_too_few_customers_say_so(sizes):
    segment = np.repeat(np.arange(len(sizes)), sizes)
    features, _ = shoppers(len(segment)) if len(segment) else (shoppers(1)[0].iloc[:0], None)
    model, figures = fit_lookalike(features, segment, seed=0)
    assert model is None
    assert figures.note == (
        "Look-alike segments need two segments of at least 10 customers with text, "
        f"got {min(len(sizes), 1)}."
    )
    json.dumps(figures.to_json(), allow_nan=False)


def test_nothing_to_learn_from_says_so():
    features = pd.DataFrame({"monetary": 5.0}, index=[f"c{i}" for i in range(40)])
    model, figures = fit_lookalike(features, np.repeat([0, 1], 20), seed=0)
    assert model is None
    assert figures.note == (
        "Look-alike segments need purchases or attributes that differ, got none."
    )

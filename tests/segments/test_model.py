from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from textseg.config import SegmentsConfig, SegmentWeights
from textseg.segments import model as model_module
from textseg.segments import selection
from textseg.segments.model import MIN_CUSTOMERS, SegmentModel, fit_fusion, fit_segments

NAMES = tuple(SegmentWeights.model_fields)


def weights(**own):
    return SegmentWeights(**{**dict.fromkeys(NAMES, 0.0), **own})


def fit(features, at_most=5, *, seed=0, readable=None, **settings):
    if readable is None:
        readable = features["sentiment"].join(features["topics"])
    config = SegmentsConfig(**{"subsamples": 3, "method": "k-means", **settings})
    return fit_segments(features, readable, config, seed=seed, at_most=at_most)


def planted(view):
    return view.table.loc[view.with_text, "dominant_topic_id"].to_numpy("int64")


@pytest.fixture(scope="module")
def view(make_view):
    return make_view(4)


@pytest.fixture(scope="module")
def found(view):
    return fit(view.features)


def test_segments_of_planted_customers(view, found):
    labels, confidence = found.model.assign(view.features)
    assert len(found.model) == found.chosen.number == 4
    assert adjusted_rand_score(planted(view), labels) == 1.0
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert [each.number for each in found.candidates] == [2, 3, 4, 5]
    assert found.kinds == ["natural"] * 4
    assert found.macro.shape == (4,)
    assert found.repeats.bootstrap == pytest.approx(1.0)


@pytest.mark.parametrize("method", ["auto", "ward", "gaussian-mixture"])
def test_every_method_finds_them(view, method):
    other = fit(view.features, method=method)
    assert len(other.model) == 4
    assert adjusted_rand_score(planted(view), other.model.assign(view.features)[0]) == 1.0


def test_density_finds_them(make_view):
    view = make_view(3, 40)
    other = fit(view.features, method="density", subsamples=2, weights=weights(preference=1.0))
    assert other.chosen.method == "density"
    assert adjusted_rand_score(planted(view), other.model.assign(view.features)[0]) == 1.0


def test_the_largest_segment_comes_first(make_view):
    view = make_view(3)
    kept = np.r_[0:10, 20:40, 40:55]
    features = {name: block.iloc[kept] for name, block in view.features.items()}
    labels, _ = fit(features).model.assign(features)
    assert np.bincount(labels).tolist() == [20, 15, 10]


def test_a_centre_is_the_mean_of_its_customers(view, found):
    labels, _ = found.model.assign(view.features)
    X = found.model.fusion.transform(view.features)
    expected = [X[labels == segment].mean(axis=0) for segment in range(4)]
    np.testing.assert_allclose(found.model.centers, expected, atol=1e-12)


def test_a_centre_is_the_sum_of_what_its_features_add(found):
    fusion, means = found.model.fusion, found.model.means
    added = np.zeros_like(found.model.centers)
    for name, block in fusion.blocks.items():
        for feature in range(len(fusion.columns[name])):
            deviation = means[name][:, feature] - block.center[feature]
            added += deviation[:, None] * block.projection[feature]
    np.testing.assert_allclose(added, found.model.centers, atol=1e-9)


def test_each_customer_is_assigned_alone_as_among_all(view, found):
    labels, confidence = found.model.assign(view.features)
    for row in (0, 25, 79):
        alone, sure = found.model.assign(
            {name: block.iloc[row : row + 1] for name, block in view.features.items()}
        )
        assert alone[0] == labels[row]
        assert sure[0] == pytest.approx(confidence[row], abs=1e-9)


def test_customers_may_come_in_any_order(view, found):
    order = np.random.default_rng(0).permutation(80)
    shuffled = {name: block.iloc[order] for name, block in view.features.items()}
    np.testing.assert_array_equal(
        found.model.assign(shuffled)[0], found.model.assign(view.features)[0][order]
    )
    again = fit(shuffled).model.assign(view.features)[0]
    assert adjusted_rand_score(again, planted(view)) == 1.0


@pytest.mark.parametrize("change", ["scale", "constant", "rotation", "twice"])
def test_what_says_nothing_changes_nothing(view, change):
    features = dict(view.features)
    meaning = features["preference"]
    if change == "scale":
        features["preference"] = meaning * 100 + 7
    elif change == "constant":
        features["value"] = features["value"].assign(constant=3.0)
    elif change == "rotation":
        turn = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0]
        features["preference"] = pd.DataFrame(meaning.to_numpy() @ turn, index=meaning.index)
    else:
        features = {name: pd.concat([block, block]) for name, block in features.items()}
    labels = fit(features).model.assign(features)[0]
    truth = np.tile(planted(view), 2 if change == "twice" else 1)
    assert adjusted_rand_score(truth, labels) == 1.0


def test_what_is_stored_assigns_the_same(view, found):
    metadata = json.loads(json.dumps(found.model.metadata()))
    again = SegmentModel.from_arrays(found.model.to_arrays(), metadata)
    assert again.fusion.columns == found.model.fusion.columns
    labels, _ = found.model.assign(view.features)
    for one, other in zip(
        (*again.assign(view.features), again.assign_micro(view.features, labels)),
        (
            *found.model.assign(view.features),
            found.model.assign_micro(view.features, labels),
        ),
        strict=True,
    ):
        assert one.tobytes() == other.tobytes()


def test_parts_of_a_segment_are_found_and_stored(make_view):
    view = make_view(3, 70)
    second, part = planted(view) == 1, np.arange(210) % 2
    meaning = view.features["preference"].copy()
    meaning[7] += 0.6 * part * second
    features = {**view.features, "preference": meaning}
    found = fit(features, number=3, weights=weights(preference=1.0, sentiment=1.0))
    labels, _ = found.model.assign(features)
    assert adjusted_rand_score(planted(view), labels) == 1.0
    micro = found.model.assign_micro(features, labels)
    assert ((micro >= 0) == second).all()
    assert adjusted_rand_score(part[second], micro[second]) == 1.0
    again = SegmentModel.from_arrays(found.model.to_arrays(), found.model.metadata())
    np.testing.assert_array_equal(again.assign_micro(features, labels), micro)


def test_missing_values_count_as_average_and_unknown_columns_not_at_all(view, found):
    labels, _ = found.model.assign(view.features)
    features = dict(view.features)
    features["value"] = features["value"].drop(columns="monetary").assign(shoes=9.0)
    features["preference"] = features["preference"].iloc[:, ::-1]
    np.testing.assert_array_equal(found.model.assign(features)[0], labels)
    unknown = dict(view.features)
    unknown["value"] = unknown["value"] * np.nan
    np.testing.assert_array_equal(found.model.assign(unknown)[0], labels)


def test_a_share_of_unknown_values_does_not_hide_the_groups(view):
    holed = dict(view.features)
    unknown = np.random.default_rng(0).random(holed["value"].shape) < 0.3
    holed["value"] = holed["value"].mask(unknown)
    model = fit(holed).model
    assert adjusted_rand_score(model.assign(holed)[0], planted(view)) == 1.0
    assert np.isfinite(model.centers).all()


def test_a_weight_of_zero_takes_a_block_out(view):
    model = fit(view.features, number=2, weights=weights(sentiment=1.0)).model
    assert list(model.fusion.blocks) == ["sentiment"]
    moods = view.table.loc[view.with_text, "sentiment"] > 0
    assert adjusted_rand_score(moods, model.assign(view.features)[0]) == 1.0
    changed = {**view.features, "preference": view.features["preference"] * np.nan}
    np.testing.assert_array_equal(model.assign(changed)[0], model.assign(view.features)[0])


def test_blocks_without_features_are_left_out(view):
    everything = weights(**dict.fromkeys(NAMES, 1.0))
    fusion = fit_fusion(view.features, SegmentsConfig(weights=everything))
    assert set(NAMES) - set(fusion.blocks) == {"themes", "scales"}


def test_a_wanted_number_is_the_number(view):
    found = fit(view.features, at_most=2, number=3)
    assert (len(found.model), len(found.candidates)) == (3, 1)


def test_no_more_than_allowed_are_tried(view):
    assert [each.number for each in fit(view.features, at_most=3).candidates] == [2, 3]


def test_segments_that_nobody_can_tell_apart_are_not_made(view):
    moods = view.table.loc[view.with_text, "sentiment"].to_numpy()
    # A person sees two moods only, so that four groups of meaning are two segments at most.
    readable = pd.DataFrame({"mood": moods + np.random.default_rng(0).normal(scale=0.1, size=80)})
    assert len(fit(view.features).model) == 4
    assert len(fit(view.features, readable=readable).model) == 2


def test_if_nothing_tells_any_apart_there_are_segments_all_the_same(view):
    noise = pd.DataFrame({"noise": np.random.default_rng(0).normal(size=80)})
    assert len(fit(view.features, readable=noise).model) == 4


def test_beyond_the_most_customers_everybody_is_assigned(make_view, monkeypatch):
    view = make_view(3, 60)
    monkeypatch.setattr(selection, "MAX_CUSTOMERS", 90)
    found = fit(view.features)
    assert len(found.chosen.partition.labels) == 90
    labels, _ = found.model.assign(view.features)
    assert adjusted_rand_score(planted(view), labels) == 1.0
    means = view.features["preference"].groupby(labels).mean().to_numpy()
    np.testing.assert_allclose(found.model.means["preference"], means, atol=1e-12)


def test_the_fewest_customers_are_enough(make_view):
    view = make_view(2, MIN_CUSTOMERS // 2)
    found = fit(view.features, at_most=9)
    assert len(found.model) == 2
    assert max(each.number for each in found.candidates) == 9


def test_customers_that_are_all_alike_are_one_segment(make_view):
    features = {name: block * 0.0 for name, block in make_view(1, 40).features.items()}
    found = fit(features)
    labels, confidence = found.model.assign(features)
    assert (labels.tolist(), confidence.tolist()) == ([0] * 40, [1.0] * 40)
    assert len(found.kinds) == len(found.macro) == len(found.model) == 1


def test_the_same_customers_give_the_same_bytes(view, found):
    again = fit(view.features)
    for name, array in found.model.to_arrays().items():
        assert again.model.to_arrays()[name].tobytes() == array.tobytes()
    assert again.repeats == found.repeats
    assert again.kinds == found.kinds
    assert again.macro.tobytes() == found.macro.tobytes()


def test_centres_settle_even_if_the_steps_run_out(view, monkeypatch):
    monkeypatch.setattr(model_module, "_STEPS", 1)
    labels, _ = fit(view.features).model.assign(view.features)
    assert adjusted_rand_score(planted(view), labels) == 1.0

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import random_units
from scipy.special import expit
from scipy.stats import norm

from textseg.cluster import NONE, Centroids, choose, unit
from textseg.cluster.points import nearest

SIZES = [120, 90, 70, 50, 40, 30]


def fit(X, labels, is_core=None, *, outliers=0.02, **more) -> Centroids:
    core = np.ones(len(X), dtype=bool) if is_core is None else is_core
    return Centroids.fit(X, np.asarray(labels), core, outliers=outliers, **more)


@pytest.fixture
def groups(blobs, levels) -> Centroids:
    level = choose(levels)
    return fit(blobs[0], level.labels, level.is_core)


@pytest.fixture(scope="module")
def uneven() -> tuple[np.ndarray, np.ndarray]:
    """Two groups that differ by little in a direction in which nothing else varies."""
    rng = np.random.default_rng(7)
    truth = rng.permutation(np.repeat([0, 1], 300))
    X = rng.normal(scale=[0.5, 0.4, 0.5, 0.3, 0.4, 0.01, 0.01, 0.01], size=(600, 8))
    X[:, 5] += 3.0
    X[:, 6] += np.where(truth, 0.06, -0.06)
    return unit(X), truth


# The space


def test_planted_groups_keep_their_members(blobs, groups):
    X, truth = blobs
    labels, _ = groups.assign(X)
    assert (labels != NONE).mean() > 0.95
    assert (labels == truth)[labels != NONE].all()
    assert groups.nearest(X)[0].tolist() == truth.tolist()


def test_groups_that_differ_where_nothing_else_varies_are_told_apart(uneven):
    X, truth = uneven
    means = unit(np.array([X[truth == group].mean(axis=0) for group in (0, 1)]))
    assert (nearest(X, means)[0] == truth).mean() < 0.75
    assert (fit(X, truth).nearest(X)[0] == truth).mean() > 0.99
    # New points as well: what was fitted is no matter of the points it was fitted to.
    half = np.arange(len(X)) % 2 == 0
    learned = fit(X[half], truth[half])
    assert (learned.nearest(X[~half])[0] == truth[~half]).mean() > 0.98


def test_spread_inside_groups_is_the_same_in_every_direction(uneven):
    X, truth = uneven
    groups = fit(X, truth)
    means = np.array([X[truth == group].mean(axis=0) for group in (0, 1)])
    inside = (X - means[truth]) @ groups.whitening
    before = np.linalg.eigvalsh(np.cov((X - means[truth]).T))
    after = np.linalg.eigvalsh(np.cov(inside.T))
    # What hardly varies at all is estimated with care; the others come to one.
    assert before[-1] / before[2] > 30
    np.testing.assert_allclose(after[3:], 1, atol=0.05)
    assert after[-1] / after[2] < 1.5
    assert before[-1] / before[0] > 50 * after[-1] / after[0]


def test_projected_points_have_length_one(blobs, groups):
    projected = groups.project(blobs[0])
    np.testing.assert_allclose(np.linalg.norm(projected, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(
        groups.similarity(blobs[0]), projected @ groups.directions.T, atol=1e-6
    )


def test_few_points_in_many_dimensions_will_do():
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2], 10)
    X = unit(np.eye(3, 200)[truth] + rng.normal(scale=0.05, size=(30, 200)))
    groups = fit(X, truth, outliers=0)
    assert groups.assign(X)[0].tolist() == truth.tolist()
    assert (groups.assign(random_units(100, 200))[0] == NONE).all()


def test_points_that_coincide_are_groups():
    X = np.repeat(np.eye(2, 4, dtype=np.float32), 5, axis=0)
    groups = fit(X, np.repeat([0, 1], 5))
    labels, confidence = groups.assign(X)
    assert labels.tolist() == [0] * 5 + [1] * 5
    assert np.isfinite(confidence).all()
    assert groups.assign(unit(np.array([[1.0, 1, 0, 0], [0, 0, 1, 0]])))[0].tolist() == [NONE] * 2


@pytest.mark.parametrize("alike", [True, False])
def test_one_group_takes_what_resembles_it_and_no_stranger(blobs, alike):
    X = blobs[0][blobs[1] == 0]
    X = np.repeat(X[:1], 40, axis=0) if alike else X
    groups = fit(X, np.zeros(len(X), dtype=np.int64))
    labels, confidence = groups.assign(X)
    assert (labels == 0).mean() > 0.95
    assert ((confidence >= 0) & (confidence <= 1)).all()
    strangers = np.concatenate([-X[:1], random_units(50)])
    assert (groups.assign(strangers)[0] == NONE).all()


# The same everywhere


@pytest.mark.parametrize("kind", ["blobs", "uneven"])
def test_assignment_is_the_same_alone_in_batches_and_shuffled(blobs, uneven, kind):
    X, truth = blobs if kind == "blobs" else uneven
    groups = fit(X, truth)
    X = np.concatenate([X[:200], random_units(30, X.shape[1])])
    labels, confidence = groups.assign(X)
    assert len(set(labels.tolist())) > 1
    order = np.random.default_rng(2).permutation(len(X))
    for batches in (
        np.array_split(np.arange(len(X)), len(X)),
        np.array_split(np.arange(len(X)), 7),
        [order],
        np.array_split(order, 13),
    ):
        for rows in batches:
            again, other = groups.assign(X[rows])
            assert again.tolist() == labels[rows].tolist()
            np.testing.assert_allclose(other, confidence[rows], atol=1e-4)


@pytest.mark.parametrize("block", [1, 7, 100])
def test_blocks_change_nothing(blobs, groups, monkeypatch, block):
    expected = groups.assign(blobs[0][:150])
    monkeypatch.setattr("textseg.cluster.centroids._BLOCK", block)
    again = groups.assign(blobs[0][:150])
    assert again[0].tolist() == expected[0].tolist()
    np.testing.assert_allclose(again[1], expected[1], atol=1e-4)


def test_same_points_give_the_same_groups_to_the_bit(blobs, levels, groups):
    again = fit(blobs[0].astype(np.float64), choose(levels).labels, choose(levels).is_core)
    for name, array in groups.to_arrays().items():
        assert array.tobytes() == again.to_arrays()[name].tobytes()


@pytest.mark.parametrize("outliers", [0.0, 0.02, 0.1, 0.25, 0.5])
def test_no_point_stands_on_a_threshold(blobs, outliers):
    X, truth = blobs
    groups = fit(X, truth, outliers=outliers)
    labels, _ = groups.assign(X)
    alone = [int(groups.assign(X[[row]])[0][0]) for row in range(len(X))]
    assert alone == labels.tolist()
    stored, _ = groups.assign(X.astype(np.float16))
    assert (stored == labels).mean() > 0.99


def test_no_points_get_no_labels(groups):
    labels, confidence = groups.assign(np.empty((0, 48), dtype=np.float16))
    assert labels.shape == confidence.shape == (0,)


# Thresholds


@pytest.mark.parametrize("outliers", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("n", [200, 2000])
def test_threshold_leaves_out_the_wanted_share_of_new_points(n, outliers):
    # 200 points in 100 dimensions lie much nearer to their own prototypes than new ones do.
    rng = np.random.default_rng(1)
    centers = 1.5 * np.eye(5, 100)
    truth = rng.permutation(np.arange(n) % 5)
    new = rng.integers(0, 5, 4000)
    groups = fit(
        unit(centers[truth] + rng.normal(scale=0.15, size=(n, 100))), truth, outliers=outliers
    )
    labels, _ = groups.assign(unit(centers[new] + rng.normal(scale=0.15, size=(4000, 100))))
    assert (labels == NONE).mean() == pytest.approx(outliers, abs=0.05 if n < 1000 else 0.02)
    assert (labels == new)[labels != NONE].all()


@pytest.mark.parametrize("outliers", [0.0, 0.1, 0.5])
def test_no_more_than_the_wanted_share_of_a_core_is_outside(blobs, outliers):
    X, truth = blobs
    labels, _ = fit(X, truth, outliers=outliers).assign(X)
    for group, size in enumerate(SIZES):
        assert (labels[truth == group] == NONE).sum() <= outliers * size + 1


def test_threshold_comes_from_the_core(blobs):
    X, truth = blobs
    best = fit(X, truth).similarity(X)[np.arange(len(X)), truth]
    core = np.zeros(len(X), dtype=bool)
    for group in range(len(SIZES)):
        own = np.flatnonzero(truth == group)
        core[own[best[own] > np.quantile(best[own], 0.4)]] = True
    groups = fit(X, truth, core, outliers=0)
    labels, _ = groups.assign(X)
    assert (labels[core] == truth[core]).all()
    assert (labels[~core] == NONE).mean() > 0.3
    assert (groups.thresholds > fit(X, truth, outliers=0).thresholds).all()


def test_a_group_without_core_is_judged_by_all_its_points(blobs):
    X, truth = blobs
    labels, _ = fit(X, truth, np.zeros(len(X), dtype=bool), outliers=0).assign(X)
    assert labels.tolist() == truth.tolist()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.45])
def test_thresholds_are_lowered_until_no_more_than_the_share_is_outside(blobs, share):
    X, truth = blobs
    strict = fit(X, truth, outliers=0.9)
    assert (strict.assign(X)[0] == NONE).mean() > 0.5
    groups = fit(X, truth, outliers=0.9, max_unclustered=share)
    labels, _ = groups.assign(X)
    assert (labels == NONE).mean() == pytest.approx(share, abs=0.01)
    assert (labels == NONE).mean() <= share
    assert (labels == truth)[labels != NONE].all()
    assert (groups.thresholds < strict.thresholds).all()
    np.testing.assert_array_equal(groups.directions, strict.directions)


def test_thresholds_that_leave_out_less_than_the_share_stay(blobs):
    X, truth = blobs
    strict, budget = fit(X, truth), fit(X, truth, max_unclustered=0.1)
    np.testing.assert_array_equal(budget.thresholds, strict.thresholds)


def test_strangers_belong_to_no_group_however_small_the_share(blobs):
    X, truth = blobs
    groups = fit(X, truth, max_unclustered=0.0)
    opposite = unit(-np.array([X[truth == group].mean(axis=0) for group in range(len(SIZES))]))
    labels, confidence = groups.assign(np.concatenate([random_units(500), opposite]))
    assert (labels == NONE).all()
    assert confidence.max() < 0.01


def test_strangers_among_the_points_stay_out_where_the_share_allows_it(blobs):
    # Refinement gives every point a group, whatever it resembles.
    X, truth = blobs
    for strangers in (random_units(20), unit(-X.mean(axis=0) + 0.6 * random_units(20))):
        both = np.concatenate([X, strangers])
        labels = np.concatenate([truth, np.random.default_rng(3).integers(0, 6, 20)])
        core = np.arange(len(both)) < len(X)
        assigned, _ = fit(both, labels, core, max_unclustered=0.05).assign(both)
        assert (assigned[~core] == NONE).all()
        assert (assigned[core] == truth).mean() > 0.97


def test_a_cloud_among_the_points_stays_out_though_the_share_is_smaller(blobs):
    X, truth = blobs
    cloud = random_units(171)
    both = np.concatenate([X, cloud])
    labels = np.concatenate([truth, np.random.default_rng(3).integers(0, 6, len(cloud))])
    core = np.arange(len(both)) < len(X)
    assigned, _ = fit(both, labels, core, max_unclustered=0.1).assign(both)
    assert (assigned[~core] == NONE).mean() > 0.9


def test_no_threshold_is_lowered_into_the_members_of_other_groups():
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.repeat(np.arange(6), 60))
    X = unit(np.eye(6, 24)[truth] + rng.normal(scale=0.35, size=(len(truth), 24)))
    strict = fit(X, truth, outliers=0.9).thresholds
    groups = fit(X, truth, outliers=0.9, max_unclustered=0.0)
    similarity = groups.similarity(X)
    labels = similarity.argmax(axis=1)
    reached = 0
    for group, threshold in enumerate(groups.thresholds):
        floor = np.quantile(similarity[labels != group, group], 1 - 0.01 / 6)
        floor = max(floor, norm.isf(0.01 / 6) / np.sqrt(24))
        assert threshold >= min(floor, strict[group]) - 1e-5
        reached += bool(threshold < floor + 1e-5)
    assert reached
    assert (groups.assign(X)[0] == NONE).any()


# Confidence


def plane(*angles: float) -> np.ndarray:
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def test_confidence_falls_from_the_prototype_to_the_border():
    groups = Centroids(np.eye(2, dtype=np.float32), np.full(2, -1, dtype=np.float32))
    labels, confidence = groups.assign(plane(*np.linspace(0, np.pi / 4, 9)))
    assert labels.tolist() == [0] * 9
    assert (np.diff(confidence) < 0).all()
    assert confidence.dtype == np.float32
    # Similarity as typical, a lead of 1, and the default of a slope of 2.
    assert confidence[0] == pytest.approx(expit(2 * 3), abs=1e-6)
    assert confidence[-1] == pytest.approx(expit(2 * (np.sqrt(0.5) - 1)), abs=1e-6)


def test_confidence_counts_in_what_is_typical_of_the_group():
    loose = Centroids(
        np.eye(2, dtype=np.float32),
        np.full(2, -1, dtype=np.float32),
        typical=np.array([0.6, 0.9], dtype=np.float32),
        spread=np.array([0.2, 0.05], dtype=np.float32),
    )
    # Equally similar and equally ahead: usual for the first, three spreads too little for the other
    similarity = 0.75
    other = np.sqrt(1 - similarity**2)
    (first, second) = loose.assign(np.array([[similarity, other], [other, similarity]]))[1]
    lead = similarity - other
    assert first == pytest.approx(expit(2 * (0.75 + 3 * lead)), abs=1e-5)
    assert second == pytest.approx(expit(2 * (-3 + 3 * lead)), abs=1e-5)


def test_prototypes_of_a_group_are_one_label_and_only_other_groups_are_rivals():
    directions = plane(0, 0.4, np.pi / 2)
    thresholds = np.full(3, 0.5, dtype=np.float32)
    apart = Centroids(directions, thresholds)
    merged = Centroids(directions, thresholds, groups=np.array([0, 0, 1]))
    X = plane(0.05, 0.19, 0.21, 0.38, np.pi / 2)
    labels, confidence = merged.assign(X)
    assert labels.tolist() == [0, 0, 0, 0, 1]
    assert apart.assign(X)[0].tolist() == [0, 0, 1, 1, 2]
    similarity = X @ directions.T
    own, other = similarity[:, :2].max(axis=1), similarity[:, 2]
    np.testing.assert_allclose(
        confidence[:4], expit(2 * (own - 1 + 3 * (own - other)))[:4], atol=1e-5
    )
    # Between its own prototypes a point is sure of the group, though not of the prototype.
    assert (confidence[1:3] > apart.assign(X)[1][1:3] + 0.1).all()
    # For the second group, the nearest prototype of the first is the rival.
    assert confidence[4] == pytest.approx(expit(2 * 3 * (1 - similarity[4, 1])), abs=1e-5)


def test_each_prototype_of_a_group_has_a_threshold_of_its_own():
    thresholds = np.array([0.5, 0.999, 0.5], dtype=np.float32)
    merged = Centroids(plane(0, 0.4, 2.0), thresholds, groups=np.array([0, 0, 1]))
    assert merged.assign(plane(0.1, 0.3, 0.4))[0].tolist() == [0, NONE, 0]


@given(
    angles=st.lists(st.floats(-10, 10), min_size=1, max_size=20),
    typical=st.floats(-1, 1, width=32),
    spread=st.floats(0.0009765625, 2, width=32),
    base=st.floats(-20, 20, width=32),
    slope=st.floats(0.0009765625, 50, width=32),
)
def test_confidence_is_a_probability_that_rises_with_certainty(
    angles, typical, spread, base, slope
):
    groups = Centroids(
        plane(0, 2, 4),
        np.zeros(3, dtype=np.float32),
        typical=np.full(3, typical, dtype=np.float32),
        spread=np.full(3, spread, dtype=np.float32),
        calibration=np.array([base, slope], dtype=np.float32),
    )
    X = plane(*angles)
    confidence = groups.assign(X)[1]
    assert ((confidence >= 0) & (confidence <= 1)).all()
    # The certainty by hand.
    similarity = X @ groups.directions.T
    ordered = np.sort(similarity, axis=1)
    certainty = (ordered[:, -1] - typical) / spread + 3 * (ordered[:, -1] - ordered[:, -2])
    assert (np.diff(confidence[np.argsort(certainty)]) >= -1e-4).all()


# Calibration


def certainty_of(groups: Centroids, X: np.ndarray) -> np.ndarray:
    similarity = groups.similarity(X)
    ordered = np.sort(similarity, axis=1)
    row = similarity.argmax(axis=1)
    typicality = (ordered[:, -1] - groups.typical[row]) / groups.spread[row]
    return np.asarray(typicality + 3 * (ordered[:, -1] - ordered[:, -2]), dtype=np.float64)


@pytest.mark.parametrize(("base", "slope"), [(0.5, 1.2), (2.0, 0.4), (-1.0, 3.0)])
def test_confidence_is_the_share_that_is_found_again(base, slope):
    groups = Centroids(
        plane(0, 2, 4),
        np.zeros(3, dtype=np.float32),
        typical=np.full(3, 0.8, dtype=np.float32),
        spread=np.full(3, 0.3, dtype=np.float32),
    )
    rng = np.random.default_rng(1)
    X = plane(*rng.uniform(0, 2 * np.pi, 20_000))
    law = expit(base + slope * certainty_of(groups, X))
    again = rng.random(len(X)) < law
    calibrated = groups.calibrated(X, again)
    np.testing.assert_allclose(calibrated.calibration, [base, slope], atol=0.15)
    new = plane(*rng.uniform(0, 2 * np.pi, 20_000))
    truth = rng.random(len(new)) < expit(base + slope * certainty_of(groups, new))
    labels, confidence = calibrated.assign(new)
    assert labels.tolist() == groups.assign(new)[0].tolist()
    assert ((confidence >= 0) & (confidence <= 1)).all()
    for rows in np.array_split(np.argsort(confidence, kind="stable"), 10):
        assert confidence[rows].mean() == pytest.approx(truth[rows].mean(), abs=0.04)


def test_confidence_never_falls_with_certainty(blobs, groups):
    X, _ = blobs
    certain = certainty_of(groups, X)
    upside_down = groups.calibrated(X, certain < np.median(certain))
    assert upside_down.calibration[1] > 0
    right = groups.calibrated(X, certain > np.median(certain))
    assert right.calibration[1] > 0
    order = np.argsort(certain)
    for calibrated in (upside_down, right):
        assert (np.diff(calibrated.assign(X)[1][order]) >= -1e-5).all()


@pytest.mark.parametrize("always", [True, False])
def test_nothing_is_learned_where_nothing_or_everything_is_found_again(blobs, groups, always):
    X, _ = blobs
    calibrated = groups.calibrated(X, np.full(len(X), always))
    assert calibrated.calibration.tolist() == groups.calibration.tolist()


# Prototypes taken, and stored


def test_what_is_taken_comes_in_the_order_given(blobs, groups):
    X, truth = blobs
    rows = np.array([4, 0, 2])
    taken = groups.take(rows)
    assert taken.groups.tolist() == [0, 1, 2]
    for name in ("directions", "thresholds", "typical", "spread"):
        assert getattr(taken, name).tolist() == getattr(groups, name)[rows].tolist()
    expected = np.full(len(SIZES), NONE)
    expected[rows] = np.arange(3)
    own = np.isin(truth, rows)
    labels, before = taken.assign(X)[0], groups.assign(X)[0]
    # What had no group gets none; what had one that is left keeps it under its new number.
    assert labels[own].tolist() == np.where(before[own] < 0, NONE, expected[truth[own]]).tolist()
    assert (labels[~own] == NONE).all()


def test_arrays_bring_the_groups_back(blobs, groups, tmp_path):
    X, _ = blobs
    full = replace(
        groups.calibrated(X, np.arange(len(X)) % 3 > 0), groups=np.array([0, 1, 1, 2, 2, 3])
    )
    full = replace(full, calibration=np.array([0.25, 1.5], dtype=np.float32))
    np.savez(tmp_path / "groups.npz", **full.to_arrays())
    with np.load(tmp_path / "groups.npz", allow_pickle=False) as arrays:
        again = Centroids.from_arrays(arrays)
        assert set(arrays) == set(Centroids.__dataclass_fields__)
    assert set(full.to_arrays()) == {
        "directions", "thresholds", "groups", "center", "whitening", "typical", "spread",
        "calibration",
    }  # fmt: skip
    for name, array in full.to_arrays().items():
        assert array.dtype == again.to_arrays()[name].dtype
        assert array.tobytes() == again.to_arrays()[name].tobytes()
    for one, other in zip(full.assign(X), again.assign(X), strict=True):
        assert one.tobytes() == other.tobytes()
    assert set(full.assign(X)[0].tolist()) <= {NONE, 0, 1, 2, 3}


def test_directions_and_thresholds_are_enough_to_be_groups():
    plain = {"directions": plane(0, 2), "thresholds": np.array([0.5, 0.9], dtype=np.float32)}
    groups = Centroids.from_arrays(plain)
    X = plane(0.5, 1.5, 1.9, -2)
    assert groups.assign(X)[0].tolist() == [0, NONE, 1, NONE]
    np.testing.assert_allclose(groups.project(X), X, atol=1e-6)
    assert groups.groups.tolist() == [0, 1]

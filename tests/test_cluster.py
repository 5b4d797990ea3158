from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from textseg import cluster
from textseg.cluster import MIN_POINTS, NONE, Centroids, Level, choose, discover, silhouettes, unit

SIZES = [120, 90, 70, 50, 40, 30]


def random_units(n: int, d: int = 48, seed: int = 1) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(n, d)))


def level(k: int, silhouette: float = 0.5, error: float = 0.0) -> Level:
    return Level(5, np.ones(k, dtype=bool), random_units(k), silhouette, error)


@pytest.fixture
def groups(blobs, levels) -> Centroids:
    return Centroids.fit(blobs[0], choose(levels), outliers=0.02)


# Discovery


def test_planted_clusters_are_found_with_their_number(blobs, levels):
    X, truth = blobs
    labels, _ = Centroids.fit(X, choose(levels), outliers=0).assign(X)
    assert adjusted_rand_score(truth, labels) == 1.0
    # The largest group comes first, as it was planted.
    assert labels.tolist() == truth.tolist()


def test_directions_point_at_the_planted_means(blobs, levels):
    X, truth = blobs
    means = unit(np.array([X[truth == group].mean(axis=0) for group in range(len(SIZES))]))
    np.testing.assert_allclose(choose(levels).directions, means, atol=1e-6)


def test_level_says_how_well_its_groups_stand_apart(blobs, levels):
    X, _ = blobs
    for one in levels:
        labels = (X @ one.directions.T).argmax(axis=1)
        expected = silhouette_samples(X.astype(np.float64), labels, metric="cosine")
        assert one.silhouette == pytest.approx(expected.mean(), abs=1e-5)
        means = [expected[labels == group].mean() for group in np.unique(labels)]
        assert one.error == pytest.approx(np.std(means, ddof=1) / np.sqrt(len(means)), abs=1e-5)


def test_same_points_give_the_same_levels_to_the_bit(blobs, levels):
    again = discover(blobs[0].astype(np.float64))
    assert len(again) == len(levels)
    for one, other in zip(levels, again, strict=True):
        assert one.directions.tobytes() == other.directions.tobytes()
        assert one.is_core.tobytes() == other.is_core.tobytes()
        assert (one.silhouette, one.error) == (other.silhouette, other.error)


def test_finer_and_coarser_groups_are_both_offered():
    # Eight pairs of small clusters: cuts that need more points than one has see the pairs.
    rng = np.random.default_rng(3)
    axes = np.eye(16, 32)
    centers = np.concatenate([axes[:8] + 0.45 * side * axes[8:] for side in (-1, 1)])
    small = np.repeat(np.arange(16), 12)
    X = unit(centers[small] + rng.normal(scale=0.02, size=(len(small), 32)))
    found = [len(one.directions) for one in discover(X)]
    assert found[0] == 16
    assert found == sorted(found, reverse=True)


def test_cuts_that_differ_only_in_their_grouping_are_kept(monkeypatch):
    X = np.repeat(np.eye(4, dtype=np.float32), 10, axis=0)
    fine = np.repeat(np.arange(4), 10)
    monkeypatch.setattr(cluster, "_reduce", lambda X, *_: X)
    monkeypatch.setattr(cluster, "_density_tree", lambda points, _: points)
    monkeypatch.setattr(cluster, "_cut", lambda _, size, __: fine if size < 10 else fine // 2)
    assert [len(one.directions) for one in discover(X)] == [4, 2]


def test_no_cut_without_two_groups():
    assert discover(np.repeat(random_units(1), 40, axis=0)) == ()


def test_fewest_points_take_the_largest_settings():
    X = random_units(MIN_POINTS)
    for one in discover(X, n_neighbors=200, n_components=50):
        assert one.directions.shape[1] == X.shape[1]
        assert one.is_core.shape == (MIN_POINTS,)


@pytest.mark.parametrize("block_bytes", [400, 10_000, 128_000_000])
def test_neighbors_are_exact(blobs, monkeypatch, block_bytes):
    X = blobs[0][:90]
    monkeypatch.setattr(cluster, "_BLOCK_BYTES", block_bytes)
    indices, distances = cluster._neighbors(X, 7)
    exact = 1 - X.astype(np.float64) @ X.T.astype(np.float64)
    np.fill_diagonal(exact, -1)
    assert indices.tolist() == exact.argsort(axis=1)[:, :7].tolist()
    np.fill_diagonal(exact, 0)
    np.testing.assert_allclose(distances, np.take_along_axis(exact, indices, axis=1), atol=1e-6)


def test_equal_points_are_neighbors_in_their_order():
    X = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    indices, distances = cluster._neighbors(X, 3)
    assert indices.tolist()[:3] == [[0, 1, 2], [1, 0, 2], [2, 0, 1]]
    assert not distances.any()


@pytest.mark.parametrize(("n", "first", "last"), [(30, 5, 15), (1600, 20, 60), (40_000, 100, 300)])
def test_ladder_follows_the_root_of_the_number_of_points(n, first, last):
    ladder = cluster._ladder(n, None)
    assert (ladder[0], ladder[-1]) == (first, last)
    assert ladder == sorted(set(ladder))


def test_ladder_reaches_down_to_a_wanted_number():
    assert cluster._ladder(1600, 40)[0] == 10
    assert cluster._ladder(1600, 4) == cluster._ladder(1600, None)


# Silhouette


@given(
    X=hnp.arrays(np.float32, (25, 4), elements=st.floats(0.125, 1, width=32)),
    labels=hnp.arrays(np.int64, 25, elements=st.integers(0, 4)),
)
def test_silhouettes_are_those_of_sklearn(X, labels):
    labels = np.unique(labels, return_inverse=True)[1]
    if labels.max() < 1:
        labels[0] = 1
    # Rounding decides the silhouette of points that coincide, so that they are moved apart.
    X = unit(X + np.random.default_rng(0).uniform(0, 1, X.shape))
    expected = silhouette_samples(X.astype(np.float64), labels, metric="cosine")
    np.testing.assert_allclose(silhouettes(X, labels), expected, atol=2e-3)


def test_only_member_of_a_group_has_silhouette_zero():
    X = np.eye(3, dtype=np.float32)[[0, 0, 1]]
    assert silhouettes(X, np.array([0, 0, 1])).tolist() == [1.0, 1.0, 0.0]


# The choice of a level


def test_coarsest_level_within_one_standard_error_is_chosen():
    best = level(40, 0.50, 0.03)
    near = level(20, 0.48, 0.01)
    far = level(10, 0.46, 0.20)
    assert choose([best, near, far]) is near
    assert choose([far, near, best]) is near


def test_best_level_is_chosen_where_no_other_is_near():
    best = level(40, 0.50, 0.001)
    assert choose([level(60, 0.49), best, level(10, 0.49)]) is best


def test_error_counts_at_the_best_level_only():
    assert len(choose([level(40, 0.5, 0.0), level(10, 0.4, 1.0)]).directions) == 40


@pytest.mark.parametrize("number", range(2, 7))
def test_wanted_number_comes_from_merging_whole_groups(blobs, levels, number):
    X, truth = blobs
    groups = Centroids.fit(X, choose(levels, number), outliers=0)
    labels, _ = groups.assign(X)
    assert np.unique(labels).tolist() == list(range(number))
    assert all(len(np.unique(labels[truth == group])) == 1 for group in range(len(SIZES)))
    sizes = np.bincount(labels)
    assert sizes.tolist() == sorted(sizes, reverse=True)


def test_merging_starts_from_the_fewest_groups_that_are_enough():
    few, many = level(8), level(30)
    assert choose([many, few], 8) is few
    assert choose([many, few], 9).directions.shape == (9, 48)


def test_most_groups_there_are_where_there_are_too_few():
    most = level(8)
    assert choose([level(5), most], 20) is most


def test_merging_finds_the_parents_of_groups_that_have_much_in_common():
    # All groups share a part, as sentences do; the merged groups must not absorb the others.
    rng = np.random.default_rng(0)
    parent = np.repeat(np.arange(4), 8)
    shared, parents = rng.normal(size=64), rng.normal(size=(4, 64))
    directions = unit(shared + 0.7 * parents[parent] + 0.8 * rng.normal(size=(32, 64)))
    found = choose([Level(5, np.ones(1, dtype=bool), directions, 0.0, 0.0)], 4)
    labels = (directions @ found.directions.T).argmax(axis=1)
    assert adjusted_rand_score(parent, labels) > 0.8


# Assignment


def test_assignment_is_the_same_alone_in_batches_and_shuffled(blobs, groups):
    X = np.concatenate([blobs[0], random_units(50)])
    labels, confidence = groups.assign(X)
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
            np.testing.assert_allclose(other, confidence[rows], atol=1e-5)


@pytest.mark.parametrize("outliers", [0.0, 0.02, 0.1, 0.25, 0.5])
def test_no_point_stands_on_a_threshold(blobs, levels, outliers):
    X, _ = blobs
    groups = Centroids.fit(X, choose(levels), outliers=outliers)
    labels, _ = groups.assign(X)
    alone = [int(groups.assign(X[[row]])[0][0]) for row in range(len(X))]
    assert alone == labels.tolist()
    stored, _ = groups.assign(X.astype(np.float16))
    assert (stored == labels).mean() > 0.99


def test_threshold_leaves_out_the_wanted_share_of_each_core(blobs, levels):
    X, truth = blobs
    for outliers in (0.0, 0.1, 0.5):
        labels, _ = Centroids.fit(X, choose(levels), outliers=outliers).assign(X)
        for group, size in enumerate(SIZES):
            out = (labels[truth == group] == NONE).sum()
            assert out == pytest.approx(outliers * size, abs=1)


def test_threshold_comes_from_the_core():
    X = unit(np.array([[1, 0], [1, 0.1], [1, 0.2], [1, 2.0], [-1, 0], [-1, 0.1]]))
    core = np.array([True, True, True, False, True, True])
    found = Level(2, core, unit(np.array([[1, 0.1], [-1, 0.05]])), 0.0, 0.0)
    assert Centroids.fit(X, found, outliers=0).assign(X)[0].tolist() == [0, 0, 0, NONE, 1, 1]
    assert (
        NONE
        not in Centroids.fit(
            X, Level(2, np.zeros(6, dtype=bool), found.directions, 0.0, 0.0), outliers=0
        ).assign(X)[0]
    )


def test_direction_without_points_is_no_group():
    X = unit(np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1], [0.2, 1]]))
    directions = np.array([[1, 0], [-1, 0], [0, 1]], dtype=np.float32)
    groups = Centroids.fit(X, Level(2, np.ones(5, dtype=bool), directions, 0, 0), outliers=0)
    assert groups.directions.tolist() == [[0, 1], [1, 0]]


def test_strangers_belong_to_no_group(groups):
    strangers = np.concatenate([random_units(100), -groups.directions])
    labels, confidence = groups.assign(strangers)
    assert (labels == NONE).all()
    assert not confidence.any()


def test_confidence_falls_from_the_centroid_to_the_border():
    groups = Centroids(np.eye(2, dtype=np.float32), np.full(2, -1, dtype=np.float32))
    angles = np.linspace(0, np.pi / 4, 9)
    labels, confidence = groups.assign(np.column_stack([np.cos(angles), np.sin(angles)]))
    assert labels.tolist() == [0] * 9
    assert confidence[0] == 1
    assert confidence[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(confidence) < 0).all()
    assert confidence.dtype == np.float32


def test_arrays_bring_the_groups_back(blobs, groups, tmp_path):
    np.savez(tmp_path / "groups.npz", **groups.to_arrays())
    with np.load(tmp_path / "groups.npz", allow_pickle=False) as arrays:
        again = Centroids.from_arrays(arrays)
    for one, other in zip(groups.assign(blobs[0]), again.assign(blobs[0]), strict=True):
        assert one.tobytes() == other.tobytes()


def test_no_points_get_no_labels(groups):
    labels, confidence = groups.assign(np.empty((0, 48), dtype=np.float16))
    assert labels.shape == confidence.shape == (0,)


@given(hnp.arrays(np.float64, (6, 3), elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3))))
def test_unit_scales_rows_to_length_one_and_leaves_zero(X):
    result = unit(X)
    length = np.linalg.norm(result, axis=1)
    assert result.dtype == np.float32
    np.testing.assert_allclose(length, np.any(X != 0, axis=1), atol=1e-5)

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.cluster import NONE, Centroids, choose, unit
from textseg.config import TopicsConfig
from textseg.errors import InputError
from textseg.topics.model import TopicModel, fit_centroids, stratified_sample

# Discovery


def test_planted_topics_are_found_largest_first(blobs):
    X, truth = blobs
    centroids, is_core, levels = fit_centroids(
        X.astype(np.float16), ["a"] * len(X), TopicsConfig(outliers=0), 0
    )
    assert centroids.assign(X)[0].tolist() == truth.tolist()
    assert is_core.mean() > 0.9
    assert choose(levels).directions.shape == centroids.directions.shape


def test_sampled_topics_serve_every_text(blobs):
    X, truth = blobs
    config = TopicsConfig().model_copy(update={"sample": 200})
    strata = [f"2024-{group + 1:02}" for group in truth]
    centroids, is_core, _ = fit_centroids(X, strata, config, 0)
    assert len(centroids.directions) == 6
    labels, _ = centroids.assign(X)
    assert (labels != NONE).mean() > 0.9
    assert (labels == truth)[labels != NONE].all()
    sampled = np.zeros(len(X), dtype=bool)
    sampled[stratified_sample(strata, 200)] = True
    assert not is_core[~sampled].any()
    assert is_core[sampled].mean() > 0.9


@pytest.mark.parametrize(("number", "found"), [(2, 2), (4, 4), (50, 6)])
def test_wanted_number_of_topics(blobs, levels, monkeypatch, number, found):
    # Discovery does not know the number, so that one discovery serves them all.
    monkeypatch.setattr("textseg.topics.model.discover", lambda X, **_: levels)
    X, _ = blobs
    centroids, _, compared = fit_centroids(X, ["a"] * len(X), TopicsConfig(number=number), 0)
    labels, _ = centroids.assign(X)
    assert np.unique(labels[labels != NONE]).tolist() == list(range(found))
    assert compared is levels


def test_texts_that_nothing_tells_apart_are_one_topic():
    X = np.repeat(unit(np.ones((1, 16))), 40, axis=0)
    centroids, is_core, levels = fit_centroids(X, ["a"] * 40, TopicsConfig(), 0)
    assert levels == ()
    assert is_core.all()
    labels, confidence = centroids.assign(X)
    assert labels.tolist() == [0] * 40
    np.testing.assert_allclose(confidence, 1, atol=1e-5)
    assert centroids.assign(-X[:1])[0].tolist() == [NONE]


@pytest.mark.parametrize("n", [0, 1, 29])
def test_too_few_texts(n):
    with pytest.raises(InputError) as caught:
        fit_centroids(np.ones((n, 8), dtype=np.float16), ["a"] * n, TopicsConfig(), 0)
    assert caught.value.message == (
        f"Topics need at least 30 distinct texts that say something, got {n}."
    )
    assert caught.value.hint == "Add more feedback."


# The sample


@given(
    strata=st.lists(st.sampled_from(["2024-01 web", "2024-01 app", "2024-02 web", ""])),
    size=st.integers(1, 60),
)
def test_every_stratum_keeps_its_share(strata, size):
    rows = stratified_sample(strata, size)
    assert len(rows) == min(size, len(strata))
    assert (np.diff(rows) > 0).all()
    before, after = Counter(strata), Counter(strata[row] for row in rows)
    for stratum, n in before.items():
        assert abs(after[stratum] - n * len(rows) / len(strata)) < 1


@given(st.lists(st.sampled_from("abcd"), min_size=1), st.integers(1, 60))
def test_names_of_strata_do_not_matter_while_their_order_stays(strata, size):
    other = [f"2024-0{'abcd'.index(stratum)}" for stratum in strata]
    assert stratified_sample(strata, size).tolist() == stratified_sample(other, size).tolist()


# The model


@pytest.fixture
def model(blobs, levels) -> TopicModel:
    centroids = Centroids.fit(blobs[0], choose(levels), outliers=0.02)
    names = tuple(f"Topic {'ABCDEF'[i]}" for i in range(6))
    return TopicModel(centroids, names, tuple((name, "größe", "late, again") for name in names))


def test_uninformative_texts_have_no_topic(blobs, model):
    X, truth = blobs
    informative = np.arange(len(X)) % 3 > 0
    labels, confidence = model.assign(X, informative)
    assert (labels[~informative] == NONE).all()
    assert not confidence[~informative].any()
    everything, certainty = model.assign(X, np.ones(len(X), dtype=bool))
    assert labels[informative].tolist() == everything[informative].tolist()
    assert confidence[informative].tolist() == certainty[informative].tolist()
    assert (everything == truth).mean() > 0.9
    assert confidence.dtype == np.float32


def test_arrays_and_json_bring_the_model_back(blobs, model, tmp_path):
    np.savez(tmp_path / "topics.npz", **model.to_arrays())
    written = json.dumps(model.metadata())
    with np.load(tmp_path / "topics.npz", allow_pickle=False) as arrays:
        again = TopicModel.from_arrays(arrays, json.loads(written))
    assert (again.names, again.keywords) == (model.names, model.keywords)
    assert len(again) == len(model) == 6
    everything = np.ones(len(blobs[0]), dtype=bool)
    for one, other in zip(
        again.assign(blobs[0], everything), model.assign(blobs[0], everything), strict=True
    ):
        assert one.tobytes() == other.tobytes()

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from textseg.cluster import NONE, Centroids, choose
from textseg.topics.model import TopicModel


@pytest.fixture
def model(blobs, levels) -> TopicModel:
    level = choose(levels)
    centroids = Centroids.fit(blobs[0], level.labels, level.is_core, outliers=0.02)
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


def test_an_unclustered_text_has_the_confidence_of_the_nearest_topic(blobs, model):
    X, _ = blobs
    strict = np.full(6, 2.0, dtype=np.float32)
    nowhere = replace(model, centroids=replace(model.centroids, thresholds=strict))
    everything = np.ones(len(X), dtype=bool)
    labels, confidence = nowhere.assign(X, everything)
    assert set(labels.tolist()) == {NONE}
    assert confidence.tolist() == model.assign(X, everything)[1].tolist()


def test_clauses_belong_at_a_threshold_of_their_own(blobs, model):
    X, truth = blobs
    texts, _ = model.assign(X, np.ones(len(X), dtype=bool))
    assert model.assign_clauses(X).tolist() == texts.tolist()
    easier = replace(model, clause_ratio=0.5).assign_clauses(X)
    assert easier.tolist() == truth.tolist()
    assert (texts == NONE).any()


def test_ids_of_merged_topics_leave_gaps(model):
    merged = replace(model, centroids=replace(model.centroids, groups=np.array([0, 1, 1, 3, 5, 3])))
    assert merged.ids == [0, 1, 3, 5]
    assert len(merged) == 6
    assert (model.ids, len(model)) == ([0, 1, 2, 3, 4, 5], 6)


def test_arrays_and_json_bring_the_model_back(blobs, model, tmp_path):
    full = replace(
        model,
        clause_ratio=0.875,
        parents=(0, 0, 1, 1, 0, 1),
        theme_names=("Geld", "Größe / Stoff"),
        hidden=frozenset({3, 1}),
        pinned=frozenset({0}),
    )
    np.savez(tmp_path / "topics.npz", **full.to_arrays())
    written = json.dumps(full.metadata())
    with np.load(tmp_path / "topics.npz", allow_pickle=False) as arrays:
        again = TopicModel.from_arrays(arrays, json.loads(written))
    assert replace(again, centroids=full.centroids) == full
    assert len(again) == 6
    everything = np.ones(len(blobs[0]), dtype=bool)
    for one, other in zip(
        again.assign(blobs[0], everything), full.assign(blobs[0], everything), strict=True
    ):
        assert one.tobytes() == other.tobytes()


def test_what_is_stored_of_a_plain_model_is_enough(model):
    bare = {"names": list(model.names), "keywords": [list(words) for words in model.keywords]}
    again = TopicModel.from_arrays(model.to_arrays(), bare)
    assert replace(again, centroids=model.centroids) == model
    assert (again.parents, again.theme_names, again.hidden) == ((), (), frozenset())


def test_metadata_do_not_depend_on_the_order_of_sets(model):
    one = replace(model, hidden=frozenset([5, 0, 3]), pinned=frozenset([4, 2])).metadata()
    other = replace(model, hidden=frozenset([3, 5, 0]), pinned=frozenset([2, 4])).metadata()
    assert json.dumps(one) == json.dumps(other)
    assert one["hidden"] == [0, 3, 5]

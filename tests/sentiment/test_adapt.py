from __future__ import annotations

import json

import numpy as np
import pytest

from textseg.sentiment import adapt
from textseg.sentiment.adapt import adapt_head
from textseg.sentiment.head import SentimentHead

WIDTH = 6


def planted(seed=0, n=500, change=0.0, informative=True):
    """A head, and texts of customers whose ratings follow that head changed, or nothing at all."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, WIDTH)).astype(np.float16)
    weight = rng.normal(size=(3, WIDTH)) * 1.5
    logits = features @ (weight + change * rng.normal(size=weight.shape)).T
    logits += change * np.array([1.0, -1.0, 0.0])
    classes = (logits * informative + rng.gumbel(size=logits.shape)).argmax(axis=1)
    groups = [f"C{row // 2}" for row in range(n)]
    return SentimentHead(weight, np.zeros(3)), features, classes, groups


@pytest.mark.parametrize("seed", range(3))
def test_a_head_that_is_off_is_mended_and_kept(seed):
    head, features, classes, groups = planted(seed, n=1000, change=1.5)
    found = adapt_head(head, features[:800], classes[:800], groups[:800], seed)
    assert found.kept
    assert found.before is not None
    assert found.after is not None
    assert found.after["log_loss"] < found.before["log_loss"]
    assert found.gain == pytest.approx(found.before["log_loss"] - found.after["log_loss"], abs=2e-6)
    assert found.gain > found.standard_error
    # Texts that were never shown, not even to choose.
    right = [
        (each.score(features[800:]).argmax(axis=1) == classes[800:]).mean()
        for each in (head, found.head)
    ]
    assert right[1] > right[0] + 0.1


@pytest.mark.parametrize("seed", range(3))
def test_ratings_by_chance_are_not_learned(seed):
    head, *data = planted(seed, informative=False)
    found = adapt_head(head, *data, seed)
    assert not found.kept
    assert found.head is head
    # To know nothing would have a lower loss than the head has: that alone must not win.
    assert found.gain > found.standard_error
    assert found.reason.startswith("The ratings cannot be told from the texts")


def test_a_head_that_is_right_is_hardly_changed():
    head, *data = planted(1)
    found = adapt_head(head, *data, 0)
    assert not found.kept
    assert found.head is head
    assert found.penalty == 1.0
    assert abs(found.gain) < 0.02


def test_the_order_of_the_rows_does_not_matter():
    head, features, classes, groups = planted(2, change=1.5)
    features[10], classes[10], groups[10] = features[11], classes[11], groups[11]
    first = adapt_head(head, features, classes, groups, 0)
    order = np.random.default_rng(0).permutation(len(classes))
    second = adapt_head(head, features[order], classes[order], [groups[row] for row in order], 0)
    assert first.kept
    assert second.head.fingerprint == first.head.fingerprint
    assert second.to_dict() == first.to_dict()


def test_texts_without_rating_play_no_part():
    head, features, classes, groups = planted(3, change=1.5)
    rated = np.arange(len(classes)) % 3 > 0
    first = adapt_head(head, features, np.where(rated, classes, -1), groups, 0)
    kept = [name for name, known in zip(groups, rated, strict=True) if known]
    second = adapt_head(head, features[rated], classes[rated], kept, 0)
    assert first.head.fingerprint == second.head.fingerprint
    assert first.n_train + first.n_test == rated.sum()


def test_no_customer_is_on_both_sides(monkeypatch):
    sides = []
    take = adapt._Data.take

    def watched(self, rows):
        part = take(self, rows)
        sides.append((set(self.groups), set(part.groups), len(part.classes)))
        return part

    monkeypatch.setattr(adapt._Data, "take", watched)
    head, *data = planted(4, n=400)
    found = adapt_head(head, *data, 0)
    assert [size for *_, size in sides[:2]] == [found.n_train, found.n_test]
    assert len(sides) == 12  # the split, and five folds of the training side
    for (everyone, one, _), (_, other, _) in zip(sides[::2], sides[1::2], strict=True):
        assert not one & other
        assert one | other == everyone
    held_out = sides[1][1]
    assert not held_out & set().union(*(everyone for everyone, *_ in sides[2:]))
    assert 0.1 < len(held_out) / 200 < 0.3


def test_who_is_held_back_depends_on_name_and_seed_alone():
    head, features, classes, groups = planted(5)
    sizes = {adapt_head(head, features, classes, groups, seed).n_test for seed in range(4)}
    assert len(sizes) > 1
    first = np.arange(500) < 250
    parts = [
        adapt_head(head, features, np.where(part, classes, -1), groups, 0).n_test
        for part in (first, ~first)
    ]
    assert min(parts) > 0
    assert sum(parts) == adapt_head(head, features, classes, groups, 0).n_test


def test_a_customer_with_many_texts_counts_once():
    head, features, classes, groups = planted(6, n=600)
    wrong = (classes[:100] + 1) % 3
    found = adapt_head(
        head,
        np.concatenate([features, *[features[:100]] * 20]),
        np.concatenate([classes, *[wrong] * 20]),
        [*groups, *["loud"] * 2000],
        0,
    )
    quiet = adapt_head(head, features, classes, groups, 0)
    assert not found.kept
    assert found.before is not None
    assert quiet.before is not None
    assert found.before["log_loss"] == pytest.approx(quiet.before["log_loss"], abs=0.05)


def test_the_size_of_the_features_does_not_matter():
    head, features, classes, groups = planted(7, change=1.5)
    scales = 2.0 ** np.arange(-2, WIDTH - 2)  # exact in half precision
    scaled = SentimentHead(head.weight / scales, head.bias)
    first = adapt_head(head, features, classes, groups, 0)
    second = adapt_head(scaled, (features * scales).astype(np.float16), classes, groups, 0)
    assert second.penalty == first.penalty
    assert np.allclose(second.head.weight * scales, first.head.weight, atol=1e-2)


def test_features_that_never_change_keep_their_weights():
    head, features, classes, groups = planted(8, change=1.5)
    features[:, 2] = 0.25
    found = adapt_head(head, features, classes, groups, 0)
    assert found.kept
    assert np.allclose(found.head.weight[:, 2], head.weight[:, 2], atol=1e-5)


def test_log_probabilities_of_another_model_can_be_features():
    rng = np.random.default_rng(9)
    classes = np.arange(600) % 3
    logits = rng.normal(size=(600, 3)) + 2.0 * np.eye(3)[classes] + [0.0, 4.0, 0.0]
    features = (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float16)
    head = SentimentHead(np.eye(3), np.zeros(3))
    found = adapt_head(head, features, classes, [str(row) for row in range(600)], 0)
    assert found.kept
    assert found.after["macro_f1"] > found.before["macro_f1"] + 0.2
    assert found.head.bias[1] < found.head.bias[[0, 2]].min() - 1


@pytest.mark.parametrize(
    ("rated", "classes", "customers", "reason"),
    [
        (99, 3, 99, "99 texts with a rating that is understood, at least 100 are needed."),
        (0, 3, 99, "0 texts with a rating that is understood, at least 100 are needed."),
        (120, 2, 120, "No rating is positive, or only those held back."),
        (
            120,
            3,
            6,
            "The ratings come from 6 customers, too few to learn from some of them and compare "
            "on the others.",
        ),
    ],
)
def test_too_little_to_learn_from_changes_nothing(rated, classes, customers, reason):
    head, features, _, _ = planted(0, n=150)
    numbers = np.where(np.arange(150) < rated, np.arange(150) % classes, -1)
    found = adapt_head(head, features, numbers, [f"C{n % customers}" for n in range(150)], 0)
    assert found.head is head
    assert found.to_dict() == {
        "kept": False,
        "reason": reason,
        "before": None,
        "after": None,
        "gain": None,
        "standard_error": None,
        "penalty": None,
        "n_train": 0,
        "n_test": 0,
    }


def test_the_record_is_json():
    head, *data = planted(2, change=1.5)
    record = adapt_head(head, *data, 0).to_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["reason"] == "For customers held back its log-loss is lower and its F1 is not."

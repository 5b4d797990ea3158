from __future__ import annotations

import numpy as np
import pytest

from textseg.cluster import unit
from textseg.topics.guided import Guides, apply_seeds, apply_taxonomy, find_guides

SIZES = (200, 120, 80, 60, 40, 20)
DIM = 64
RNG = np.random.default_rng(0)
CENTERS = np.linalg.qr(RNG.normal(size=(DIM, DIM)))[0]
TRUTH = RNG.permutation(np.repeat(np.arange(-1, len(SIZES)), (80, *SIZES)))
# Half of the texts' length is noise; the 80 strangers are nothing but noise.
NOISE = RNG.normal(size=(len(TRUTH), DIM)) / np.sqrt(DIM)
X = unit(np.where(TRUTH[:, None] >= 0, CENTERS[TRUTH], 0) + NOISE * 0.7)


def phrases_for(topic: int, n: int = 3, seed: int = 1) -> np.ndarray:
    """Phrases are less like their topic than its texts are."""
    rng = np.random.default_rng([seed, topic])
    return unit(CENTERS[topic] + 0.9 * rng.normal(size=(n, DIM)) / np.sqrt(DIM))


def made(member: list[int], names: tuple[str, ...]) -> Guides:
    sizes = np.bincount([m for m in member if m >= 0], minlength=len(names))
    g = len(names)
    return Guides(
        names, np.eye(g, dtype=np.float32), np.zeros(g, np.float32), np.array(member), sizes > 0,
        sizes, 2, (),
    )  # fmt: skip


@pytest.mark.parametrize("topic", range(len(SIZES)))
def test_a_planted_topic_is_found_by_its_phrases(topic):
    guides = find_guides(X, ["it"], [phrases_for(topic)])
    inside = guides.member == 0
    assert guides.found.tolist() == [True]
    assert guides.n_texts.tolist() == [inside.sum()]
    assert guides.notes == ()
    assert (TRUTH[inside] == topic).mean() >= 0.95
    assert inside[topic == TRUTH].mean() >= 0.7


def test_directions_move_to_the_texts_but_not_off_the_phrases():
    phrases = [phrases_for(topic) for topic in range(4)]
    guides = find_guides(X, list("abcd"), phrases)
    means = unit(np.stack([unit(unit(p) - guides.center).mean(axis=0) for p in phrases]))
    truth = unit(np.stack([X[t == TRUTH].mean(axis=0) for t in range(4)]) - guides.center)
    moved = (guides.directions * truth).sum(axis=1)
    assert (moved > (means * truth).sum(axis=1)).all()
    assert ((guides.directions * means).sum(axis=1) >= np.sqrt(0.5)).all()


def test_random_directions_are_not_found():
    rng = np.random.default_rng(5)
    absent = [unit(row + 0.5 * rng.normal(size=(3, DIM))) for row in rng.normal(size=(200, DIM))]
    found = [find_guides(X, ["absent"], [phrases]).found[0] for phrases in absent]
    assert sum(found) <= 4
    together = find_guides(X, [f"absent {i}" for i in range(200)], absent)
    assert together.found.sum() <= 4


def test_directions_between_topics_and_off_the_noise_are_not_found():
    # Nothing was planted along these axes, but all texts have noise there.
    guides = find_guides(X, [str(i) for i in range(40)], [CENTERS[[i + 10]] for i in range(40)])
    assert guides.found.sum() == 0
    assert (guides.member == -1).all()
    assert guides.n_texts.tolist() == [0] * 40


def test_what_is_absent_is_reported_beside_what_is_found():
    guides = find_guides(X, ["here", "parking"], [phrases_for(1), CENTERS[[30]]])
    assert guides.found.tolist() == [True, False]
    assert guides.notes == (
        "The data does not have 'parking': 1 text is near its phrases, 5 are needed.",
    )
    alone = find_guides(X, ["here"], [phrases_for(1)])
    assert np.array_equal(alone.member, guides.member)


def test_nothing_is_found_without_texts_of_the_topic():
    topic = 2
    guides = find_guides(X[topic != TRUTH], ["it"], [phrases_for(topic)])
    assert not guides.found[0]


def test_a_topic_needs_five_texts():
    few = np.flatnonzero(TRUTH == 4)
    for n, found in ((4, False), (12, True)):
        rows = np.setdiff1d(np.flatnonzero(TRUTH >= 0), few[n:])
        assert find_guides(X[rows], ["it"], [phrases_for(4)]).found[0] == found


def test_the_order_of_phrases_and_repeated_ones_change_nothing():
    phrases = phrases_for(0, 5)
    first = find_guides(X, ["it"], [phrases])
    for other in (phrases[::-1], np.vstack([phrases, phrases[:2]])):
        again = find_guides(X, ["it"], [other])
        assert np.array_equal(again.directions, first.directions)
        assert np.array_equal(again.member, first.member)


def test_the_order_of_guides_changes_only_their_numbers():
    names = ["b", "A", "twin", "c", "absent", "Twin 2"]
    phrases = [phrases_for(0), phrases_for(1), phrases_for(2), phrases_for(3), CENTERS[[40]],
               phrases_for(2)]  # fmt: skip
    one = find_guides(X, names, phrases)
    order = [4, 2, 0, 5, 3, 1]
    other = find_guides(X, [names[i] for i in order], [phrases[i] for i in order])
    assert np.array_equal(np.append(order, -1)[other.member], one.member)
    assert np.array_equal(other.directions, one.directions[order])
    assert np.array_equal(other.n_texts, one.n_texts[order])
    assert sorted(one.notes) == sorted(other.notes)
    assert one.n_texts[2] > 0
    assert one.n_texts[5] == 0
    assert (
        one.notes[-1]
        == "'Twin 2' is no topic of its own: the texts near its phrases fit others better."
    )


def test_what_all_texts_share_does_not_matter():
    shared = 3 * CENTERS[50]
    guides = find_guides(unit(X + shared), ["it", "absent"],
                         [unit(phrases_for(0) + shared), unit(CENTERS[[40]] + shared)])  # fmt: skip
    assert guides.found.tolist() == [True, False]
    assert (TRUTH[guides.member == 0] == 0).mean() >= 0.95


@pytest.mark.parametrize("n", [1, 2, 6])
def test_very_few_texts_are_no_error(n):
    guides = find_guides(X[:n], ["it"], [phrases_for(0)])
    assert len(guides.member) == n
    assert guides.found.tolist() == [bool(guides.n_texts[0])]


def test_more_texts_than_are_compared_with_give_the_same(monkeypatch):
    whole = find_guides(X, ["it", "absent"], [phrases_for(0), CENTERS[[40]]])
    monkeypatch.setattr("textseg.topics.guided._REFERENCE", 200)
    sampled = find_guides(X, ["it", "absent"], [phrases_for(0), CENTERS[[40]]])
    assert sampled.found.tolist() == [True, False]
    assert ((whole.member == 0) == (sampled.member == 0)).mean() >= 0.97


def test_a_topic_that_coincides_takes_the_seeds_name():
    labels = np.array([0] * 6 + [1] * 6)
    guides = made([-1] * 5 + [0] * 6 + [-1], ("delivery",))
    again, names = apply_seeds(labels, guides)
    assert names == (None, "delivery")
    assert again.tolist() == labels.tolist()


def test_a_seed_that_is_part_of_a_topic_becomes_one_of_its_own():
    again, names = apply_seeds(np.array([0] * 9 + [1] * 3), made([0] * 4 + [-1] * 8, ("late",)))
    assert names == (None, None, "late")
    assert again.tolist() == [2] * 4 + [0] * 5 + [1] * 3


def test_a_seed_that_is_wider_joins_its_topics():
    labels = np.array([0] * 4 + [1] * 3 + [2] * 3 + [-1] * 2)
    guides = made([-1] * 4 + [0] * 3 + [0, 0, -1] + [0, -1], ("late",))
    again, names = apply_seeds(labels, guides)
    assert names == (None, "late")
    assert again.tolist() == [0] * 4 + [1] * 6 + [1, -1]


def test_a_topic_with_hardly_a_text_left_is_gone_but_small_ones_stay():
    labels = np.array([0] * 4 + [1] * 1 + [2] * 9)
    guides = made([0, 0, 1, -1] + [-1] + [0] * 2 + [1] * 2 + [-1] * 5, ("a", "b"))
    again, names = apply_seeds(labels, guides)
    assert names == (None, None, "a", "b")
    assert again.tolist() == [2, 2, 3, -1] + [0] + [2] * 2 + [3] * 2 + [1] * 5


def test_seeds_that_were_not_found_change_nothing():
    labels = np.array([1, 0, 0, -1])
    again, names = apply_seeds(labels, made([-1] * 4, ("a", "b")))
    assert names == (None, None)
    assert again.tolist() == labels.tolist()


def test_a_taxonomy_replaces_discovery_and_the_rest_stays_discovered():
    # Discovery splits topic 0, joins 1 and 2, and has the strangers as a topic.
    rng = np.random.default_rng(3)
    halves = np.where(rng.random(len(X)) < 0.5, 0, 6)
    discovered = np.select([TRUTH == 0, TRUTH == 2, TRUTH == -1], [halves, 1, 2], TRUTH)
    discovered[TRUTH == 2] = 1
    discovered = np.unique(discovered, return_inverse=True)[1].astype(np.int64)
    names = ["zero", "one", "two", "nowhere"]
    phrases = [*(phrases_for(topic) for topic in range(3)), CENTERS[[40]]]
    guides = find_guides(X, names, phrases)
    labels, found = apply_taxonomy(discovered, X, guides)
    assert found[-3:] == ("zero", "one", "two")
    assert set(found[:-3]) == {None}
    k = len(found)
    for topic in range(3):
        inside = labels == k - 3 + topic
        assert inside[topic == TRUTH].mean() >= 0.95
        assert (TRUTH[inside] == topic).mean() >= 0.9
    for topic in (3, 4, 5):
        assert (labels[topic == TRUTH] < k - 3).mean() >= 0.95
        assert len(np.unique(labels[topic == TRUTH])) <= 2


def test_a_taxonomy_without_any_text_leaves_discovery_as_it_is():
    labels = np.where(TRUTH >= 0, TRUTH, -1)
    guides = find_guides(X, ["nowhere"], [CENTERS[[40]]])
    again, names = apply_taxonomy(labels, X, guides)
    assert np.array_equal(again, labels)
    assert names == (None,) * len(SIZES)

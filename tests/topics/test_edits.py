from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from textseg.cluster import Centroids, unit
from textseg.errors import InputError
from textseg.topics.corpus import Corpus
from textseg.topics.edits import (
    KINDS,
    Edit,
    apply_edit,
    describe,
    find_topic,
    followers,
)
from textseg.topics.model import TopicModel

DIM = 12
# Topic 0 has two parts that lie apart on both sides of its prototype; the others have one each.
PLANTED = {
    "courier": (0, 40, "The courier with the parcel stood at door {}"),
    "cardboard": (0, 25, "The cardboard around the parcel was torn on side {}"),
    "refund": (1, 30, "My refund is missing, order {}"),
    "voucher": (2, 20, "The voucher {} was refused"),
}
CENTERS = dict(
    zip(
        PLANTED,
        unit(
            np.array(
                [
                    [1, 0, 0, 0.7, *[0] * 8],
                    [1, 0, 0, -0.7, *[0] * 8],
                    [0, 1, 0, 0, *[0] * 8],
                    [0, 0, 1, 0, *[0] * 8],
                ]
            )
        ),
        strict=True,
    )
)


def embed(texts: list[str]) -> np.ndarray:
    """Place a text at the mean of the parts whose words it has, with a little noise of its own."""
    rng = np.random.default_rng(len(texts))
    rows = []
    for text in texts:
        at = [CENTERS[word] for word in PLANTED if word in text.lower()]
        rows.append((np.mean(at, axis=0) if at else 0) + 0.03 * rng.normal(size=DIM))
    return unit(np.array(rows))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    texts = [text.format(i) for _, n, text in PLANTED.values() for i in range(n)]
    order = np.random.default_rng(3).permutation(len(texts))
    texts = [texts[i] for i in order]
    return Corpus(texts, embed(texts).astype(np.float16), embed)


@pytest.fixture
def model() -> TopicModel:
    """Parcel, refund and voucher; a rotated space, so that no edit can do without it."""
    rotation = np.linalg.qr(np.random.default_rng(7).normal(size=(DIM, DIM)))[0]
    prototypes = np.eye(3, DIM, dtype=np.float32)
    centroids = Centroids(
        unit(prototypes @ rotation),
        np.full(3, 0.6, dtype=np.float32),
        whitening=rotation.astype(np.float32),
        center=np.zeros(DIM, dtype=np.float32),
        typical=np.full(3, 0.9, dtype=np.float32),
        spread=np.full(3, 0.1, dtype=np.float32),
    )
    return TopicModel(
        centroids,
        names=("Parcel", "Missing refund", "Voucher refused"),
        keywords=(("parcel",), ("refund", "missing"), ("voucher", "refused")),
        parents=(0, 1, 1),
        theme_names=("Delivery", "Money"),
        hidden=frozenset(),
        pinned=frozenset(),
    )


def topics_of(model: TopicModel, corpus: Corpus) -> np.ndarray:
    return model.centroids.assign(corpus.embeddings)[0]


def words(corpus: Corpus, word: str) -> np.ndarray:
    return np.array([word in text for text in corpus.texts])


def same_rows(one: TopicModel, other: TopicModel, topic: int) -> bool:
    rows = [m.centroids.directions[m.centroids.groups == topic] for m in (one, other)]
    return rows[0].tobytes() == rows[1].tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_comes_back_from_json(kind):
    edit = Edit(kind, (3, 7), name="Late delivery", into=3)
    again = Edit.from_json(edit.to_json())
    assert again == (edit if kind == "split" else replace(edit, into=2))


def test_rename_changes_one_name_and_nothing_else(model):
    after = apply_edit(model, Edit("rename", (1,), name="  Refund\n not received "))
    assert after.names == ("Parcel", "Refund not received", "Voucher refused")
    assert replace(after, names=model.names) == replace(model, centroids=after.centroids)
    assert after.centroids is model.centroids


def test_a_theme_can_be_renamed(model):
    after = apply_edit(model, Edit("rename", (), name="Shipping", theme=0))
    assert after.theme_names == ("Shipping", "Money")
    assert after.names == model.names


def test_a_theme_that_is_called_by_its_topics_follows(model, corpus):
    model = replace(model, theme_names=("Parcel", "Missing refund / Voucher refused"))
    after = apply_edit(model, Edit("rename", (2,), name="Voucher"))
    assert after.theme_names == ("Parcel", "Missing refund / Voucher")
    assert apply_edit(model, Edit("rename", (0,), name="Box")).theme_names[0] == "Box"
    after = apply_edit(model, Edit("merge", (1, 2), name="Money"), corpus)
    assert after.theme_names == ("Parcel", "Money")
    assert followers(model, after) == {0: 0, 1: 1, 2: 1}


def test_a_topic_can_be_written_otherwise(model):
    assert apply_edit(model, Edit("rename", (0,), name="PARCEL")).names[0] == "PARCEL"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "A topic's name should have 1 to 80 characters, got ''."),
        (" \n", "A topic's name should have 1 to 80 characters, got ''."),
        (None, "A topic's name should have 1 to 80 characters, got ''."),
        ("x" * 81, f"A topic's name should have 1 to 80 characters, got {'x' * 81!r}."),
        ("a\x1b[2J", "A topic's name should have 1 to 80 characters, got 'a\\x1b[2J'."),
        ("17", "A topic's name should have a word, got '17'."),
        ("missing REFUND", "There is a topic or theme called 'missing REFUND' already."),
        ("delivery", "There is a topic or theme called 'delivery' already."),
    ],
)
def test_a_bad_name_is_refused(model, name, message):
    with pytest.raises(InputError) as caught:
        apply_edit(model, Edit("rename", (0,), name=name))
    assert caught.value.message == message


def test_merged_topics_are_one_and_no_other_text_moves(model, corpus):
    before = topics_of(model, corpus)
    after = apply_edit(model, Edit("merge", (2, 1)), corpus)
    expected = np.where(before == 2, 1, before)
    np.testing.assert_array_equal(topics_of(after, corpus), expected)
    assert after.ids == [0, 1]
    assert after.names == ("Parcel", "Missing refund", "")
    assert after.keywords[2] == ()
    assert {"refund", "voucher"} <= {word for each in after.keywords[1] for word in each.split()}
    assert after.keywords[0] == model.keywords[0]


def test_a_merged_topic_may_take_a_name_of_its_parts_or_a_new_one(model, corpus):
    for name in ("Voucher refused", "Money back"):
        assert apply_edit(model, Edit("merge", (1, 2), name=name), corpus).names[1] == name
    with pytest.raises(InputError, match="There is a topic or theme called 'Parcel' already"):
        apply_edit(model, Edit("merge", (1, 2), name="Parcel"), corpus)


def test_a_merged_topic_can_be_merged_again(model, corpus):
    after = apply_edit(model, Edit("merge", (1, 2)), corpus)
    after = apply_edit(after, Edit("merge", (0, 1)), corpus)
    assert after.ids == [0]
    assert (topics_of(after, corpus) == 0).all()


def test_a_free_name_may_be_given_again(model, corpus):
    after = apply_edit(model, Edit("merge", (1, 2)), corpus)
    assert apply_edit(after, Edit("rename", (0,), name="Voucher refused")).names[0]


def test_merging_a_topic_with_itself_is_refused(model, corpus):
    with pytest.raises(InputError, match="two different topics, got “Missing refund” alone"):
        apply_edit(model, Edit("merge", (1, 1)), corpus)


@pytest.mark.parametrize(("marked", "hidden"), [({1}, set()), ({1, 2}, {1})])
def test_a_merged_topic_is_hidden_if_all_parts_were(model, corpus, marked, hidden):
    model = replace(model, hidden=frozenset(marked), pinned=frozenset({2}))
    after = apply_edit(model, Edit("merge", (1, 2)), corpus)
    assert after.hidden == hidden
    assert after.pinned == {1}


def test_split_finds_the_two_parts(model, corpus):
    before = topics_of(model, corpus)
    assert (before >= 0).all()
    after = apply_edit(model, Edit("split", (0,)), corpus)
    labels = topics_of(after, corpus)
    np.testing.assert_array_equal(labels == 0, words(corpus, "courier"))
    np.testing.assert_array_equal(labels == 3, words(corpus, "cardboard"))
    np.testing.assert_array_equal(labels[before > 0], before[before > 0])
    assert after.ids == [0, 1, 2, 3]
    assert same_rows(after, model, 1)
    assert same_rows(after, model, 2)
    assert after.parents == (0, 1, 1, 0)
    for topic, word in ((0, "courier"), (3, "cardboard")):
        assert word in " ".join([after.names[topic], *after.keywords[topic]]).lower()
    assert after.names[1:3] == model.names[1:3]
    assert after.keywords[1:3] == model.keywords[1:3]


def test_split_does_not_depend_on_the_order_of_the_texts(model, corpus):
    back = Corpus(corpus.texts[::-1], corpus.embeddings[::-1], corpus.embed)
    one = apply_edit(model, Edit("split", (0,)), corpus)
    other = apply_edit(model, Edit("split", (0,)), back)
    np.testing.assert_array_equal(topics_of(one, corpus), topics_of(other, corpus))
    assert one.names == other.names


@pytest.mark.parametrize(
    ("name", "stays"), [("Courier service", True), ("Cardboard", False), ("WISMO", False)]
)
def test_the_first_part_keeps_an_apt_name(model, corpus, name, stays):
    model = apply_edit(model, Edit("rename", (0,), name=name))
    assert (apply_edit(model, Edit("split", (0,)), corpus).names[0] == name) == stays
    pinned = apply_edit(model, Edit("pin", (0,)))
    assert apply_edit(pinned, Edit("split", (0,)), corpus).names[0] == name


def test_the_parts_names_are_new(model, corpus):
    found = apply_edit(model, Edit("split", (0,)), corpus).names
    for taken in (found[0].upper(), found[3].upper()):
        other = apply_edit(model, Edit("rename", (1,), name=taken))
        names = apply_edit(other, Edit("split", (0,)), corpus).names
        assert len({name.lower() for name in names}) == 4
        assert names[1] == taken


def test_merging_the_parts_gives_the_texts_back(model, corpus):
    after = apply_edit(model, Edit("split", (0,)), corpus)
    after = apply_edit(after, Edit("merge", (0, 3)), corpus)
    np.testing.assert_array_equal(topics_of(after, corpus), topics_of(model, corpus))


def test_split_into_three(model, corpus):
    merged = apply_edit(model, Edit("merge", (0, 1, 2)), corpus)
    after = apply_edit(merged, Edit("split", (0,), into=4), corpus)
    labels = topics_of(after, corpus)
    assert after.ids == [0, 3, 4, 5]
    sizes = [int((labels == topic).sum()) for topic in (0, 3, 4, 5)]
    assert sizes == [40, 30, 25, 20]
    for word in PLANTED:
        assert len(set(labels[words(corpus, word)])) == 1


def test_a_topic_without_parts_cannot_be_split(model, corpus):
    few = np.flatnonzero(words(corpus, "voucher"))[:9]
    rows = np.concatenate([np.flatnonzero(~words(corpus, "voucher")), few])
    small = Corpus([corpus.texts[i] for i in rows], corpus.embeddings[rows], embed)
    with pytest.raises(InputError) as caught:
        apply_edit(model, Edit("split", (2,)), small)
    assert caught.value.message == (
        "“Voucher refused” cannot be split into 2: it has 9 different texts, and each part should "
        "have 5 that stand apart from the rest."
    )
    same = corpus.embeddings.copy()
    same[words(corpus, "voucher")] = CENTERS["voucher"]
    with pytest.raises(InputError, match="it has 20 different texts"):
        apply_edit(model, Edit("split", (2,)), Corpus(corpus.texts, same, embed))


@pytest.mark.parametrize(
    ("on", "off", "field"), [("hide", "show", "hidden"), ("pin", "unpin", "pinned")]
)
def test_marks_are_set_and_taken_away(model, on, off, field):
    after = apply_edit(model, Edit(on, (2, 0)))
    assert getattr(after, field) == {0, 2}
    assert getattr(apply_edit(after, Edit(off, (0,))), field) == {2}
    with pytest.raises(InputError, match=f"“Parcel” is {field} already"):
        apply_edit(after, Edit(on, (1, 0)))
    with pytest.raises(InputError, match=f"“Missing refund” is not {field} already"):
        apply_edit(after, Edit(off, (1,)))


def test_one_topic_stays_visible(model):
    with pytest.raises(InputError, match="One topic at least should stay visible"):
        apply_edit(model, Edit("hide", (0, 1, 2)))


def test_an_edited_model_comes_back_from_its_arrays(model, corpus):
    for edit in (Edit("merge", (1, 2)), Edit("split", (0,)), Edit("hide", (1,)), Edit("pin", (0,))):
        after = apply_edit(model, edit, corpus)
        again = TopicModel.from_arrays(after.to_arrays(), after.metadata())
        assert again.metadata() == after.metadata()
        np.testing.assert_array_equal(topics_of(again, corpus), topics_of(after, corpus))


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (Edit("rename", (0,), name="Box"), "“Parcel” is now called “Box”."),
        (
            Edit("rename", (), name="Cash", theme=1),
            "The theme “Money” is now called “Cash”.",
        ),
        (
            Edit("merge", (2, 1)),
            "“Voucher refused” and “Missing refund” are one topic now: “Missing refund”.",
        ),
        (Edit("pin", (1,)), "“Missing refund” is pinned."),
        (Edit("hide", (0, 1)), "“Parcel” and “Missing refund” are hidden: left out of the report"),
    ],
)
def test_an_edit_is_described(model, corpus, edit, text):
    assert describe(edit, model, apply_edit(model, edit, corpus)).startswith(text)


TABLE = pd.DataFrame(
    {"topic_id": [0, 2, 3], "kind": ["topic", "topic", "theme"], "name": ["Card", "Fee", "Fee"]}
)


def test_a_topic_is_found_by_id_and_by_name():
    assert find_topic(TABLE, 2) == find_topic(TABLE, " 2 ") == 2
    assert find_topic(TABLE, "cARD") == 0
    assert find_topic(TABLE, "fee") == 2
    assert find_topic(TABLE, "3") == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (1, "There is no topic 1."),
        ("-1", "There is no topic '-1'."),
        ("crad", "There is no topic 'crad'."),
    ],
)
def test_an_unknown_topic_is_an_error(given, message):
    with pytest.raises(InputError) as caught:
        find_topic(TABLE, given)
    assert caught.value.message == message
    if given == "crad":
        assert caught.value.hint == "Did you mean 'card'?"

from __future__ import annotations

import zlib
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from made import made_encodings

from textseg.cluster import unit
from textseg.config import Config, make_config
from textseg.encode.encodings import Encodings
from textseg.encode.work import text_keys
from textseg.errors import InputError
from textseg.schema import EXPORTS, FEEDBACK, checked
from textseg.topics.stage import Topics, find_topics, label_feedback

# A planted topic: its number of texts, and what each text says.
PLANTED = {
    "refund": (70, "My refund was not received, order {}"),
    "courier": (55, "The courier left box {} in the rain"),
    "zipper": (45, "A broken zipper on jacket {}"),
    "voucher": (30, "Voucher {} was refused at the checkout"),
}
DIM = 32
CENTERS = np.linalg.qr(np.random.default_rng(5).normal(size=(DIM, DIM)))[0]


def embed(texts: list[str]) -> np.ndarray:
    """Place a text near the center of the topic whose word it has, else anywhere."""
    rows = []
    for text in texts:
        noise = np.random.default_rng(zlib.crc32(text.encode())).normal(size=DIM)
        at = [i for i, word in enumerate(PLANTED) if word in text.lower()]
        rows.append(CENTERS[at[0]] + 0.08 * noise if at else noise)
    return unit(np.array(rows))


def encodings_of(texts: list[str]) -> Encodings:
    """Encode as the encoder does: distinct texts, in the order of their hashes."""
    keys = text_keys(texts, "")
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    distinct = [texts[i] for i in first]
    negative = np.array([0.8 if "refund" in text else 0.1 for text in distinct], dtype=np.float32)
    probabilities = np.column_stack([negative, 0.9 - negative, np.full_like(negative, 0.1)])
    return made_encodings(embed(distinct), probabilities, index)


def body() -> pd.DataFrame:
    """Planted feedback in two channels over a year; every fourth text comes again elsewhere."""
    texts = [text.format(i) for n, text in PLANTED.values() for i in range(n)]
    empty = ["ok", "n/a", "refund"]
    again = texts[::4]
    frame = pd.DataFrame({"text": [*texts, *empty, *again]})
    n = len(frame)
    frame["feedback_id"] = [f"f{i:03}" for i in range(n)]
    frame["source"] = "a.csv"
    frame["row"] = range(1, n + 1)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) * 11 % 365, unit="D")
    frame["created_at"] = days.where(np.arange(n) % 10 > 0)
    frame["channel"] = pd.Series(["web", "app", None])[np.arange(n) % 3].to_numpy()
    frame["informative"] = ~frame["text"].isin(empty)
    return checked(frame, FEEDBACK)


def run(feedback: pd.DataFrame, config: Config | None = None) -> Topics:
    return find_topics(
        feedback, encodings_of(feedback["text"].to_list()), embed, config or Config()
    )


def same(one: Topics, other: Topics) -> None:
    """Both found the same topics, to the bit, and gave each text the same."""
    for name, array in one.model.to_arrays().items():
        assert array.tobytes() == other.model.to_arrays()[name].tobytes()
    assert one.model.metadata() == other.model.metadata()
    columns = ["text", "topic_id", "topic_name", "topic_confidence", "is_core", "sentiment"]
    frames = [
        topics.feedback[columns].drop_duplicates().sort_values("text", ignore_index=True)
        for topics in (one, other)
    ]
    pd.testing.assert_frame_equal(*frames)
    assert one.figures["levels"] == other.figures["levels"]


@pytest.fixture(scope="module")
def topics() -> Topics:
    return run(body())


def test_planted_topics_are_found_and_named_in_their_words(topics):
    assert len(topics.model) == len(PLANTED)
    for word, name, keywords in zip(
        PLANTED, topics.model.names, topics.model.keywords, strict=True
    ):
        assert name.lower() in PLANTED[word][1].lower().replace("was ", "").replace("the ", "")
        assert any(word in keyword.lower() for keyword in keywords)
    assert topics.table["name"].tolist() == list(topics.model.names)


def test_each_text_gets_its_planted_topic(topics):
    table = topics.feedback[topics.feedback["topic_id"] >= 0]
    expected = [
        next(i for i, word in enumerate(PLANTED) if word in text.lower()) for text in table["text"]
    ]
    assert table["topic_id"].tolist() == expected
    assert len(table) > 0.9 * len(topics.feedback)


def test_exports_keep_what_they_promise(topics):
    feedback = checked(topics.feedback, EXPORTS["feedback"])
    table = checked(topics.table, EXPORTS["topics"])
    assert feedback.index.equals(body().index)
    counts = feedback["topic_id"].value_counts()
    assert table["n_feedback"].tolist() == [counts[i] for i in range(len(table))]
    refund = feedback["topic_id"] == 0
    assert table["sentiment"][0] == pytest.approx(feedback.loc[refund, "sentiment"].mean())
    assert table["negative_share"].tolist() == [1, 0, 0, 0]
    text_of = feedback.set_index("feedback_id")["text"]
    for examples in table["example_ids"]:
        texts = text_of[examples.split(", ")]
        assert len(texts) == 5
        assert texts.is_unique


def test_figures(topics):
    figures = topics.figures
    assert figures["n_topics"] == 4
    assert figures["distinct_texts"] == 200
    assert figures["assign_agreement"] == 1.0
    assert figures["unclustered_share"] == (topics.feedback["topic_id"] == -1).mean()
    assert figures["core_share"] > 0.9
    assert max(figures["levels"], key=lambda one: one["silhouette"])["n_topics"] == 4


def test_uninformative_texts_get_sentiment_but_no_topic(topics):
    table = topics.feedback
    empty = table[table["text"].isin(["ok", "n/a", "refund"])]
    assert empty["topic_id"].tolist() == [-1, -1, -1]
    assert empty["topic_confidence"].tolist() == [0, 0, 0]
    assert empty["topic_name"].isna().all()
    assert not empty["is_core"].any()
    assert empty["sentiment_label"].tolist() == ["neutral", "neutral", "negative"]


def test_repeated_text_has_one_topic(topics):
    per_text = topics.feedback.groupby("text")[["topic_id", "topic_confidence", "is_core"]]
    assert (per_text.nunique() == 1).all(axis=None)


def test_row_order_changes_nothing(topics):
    same(run(body().sample(frac=1, random_state=3)), topics)


def test_repeated_rows_change_no_topic(topics):
    frame = body()
    more = pd.concat([frame, frame.iloc[:90].assign(source="b.csv")], ignore_index=True)
    again = run(more)
    same(again, topics)
    assert again.table["n_feedback"].sum() > topics.table["n_feedback"].sum() + 80


def test_row_order_changes_no_sample():
    # The repeats stand in other months and channels, so that the stratum must not be a matter of
    # which came first.
    small = Config().topics.model_copy(update={"sample": 120})
    config = Config().model_copy(update={"topics": small})
    frame = body()
    one = run(frame, config)
    assert one.figures["core_share"] <= 120 / 200
    same(run(frame.iloc[::-1], config), one)


def test_wanted_number_of_topics():
    found = run(body(), make_config({"topics": {"number": 2}}))
    assert len(found.model) == 2
    assert found.table["n_feedback"].is_monotonic_decreasing
    assert len(set(found.model.names)) == 2


def test_assigning_alone_gives_what_the_whole_got(topics):
    frame = body()
    for start in range(0, len(frame), 60):
        part = frame.iloc[start : start + 60]
        got = label_feedback(topics.model, part, encodings_of(part["text"].to_list()))
        whole = topics.feedback.loc[part.index]
        assert got["topic_id"].tolist() == whole["topic_id"].tolist()
        assert got["topic_name"].equals(whole["topic_name"])
        np.testing.assert_allclose(got["topic_confidence"], whole["topic_confidence"], atol=1e-5)
        # Whether a text lay in a core is known of the texts of the discovery only.
        assert not got["is_core"].any()


def test_strangers_are_unclustered(topics):
    texts = [f"Do you sell tents for {i} people" for i in range(20)]
    rows = {"text": texts, "feedback_id": texts, "source": "b.csv", "row": 1, "informative": True}
    got = label_feedback(topics.model, checked(pd.DataFrame(rows), FEEDBACK), encodings_of(texts))
    assert got["topic_id"].tolist() == [-1] * 20


def test_texts_that_say_nothing_do_not_count():
    frame = body().iloc[:60].copy()
    frame["informative"] = np.arange(60) < 29
    with pytest.raises(InputError) as caught:
        run(frame)
    assert caught.value.message == (
        "Topics need at least 30 distinct texts that say something, got 29."
    )


def test_repeats_do_not_count_as_texts():
    frame = pd.concat([body().iloc[:20]] * 3, ignore_index=True)
    with pytest.raises(InputError, match=r"got 20\. Add more feedback\.$"):
        run(frame)


def test_progress_is_told(topics):
    seen: list[tuple[str, int | None]] = []
    done: list[int] = []

    class Watch:
        @contextmanager
        def stage(self, name, total=None):
            seen.append((name, total))
            yield done.append

    frame = body().iloc[:40]
    find_topics(frame, encodings_of(frame["text"].to_list()), embed, Config(), Watch())
    assert seen == [("Finding topics", 2)]
    assert sum(done) == 2

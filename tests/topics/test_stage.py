from __future__ import annotations

import json
import zlib
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made import made_encodings

from textseg.cluster import Level, unit
from textseg.cluster.points import by_size
from textseg.config import Config, make_config
from textseg.encode.encodings import Encodings
from textseg.encode.work import text_keys
from textseg.errors import ConfigError, InputError
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


QUICK = make_config({"topics": {"stability": False}})


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
    assert [one["stability"] > 0.9 for one in figures["levels"] if one["n_topics"] == 4] == [True]
    assert all(-1 <= one["stability"] <= 1 for one in figures["levels"])
    assert min(figures["stability"]["agreement"].values()) > 0.9
    assert figures["guides"] is figures["naming"] is None
    assert json.loads(json.dumps(figures)) == figures
    assert topics.notes == ()


def test_clear_topics_are_stable_and_surely_assigned(topics):
    table = topics.table
    assert (table["stability"] > 0.9).all()
    assert (table["kind"] == "topic").all()
    assert table["parent_id"].isna().all()
    inside = topics.feedback[topics.feedback["topic_id"] >= 0]
    assert inside["topic_confidence"].between(0, 1).all()
    assert inside["topic_confidence"].mean() > 0.8


def test_without_stability_the_topics_are_the_same_and_have_none(topics):
    found = run(body(), QUICK)
    assert found.table["stability"].isna().all()
    assert found.figures["stability"] is None
    assert all(one["stability"] is None for one in found.figures["levels"])
    assert found.feedback["topic_id"].tolist() == topics.feedback["topic_id"].tolist()
    assert found.model.names == topics.model.names
    for name in ("directions", "thresholds", "center", "whitening", "typical", "spread"):
        one, other = found.model.to_arrays()[name], topics.model.to_arrays()[name]
        assert one.tobytes() == other.tobytes()


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
    small = QUICK.topics.model_copy(update={"sample": 120})
    config = QUICK.model_copy(update={"topics": small})
    frame = body()
    one = run(frame, config)
    assert one.figures["core_share"] <= 120 / 200
    same(run(frame.iloc[::-1], config), one)


def test_wanted_number_of_topics():
    found = run(body(), make_config({"topics": {"number": 2, "stability": False}}))
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
    with pytest.raises(InputError, match=r"got 20\. Add more feedback, or"):
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
    assert seen == [("Finding topics", 3)]
    assert sum(done) == 3


# Themes: nine topics about three things

WIDE = {
    "refund": "My refund was not received, order {}",
    "charge": "A charge {} that is not mine",
    "invoice": "The invoice {} has a wrong amount",
    "zipper": "A broken zipper on jacket {}",
    "seam": "The seam of the trousers {} came apart",
    "button": "One button is missing on shirt {}",
    "courier": "The courier left box {} in the rain",
    "parcel": "Parcel {} has been lost on its way",
    "delivery": "Delivery {} came two weeks late",
}


def embed_wide(texts: list[str]) -> np.ndarray:
    """Place a text near the center of its topic, which is near that of its theme."""
    rows = []
    for text in texts:
        noise = np.random.default_rng(zlib.crc32(text.encode())).normal(size=DIM)
        at = [i for i, word in enumerate(WIDE) if word in text.lower()]
        center = 0.7 * CENTERS[at[0] // 3] + CENTERS[3 + at[0]] if at else 0 * noise
        rows.append(center + (0.06 if at else 1) * noise)
    return unit(np.array(rows))


def wide_body() -> pd.DataFrame:
    texts = [text.format(i) for n, text in enumerate(WIDE.values()) for i in range(40 - 2 * n)]
    ids = [f"f{i:03}" for i in range(len(texts))]
    rows = {"text": texts, "feedback_id": ids, "source": "a.csv", "row": 1, "informative": True}
    return checked(pd.DataFrame(rows), FEEDBACK)


def run_wide(feedback: pd.DataFrame, config: Config) -> Topics:
    encodings = encodings_of(feedback["text"].to_list())
    keys = text_keys(feedback["text"].to_list(), "")
    _, first = np.unique(keys, return_index=True)
    embeddings = embed_wide(feedback["text"].iloc[first].to_list())
    wide = replace(encodings, embeddings=embeddings.astype(np.float16))
    return find_topics(feedback, wide, embed_wide, config)


@pytest.fixture(scope="module")
def wide() -> Topics:
    return run_wide(wide_body(), QUICK)


def test_planted_themes_are_found_and_sum_up_their_topics(wide):
    table = checked(wide.table, EXPORTS["topics"])
    topics, themes = (table[table["kind"] == kind] for kind in ("topic", "theme"))
    assert len(topics) == 9
    about = [
        next(i for i, word in enumerate(WIDE) if word in " ".join(words).lower()) // 3
        for words in wide.model.keywords
    ]
    parents = topics["parent_id"].tolist()
    assert set(parents) <= set(themes["topic_id"])
    # A theme is about one thing, and a thing has one theme.
    assert len(set(parents)) == 3
    assert all(
        len({thing for thing, own in zip(about, parents, strict=True) if own == parent}) == 1
        for parent in set(parents)
    )
    assert themes["topic_id"].tolist() == [9, 10, 11]
    assert themes["parent_id"].isna().all()
    for theme in themes.itertuples():
        own = topics[topics["parent_id"] == theme.topic_id]
        assert theme.n_feedback == own["n_feedback"].sum() > 0
        assert theme.share == pytest.approx(own["share"].sum())
        assert theme.keywords == ", ".join(own["name"])


def test_names_of_topics_and_themes_are_all_different(wide):
    own = wide.table["parent_id"].value_counts()
    assert (own > 1).all()
    names = wide.table["name"].str.casefold()
    assert names.is_unique
    assert names.str.len().gt(0).all()


def test_feedback_has_topics_and_never_a_theme(wide):
    assert set(wide.feedback["topic_id"]) <= {-1, *range(9)}
    assert wide.feedback["topic_name"].dropna().isin(wide.model.names).all()


# Texts without topic


def planted_level(X: np.ndarray, stranger: np.ndarray) -> Level:
    """The cut that has the planted topics as cores; strangers join what they are nearest to."""
    centers = embed([text.format(0) for _, text in PLANTED.values()])
    labels = by_size((X @ unit(centers).T).argmax(axis=1))
    directions = unit(np.array([X[(labels == i) & ~stranger].mean(axis=0) for i in range(4)]))
    return Level(15, ~stranger, labels, directions, np.full(len(X), 0.5, dtype=np.float32))


def with_strangers(n: int) -> pd.DataFrame:
    texts = [f"Do you sell tents for {i} people" for i in range(n)]
    ids = [f"s{i:03}" for i in range(n)]
    rows = {"text": texts, "feedback_id": ids, "source": "b.csv", "row": 1, "informative": True}
    return pd.concat([body(), checked(pd.DataFrame(rows), FEEDBACK)], ignore_index=True)


def test_it_is_said_that_more_texts_than_wanted_have_no_topic(monkeypatch):
    frame = with_strangers(200)
    strict = make_config({"topics": {"stability": False, "max_unclustered": 0.05}})

    def levels(X, **_):
        texts = np.array(sorted_texts(frame))
        return (planted_level(X, np.char.startswith(texts, "Do you")),)

    monkeypatch.setattr("textseg.topics.discovery.discover", levels)
    found = run(frame, strict)
    informative = found.feedback["feedback_id"].isin(frame.loc[frame["informative"], "feedback_id"])
    share = (found.feedback["topic_id"] < 0)[informative].mean()
    assert share > 0.055
    assert found.notes == (
        f"{share:.0%} of the feedback that says something has no topic, more than "
        "topics.max_unclustered (5%): it resembles no topic more than feedback of other topics "
        "does.",
    )
    planted = found.feedback["text"].str.contains("|".join(PLANTED), case=False) & informative
    assert (found.feedback.loc[planted, "topic_id"] >= 0).mean() > 0.95
    generous = make_config({"topics": {"stability": False, "max_unclustered": 0.6}})
    assert run(frame, generous).notes == ()


def sorted_texts(frame: pd.DataFrame) -> list[str]:
    texts = frame.loc[frame["informative"], "text"].to_list()
    _, first = np.unique(text_keys(texts, ""), return_index=True)
    return [texts[i] for i in first]


def test_feedback_that_says_nothing_is_not_counted_as_without_topic():
    frame = body()
    empty = frame["text"] == "ok"
    more = pd.concat([frame, *[frame[empty].assign(source=f"c{i}") for i in range(100)]])
    found = run(more.reset_index(drop=True), QUICK)
    assert found.figures["unclustered_share"] > 0.2
    assert found.notes == ()


# Topics that the user asked for


def test_seeds_and_a_taxonomy_together_are_an_error():
    seed = {"name": "Money back", "phrases": ["no refund"]}
    both = make_config({"topics": {"seed": [seed], "taxonomy": "taxonomy.csv"}})
    with pytest.raises(ConfigError) as caught:
        run(body(), both)
    assert caught.value.message == "topics.seed and topics.taxonomy cannot be used together."
    assert caught.value.hint == "Add the seeds to the taxonomy, as labels with their phrases."


# Names by a language model

SAID = {
    "refund": "Missing money",
    "courier": "Wet packaging",
    "zipper": "Torn jacket",
    "voucher": "Rejected coupon",
}


def about(sent: dict) -> str:
    """Find the planted word of the topic that is asked for."""
    return next(word for word in SAID if word in sent["messages"][1]["content"].lower())


def by_llm(server, **more) -> Config:
    topics = {"stability": False, "naming": "llm", "llm": {"url": server.url, "model": "tiny"}}
    return make_config({"topics": topics | more})


def test_by_keywords_nothing_is_sent_though_a_model_is_set(server, topics):
    found = run(body(), by_llm(server, naming="keywords"))
    assert server.paths == []
    assert found.model.names == topics.model.names
    assert found.figures["naming"] is None


def test_names_of_a_model_are_used_everywhere_and_kept(server, tmp_path, topics):
    server.answer = lambda sent: SAID[about(sent)]
    frame, answers = body(), tmp_path / "names.json"
    encodings = encodings_of(frame["text"].to_list())
    found = find_topics(frame, encodings, embed, by_llm(server), answers=answers)
    assert [about(json.loads(sent)) for sent in server.bodies] == list(PLANTED)
    assert found.model.names == tuple(SAID.values())
    assert found.table["name"].tolist() == list(SAID.values())
    assert found.feedback["topic_id"].tolist() == topics.feedback["topic_id"].tolist()
    inside = found.feedback[found.feedback["topic_id"] >= 0]
    assert inside["topic_name"].tolist() == [found.model.names[i] for i in inside["topic_id"]]
    assert found.model.keywords == topics.model.keywords
    assert found.notes == ("4 of 4 topics are named by tiny.",)
    assert (found.figures["naming"]["calls"], found.figures["naming"]["known"]) == (4, 0)
    again = find_topics(frame, encodings, embed, by_llm(server), answers=answers)
    assert len(server.paths) == 4
    assert again.model.names == found.model.names
    assert (again.figures["naming"]["calls"], again.figures["naming"]["known"]) == (0, 4)


def test_a_seed_keeps_its_name_and_nothing_of_it_is_sent(server):
    server.answer = lambda sent: SAID[about(sent)]
    seed = {"name": "Money back", "phrases": ["no refund", "where is the refund"]}
    found = run(body(), by_llm(server, seed=[seed]))
    assert found.model.names == ("Money back", *list(SAID.values())[1:])
    assert [about(json.loads(sent)) for sent in server.bodies] == list(PLANTED)[1:]
    assert not any(b"refund" in sent or b"Money back" in sent for sent in server.bodies)
    assert found.notes == ("3 of 3 topics are named by tiny.",)

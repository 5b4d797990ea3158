from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from search.planted import FEEDBACK, commit_planted, planted_frames, planted_metadata

from textseg.config import Config
from textseg.encode import Reader
from textseg.errors import InputError, ModelError, WorkspaceError
from textseg.search import Filters, Search, search_workspace
from textseg.search.runs import HeldRun, StoredRun
from textseg.workspace import Workspace
from textseg.workspace.store import Store

COLUMNS = [
    "rank", "similarity", "feedback_id", "source", "customer_id", "date", "channel",
    "topic_name", "sentiment_label", "n_feedback", "text",
]  # fmt: skip


def ids(workspace, query="anything", n=10, **filters):
    _, found = search_workspace(workspace, query, n, Filters(**filters))
    return found.feedback["feedback_id"].to_list()


def kept(workspace):
    return sorted((workspace / "encodings" / "search").iterdir())


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("where is my order, it never came", "f0"),
        ("delivered to somebody else's house", "f1"),
        ("beautiful gown, right size", "f2"),
        ("arms of the shirt do not reach my wrists", "f3"),
        ("how much money is left on the voucher", "f4"),
    ],
)
def test_the_planted_text_comes_first(made, query, first):
    assert ids(made, query, 1) == [first]


def test_a_text_of_the_run_finds_itself(made):
    _, found = search_workspace(made, FEEDBACK[3][0], 3)
    assert list(found.feedback.columns) == COLUMNS
    best = found.feedback.iloc[0]
    assert best["similarity"] == pytest.approx(1.0, abs=1e-3)
    assert best["date"] == pd.Timestamp("2026-02-10 23:59:59.5")
    described = ["rank", "feedback_id", "customer_id", "channel", "topic_name", "sentiment_label"]
    assert best[described].to_list() == [1, "f3", "C4", "email", "Fit", "negative"]
    assert found.n_encoded == 0


def test_a_text_that_several_wrote_is_there_once_with_their_number(made):
    _, found = search_workspace(made, "thank you")
    assert found.feedback["rank"].to_list() == [1, 2, 3, 4, 5, 6]
    assert found.feedback["text"].is_unique
    thanks = found.feedback.iloc[0]
    assert thanks[["text", "n_feedback", "feedback_id"]].to_list() == ["Thanks!", 3, "f5"]
    _, some = search_workspace(made, "thank you", 1, Filters(since="2026-02-04"))
    assert some.feedback[["n_feedback", "feedback_id"]].to_numpy().tolist() == [[2, "f6"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"segment": "waiting"}, {"f0", "f1", "f5"}),
        ({"segment": 1}, {"f2", "f6"}),
        ({"segment": "none"}, {"f3", "f7"}),
        ({"topic": "Fit"}, {"f2", "f3"}),
        ({"topic": "0"}, {"f0", "f1"}),
        ({"topic": "delivery"}, {"f0", "f1"}),
        ({"topic": "service"}, {"f0", "f1"}),
        ({"topic": 3}, {"f2", "f3"}),
        ({"topic": -1}, {"f4", "f5"}),
        ({"topic": "unclustered", "channel": "web"}, {"f6"}),
        ({"sentiment": "Neutral"}, {"f4"}),
        ({"channel": "EMAIL"}, {"f0", "f3", "f5"}),
        ({"until": "2026-01-20"}, {"f0", "f1"}),
        ({"since": "2026-02-10", "until": "2026-02-10"}, {"f3"}),
        ({"since": pd.Timestamp("2026-02-28")}, {"f7"}),
        ({"since": "2027-01-01"}, set()),
        ({"segment": "Dressers", "sentiment": "negative"}, set()),
    ],
)
def test_filters_leave_what_passes(made, filters, expected):
    assert set(ids(made, **filters)) == expected


@pytest.mark.parametrize(
    ("filters", "message", "hint"),
    [
        ({"segment": "Wating"}, "The run has no segment 'Wating'.", "Did you mean 'Waiting'?"),
        ({"topic": "Delivry"}, "The run has no topic 'Delivry'.", "Did you mean 'Delivery'?"),
        (
            {"topic": 9},
            "The run has no topic '9'.",
            "There are: Delivery, Fit, Service, unclustered.",
        ),
        ({"sentiment": "bad"}, "The run has no sentiment 'bad'.", "There are: negative, neutral,"),
        ({"channel": "emial"}, "The run has no channel 'emial'.", "Did you mean 'email'?"),
        ({"since": "5/1/26"}, "since should be a day such as 2026-03-31, got '5/1/26'.", ""),
        (
            {"since": "2026-02-02", "until": "2026-02-01"},
            "since is 2026-02-02, after until, which is 2026-02-01.",
            "Swap them.",
        ),
    ],
)
def test_a_filter_that_names_nothing_is_an_error(made, filters, message, hint):
    with pytest.raises(InputError) as caught:
        ids(made, **filters)
    assert caught.value.message == message
    assert (caught.value.hint or "").startswith(hint)


def test_an_empty_query_and_no_results_are_errors(made):
    with pytest.raises(InputError, match="The text to search for is empty"):
        ids(made, " ")
    with pytest.raises(InputError, match="n should be at least 1, got 0"):
        ids(made, n=0)


def test_a_run_that_is_not_there_is_an_error(made, tmp_path):
    with pytest.raises(WorkspaceError, match=r"no run '0001-2026'.*mean '0001-2026-02-28'"):
        search_workspace(made, "x", run_id="0001-2026")
    (tmp_path / "empty").mkdir()
    Store(tmp_path / "empty" / "store.duckdb", wait=1)._make()
    with pytest.raises(WorkspaceError, match="has no run yet"):
        search_workspace(tmp_path / "empty", "x")


def test_the_order_of_the_feedback_changes_nothing(made, tmp_path):
    order = np.random.default_rng(0).permutation(len(FEEDBACK)).tolist()
    other = commit_planted(tmp_path / "shuffled", order)
    for filters in (Filters(), Filters(topic="unclustered")):
        results = [search_workspace(ws, "good", 10, filters)[1].feedback for ws in (made, other)]
        pd.testing.assert_frame_equal(*results)


def test_ties_go_by_source_and_id():
    frames = planted_frames()
    # The default encoder does not tell capital letters.
    alike = ["A late parcel", "a late parcel", "a Late parcel"]
    frames["feedback"]["text"] = [*alike, *frames["feedback"]["text"][3:]]
    metadata = planted_metadata(Reader.load(Config()))
    found = Search(HeldRun(frames, metadata), None)("late parcel", 2).feedback
    assert found["feedback_id"].to_list() == ["f0", "f1"]
    assert found["similarity"].nunique() == 1


def test_a_run_in_memory_gives_what_a_stored_one_gives(made):
    frames = planted_frames()
    metadata = planted_metadata(Reader.load(Config()))
    search = Search(HeldRun(frames, metadata), made / "encodings")
    held = search("late parcel", 4, Filters(segment="Waiting"))
    _, stored = search_workspace(made, "late parcel", 4, Filters(segment="Waiting"))
    pd.testing.assert_frame_equal(held.feedback, stored.feedback)
    assert held.n_encoded == 0
    assert search("late parcel", 1).feedback["feedback_id"].to_list() == ["f0"]


def test_encodings_that_are_gone_are_made_again(workspace):
    _, before = search_workspace(workspace, "late parcel")
    shutil.rmtree(workspace / "encodings")
    _, after = search_workspace(workspace, "late parcel")
    assert after.n_encoded == 6
    pd.testing.assert_frame_equal(
        after.feedback.drop(columns="similarity"), before.feedback.drop(columns="similarity")
    )
    np.testing.assert_allclose(
        after.feedback["similarity"], before.feedback["similarity"], atol=1e-3
    )
    assert search_workspace(workspace, "late parcel")[1].n_encoded == 0


def test_the_second_search_uses_what_the_first_has_kept(workspace):
    first = search_workspace(workspace, "late parcel")[1].feedback
    (folder,) = kept(workspace)
    state = (folder / "vectors.npy").stat().st_mtime_ns
    second = search_workspace(workspace, "late parcel")[1].feedback
    pd.testing.assert_frame_equal(first, second)
    assert (folder / "vectors.npy").stat().st_mtime_ns == state


def test_a_damaged_index_is_made_again(workspace):
    first = search_workspace(workspace, "late parcel")[1].feedback
    (folder,) = kept(workspace)
    (folder / "vectors.npy").write_bytes(b"")
    second = search_workspace(workspace, "late parcel")[1].feedback
    pd.testing.assert_frame_equal(first, second)
    assert (folder / "vectors.npy").stat().st_size > 0


def test_feedback_that_was_erased_is_not_found_and_leaves_the_index(workspace):
    import duckdb

    assert ids(workspace, "late parcel", 1) == ["f0"]
    (before,) = kept(workspace)
    with duckdb.connect(workspace / "store.duckdb") as store:
        store.execute("DELETE FROM assignments WHERE position = 0")
    assert "f0" not in ids(workspace, "late parcel")
    (after,) = kept(workspace)
    assert after != before
    assert np.load(after / "vectors.npy").shape[0] == 5


def test_a_new_run_has_an_index_of_its_own(workspace):
    assert ids(workspace, "late parcel", 1) == ["f0"]
    (before,) = kept(workspace)
    commit_planted(workspace, [2, 3, 4])
    run_id, found = search_workspace(workspace, "late parcel")
    assert run_id == "0002-2026-02-28"
    assert set(found.feedback["feedback_id"]) == {"f2", "f3", "f4"}
    assert kept(workspace) != [before]
    _, old = search_workspace(workspace, "late parcel", 1, run_id="0001-2026-02-28")
    assert old.feedback["feedback_id"].to_list() == ["f0"]


def test_another_encoder_is_an_error(made):
    run = StoredRun.find(Workspace.open(made))
    run.metadata["encoder"]["weights"] = "0" * 64
    with pytest.raises(ModelError, match=r"weights 000000000000.*Put the model of the run back"):
        Search(run, made / "encodings")("x")

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import textseg
from textseg.errors import InputError, TextsegError, WorkspaceError
from textseg.segmentation import Segmentation, load
from textseg.steering import change_topics, edit_topics, lost_edits
from textseg.steering.edit import SEGMENTS_STAY
from textseg.topics.trends import find_trends
from textseg.workspace import Workspace

NAMES = (
    "name", "keywords", "description", "top_topics", "segment_name", "topic_name", "macro_name"
)  # fmt: skip
NEW = pd.DataFrame(
    {
        "text": [
            "My parcel has not arrived and nobody can tell me where it is.",
            "I want my money back for the shoes I returned.",
            "The dress fits perfectly and the colour is lovely.",
            "The payment page crashed and my card was charged twice.",
            "Where do I find early access to the sale?",
        ]
    }
)


def files(folder: Path, *skip: str) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {".lock", *skip}
    }


def frames_of(workspace: Path) -> dict[str, pd.DataFrame]:
    return Workspace.open(workspace).latest().frames


def only_topics(seg: Segmentation) -> pd.DataFrame:
    return seg.topics[seg.topics["kind"] == "topic"].set_index("topic_id")


def same_but(one: pd.DataFrame, other: pd.DataFrame, columns: tuple[str, ...] = ()) -> None:
    drop = [name for name in columns if name in one]
    pd.testing.assert_frame_equal(one.drop(columns=drop), other.drop(columns=drop))


def assigned_again(workspace: Path, feedback: pd.DataFrame) -> None:
    """The fitted texts get exactly what the exports say of them."""
    seg = load(workspace)
    again = seg.assign(feedback)
    columns = ["topic_id", "topic_name", "topic_confidence"]
    pd.testing.assert_frame_equal(
        again.feedback.set_index("feedback_id")[columns].sort_index(),
        seg.feedback.set_index("feedback_id")[columns].sort_index(),
    )
    clauses = ["feedback_id", "clause"]
    pd.testing.assert_frame_equal(
        again.clauses.sort_values(clauses, ignore_index=True),
        seg.clauses.sort_values(clauses, ignore_index=True),
    )


def counted_right(seg: Segmentation) -> None:
    """What is said of topics and customers follows from feedback and clauses."""
    feedback, topics = seg.feedback, only_topics(seg)
    inside = feedback[feedback["topic_id"] >= 0].groupby("topic_id")
    counts = inside.size().reindex(topics.index, fill_value=0)
    np.testing.assert_array_equal(topics["n_feedback"], counts)
    np.testing.assert_allclose(topics["share"], counts / len(feedback), atol=1e-6)
    np.testing.assert_allclose(topics["sentiment"], inside["sentiment"].mean(), atol=1e-6)
    names = topics["name"].to_dict()
    assert set(feedback["topic_id"]) <= {-1, *names}
    assert feedback["topic_name"].equals(feedback["topic_id"].map(names).astype("string"))
    owner = feedback.set_index(["source", "feedback_id"])["customer_id"]
    clauses = seg.clauses
    keys = pd.MultiIndex.from_frame(clauses[["source", "feedback_id"]])
    clauses["customer_id"] = owner.reindex(keys).array
    clauses = clauses[clauses["customer_id"].notna()]
    total = clauses.groupby("customer_id").size()
    grouped = clauses[clauses["topic_id"] >= 0].groupby(["customer_id", "topic_id"])
    own = seg.customer_topics.set_index(["customer_id", "topic_id"])
    np.testing.assert_array_equal(own["n"], grouped.size())
    np.testing.assert_allclose(own["sentiment"], grouped["sentiment"].mean(), atol=1e-6)
    share = own["n"] / total.reindex(own.index.get_level_values(0)).to_numpy()
    np.testing.assert_allclose(own["share"], share.astype("float64"), atol=1e-6)
    dominant = seg.customers.set_index("customer_id")["dominant_topic_id"].dropna()
    assert set(dominant.items()) <= set(own.index)
    assert set(dominant.index) == set(own.index.get_level_values(0))


def test_a_new_name_is_everywhere(workspace, shop):
    before, known_frames = load(workspace), frames_of(workspace)
    old = before.topics["name"].iloc[0]
    after = edit_topics(workspace, "rename", old.upper(), name="Made by hand")
    assert only_topics(after)["name"][0] == "Made by hand"
    counted_right(after)
    for name, frame in frames_of(workspace).items():
        same_but(frame, known_frames[name], NAMES)
        exported = pd.read_parquet(workspace / "exports" / f"{name}.parquet")
        assert (exported == old).sum().sum() == 0
    texts = pd.concat(
        [after.segments[name] for name in ("name", "description", "top_topics")]
        + [after.customers["segment_name"]]
    ).dropna()
    assert not texts.str.contains(old, regex=False).any()
    assert texts.str.contains("Made by hand").sum() > 3
    assert set(after.customers["segment_name"].dropna()) <= set(after.segments["name"])
    page = (workspace / "report.html").read_text()
    assert "Made by hand" in page
    assert old not in page
    assert f"topic: {old}" not in set(after.profiles["feature"])
    assert "topic: Made by hand" in set(after.profiles["feature"])
    figures = json.dumps(after.manifest["figures"]["segments"], ensure_ascii=False)
    for said in (figures, *(path.read_text() for path in (workspace / "exports").glob("rules.*"))):
        assert old not in said
        assert "Made by hand" in said
    found, known = after.assign(NEW), before.assign(NEW)
    same_but(found.feedback, known.feedback, NAMES)
    assigned_again(workspace, shop.feedback)
    (edit,) = after.manifest["edits"]
    assert edit["text"] == f"“{old}” is now called “Made by hand”."


def test_renaming_back_leaves_no_trace_in_the_exports(workspace):
    old = load(workspace).topics["name"].iloc[0]
    before = files(workspace / "exports")
    edit_topics(workspace, "rename", 0, name="Made by hand")
    assert files(workspace / "exports") != before
    edit_topics(workspace, "rename", 0, name=old)
    assert files(workspace / "exports") == before


def test_merged_topics_count_together_and_segments_stay(workspace, shop):
    before = load(workspace)
    known = before.assign(NEW)
    after = edit_topics(workspace, "merge", 3, 1, name="Both")
    counted_right(after)
    assert list(only_topics(after).index) == [n for n in only_topics(before).index if n != 3]
    moved = before.feedback["topic_id"].replace(3, 1)
    np.testing.assert_array_equal(after.feedback["topic_id"], moved)
    np.testing.assert_array_equal(
        after.clauses["topic_id"], before.clauses["topic_id"].replace(3, 1)
    )
    was, now = only_topics(before), only_topics(after)
    assert now["n_feedback"][1] == was["n_feedback"][1] + was["n_feedback"][3]
    for other in set(now.index) - {1}:
        pd.testing.assert_series_equal(
            now.loc[other].drop("example_ids"), was.loc[other].drop("example_ids")
        )
    assert np.isnan(now["stability"][1])
    assert now["stability"].drop(1).notna().all()
    for column in ("segment_id", "segment_confidence", "n_feedback", "sentiment", "monetary"):
        pd.testing.assert_series_equal(after.customers[column], before.customers[column])
    same_but(after.segments, before.segments, NAMES)
    assert not after.segments["top_topics"].str.contains(was["name"][3], regex=False).any()
    assert SEGMENTS_STAY in after.notes
    assert after.manifest["counts"]["topics"] == len(now)
    assert Workspace.open(workspace).runs()["n_topics"].to_list() == [len(now)]
    found = after.assign(NEW).feedback["topic_id"]
    np.testing.assert_array_equal(found, known.feedback["topic_id"].replace(3, 1))
    assigned_again(workspace, shop.feedback)


def test_a_split_topic_is_two_and_hardly_another_text_moves(workspace, shop):
    before = load(workspace)
    after = edit_topics(workspace, "split", 0)
    counted_right(after)
    new = len(only_topics(before))
    assert list(only_topics(after).index) == [*only_topics(before).index, new]
    was, now = before.feedback["topic_id"], after.feedback["topic_id"]
    assert (now[was == 0].isin([0, new])).mean() > 0.9
    assert (now[was > 0] == was[was > 0]).mean() > 0.9
    assert min((now == 0).sum(), (now == new).sum()) >= 5
    names = only_topics(after)["name"]
    assert names.str.lower().is_unique
    assert names[1:new].equals(only_topics(before)["name"][1:])
    assert only_topics(after)["keywords"][new]
    stability = only_topics(after)["stability"]
    assert stability[[0, new]].isna().all()
    assert stability.drop([0, new]).equals(only_topics(before)["stability"].drop(0))
    assert after.customers["segment_id"].equals(before.customers["segment_id"])
    assert new in set(after.customer_topics["topic_id"])
    assigned_again(workspace, shop.feedback)


def test_parts_that_are_merged_are_the_topic_again(workspace):
    was = load(workspace).feedback["topic_id"]
    new = len(only_topics(edit_topics(workspace, "split", 0)))
    after = edit_topics(workspace, "merge", 0, new - 1)
    assert (after.feedback["topic_id"] == was).mean() > 0.9
    counted_right(after)


def test_a_hidden_topic_is_in_the_exports_but_not_in_the_report(workspace, shop):
    before = load(workspace)
    listed = before.segments["top_topics"].dropna().str.split(", ").explode()
    name = listed.value_counts().index[0]
    topic = only_topics(before).query("name == @name").index[0]
    after = edit_topics(workspace, "hide", int(topic))
    assert only_topics(after)["hidden"].to_dict() == {
        each: each == topic for each in only_topics(after).index
    }
    pd.testing.assert_frame_equal(after.feedback, before.feedback)
    assert name not in [row["name"] for row in after.report().to_dict()["topics"]]
    assert not after.segments["top_topics"].str.contains(name, regex=False).any()
    assert not after.segments["name"].str.contains(name, regex=False).any()
    assigned_again(workspace, shop.feedback)
    shown = edit_topics(workspace, "show", name)
    assert not shown.topics["hidden"].any()


def test_a_pin_changes_nothing_but_the_model(workspace, shop):
    before = files(workspace / "exports")
    edit_topics(workspace, "pin", 2)
    assert files(workspace / "exports") == before
    model = json.loads((workspace / "model" / "model.json").read_text())
    assert model["metadata"]["topics"]["pinned"] == [2]
    assigned_again(workspace, shop.feedback)


def test_edits_build_on_one_another_and_can_all_be_undone(workspace, shop):
    before, exports = load(workspace), files(workspace / "exports")
    record = Workspace.open(workspace).latest()
    edit_topics(workspace, "rename", 1, name="First")
    edit_topics(workspace, "split", 0)
    edit_topics(workspace, "merge", "first", 3)
    edit_topics(workspace, "hide", 2)
    after = edit_topics(workspace, "pin", "First")
    counted_right(after)
    assigned_again(workspace, shop.feedback)
    assert [edit["kind"] for edit in after.manifest["edits"]] == [
        "rename", "split", "merge", "hide", "pin"
    ]  # fmt: skip
    for left in (4, 3, 2, 1, 0):
        text, run = change_topics(workspace, "undo")
        assert text.startswith("Undone: ")
        assert len(run.manifest["edits"]) == left
    assert files(workspace / "exports") == exports
    again = Workspace.open(workspace).latest()
    assert again.metadata == record.metadata
    assert again.manifest["figures"]["segments"] == record.manifest["figures"]["segments"]
    for model, arrays in record.arrays.items():
        for name, array in arrays.items():
            np.testing.assert_allclose(again.arrays[model][name], array, rtol=1e-12)
    assert load(workspace).notes == before.notes
    assigned_again(workspace, shop.feedback)
    with pytest.raises(InputError, match="has no edit that could be undone"):
        edit_topics(workspace, "undo")


def test_the_weeks_of_topics_follow(workspace):
    opened = Workspace.open(workspace)
    run = opened.latest()
    known = find_trends(run.frames["feedback"], run.frames["topics"], as_of=run.as_of).to_json()
    opened.edit(
        run,
        frames={},
        arrays=run.arrays,
        metadata=run.metadata,
        manifest={**run.manifest, "figures": {**run.manifest["figures"], "trends": known}},
        report=run.report,
        edit={"kind": "pin", "topics": [0], "text": ""},
        before={},
    )
    after = edit_topics(workspace, "merge", 1, 3)
    trends = after.manifest["figures"]["trends"]
    assert trends["series"]["weeks"] == known["series"]["weeks"]
    assert trends["emerging"] == known["emerging"]
    told = [each["topic_id"] for each in trends["series"]["topics"]]
    assert told
    assert set(told) <= set(only_topics(after).index)
    hidden = edit_topics(workspace, "hide", 1).manifest["figures"]["trends"]
    assert 1 not in [flag["topic_id"] for flag in hidden["flags"]]


def test_the_same_edits_give_the_same_bytes(workspace, tmp_path):
    other = Path(shutil.copytree(workspace, tmp_path / "other"))
    for folder in (workspace, other):
        edit_topics(folder, "split", 0)
        edit_topics(folder, "merge", 1, 2)
    assert files(workspace / "exports") == files(other / "exports")
    assert files(workspace / "model", "README.md") == files(other / "model", "README.md")


@pytest.mark.parametrize(
    ("kind", "topics", "options", "message"),
    [
        ("rename", (0,), {"name": ""}, "A topic's name should have 1 to 80 characters"),
        ("rename", (0, 1), {"name": "x"}, "To rename, give one topic, got 2"),
        ("rename", (), {"name": "x"}, "To rename, give a topic, got 0"),
        ("rename", ("nonsense",), {"name": "x"}, "There is no topic 'nonsense'"),
        ("merge", (0,), {}, "Merging takes two different topics"),
        ("merge", (0, 99), {}, "There is no topic 99"),
        ("split", (0,), {"into": 40}, "cannot be split into 40"),
        ("show", (0,), {}, "is not hidden already"),
        ("undo", (), {}, "has no edit that could be undone"),
    ],
)
def test_a_bad_edit_leaves_every_byte(workspace, kind, topics, options, message):
    before = files(workspace)
    with pytest.raises(InputError, match=message):
        edit_topics(workspace, kind, *topics, **options)
    assert files(workspace) == before


def test_a_failure_on_the_way_leaves_the_run_and_its_files(workspace, monkeypatch):
    before = files(workspace)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("on the way")

    monkeypatch.setattr("textseg.workspace.store.insert_arrays", fail)
    with pytest.raises(RuntimeError, match="on the way"):
        edit_topics(workspace, "merge", 1, 2)
    monkeypatch.undo()
    changed = {name for name, data in files(workspace).items() if before.get(name) != data}
    assert changed <= {"store.duckdb", "store.duckdb.wal"}
    assert load(workspace).manifest.get("edits") is None
    assert not edit_topics(workspace, "pin", 1).topics["hidden"].any()


def test_edits_stay_with_their_run(workspace, shop):
    first = Workspace.open(workspace)
    assert lost_edits(first) is None
    for topic in (0, 1):
        edit_topics(workspace, "pin", topic)
    edited = edit_topics(workspace, "rename", 0, name="Made by hand")
    run_id = first.latest_id()
    assert lost_edits(first) == (
        f"3 topic edits of run {run_id} (2 pin, 1 rename) do not carry over: "
        "run finds topics afresh. textseg refresh would keep them."
    )
    edited.save(workspace)
    assert load(workspace, run=run_id).manifest["edits"] == edited.manifest["edits"]


def test_there_must_be_a_run(tmp_path):
    with pytest.raises(WorkspaceError, match="does not exist"):
        edit_topics(tmp_path / "nowhere", "pin", 0)
    assert issubclass(WorkspaceError, TextsegError)
    assert textseg.TextsegError is TextsegError

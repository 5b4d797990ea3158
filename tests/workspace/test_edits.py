from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from textseg.errors import WorkspaceError
from textseg.workspace import RunRecord, Workspace
from textseg.workspace import workspace as module


def edit(workspace: Workspace, run: RunRecord, **changes: Any) -> RunRecord:
    """Rename the topics, or whatever the changes say."""
    topics = run.frames["topics"].assign(name=pd.array(["one", "two"], dtype="string"))
    arguments: dict[str, Any] = {
        "frames": {"topics": topics},
        "arrays": run.arrays,
        "metadata": {**run.metadata, "names": ["one", "two"]},
        "manifest": run.manifest,
        "report": "<html>edited</html>",
        "edit": {"kind": "rename", "topics": [0], "name": "one"},
        "before": {"metadata": {"names": ["ład"]}},
    }
    return workspace.edit(run, **{**arguments, **changes})


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def same(one: RunRecord, other: RunRecord) -> None:
    assert (one.run_id, one.as_of, one.metadata, one.report) == (
        other.run_id, other.as_of, other.metadata, other.report
    )  # fmt: skip
    assert one.manifest == other.manifest
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, other.frames[name])
    for model, arrays in one.arrays.items():
        assert arrays.keys() == other.arrays[model].keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, other.arrays[model][name])


def test_an_edit_changes_the_run_in_its_place(workspace):
    run = workspace.latest()
    after = edit(workspace, run)
    assert after.run_id == run.run_id
    assert after.frames["topics"]["name"].to_list() == ["one", "two"]
    same(workspace.latest(), after)
    assert len(workspace.runs()) == 1
    assert workspace.runs()["created_at"].iloc[0] == pd.Timestamp(run.created_at).tz_localize(None)
    same(Workspace.open(workspace.path).load(run.run_id), after)


def test_frames_that_are_not_named_stay(workspace):
    run = workspace.latest()
    after = edit(workspace, run)
    for name in set(run.frames) - {"topics"}:
        pd.testing.assert_frame_equal(workspace.latest().frames[name], after.frames[name])
        pd.testing.assert_frame_equal(run.frames[name], after.frames[name])


def test_other_runs_stay(workspace, make_run):
    first = workspace.latest()
    workspace.commit(**make_run(n=7, first=3, as_of="2025-07-31"))
    second = workspace.latest()
    feedback = second.frames["feedback"].assign(topic_id=-1, topic_name=pd.NA)
    edit(workspace, second, frames={"feedback": feedback}, arrays={"topics": {"x": np.ones(2)}})
    same(workspace.load(first.run_id), first)
    latest = workspace.latest()
    assert (latest.frames["feedback"]["topic_id"] == -1).all()
    assert list(latest.arrays["topics"]) == ["x"]
    assert workspace.runs()["unclustered_share"].iloc[1] == 1.0


def test_the_exports_and_the_manifest_follow(workspace):
    after = edit(workspace, workspace.latest())
    folder = workspace.path
    names = pd.read_parquet(folder / "exports" / "topics.parquet")["name"].to_list()
    assert names == ["one", "two"]
    assert (folder / "report.html").read_text() == "<html>edited</html>"
    assert json.loads((folder / "model" / "model.json").read_text())["metadata"] == after.metadata
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["revision"] == 1
    (only,) = manifest["edits"]
    assert (only["id"], only["kind"], only["name"]) == (1, "rename", "one")
    assert pd.Timestamp(only["created_at"]).tz is not None


def test_edits_are_listed_in_order_and_an_undone_one_is_not(workspace):
    run = edit(workspace, workspace.latest())
    run = edit(workspace, run, edit={"kind": "hide", "topics": [1]}, before={"x": 1})
    stored = workspace.edits(run.run_id)
    assert [each.kind for each in stored] == ["rename", "hide"]
    assert stored[1].before == {"x": 1}
    run = edit(workspace, run, edit={"kind": "undo", "undoes": 2})
    assert [each.id for each in workspace.edits(run.run_id)] == [1]
    assert [each["id"] for each in run.manifest["edits"]] == [1]
    run = edit(workspace, run, edit={"kind": "pin", "topics": [1]})
    assert [each["id"] for each in run.manifest["edits"]] == [1, 4]


def test_edits_belong_to_their_run(workspace, make_run):
    run = edit(workspace, workspace.latest())
    later = workspace.commit(**make_run(as_of="2025-07-31"))
    assert workspace.edits(later.run_id) == []
    assert "edits" not in later.manifest
    assert len(workspace.edits(run.run_id)) == 1
    assert edit(workspace, later).manifest["revision"] == 2


def test_an_edit_of_what_was_changed_meanwhile_is_refused(workspace, make_run):
    run = workspace.latest()
    edited = edit(workspace, run)
    before = files(workspace.path)
    for stale in (run, edited):
        if stale is edited:
            workspace.commit(**make_run(as_of="2025-07-31"))
            before = files(workspace.path)
        with pytest.raises(WorkspaceError, match=f"Run {run.run_id} in .* changed meanwhile"):
            edit(workspace, stale)
        assert files(workspace.path) == before


def test_a_bad_edit_leaves_every_byte(workspace):
    run = workspace.latest()
    before = files(workspace.path)
    twice = run.frames["topics"].assign(topic_id=0)
    with pytest.raises(Exception, match="topic_id"):
        edit(workspace, run, frames={"topics": twice})
    with pytest.raises(TypeError, match="has no place in JSON"):
        edit(workspace, run, edit={"kind": "rename", "topics": {1}})
    assert files(workspace.path) == before


def test_what_was_not_published_is_published_at_the_next_opening(workspace, monkeypatch):
    run = workspace.latest()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "put_in_place", fail)
    with pytest.raises(WorkspaceError, match="No space left on device"):
        edit(workspace, run)
    monkeypatch.undo()
    names = pd.read_parquet(workspace.path / "exports" / "topics.parquet")["name"].to_list()
    assert names == ["late, again", "ład"]
    assert Workspace.open(workspace.path).latest().frames["topics"]["name"].to_list() == [
        "one",
        "two",
    ]
    names = pd.read_parquet(workspace.path / "exports" / "topics.parquet")["name"].to_list()
    assert names == ["one", "two"]
    assert not workspace.repair()

"""Edits of topics before and after a refresh."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import textseg
from textseg.errors import InputError
from textseg.steering import edit_topics, lost_edits
from textseg.topics.edits import SEGMENTS_STAY
from textseg.workspace import Workspace

FIRST = "0001-2025-06-30"


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def by_id(seg: textseg.Segmentation) -> pd.DataFrame:
    return seg.topics.set_index("topic_id").sort_index()


@pytest.fixture
def edited(workspace: Path) -> Path:
    """The run with every kind of edit."""
    edit_topics(workspace, "merge", 2, 3)
    edit_topics(workspace, "split", 0)
    edit_topics(workspace, "rename", 0, name="Made by hand")
    edit_topics(workspace, "hide", 1)
    edit_topics(workspace, "pin", 2)
    return workspace


def test_edits_survive_and_are_seen_everywhere(edited, shop):
    before = textseg.load(edited)
    hidden = by_id(before)["name"][1]
    seg = before.refresh(shop.night)
    seg.save(edited)
    after = textseg.load(edited)
    texts = len(before.feedback)
    pd.testing.assert_frame_equal(
        after.feedback[:texts].drop(columns="language"), before.feedback.drop(columns="language")
    )
    same = ["name", "keywords", "parent_id", "stability", "hidden", "kind"]
    pd.testing.assert_frame_equal(by_id(after)[same], by_id(before)[same])
    assert 3 not in by_id(after).index
    assert by_id(after)["hidden"].fillna(False).to_dict()[1]
    assert after._fitted.topics.pinned == {2}
    new = after.feedback[texts:]
    assert (new["topic_name"] == "Made by hand").any()
    assert set(after.feedback["topic_id"]) <= {-1, *by_id(after).index}
    assert after.segments["name"].to_list() == before.segments["name"].to_list()
    said = after.segments["top_topics"].dropna()
    assert not said.str.contains(hidden, regex=False).any()
    assert said.str.contains("Made by hand").any()
    about = {feature for feature in after.profiles["feature"] if feature.startswith("topic: ")}
    names = by_id(after)[by_id(after)["kind"] == "topic"]["name"]
    assert about == {f"topic: {name}" for name in names} - {f"topic: {hidden}"}
    page = (edited / "report.html").read_text()
    assert "Made by hand" in page
    assert after.manifest["edits"] == before.manifest["edits"]
    assert len(after.manifest["edits"]) == 5
    assert after.manifest["notes"].count(SEGMENTS_STAY) == 1
    again = textseg.load(edited).refresh(shop.night.iloc[:3])
    pd.testing.assert_frame_equal(again.feedback, after.feedback)
    pd.testing.assert_frame_equal(again.segments, after.segments)
    assert again.manifest["edits"] == before.manifest["edits"]


def test_only_edits_of_after_the_refresh_are_undone(workspace, shop):
    edit_topics(workspace, "pin", 4)
    name = by_id(textseg.load(workspace))["name"][4]
    textseg.load(workspace).refresh(shop.night.iloc[:5]).save(workspace)
    before = textseg.load(workspace)
    exports = files(workspace / "exports")
    after = edit_topics(workspace, "rename", 0, name="After the refresh")
    assert [edit["kind"] for edit in after.manifest["edits"]] == ["pin", "rename"]
    assert lost_edits(Workspace.open(workspace)) == (
        "2 topic edits of run 0002-2025-06-30 (1 pin, 1 rename) do not carry over: run finds "
        "topics afresh. textseg refresh would keep them."
    )
    undone = edit_topics(workspace, "undo")
    assert undone.manifest["edits"] == before.manifest["edits"]
    assert files(workspace / "exports") == exports
    whole = files(workspace)
    with pytest.raises(InputError) as caught:
        edit_topics(workspace, "undo")
    assert caught.value.message == (
        f"The last edit (“{name}” is pinned.) is of run {FIRST}, from before the refresh, and "
        "cannot be undone."
    )
    assert caught.value.hint == (
        "Rename, show or unpin topics by hand; textseg run finds them afresh."
    )
    assert files(workspace) == whole
    assert edit_topics(workspace, "unpin", 4)._fitted.topics.pinned == frozenset()


def test_a_merge_before_and_a_merge_after_can_be_undone_to_the_first(workspace, shop):
    edit_topics(workspace, "merge", 2, 3)
    textseg.load(workspace).refresh(shop.night.iloc[:40]).save(workspace)
    exports = files(workspace / "exports")
    edit_topics(workspace, "merge", 0, 1)
    edit_topics(workspace, "undo")
    assert files(workspace / "exports") == exports
    assert SEGMENTS_STAY in textseg.load(workspace).notes


def test_a_run_after_the_refresh_leaves_all_edits(workspace, shop):
    edit_topics(workspace, "pin", 0)
    seg = textseg.load(workspace).refresh(shop.night.iloc[:5])
    seg.save(workspace)
    assert lost_edits(Workspace.open(workspace)) == (
        "1 topic edit of run 0002-2025-06-30 (1 pin) does not carry over: run finds topics "
        "afresh. textseg refresh would keep them."
    )
    textseg.load(workspace, run=FIRST).save(workspace)  # no refresh, as textseg run
    assert lost_edits(Workspace.open(workspace)) is None

"""What an edit of topics means for segments, their levels, profiles and rules."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.schema import exported
from textseg.segmentation import load
from textseg.segments.rules import Rules
from textseg.steering import edit_topics
from textseg.steering.talk import Talk, told
from textseg.workspace import RunRecord, Workspace


def latest(workspace: Path) -> RunRecord:
    return Workspace.open(workspace).latest()


def put(workspace: Path, **changes: object) -> RunRecord:
    """Change the run by hand, as an edit that does nothing else."""
    opened = Workspace.open(workspace)
    run = opened.latest()
    whole = {
        "frames": {},
        "arrays": run.arrays,
        "metadata": run.metadata,
        "manifest": run.manifest,
        "report": run.report,
    }
    what = {"kind": "pin", "topics": [0], "text": ""}
    return opened.edit(run, **{**whole, **changes}, edit=what, before={})


@pytest.fixture
def levels(workspace: Path) -> Path:
    """The run with two macro-segments, the second of the last segment, and two micro-segments."""
    run = latest(workspace)
    first, second, third = run.frames["topics"]["name"].iloc[:3]
    segments, customers = run.frames["segments"], run.frames["customers"]
    is_text = segments["kind"] == "text"
    broad = [f"{first} and {second} complaints", f"{third} (9% positive), low value"]
    segments["macro_id"] = (segments["segment_id"] == is_text.sum() - 1).astype("Int64")
    segments.loc[~is_text, "macro_id"] = pd.NA
    segments["macro_name"] = segments["macro_id"].map(dict(enumerate(broad))).astype("string")
    inside = (customers["segment_id"] == 0) & (customers["n_feedback"] > 0)
    customers["micro_segment_id"] = (inside.cumsum() % 2).astype("Int64").where(inside)
    micro = pd.DataFrame(
        {
            "micro_segment_id": [0, 1],
            "segment_id": 0,
            "name": ["One", "Two"],
            "n_customers": customers["micro_segment_id"].value_counts().sort_index().to_list(),
            "share": 0.1,
            "stability": 0.9,
            "top_topics": [f"{first}, {second}", third],
        }
    )
    frames = {
        "segments": segments,
        "customers": customers,
        "micro_segments": exported("micro_segments", micro),
    }
    put(workspace, frames=frames)
    return workspace


def test_names_on_all_levels_follow_a_topic(levels):
    before = latest(levels).frames
    _, second, third = before["topics"]["name"].iloc[:3]
    edit_topics(levels, "rename", 0, name="Made, by and by hand")
    after = latest(levels).frames
    micro = after["micro_segments"]
    assert micro["top_topics"].tolist() == [f"Made, by and by hand, {second}", third]
    assert micro["name"][0].startswith("Made, by and by hand ")
    assert micro["name"][1].startswith(f"{third} ")
    same = ["micro_segment_id", "segment_id", "n_customers", "share", "stability"]
    pd.testing.assert_frame_equal(micro[same], before["micro_segments"][same])
    broad = after["segments"].dropna(subset="macro_id").drop_duplicates("macro_id")["macro_name"]
    assert broad.iloc[0].startswith("Made, by and by hand ")
    assert broad.iloc[1].startswith(f"{third} ")
    assert after["segments"]["macro_id"].equals(before["segments"]["macro_id"])
    silent = after["segments"]["kind"] == "value"
    assert silent.any()
    assert after["segments"].loc[silent, "macro_name"].isna().all()
    for name in ("micro_segments", "segments"):
        exported_one = pd.read_parquet(levels / "exports" / f"{name}.parquet")
        pd.testing.assert_frame_equal(exported_one, after[name])


def test_a_hidden_topic_names_no_level_and_another_stands_in(levels):
    third = latest(levels).frames["topics"]["name"].iloc[2]
    edit_topics(levels, "hide", 2)
    after = latest(levels).frames
    assert not after["micro_segments"]["name"].str.contains(third, regex=False).any()
    assert after["micro_segments"]["top_topics"][1] == ""
    broad = after["segments"].dropna(subset="macro_id").iloc[-1]
    own = broad["top_topics"].split(", ")[0] if broad["top_topics"] else "General"
    assert broad["macro_name"].startswith(f"{own} ")
    assert third not in broad["macro_name"]


def test_undoing_brings_the_names_of_all_levels_back(levels):
    # Once by the edit itself: the names above were made by hand.
    edit_topics(levels, "rename", 5, name="Made by hand")
    edit_topics(levels, "rename", 0, name="Made by hand, too")
    before = latest(levels)
    exports = {path.name: path.read_bytes() for path in (levels / "exports").iterdir()}
    for kind, topics in (("hide", [2, 0]), ("merge", [0, 3]), ("rename", [1]), ("split", [1])):
        options = {"name": "Another"} if kind == "rename" else {}
        edit_topics(levels, kind, *topics, **options)
        assert {path.name: path.read_bytes() for path in (levels / "exports").iterdir()} != exports
        edit_topics(levels, "undo")
        after = latest(levels)
        assert after.metadata == before.metadata, kind
        assert after.manifest["figures"]["segments"] == before.manifest["figures"]["segments"]
        assert {path.name: path.read_bytes() for path in (levels / "exports").iterdir()} == exports


def test_rules_are_those_of_the_topics_of_now(workspace):
    edit_topics(workspace, "merge", 0, 1, name="Both")
    run = latest(workspace)
    rules = Rules.from_json(run.metadata["rules"])
    asked = {topic for feature in rules.features for topic in feature.topics}
    assert asked <= set(run.frames["topics"]["topic_id"]) - {1}
    customers, topics = run.frames["customers"], run.frames["customer_topics"]
    found = rules.assign(customers, topics)
    own = customers.set_index("customer_id")["segment_id"]
    with_text = (customers["n_feedback"] > 0).to_numpy()
    share = float((found == own)[with_text].mean())
    assert share == pytest.approx(rules.fidelity.in_sample, abs=1e-6)
    assert run.manifest["figures"]["segments"]["fidelity"]["in_sample"] == rules.fidelity.in_sample
    connection = duckdb.connect()
    for name in ("customers", "customer_topics"):
        path = workspace / "exports" / f"{name}.parquet"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")
    rows = connection.sql((workspace / "exports" / "rules.sql").read_text()).fetchall()
    assert dict(rows) == found.to_dict()


def test_a_hidden_topic_is_in_no_rule_and_no_phrase(workspace):
    before = latest(workspace)
    used = [f for f in Rules.from_json(before.metadata["rules"]).features if len(f.topics) == 1]
    assert used
    (topic,) = used[0].topics
    name = before.frames["topics"]["name"][topic]
    edit_topics(workspace, "hide", topic)
    after = latest(workspace)
    rules = Rules.from_json(after.metadata["rules"])
    assert (topic,) not in [feature.topics for feature in rules.features]
    said = json.dumps(after.manifest["figures"]["segments"]["phrases"], ensure_ascii=False)
    assert f"about {name} (" not in said


def test_profiles_compare_the_topics_of_now(workspace):
    before = load(workspace).profiles
    edit_topics(workspace, "merge", 0, 1, name="Both")
    after = load(workspace)
    topics = after.topics.query("kind == 'topic'")["name"]
    compared = after.profiles["feature"]
    assert set(compared[compared.str.startswith("topic: ")]) == set("topic: " + topics)
    others = [~each["feature"].str.startswith("topic: ") for each in (before, after.profiles)]
    key = ["segment_id", "feature"]
    pd.testing.assert_frame_equal(
        before[others[0]].sort_values(key, ignore_index=True),
        after.profiles[others[1]].sort_values(key, ignore_index=True),
    )

    def mean(table: pd.DataFrame, *names: str) -> float:
        rows = table[(table["segment_id"] == 0) & table["feature"].isin(names)]
        return float(rows["mean"].sum())

    was = before["feature"][before["feature"].str.startswith("topic: ")].unique()
    old = set(was) - set("topic: " + topics)
    assert len(old) == 2
    # A text in both topics counted for each by its share: the two add up.
    assert mean(after.profiles, "topic: Both") == pytest.approx(mean(before, *old), abs=1e-5)
    sizes = after.profiles.groupby("segment_id")["effect"].apply(
        lambda effect: effect.abs().fillna(0).is_monotonic_decreasing
    )
    assert sizes.all()


@pytest.mark.parametrize("block", ["topics", "themes"])
def test_segments_that_stand_on_the_topics_keep_them(workspace, block):
    opened = latest(workspace)
    n = len(opened.metadata["topics"]["names"])
    width = n if block == "topics" else max(opened.metadata["topics"]["parents"]) + 1
    metadata = json.loads(json.dumps(opened.metadata))
    metadata["segments"]["features"][block] = [str(each) for each in range(width)]
    metadata["config"]["segments"]["weights"][block] = 0.5
    own = opened.arrays["segments"]
    dimensions = own["sentiment.projection"].shape[1]
    own[f"{block}.center"] = np.zeros(width)
    own[f"{block}.projection"] = np.zeros((width, dimensions))
    own[f"{block}.means"] = np.zeros((len(own["sentiment.means"]), width))
    put(workspace, arrays=opened.arrays, metadata=metadata)
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    for kind, topics in (("merge", (0, 1)), ("split", (0,))):
        with pytest.raises(InputError) as caught:
            edit_topics(workspace, kind, *topics)
        assert caught.value.message == (
            f"The segments were found in the {block}, with segments.weights.{block} = 0.5: "
            f"to {kind} topics now would leave them without ground."
        )
        assert "run again with that weight 0" in caught.value.hint
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before
    edit_topics(workspace, "rename", 0, name="Made by hand")
    edit_topics(workspace, "hide", 1)
    edit_topics(workspace, "pin", 2)


def test_a_run_of_an_earlier_version_gets_no_rules(workspace):
    run = latest(workspace)
    metadata = {name: value for name, value in run.metadata.items() if name != "rules"}
    metadata["profiles"] = {
        name: values
        for name, values in metadata["profiles"].items()
        if name not in ("lower", "upper")
    }
    put(workspace, metadata=metadata)
    assert not (workspace / "exports" / "rules.sql").exists()
    edit_topics(workspace, "rename", 0, name="Made by hand")
    after = latest(workspace)
    assert "rules" not in after.metadata
    assert "topic: Made by hand" in after.metadata["profiles"]["feature"]
    edit_topics(workspace, "merge", 0, 1)
    assert load(workspace).profiles["lower"].notna().any()


def test_what_is_told_reads_back_as_names(workspace):
    frames = latest(workspace).frames
    names = set(frames["topics"]["name"])
    talk = Talk.read(told(frames), names)
    listed = [name for own in (*talk.segments, *talk.micro, *talk.macro) for name in own or []]
    assert listed
    assert set(listed) <= names
    n = int(frames["segments"]["macro_id"].nunique())
    assert len(talk.macro) == n
    assert all(talk.macro)
    again = talk.named(frames, {int(k): tuple(v) for k, v in silent_of(workspace).items()})
    for name, frame in again.items():
        pd.testing.assert_frame_equal(frame, frames[name])


def silent_of(workspace: Path) -> dict[str, list[str]]:
    return latest(workspace).metadata["segments"]["silent"]

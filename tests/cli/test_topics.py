from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from textseg.cluster import Centroids
from textseg.config import Config
from textseg.fitted import Fitted
from textseg.schema import EXPORTS, checked
from textseg.topics.model import TopicModel
from textseg.topics.table import topic_table
from textseg.workspace import Workspace

NAMES = ("Late delivery", "Refund missing", "Voucher refused")


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A workspace with three topics in two themes, one segment, and a feedback per topic."""
    model = TopicModel(
        Centroids(np.eye(3, dtype=np.float32), np.full(3, 0.5, dtype=np.float32)),
        names=NAMES,
        keywords=(("late",), ("refund",), ("voucher",)),
        parents=(0, 1, 1),
        theme_names=("Shipping", "Money"),
    )
    feedback = pd.DataFrame(
        {
            "feedback_id": ["a", "b", "c"],
            "source": "f.csv",
            "row": [1, 2, 3],
            "text": ["late", "refund", "voucher"],
            "customer_id": "C0",
            "topic_id": [0, 1, 2],
            "topic_name": NAMES,
            "topic_confidence": 0.9,
            "is_core": True,
            "sentiment": -0.5,
            "sentiment_label": "negative",
            "p_negative": 0.7,
            "p_neutral": 0.2,
            "p_positive": 0.1,
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ["C0"],
            "segment_id": 0,
            "segment_name": "Late delivery complaints",
            "is_silent": False,
            "n_feedback": 3,
        }
    )
    segments = pd.DataFrame(
        {
            "segment_id": [0],
            "kind": "text",
            "name": "Late delivery complaints",
            "description": "1 customer (100%), writing mostly about Late delivery; complaints.",
            "n_customers": 1,
            "share": 1.0,
            "top_topics": "Late delivery, Refund missing",
        }
    )
    topics = topic_table(model, feedback, np.array([0.9, 0.8, 0.5]))
    frames = {
        "feedback": feedback, "topics": topics, "customers": customers, "segments": segments
    }  # fmt: skip
    fitted = Fitted(model, segment_names=("Late delivery complaints",))
    Workspace.create(tmp_path / "ws").commit(
        as_of=pd.Timestamp("2026-03-31"),
        frames={name: checked(frames.get(name, pd.DataFrame()), EXPORTS[name]) for name in EXPORTS},
        arrays=fitted.to_arrays(),
        metadata={
            **fitted.metadata(),
            "config": Config().model_dump(mode="json"),
            "profiles": {"feature": ["topic: Late delivery"]},
        },
        manifest={"as_of": "2026-03-31", "seed": 0, "counts": {}, "notes": [], "figures": {}},
    )
    return tmp_path / "ws"


def test_topics_are_listed_by_theme(cli, edited):
    result = cli("topics", edited)
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "Topics"
    assert [line.split()[0] for line in lines[2:]] == ["3", "0", "4", "1", "2"]
    assert lines[2].endswith("theme")
    late = lines[3]
    for cell in ("Shipping", "Late delivery", "33%", "−0.50", "90%"):
        assert cell in late


def test_json_is_one_document(cli, edited):
    document = json.loads(cli("topics", edited, "--json").stdout)
    assert document["edit"] is None
    assert document["edits"] == []
    assert document["run_id"] == "0001-2026-03-31"
    late = document["topics"][0]
    assert (late["name"], late["kind"], late["hidden"], late["pinned"]) == (
        "Late delivery", "topic", False, False
    )  # fmt: skip
    assert late["stability"] == 0.9


def test_rename_by_name(cli, edited):
    result = cli("topics", edited, "rename", "late DELIVERY", "Parcel, too late")
    assert result.exit_code == 0, result.output
    assert result.stdout == "“Late delivery” is now called “Parcel, too late”.\n"
    assert "Edit 1: “Late delivery” is now called" in cli("topics", edited).stdout
    run = Workspace.open(edited).latest()
    assert run.frames["segments"]["top_topics"].to_list() == ["Parcel, too late, Refund missing"]
    assert run.frames["customers"]["segment_name"].to_list() == ["Parcel, too late complaints"]
    assert run.metadata["profiles"]["feature"] == ["topic: Parcel, too late"]
    cli("topics", edited, "rename", "parcel, too late", "Late parcel")
    run = Workspace.open(edited).latest()
    assert run.frames["segments"]["top_topics"].to_list() == ["Late parcel, Refund missing"]


def test_a_theme_is_renamed_and_its_keywords_are_its_topics(cli, edited):
    result = cli("topics", edited, "rename", "4", "Payments")
    assert result.stdout == "The theme “Money” is now called “Payments”.\n"
    cli("topics", edited, "rename", "2", "Codes")
    topics = Workspace.open(edited).latest().frames["topics"].set_index("topic_id")
    assert topics["name"][4] == "Payments"
    assert topics["keywords"][4] == "Refund missing, Codes"


def test_hidden_and_pinned_are_flags_and_undo_takes_them_back(cli, edited):
    assert "is hidden" in cli("topics", edited, "hide", "2").stdout
    assert "is pinned" in cli("topics", edited, "pin", "2").stdout
    assert "hidden, pinned" in cli("topics", edited).stdout
    result = cli("topics", edited, "undo")
    assert result.stdout == "Undone: “Voucher refused” is pinned.\n"
    assert "pinned" not in cli("topics", edited).stdout
    result = cli("topics", edited, "show", "2", "--json")
    assert json.loads(result.stdout)["edit"] == "“Voucher refused” is shown again."
    assert result.stderr == "Segments name the topic again after the next run.\n"


def test_quiet_prints_nothing(cli, edited):
    result = cli("topics", edited, "pin", "1", "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rename", "9", "x"), "There is no topic 9.\ntextseg topics WORKSPACE lists ids"),
        (("pin", "refund"), "There is no topic 'refund'.\nDid you mean 'refund missing'?"),
        (("hide", "Money"), "“Money” is a theme; to hide, give topics.\n"),
        (("rename", "0", "money"), "There is a topic or theme called 'money' already.\n"),
        (("undo",), "Run 0001-2026-03-31 has no edit that could be undone.\n"),
    ],
)
def test_a_mistake_is_1_and_changes_no_byte(cli, edited, arguments, message):
    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in edited.rglob("*") if path.is_file()}

    before = contents()
    result = cli("topics", edited, *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert len(result.stderr.splitlines()) <= 2
    assert contents() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("rename", "0"),
        ("rename", "0", "a", "b"),
        ("merge",),
        ("undo", "1"),
        ("paint", "1"),
        ("hide", "1", "--name", "x"),
        ("merge", "1", "2", "--into", "2"),
        ("split", "1", "--into", "1"),
    ],
)
def test_wrong_usage_is_2(cli, edited, arguments):
    assert cli("topics", edited, *arguments).exit_code == 2


def test_a_folder_that_is_no_workspace_is_1(cli, tmp_path):
    result = cli("topics", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'nowhere'} does not exist.")


def test_help_names_the_actions(cli):
    text = cli("topics", "--help").stdout
    for action in ("rename", "merge", "split", "hide", "show", "pin", "unpin", "undo"):
        assert action in text
    assert "Examples:\n    textseg topics" in text


def test_run_warns_that_edits_do_not_carry_over(cli, edited, pipeline):
    cli("topics", edited, "pin", "1")
    result = cli("run", "f.csv", "--out", edited, "--quiet")
    assert result.stderr == ""
    result = cli("run", "f.csv", "--out", edited)
    assert result.stderr == (
        "Warning: 1 topic edit of run 0001-2026-03-31 (1 pin) does not carry over: "
        "run finds topics afresh. textseg refresh would keep them.\n"
    )

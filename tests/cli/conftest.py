from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import textseg
from textseg.cli.app import app
from textseg.config import Config
from textseg.schema import EXPORTS, checked

QUALITY = {
    "totals": {"f.csv": {"read": 3, "kept": 2, "dropped": 1}},
    "findings": [
        {"table": "f.csv", "reason": "no text", "rows": 1, "action": "dropped", "example": 2}
    ],
}
HOSTILE = "Refund\x1b[2J, <script>alert(1)</script>"


@pytest.fixture
def cli() -> Callable[..., Result]:
    """Call textseg as from a shell whose stdout and stderr are no terminals."""

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    """Two segments, one topic, two feedback; the topic's name carries what customers may write."""
    segments = [
        {
            "segment_id": 0,
            "kind": "text",
            "name": "Unhappy",
            "description": "They complain.",
            "n_customers": 1,
            "share": 0.25,
            "sentiment": -0.5,
            "top_topics": HOSTILE,
            "revenue_share": 0.9,
            "monetary_mean": 1234.5,
        },
        {
            "segment_id": 1,
            "kind": "value",
            "name": "Silent",
            "description": "They buy.",
            "n_customers": 3,
            "share": 0.75,
        },
    ]
    topics = [
        {
            "topic_id": 0,
            "name": HOSTILE,
            "keywords": "refund",
            "n_feedback": 1,
            "share": 0.5,
            "example_ids": "1",
        }
    ]
    customers = [
        {"customer_id": f"C{n}", "segment_id": int(n > 0), "is_silent": n > 0, "n_feedback": 0}
        for n in range(4)
    ]
    feedback = [
        {
            "feedback_id": str(n),
            "source": "f.csv",
            "row": n + 1,
            "text": "=Where is it?",
            "customer_id": "C0",
            "topic_id": topic,
            "topic_name": HOSTILE if topic == 0 else None,
            "is_core": True,
            "sentiment": -0.5,
            "sentiment_label": "negative",
            "p_negative": 0.7,
            "p_neutral": 0.2,
            "p_positive": 0.1,
        }
        for n, topic in enumerate((0, -1))
    ]
    rows = {"segments": segments, "topics": topics, "customers": customers, "feedback": feedback}
    return {name: checked(pd.DataFrame(rows.get(name, [])), EXPORTS[name]) for name in EXPORTS}


class Pipeline:
    """Stands in for the pipeline: keeps what the command line hands it."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self.frames = frames
        self.calls: dict[str, Any] = {}
        self.error: BaseException | None = None
        self.config = Config()
        self.moves = [{"from": "Unhappy", "to": "", "n_customers": 2}]

    def make(self, config: Any) -> Pipeline:
        self.calls["config"] = config
        return self

    def fit(self, **inputs: Any) -> types.SimpleNamespace:
        if self.error is not None:
            raise self.error
        self.calls["fit"] = inputs
        return types.SimpleNamespace(
            **self.frames,
            mappings={"f.csv": {"text": "Review Text", "date": None}},
            match_rate=0.5,
            notes=["No rating column: drivers of the rating cannot be computed."],
            as_of=pd.Timestamp("2026-03-31"),
            save=self.save,
            manifest={
                "counts": {
                    "feedback": 2,
                    "unclustered": 1,
                    "topics": 1,
                    "customers": 4,
                    "segments": 2,
                },
                "timings": {"encode": 1},
                "data_quality": QUALITY,
            },
        )

    def refresh(self, *tables: Any, **options: Any) -> types.SimpleNamespace:
        found = self.fit(tables=tables, **options)
        found.manifest["refresh"] = {
            "from": "run 0001-2026-03-30",
            "rows": {"feedback": {"new": 2, "changed": 1, "same": 1000}},
            "customers": {"new": 1, "moved": 2},
            "moves": self.moves,
        }
        found.mappings = {"last year.csv": {"text": "t"}, **found.mappings}
        return found

    def save(self, path: Path) -> types.SimpleNamespace:
        self.calls["save"] = path
        return types.SimpleNamespace(run_id="0001-2026-03-31")

    def load(self, path: Path) -> Pipeline:
        self.calls["load"] = path
        return self

    def assign(self, feedback: list[str], **inputs: Any) -> types.SimpleNamespace:
        self.calls["assign"] = {"feedback": feedback, **inputs}
        return types.SimpleNamespace(
            feedback=self.frames["feedback"], customers=self.frames["customers"]
        )


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, frames: dict[str, pd.DataFrame]) -> Pipeline:
    """Put the stand-in in the place of the pipeline."""
    stand_in = Pipeline(frames)
    monkeypatch.setitem(textseg.__dict__, "Segmenter", stand_in.make)
    monkeypatch.setitem(textseg.__dict__, "load", stand_in.load)
    return stand_in


@pytest.fixture
def workspace(tmp_path: Path, frames: dict[str, pd.DataFrame]) -> Path:
    """A workspace with two runs."""
    from textseg.workspace import Workspace

    path = tmp_path / "ws"
    for day in ("2026-02-28", "2026-03-31"):
        Workspace.create(path).commit(
            as_of=pd.Timestamp(day), frames=frames, arrays={}, metadata={}, manifest={"seed": 0}
        )
    return path

"""A small run with planted texts: who wrote what, where and when, and stored encodings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from textseg.config import Config
from textseg.encode import Reader
from textseg.manifest import model_facts
from textseg.schema import EXPORTS, checked
from textseg.workspace import Workspace

# text, customer, day, channel, topic, sentiment
FEEDBACK = [
    ("My parcel has still not arrived after two weeks.", "C1", "2026-01-05", "email", 0, -1),
    ("The courier left the box at the wrong address.", "C2", "2026-01-20", "Web", 0, -1),
    ("The dress fits perfectly and looks lovely.", "C3", "2026-02-01", "Web", 1, 1),
    ("The sleeves are far too short for me.", "C4", "2026-02-10", "email", 1, -1),
    ("Where can I see the balance of my gift card?", None, None, None, -1, 0),
    ("Thanks!", "C1", "2026-02-03", "email", -1, 1),
    ("Thanks!", "C3", "2026-02-04", "Web", -1, 1),
    ("Thanks!", "C4", "2026-02-28", None, -1, 1),
]
# id, theme, name: the second theme is called like a topic of the first
TOPICS = [(0, 2, "Delivery"), (1, 3, "Fit"), (2, None, "Service"), (3, None, "Delivery")]
SEGMENTS = [(0, "Waiting"), (1, "Dressers")]
MEMBERS = {"C1": 0, "C2": 0, "C3": 1, "C4": -1}
LABELS = {-1: "negative", 0: "neutral", 1: "positive"}


def planted_frames(order: list[int] | None = None) -> dict[str, pd.DataFrame]:
    """Exports of the run, its feedback in another order if one is given."""
    names = {topic: name for topic, _, name in TOPICS}
    feedback = [
        {
            "feedback_id": f"f{n}",
            "source": "tickets",
            "row": n + 1,
            "text": text,
            "customer_id": customer,
            "created_at": pd.NaT if day is None else pd.Timestamp(f"{day} 23:59:59.5"),
            "channel": channel,
            "topic_id": topic,
            "topic_name": names.get(topic),
            "is_core": True,
            "sentiment": mood / 2,
            "sentiment_label": LABELS[mood],
            "p_negative": 0.2,
            "p_neutral": 0.2,
            "p_positive": 0.6,
        }
        for n, (text, customer, day, channel, topic, mood) in enumerate(FEEDBACK)
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "feedback": [feedback[n] for n in order or range(len(feedback))],
        "topics": [
            {
                "topic_id": topic,
                "parent_id": parent,
                "kind": "theme" if parent is None else "topic",
                "hidden": False,
                "name": name,
                "keywords": "",
                "n_feedback": 2,
                "share": 0.25,
                "example_ids": "",
            }
            for topic, parent, name in TOPICS
        ],
        "segments": [
            {
                "segment_id": segment,
                "kind": "text",
                "name": name,
                "description": "",
                "n_customers": 2,
                "share": 0.5,
            }
            for segment, name in SEGMENTS
        ],
        "customers": [
            {"customer_id": customer, "segment_id": segment, "is_silent": False, "n_feedback": 2}
            for customer, segment in MEMBERS.items()
        ],
    }
    return {name: checked(pd.DataFrame(rows.get(name, [])), EXPORTS[name]) for name in EXPORTS}


def planted_metadata(reader: Reader) -> dict[str, Any]:
    """What a run stores of its encoder."""
    return {"encoder": model_facts(reader), "config": Config().model_dump(mode="json")}


def commit_planted(path: Path, order: list[int] | None = None) -> Path:
    """Make a workspace with the run and its encodings."""
    workspace = Workspace.create(path)
    frames = planted_frames(order)
    reader = Reader.load(Config(), workspace.encodings)
    reader.read(frames["feedback"]["text"].to_list())
    workspace.commit(
        as_of=pd.Timestamp("2026-02-28"),
        frames=frames,
        arrays={},
        metadata=planted_metadata(reader),
        manifest={},
    )
    return path

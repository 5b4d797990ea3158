"""A small run with everything that is hard to keep: nulls, scripts, formulas, big and tiny numbers.

Also imported by the subprocesses of the tests.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from textseg.workspace import Workspace

TEXTS = (
    "Delivery was late, again",
    "=HYPERLINK(1)",
    "zażółć gęślą jaźń 😀",
    'she said "no",\r\nthen left',
    "one\rtwo",
    "nul\0byte",
    "",
)


def make_frames(n: int = 14, first: int = 0) -> dict[str, pd.DataFrame]:
    """Exports about n feedback, numbered from ``first``; the contents depend on the number only."""
    numbers = list(range(first, first + n))
    feedback = pd.DataFrame(
        {
            "feedback_id": [f"f{i}" for i in numbers],
            "source": "reviews.csv",
            "row": [2**60 + i for i in numbers],
            "text": [TEXTS[i % len(TEXTS)] for i in numbers],
            "customer_id": [None if i % 5 == 4 else f"0{i % 3}" for i in numbers],
            "created_at": [
                pd.NaT if i % 4 == 3 else pd.Timestamp("2025-01-01 10:11:12.123456789")
                for i in numbers
            ],
            "channel": [None if i % 2 else "-web" for i in numbers],
            "rating": [np.nan if i % 3 else i / 7 for i in numbers],
            "language": None,
            "topic_id": [i % 3 - 1 for i in numbers],
            "topic_name": [None if i % 3 == 0 else "@delivery" for i in numbers],
            "topic_confidence": [1 / (i + 1) for i in numbers],
            "is_core": [i % 2 == 0 for i in numbers],
            "sentiment": [-0.0 if i % 2 else -1 / 3 for i in numbers],
            "sentiment_label": "negative",
            "p_negative": 0.7,
            "p_neutral": 0.2,
            "p_positive": 0.1,
        }
    )
    topics = pd.DataFrame(
        {
            "topic_id": [0, 1],
            "name": ["late, again", "ład"],
            "keywords": ["late", "-"],
            "n_feedback": 4,
            "share": 0.5,
            "example_ids": "f0, f1",
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ["00", "01", "02"],
            "segment_id": [0, 1, -1],
            "is_silent": [False, True, False],
            "n_feedback": [3, 0, 4],
            "frequency": pd.array([None, 5, 2**53 + 1], dtype="Int64"),
            "monetary": [None, -12.3456784, 1e15],
        }
    )
    segments = pd.DataFrame(
        {
            "segment_id": [0, 1],
            "kind": ["text", "value"],
            "name": "n",
            "description": "",
            "n_customers": 1,
            "share": 0.5,
        }
    )
    return {"feedback": feedback, "topics": topics, "customers": customers, "segments": segments}


def make_run(n: int = 14, first: int = 0, as_of: str = "2025-06-30") -> dict[str, Any]:
    """Arguments of commit; the number of feedback is written all over them."""
    return {
        "as_of": pd.Timestamp(as_of),
        "frames": make_frames(n, first),
        "arrays": {
            "topics": {
                "centroids": np.linspace(-1, 1, 2 * n, dtype=np.float32).reshape(2, n),
                "ids": np.arange(n)[::2],
                "scalar": np.array(2.5),
                "none": np.zeros((0, 3), dtype=np.float16),
            },
            "segments": {"flags": np.array([True, False])},
        },
        "metadata": {"encoder": {"name": "tiny", "fingerprint": "abc"}, "names": ["ład"], "n": n},
        "manifest": {"seed": 0, "counts": {"feedback": n}},
        "report": f"<html>{n} ü</html>",
    }


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file that is published, by path; times of the manifest apart."""
    skip = {"manifest.json", ".lock"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in skip and not path.name.startswith("store.duckdb")
    }


def start(code: str, *args: object) -> subprocess.Popen[str]:
    """Start Python on some code, which finds this module as ``conftest``."""
    path = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{code}", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(name="make_run")
def make_run_fixture() -> Callable[..., dict[str, Any]]:
    return make_run


@pytest.fixture(name="content_of")
def content_of_fixture() -> Callable[[Path], dict[str, bytes]]:
    return content_of


@pytest.fixture(name="start")
def start_fixture() -> Callable[..., subprocess.Popen[str]]:
    return start


@pytest.fixture(scope="session")
def _committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("committed")
    Workspace.create(folder).commit(**make_run())
    return folder


@pytest.fixture
def workspace(_committed: Path, tmp_path: Path) -> Workspace:
    """A workspace with one run, in tmp_path."""
    shutil.copytree(_committed, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path)

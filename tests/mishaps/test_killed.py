"""kill -9 at any moment: the last complete run is intact, and what was encoded is not lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pandas as pd

import textseg
from textseg.workspace import Workspace

N_KILLS = 50
N_TEXTS = 128
MARKS = {
    "textseg.encode.reader:encode": "encode",
    "textseg.workspace.store:_insert_run": "store",
    "textseg.workspace.publish:write_model": "files",
}
FIRST = "0001-2025-06-26"


def rows_of(folder: Path) -> dict[str, pd.DataFrame]:
    """The store's rows of the first run."""
    return dict(Workspace(folder).load(FIRST).frames)


def published(folder: Path) -> dict[str, bytes]:
    """Every published file."""
    names = [folder / "manifest.json", folder / "report.html"]
    files = [*names, *(folder / "exports").iterdir(), *(folder / "model").iterdir()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def spans(server, folder: Path, arguments: list[str]) -> dict[str, float]:
    """Seconds from each mark of a whole run to its end."""
    begun = {"started": time.monotonic()}
    command = server.start("run", *arguments, "--out", folder, marks=MARKS)
    for mark in ("encode", "files", "store"):
        assert command.wait(mark) is None, command.stderr
        begun[mark] = time.monotonic()
    assert command.wait() == 0
    return {mark: time.monotonic() - since for mark, since in begun.items()}


def killed(server, folder: Path, arguments: list[str], mark: str, delay: float) -> bool:
    """Start a run, and kill it some seconds after a mark; False if it had ended before."""
    command = server.start("run", *arguments, "--out", folder, marks=MARKS)
    if command.wait(mark) is None:
        time.sleep(delay)
        os.kill(command.pid, signal.SIGKILL)
    return command.wait() == -signal.SIGKILL


def test_fifty_kills(server, complete, new_inputs, tmp_path):
    """Runs are killed from their beginning, and more often where something is written."""
    rng = random.Random(0)
    old_rows, old_files = rows_of(complete), published(complete)
    whole = Path(shutil.copytree(complete, tmp_path / "whole"))
    seconds = spans(server, whole, new_inputs)
    new_files = set(published(whole))
    kills = reruns = 0
    for attempt in range(2 * N_KILLS):
        if kills == N_KILLS:
            break
        folder = Path(shutil.copytree(complete, tmp_path / f"ws{attempt}"))
        mark = rng.choice(["started", "encode", "files", "store"])
        kills += killed(server, folder, new_inputs, mark, rng.uniform(0, 1) * seconds[mark])

        shards = len(list(folder.glob("encodings/*/*.arrow")))
        opened = Workspace.open(folder)
        runs = opened.runs()["run_id"].tolist()
        assert runs[0] == FIRST
        assert len(runs) <= 2
        assert not list(folder.glob(".publish-*"))
        for name, frame in rows_of(folder).items():
            pd.testing.assert_frame_equal(frame, old_rows[name])
        found = published(folder)
        assert json.loads(found["manifest.json"])["run_id"] == runs[-1]
        assert found == old_files if len(runs) == 1 else set(found) == new_files
        assert textseg.load(folder).manifest["counts"]["feedback"] == N_TEXTS

        if attempt % 8 == 0:
            kept = shards - len(list(complete.glob("encodings/*/*.arrow")))
            server.run("run", *new_inputs, "--out", folder)
            last = Workspace(folder).latest()
            assert last.run_id.startswith(f"{len(runs) + 1:04d}-")
            encoding = last.manifest["encoding"]
            assert encoding["reused"] + encoding["encoded"] == N_TEXTS
            assert (encoding["reused"] > 0) == (kept > 0)
            reruns += encoding["reused"] > 0
        shutil.rmtree(folder)
    assert kills == N_KILLS
    assert reruns


def test_what_a_killed_process_has_left_is_removed(tmp_path):
    """Drafts of encodings and of exported models: only old ones, since others are in use."""
    from textseg.encode.cache import EncodingCache
    from textseg.encode.exported import _remove_drafts

    shelf, models = tmp_path / "encodings" / "tiny", tmp_path / "models"
    shelf.mkdir(parents=True)
    drafts = [shelf / f".{age}.arrow.part" for age in ("old", "new")]
    for draft in drafts:
        draft.write_bytes(b"half")
    for age in ("old", "new"):
        (models / f".draft-{age}").mkdir(parents=True)
    for left in (drafts[0], models / ".draft-old"):
        os.utime(left, (0, 0))
    EncodingCache(tmp_path / "encodings", read_only=True).shelf("tiny", 2, 2)
    assert all(draft.exists() for draft in drafts)
    EncodingCache(tmp_path / "encodings").shelf("tiny", 2, 2)
    _remove_drafts(models)
    assert [draft.exists() for draft in drafts] == [False, True]
    assert [path.name for path in models.iterdir()] == [".draft-new"]

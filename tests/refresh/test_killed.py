"""A refresh that is killed: the last run stays, and what was encoded is not lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import textseg
from textseg.workspace import Workspace

KILLED = """
import os, signal, sys
import textseg, textseg.workspace.store as store

store.insert_arrays = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
textseg.load(sys.argv[1]).refresh(sys.argv[2]).save(sys.argv[1])
"""


def published(folder: Path) -> dict[str, bytes]:
    names = [folder / "manifest.json", folder / "report.html"]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in [*names, *(folder / "exports").iterdir(), *(folder / "model").iterdir()]
    }


def test_a_kill_inside_the_transaction(workspace, shop, tmp_path):
    night = tmp_path / "feedback.csv"
    shop.night.to_csv(night, index=False)
    before = published(workspace)
    killed = subprocess.run([sys.executable, "-c", KILLED, workspace, night], check=False)
    assert killed.returncode == -9
    opened = Workspace.open(workspace)
    assert opened.runs()["run_id"].to_list() == ["0001-2025-06-30"]
    assert published(workspace) == before
    assert set(opened.kept("0001-2025-06-30")) == {"orders", "customers"}
    seg = textseg.load(workspace).refresh(night)
    assert seg.manifest["encoding"]["encoded"] == 0
    assert seg.save(workspace).run_id == "0002-2025-06-30"

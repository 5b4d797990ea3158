"""A sample of the example shop, and runs of the real command line on it, each made once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from textseg.cli.app import app

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "data"
INPUTS = ("feedback", "transactions", "customers")
N_CUSTOMERS = 200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.end_to_end)


@dataclass(frozen=True)
class Run:
    """One run of ``textseg run``, and what it left in the workspace."""

    workspace: Path
    stdout: str
    stderr: str
    exports: dict[str, bytes]
    manifest: dict[str, Any]

    def export(self, name: str) -> pd.DataFrame:
        frame: pd.DataFrame = pd.read_parquet(self.workspace / "exports" / f"{name}.parquet")
        return frame


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _textseg(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "textseg", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def _run(workspace: Path, *arguments: object) -> Run:
    done = _textseg("run", *arguments, "--out", workspace)
    assert done.returncode == 0, done.stderr
    return _left_in(workspace, done.stdout, done.stderr)


def _left_in(workspace: Path, stdout: str, stderr: str) -> Run:
    return Run(
        workspace,
        stdout,
        stderr,
        contents(workspace / "exports"),
        json.loads((workspace / "manifest.json").read_text(encoding="utf-8")),
    )


@pytest.fixture(scope="session")
def textseg_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Call ``textseg`` as a process of its own."""
    return _textseg


@pytest.fixture(scope="session")
def contents_of() -> Callable[[Path], dict[str, bytes]]:
    """Read every file below a folder."""
    return contents


@pytest.fixture(scope="session")
def frames() -> dict[str, pd.DataFrame]:
    """Tables of the first customers of the example shop, as text; ``truth`` is what was planted."""
    tables = {
        name: pd.read_csv(EXAMPLES / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in (*INPUTS, "truth")
    }
    some = tables["truth"]["customer_id"].iloc[:N_CUSTOMERS]
    return {
        name: table[table["customer_id"].isin(some)].reset_index(drop=True)
        for name, table in tables.items()
    }


@pytest.fixture(scope="session")
def sample(frames: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same tables as files."""
    folder: Path = tmp_path_factory.mktemp("sample")
    for name in INPUTS:
        frames[name].to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def arguments(sample: Path) -> list[object]:
    """What ``textseg run`` is called with."""
    return [
        sample / "feedback.csv",
        "--transactions", sample / "transactions.csv",
        "--customers", sample / "customers.csv",
    ]  # fmt: skip


@pytest.fixture(scope="session")
def first(arguments: list[object], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in a fresh workspace, which no test changes."""
    return _run(tmp_path_factory.mktemp("first") / "ws", *arguments)


@pytest.fixture(scope="session")
def second(arguments: list[object], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same run in another fresh workspace, told to speak JSON."""
    return _run(tmp_path_factory.mktemp("second") / "ws", *arguments, "--json")


@pytest.fixture(scope="session")
def repeated(second: Run, arguments: list[object]) -> Run:
    """The same run once more in the second workspace, and in this process."""
    done = CliRunner().invoke(app, [*map(str, ["run", *arguments]), "--out", str(second.workspace)])
    assert done.exit_code == 0, done.output
    return _left_in(second.workspace, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def encodings(first: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the first workspace's encodings, so that fitting in Python need not encode."""
    folder: Path = tmp_path_factory.mktemp("encodings")
    shutil.copytree(first.workspace / "encodings", folder, dirs_exist_ok=True)
    return folder

"""Workspaces that something happens to, and the commands that it happens in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest
from mishaps.tiny import write_inputs

TINY = Path(__file__).with_name("tiny.py")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file and link below a folder, and every empty folder; the lock is no content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"(no file)"
        for path in sorted(folder.rglob("*"))
        if path.name != ".lock" and not (path.is_dir() and any(path.iterdir()))
    }


@dataclass
class Server:
    """Starts commands as processes of their own; see ``tiny.py``."""

    requests: IO[str]
    answers: IO[str]
    temporary: Path
    """Where its processes keep temporary files."""
    errors: Path

    def start(
        self,
        *arguments: object,
        folder: Path = Path(),
        marks: dict[str, str] | None = None,
        at: str = "",
        number: int = 0,
        machine: str = "",
    ) -> Command:
        """Start a command; ``marks`` and ``at`` name functions as "module:function"."""
        request = {
            "arguments": [str(argument) for argument in arguments],
            "folder": str(folder),
            "errors": str(self.errors),
            "marks": marks or {},
            "at": at,
            "number": number,
            "machine": machine,
        }
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()
        return Command(self)

    def run(self, *arguments: object) -> None:
        """Run a command that must succeed."""
        command = self.start(*arguments)
        assert command.wait() == 0, command.stderr


@dataclass
class Command:
    """A command that a server has started."""

    server: Server
    pid: int | None = None
    status: int | None = None
    marks: list[str] = field(default_factory=list)

    def wait(self, mark: str | None = None) -> int | None:
        """Wait for a mark, or for the end; return the exit status if it has ended."""
        while self.status is None and mark not in self.marks:
            self._read()
            if mark == "started" and self.pid is not None:
                break
        return self.status

    @property
    def stderr(self) -> str:
        return self.server.errors.read_text()

    def _read(self) -> None:
        line = self.server.answers.readline().strip()
        assert line, "the server has died"
        if not line.lstrip("-").isdigit():
            self.marks.append(line)
        elif self.pid is None:
            self.pid = int(line)
        else:
            self.status = int(line)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Be a server; the folder keeps what it says and its temporary files."""
    temporary = folder / "temporary"
    temporary.mkdir()
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with subprocess.Popen(
        [sys.executable, str(TINY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **one_thread, "TMPDIR": str(temporary)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Server(process.stdin, process.stdout, temporary, folder / "stderr.txt")
        process.stdin.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose commands take about two seconds."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def another_server(tmp_path: Path) -> Iterator[Server]:
    """A second one, for commands that run at the same time."""
    (tmp_path / "another").mkdir()
    with serving(tmp_path / "another") as server:
        yield server


@pytest.fixture(scope="session")
def complete(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one complete run, which no test changes."""
    folder = tmp_path_factory.mktemp("complete")
    server.run("run", *write_inputs(folder), "--out", folder / "ws")
    return folder / "ws"


@pytest.fixture
def workspace(complete: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(complete, tmp_path / "ws"))


@pytest.fixture(scope="session")
def new_inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments of ``textseg run`` for inputs of which nothing is encoded yet."""
    return write_inputs(tmp_path_factory.mktemp("new"), seed=1)


@pytest.fixture
def contents_of() -> Callable[[Path], dict[str, bytes]]:
    return contents


@pytest.fixture
def textseg() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Call the command as users do."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "textseg", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    return call

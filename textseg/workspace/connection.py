"""Connections to the store that live for one call, and what can go wrong with them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from textseg.errors import WorkspaceError, remedy

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

POLL_SECONDS = 0.05
# A store may come from somebody else: nothing in it may read or write another file.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}


@contextmanager
def connect(path: Path, *, read_only: bool, wait: float) -> Iterator[DuckDBPyConnection]:
    """Open the store for one call, waiting up to ``wait`` seconds for whoever has it open."""
    import duckdb

    try:
        with closing(_open_when_free(path, read_only=read_only, wait=wait)) as connection:
            yield connection
    except RuntimeError as error:
        # What DuckDB makes of the KeyboardInterrupt that comes in the midst of a query.
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise
    except (
        duckdb.OperationalError,
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    ) as error:
        verb = "read" if read_only else "written"
        problem = _first_line(error)
        raise WorkspaceError(
            f"{path} cannot be {verb}: {problem}",
            hint=remedy(problem)
            or "If it is damaged, restore it from a backup or move it away and run again.",
        ) from None


def _open_when_free(path: Path, *, read_only: bool, wait: float) -> DuckDBPyConnection:
    import duckdb

    deadline = time.monotonic() + wait
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=_SETTINGS)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            holder = _holder(str(error))
            if holder is None:
                raise
            if time.monotonic() >= deadline:
                raise locked(path, wait, holder) from None
        time.sleep(POLL_SECONDS)


class LockedError(WorkspaceError):
    """Another process, or another part of this one, has kept the workspace locked."""


def locked(path: Path, wait: float, holder: str) -> LockedError:
    """Return the error that says who has kept something locked for too long."""
    return LockedError(
        f"{path} has been locked for {wait:g} s by {holder}.",
        hint="Wait for it to end or close its connection, then run again.",
    )


def _holder(message: str) -> str | None:
    """Who holds the store, from DuckDB's message; None if the message is not about a lock."""
    if "different configuration" in message:
        return f"{describe_process(os.getpid())}, which is this process"
    if match := re.search(r"(?:held|open) in\s+(.*?)\s*\(PID (\d+)\)", message, re.DOTALL):
        return describe_process(int(match[2]), program=match[1])
    return "another process" if "could not set lock" in message.lower() else None


def describe_process(pid: int, program: str = "") -> str:
    """Process id and, where it can be read, the command line."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (OSError, UnicodeDecodeError):
        command = program
    command = " ".join(command.split())
    if len(command) > 120:
        command = f"{command[:117]}..."
    return f"process {pid} ({command})" if command else f"process {pid}"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

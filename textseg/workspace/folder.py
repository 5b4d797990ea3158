"""The folder itself: what may become a workspace, and who may write to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textseg.errors import WorkspaceError, remedy
from textseg.workspace.connection import POLL_SECONDS, describe_process, locked

STORE = "store.duckdb"
ENCODINGS = "encodings"
_LOCK = ".lock"
_STAGING = ".publish-"
PUBLISHED = ("model", "exports", "report.html", "manifest.json")
"""What is renamed into place, in this order: the manifest names the run of all the others."""

_OWN = (STORE, f".new-{STORE}", ENCODINGS, _LOCK, _STAGING, *PUBLISHED)


def check_usable(path: Path) -> None:
    """Raise WorkspaceError unless the path is missing, an empty folder or a workspace."""
    if path.is_symlink() and not path.exists():
        raise WorkspaceError(f"{path} is a link that leads nowhere.", hint="Choose another folder.")
    nearest = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        raise WorkspaceError(
            f"{nearest} is a file; a workspace is a folder.", hint="Choose another folder."
        )
    if not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
        raise WorkspaceError(
            f"{nearest} cannot be written: permission denied.",
            hint="Change its permissions or choose another folder.",
        )
    if nearest == path:
        _check_contents(path)


def _check_contents(path: Path) -> None:
    names = sorted(entry.name for entry in path.iterdir())
    if STORE in names or not names:
        return
    # Without a store: a first run that was killed, or a store that its owner has moved away.
    foreign = [name for name in names if ENCODINGS not in names or not name.startswith(_OWN)]
    if foreign:
        raise WorkspaceError(
            f"{path} is neither empty nor a workspace: it holds {foreign[0]}.",
            hint="Choose a new or an empty folder.",
        )


def make_encodings(path: Path) -> Path:
    """Make the workspace's folder and the one for encodings in it, if they are not there."""
    folder = path / ENCODINGS
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_interrupted(path: Path) -> bool:
    """Whether a publication has begun and not ended; while nobody writes, it was killed."""
    return any(path.glob(f"{_STAGING}*"))


@contextmanager
def writing(path: Path, wait: float) -> Iterator[Path]:
    """Be the only writer of the workspace; the value is an empty folder for staging.

    The folder's name holds the process id, so that whoever waits can say for whom. What killed
    writers have left is removed first: while the lock is held, no other can be alive.
    """
    import filelock

    lock = filelock.FileLock(path / _LOCK, timeout=wait, poll_interval=POLL_SECONDS)
    with disk_errors(path):
        try:
            lock.acquire()
        except filelock.Timeout:
            raise locked(path, wait, _writer(path)) from None
        try:
            for leftover in path.glob(f"{_STAGING}*"):
                shutil.rmtree(leftover)
            staging = path / f"{_STAGING}{os.getpid()}"
            staging.mkdir()
            try:
                yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        finally:
            lock.release()


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a WorkspaceError."""
    try:
        yield
    except OSError as error:
        # Not the name of a file in the folder for staging, which is gone by now.
        named = str(error.filename or path)
        where = path if _STAGING in named else named
        # pyarrow wraps the system's words in its own.
        what = os.strerror(error.errno) if error.errno else str(error)
        raise WorkspaceError(
            f"{where} cannot be written: {what}.",
            hint=remedy(what) or "Mend that and run again; what is in the store stays.",
        ) from error


def _writer(path: Path) -> str:
    pids = [name.name.removeprefix(_STAGING) for name in path.glob(f"{_STAGING}*")]
    known = [pid for pid in pids if pid.isdigit()]
    return describe_process(int(known[0])) if known else "another process"

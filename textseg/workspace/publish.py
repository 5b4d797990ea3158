"""A run's files beside the store: written aside as a whole, then renamed into place."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from textseg.workspace.exports import write_exports, write_rules
from textseg.workspace.folder import PUBLISHED
from textseg.workspace.model import write_model
from textseg.workspace.record import RunRecord


def write_files(staging: Path, record: RunRecord) -> None:
    """Write the files of a run aside: all that can fail, or take long, before it is final.

    Parameters
    ----------
    staging : Path
        An empty folder inside the workspace.
    record : RunRecord
        The run.
    """
    write_model(staging / "model", record)
    write_exports(staging / "exports", record.frames)
    if "rules" in record.metadata:
        write_rules(staging / "exports", record.metadata["rules"])
    if record.report:
        (staging / "report.html").write_text(record.report, encoding="utf-8")
    _write_manifest(staging, record)


def put_in_place(folder: Path, staging: Path) -> None:
    """Rename what was written aside into the place of the files of the run before.

    Parameters
    ----------
    folder : Path
        The workspace.
    staging : Path
        Holds what :func:`write_files` wrote, and ends up with what was there before.
    """
    before = staging / "before"
    before.mkdir()
    try:
        for name in PUBLISHED:
            _move(folder / name, before / name)
            _move(staging / name, folder / name)
    except BaseException:
        _put_back(folder, staging, before)
        raise


def published_run(folder: Path) -> str | None:
    """Id of the run whose files are all there; None if they are not."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        complete = all((folder / name).is_file() for name in manifest["files"])
        return str(manifest["run_id"]) if complete else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write_manifest(staging: Path, record: RunRecord) -> None:
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    manifest = {
        "run_id": record.run_id,
        "created_at": record.created_at.isoformat(),
        "as_of": record.as_of.isoformat(),
        **record.manifest,
        "files": {path.relative_to(staging).as_posix(): _sha256(path) for path in files},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (staging / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _move(origin: Path, target: Path) -> None:
    if origin.exists() or origin.is_symlink():
        origin.rename(target)


def _put_back(folder: Path, staging: Path, before: Path) -> None:
    """Undo the renames: a file that another program holds open must not leave half a set."""
    for name in PUBLISHED:
        if (before / name).exists():
            _move(folder / name, staging / name)
            _move(before / name, folder / name)

"""Exported encoders in the user's cache folder: found, checked, or made once."""

from __future__ import annotations

import atexit
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from textseg.encode.source import ModelSource
from textseg.encode.tokens import Facts

if TYPE_CHECKING:
    from textseg.sentiment.shipped import ShippedSentiment

EXPORTER = 2
"""Raised when the exported graph changes, so that older ones are made again."""

_DRAFT = ".draft-"
_STALE_SECONDS = 86_400.0
GRAPH, TOKENIZER, _CARD = "model.onnx", "tokenizer.json", "encoder.json"
logger = logging.getLogger(__name__)


class ExportError(Exception):
    """A model cannot be exported, or its graph does not agree with PyTorch."""


@dataclass(frozen=True)
class ExportedModel:
    """A folder with a graph and a tokenizer, the facts beside them, and the hash of the branch."""

    folder: Path
    facts: Facts
    branch: str = ""


def exported_model(source: ModelSource, branch: ShippedSentiment | None) -> ExportedModel:
    """Return the exported form of a model, exporting it if that was never done here.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    branch : ShippedSentiment or None
        What the graph goes on to beside the embedding.

    Returns
    -------
    ExportedModel

    Raises
    ------
    ExportError
        The model cannot be exported, or the graph does not agree with PyTorch.
    """
    kind = branch.digest if branch is not None else "plain"
    folder = _cache_folder() / f"{source.digest}-{kind}-{EXPORTER}"
    facts = _read(folder)
    if facts is None:
        folder, facts = _make(source, folder, branch)
    return ExportedModel(folder, facts, f"-{branch.digest}" if branch is not None else "")


def _cache_folder() -> Path:
    folder = Path(platformdirs.user_cache_dir("textseg", appauthor=False)) / "encoders"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        other = Path(tempfile.gettempdir()) / f"textseg-encoders-{os.getpid()}"
        logger.warning("%s cannot be written (%s), so %s is used.", folder, error.strerror, other)
        other.mkdir(mode=0o700, exist_ok=True)
        atexit.register(shutil.rmtree, other, ignore_errors=True)
        return other


def _read(folder: Path) -> Facts | None:
    """Return None unless every file is as it was written."""
    try:
        card = json.loads((folder / _CARD).read_text(encoding="utf-8"))
        if card["files"] != _hashes(folder):
            return None
        facts = dict(card["facts"])
        return Facts(**{**facts, "inputs": tuple(facts["inputs"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make(source: ModelSource, folder: Path, branch: ShippedSentiment | None) -> tuple[Path, Facts]:
    from textseg.encode.export import export

    logger.info("Exporting the encoder %s to ONNX, once.", source.name)
    _remove_drafts(folder.parent)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder.parent))
    try:
        facts = export(source, draft, branch)
        card = {"facts": asdict(facts), "files": _hashes(draft)}
        (draft / _CARD).write_text(json.dumps(card, indent=2), encoding="utf-8")
        return _publish(draft, folder), facts
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _remove_drafts(folder: Path) -> None:
    """Remove what killed processes have left; the longest export takes less than a day."""
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(draft)


def _publish(draft: Path, folder: Path) -> Path:
    """Rename the draft into place; where another process was first, keep that one's."""
    if folder.exists() and _read(folder) is None:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        draft.rename(folder)
    except OSError:
        if _read(folder) is None:
            raise
    return folder


def _hashes(folder: Path) -> dict[str, str]:
    hashes = {}
    for path in sorted(folder.iterdir()):
        if path.name != _CARD:
            with path.open("rb") as file:
                hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes

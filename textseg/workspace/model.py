"""What ``assign`` needs, as a folder: safetensors, JSON and a card. Nothing in it can run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from textseg.errors import WorkspaceError
from textseg.workspace.record import MODELS, Arrays, RunRecord

_EXPECTED = ("model.json", *(f"{model}.safetensors" for model in MODELS))


class _ModelFile(BaseModel):
    """The contents of model.json."""

    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1
    sha256: dict[str, str]
    metadata: dict[str, Any]


def write_model(folder: Path, record: RunRecord) -> None:
    """Write the model folder of a run; the same run, the same bytes."""
    from safetensors.numpy import save

    folder.mkdir()
    hashes = {"metadata": _metadata_hash(record.metadata)}
    for model in MODELS:
        data = save(record.arrays[model])
        (folder / f"{model}.safetensors").write_bytes(data)
        hashes[model] = hashlib.sha256(data).hexdigest()
    contents = _ModelFile(sha256=hashes, metadata=record.metadata).model_dump()
    text = json.dumps(contents, ensure_ascii=False, indent=2)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(_card(record), encoding="utf-8")


def read_model(folder: str | Path) -> tuple[Arrays, dict[str, Any]]:
    """Read a model folder alone, without its workspace.

    Parameters
    ----------
    folder : str or Path
        Holds model.json and a .safetensors of the topics, the segments and the sentiment.

    Returns
    -------
    arrays : dict of str to dict of str to ndarray
        The arrays of the topics, the segments and the sentiment, by name.
    metadata : dict
        What belongs to them: names, keywords, feature names, encoder.

    Raises
    ------
    WorkspaceError
        A file is missing, or is not the one that was written.

    Examples
    --------
    >>> from textseg.errors import WorkspaceError
    >>> from textseg.workspace import read_model
    >>> try:
    ...     read_model("nowhere")
    ... except WorkspaceError as error:
    ...     print(error.message)  # doctest: +ELLIPSIS
    nowhere is not a model: expected model.json, ...safetensors, found none of them.
    """
    folder = Path(folder)
    _check_files(folder)
    contents = _read_contents(folder / "model.json")
    _check_hash(folder / "model.json", _metadata_hash(contents.metadata), contents, "metadata")
    return {model: _read_arrays(folder, model, contents) for model in MODELS}, contents.metadata


def _check_files(folder: Path) -> None:
    found = [name for name in _EXPECTED if (folder / name).is_file()]
    if len(found) < len(_EXPECTED):
        raise WorkspaceError(
            f"{folder} is not a model: expected {', '.join(_EXPECTED)}, "
            f"found {', '.join(found) or 'none of them'}.",
            hint="In a workspace, the next textseg command writes it again.",
        )


def _read_contents(path: Path) -> _ModelFile:
    try:
        return _ModelFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"]
        raise WorkspaceError(f"{path} is not a textseg model: {reason}.", hint=_MEND) from None


def _read_arrays(folder: Path, model: str, contents: _ModelFile) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / f"{model}.safetensors"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from None
    _check_hash(path, hashlib.sha256(data).hexdigest(), contents, model)
    try:
        return dict(load(data))
    except SafetensorError as error:
        raise WorkspaceError(f"{path} is not safetensors: {error}.", hint=_MEND) from None


_MEND = "Delete the model folder: in a workspace, the next textseg command writes it again."


def _check_hash(path: Path, found: str, contents: _ModelFile, part: str) -> None:
    expected = contents.sha256.get(part, "none")
    if found != expected:
        raise WorkspaceError(
            f"{path} has been changed: its {part} should have SHA-256 {expected[:12]}…, "
            f"not {found[:12]}….",
            hint=_MEND,
        )


def _metadata_hash(metadata: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()


def _card(record: RunRecord) -> str:
    encoder = record.metadata.get("encoder", {})
    segments, topics = record.frames["segments"], record.frames["topics"]
    return f"""# A textseg model

What one run of textseg has learned: the centroids and names of the topics and of the customer
segments. New feedback and new customers are assigned to the nearest ones. It holds numbers and
names only; loading it runs no code.

| | |
|---|---|
| Data up to | {record.as_of:%Y-%m-%d} |
| Encoder | {encoder.get("name", "unknown")} |
| Fingerprint of the encoder | {encoder.get("fingerprint", "unknown")} |
| Topics | {len(topics) - (topics["kind"] == "theme").sum()} |
| Segments | {len(segments)} ({(segments["kind"] == "text").sum()} from text, \
{(segments["kind"] == "value").sum()} from value) |

In Python, with the workspace that this folder is in:

    import textseg
    textseg.load("WORKSPACE").assign(new_feedback)

On the command line:

    textseg assign WORKSPACE new_feedback.csv --to assigned.parquet
"""

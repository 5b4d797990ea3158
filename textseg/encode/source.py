"""Which files a model name means, and whether they are all there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from textseg.encode.default_model import check_default_weights, default_model_folder
from textseg.errors import ModelError

_WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_TOKENIZER = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
)
_SUFFIXES = {".json", ".txt", ".model", ".safetensors", ".bin", ".jinja"}
_OTHER_FORMATS = ("onnx", "openvino", "coreml", "gguf")


@dataclass(frozen=True)
class ModelSource:
    """A sentence-transformers folder and what identifies its content.

    Parameters
    ----------
    name : str
        What the user asked for.
    folder : Path
        Where the files are.
    weights : str
        SHA-256 of ``model.safetensors``, or of all weight files where there are several.
    digest : str
        128-bit hash of everything that can change an embedding: weights, tokenizer, configs.
    """

    name: str
    folder: Path
    weights: str
    digest: str


def find_model(name: str) -> ModelSource:
    """Turn a model name into files that are there and hashed.

    Parameters
    ----------
    name : str
        ``"default"``, a folder, or a sentence-transformers name on the model hub.

    Returns
    -------
    ModelSource

    Raises
    ------
    ModelError
        Nothing of that name, a file is missing, or the default weights are not the published ones.

    Examples
    --------
    >>> from textseg.encode.source import find_model
    >>> find_model("default").weights[:8]
    '53aa5117'
    """
    folder = default_model_folder() if name == "default" else _folder(name)
    _require_files(folder)
    hashes = {path.relative_to(folder).as_posix(): _sha256(path) for path in _model_files(folder)}
    weights = _weights_hash(hashes)
    if name == "default":
        check_default_weights(weights)
    listing = "\n".join(f"{path} {digest}" for path, digest in sorted(hashes.items()))
    digest = hashlib.blake2b(listing.encode(), digest_size=16).hexdigest()
    return ModelSource(name=name, folder=folder, weights=weights, digest=digest)


def _folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelError(
            f"The encoder folder {name} does not exist.",
            hint="encoder.model takes 'default', a folder, or a sentence-transformers name.",
        )
    return _download(name if "/" in name else f"sentence-transformers/{name}")


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    ignored = [f"{kind}/*" for kind in _OTHER_FORMATS] + ["*.h5", "*.ot", "*.msgpack", "*.onnx"]
    try:
        return Path(snapshot_download(name, ignore_patterns=ignored))
    # The hub client raises its own, its HTTP library's and the system's errors.
    except Exception as error:
        raise ModelError(
            f"There is no folder {name}, and the model hub gave no such model "
            f"({type(error).__name__}).",
            hint="Check the name and the network, or set encoder.model to 'default' or a folder.",
        ) from error


def _require_files(folder: Path) -> None:
    missing = list(_missing_files(folder))
    if missing:
        raise ModelError(
            f"The encoder folder {folder} is not complete. Tried and not found: "
            f"{'; '.join(missing)}.",
            hint="A folder that SentenceTransformer.save_pretrained wrote has them all.",
        )


def _missing_files(folder: Path) -> Iterator[str]:
    """Name what is not there, alternatives joined by 'or'."""
    listing = folder / "modules.json"
    modules = [{"type": "Transformer", "path": ""}]
    if listing.is_file():
        try:
            modules = json.loads(listing.read_text(encoding="utf-8"))
        except ValueError:
            yield "a readable modules.json"
    for module in modules:
        kind, path = module["type"].rpartition(".")[2], module["path"]
        for options in _required(kind):
            tried = [f"{path}/{option}" if path else option for option in options]
            if not any((folder / option).is_file() for option in tried):
                yield " or ".join(tried)


def _required(kind: str) -> list[tuple[str, ...]]:
    if kind == "Transformer":
        return [("config.json",), _WEIGHTS, _TOKENIZER]
    if kind == "Pooling":
        return [("config.json",)]
    if kind == "Dense":
        return [("config.json",), ("model.safetensors", "pytorch_model.bin")]
    return []


def _model_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        foreign = parts[0] in _OTHER_FORMATS or any(part.startswith(".") for part in parts)
        if path.suffix in _SUFFIXES and not foreign and path.is_file():
            yield path


def _weights_hash(hashes: dict[str, str]) -> str:
    if "model.safetensors" in hashes:
        return hashes["model.safetensors"]
    weights = [hashes[path] for path in sorted(hashes) if path.endswith((".safetensors", ".bin"))]
    return hashlib.sha256("".join(weights).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

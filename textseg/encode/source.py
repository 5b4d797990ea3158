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
class _Role:
    """What a model is for: the words of the errors, and how its files lie."""

    noun: str
    setting: str
    names: str
    writer: str
    # Whose models on the hub may be named without their owner.
    owner: str = ""
    # Whether modules.json says which files there are.
    modular: bool = False


_ENCODER = _Role(
    noun="encoder",
    setting="encoder.model",
    names="a sentence-transformers name",
    writer="SentenceTransformer.save_pretrained",
    owner="sentence-transformers/",
    modular=True,
)
_CLASSIFIER = _Role(
    noun="sentiment model",
    setting="sentiment.model",
    names="the name of a sequence-classification model of transformers",
    writer="save_pretrained of the model and of its tokenizer",
)


@dataclass(frozen=True)
class ModelSource:
    """A folder with a model and what identifies its content.

    Parameters
    ----------
    name : str
        What the user asked for.
    folder : Path
        Where the files are.
    weights : str
        SHA-256 of ``model.safetensors``, or of all weight files where there are several.
    digest : str
        128-bit hash of everything that can change a value: weights, tokenizer, configs.
    """

    name: str
    folder: Path
    weights: str
    digest: str


def find_model(name: str) -> ModelSource:
    """Turn the name of an encoder into files that are there and hashed.

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
    folder = default_model_folder() if name == "default" else _folder(name, _ENCODER)
    source = _hashed(name, folder, _ENCODER)
    if name == "default":
        check_default_weights(source.weights)
    return source


def find_classifier(name: str) -> ModelSource:
    """Turn the name of a sequence-classification model into files that are there and hashed.

    Parameters
    ----------
    name : str
        A folder, or a name on the model hub.

    Returns
    -------
    ModelSource

    Raises
    ------
    ModelError
        Nothing of that name, or a file is missing.

    Examples
    --------
    >>> from textseg.encode.source import find_classifier
    >>> find_classifier("./nothing")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    textseg.errors.ModelError: The sentiment model folder ./nothing does not exist. ...
    """
    return _hashed(name, _folder(name, _CLASSIFIER), _CLASSIFIER)


def _hashed(name: str, folder: Path, role: _Role) -> ModelSource:
    _require_files(folder, role)
    hashes = {path.relative_to(folder).as_posix(): _sha256(path) for path in _model_files(folder)}
    weights = _weights_hash(hashes)
    listing = "\n".join(f"{path} {digest}" for path, digest in sorted(hashes.items()))
    digest = hashlib.blake2b(listing.encode(), digest_size=16).hexdigest()
    return ModelSource(name=name, folder=folder, weights=weights, digest=digest)


def _folder(name: str, role: _Role) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelError(
            f"The {role.noun} folder {name} does not exist.",
            hint=f"{role.setting} takes 'default', a folder, or {role.names}.",
        )
    return _download(name if "/" in name else role.owner + name, role)


def _download(name: str, role: _Role) -> Path:
    from huggingface_hub import snapshot_download

    ignored = [f"{kind}/*" for kind in _OTHER_FORMATS] + ["*.h5", "*.ot", "*.msgpack", "*.onnx"]
    try:
        return Path(snapshot_download(name, ignore_patterns=ignored))
    # The hub client raises its own, its HTTP library's and the system's errors.
    except Exception as error:
        raise ModelError(
            f"There is no folder {name}, and the model hub gave no such model "
            f"({type(error).__name__}).",
            hint=f"Check the name and the network, or set {role.setting} to 'default' or a folder.",
        ) from error


def _require_files(folder: Path, role: _Role) -> None:
    missing = list(_missing_files(folder, role))
    if missing:
        raise ModelError(
            f"The {role.noun} folder {folder} is not complete. Tried and not found: "
            f"{'; '.join(missing)}.",
            hint=f"A folder that {role.writer} wrote has them all.",
        )


def _missing_files(folder: Path, role: _Role) -> Iterator[str]:
    """Name what is not there, alternatives joined by 'or'."""
    listing = folder / "modules.json"
    modules = [{"type": "Transformer", "path": ""}]
    if role.modular and listing.is_file():
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

"""The sentiment that ships with textseg: a branch of the default encoder, and the head on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textseg.errors import ModelError
from textseg.sentiment.classes import LABELS
from textseg.sentiment.head import SentimentHead
from textseg.sentiment.weights import shipped_model

_BRANCH = "branch."


@dataclass(frozen=True)
class ShippedSentiment:
    """Trained weights, and the encoder they belong to.

    Attributes
    ----------
    path : Path
        The file.
    encoder_weights : str
        SHA-256 of the weights of the encoder whose layers the branch copies.
    digest : str
        64-bit hash of the file.
    head : SentimentHead
        Reads the branch's averaged states.
    """

    path: Path
    encoder_weights: str
    digest: str
    head: SentimentHead

    def branch(self) -> dict[str, Any]:
        """Read the branch's weights as PyTorch tensors, by name."""
        from safetensors.torch import load_file

        tensors = load_file(self.path)
        return {
            name.removeprefix(_BRANCH): tensor
            for name, tensor in tensors.items()
            if name.startswith(_BRANCH)
        }


def shipped_sentiment(folder: Path | None = None) -> ShippedSentiment:
    """Find the shipped sentiment and load its head.

    Parameters
    ----------
    folder : Path, optional
        Holds ``model.safetensors``; the shipped one by default.

    Returns
    -------
    ShippedSentiment

    Raises
    ------
    ModelError
        The file is missing, damaged or of another shape.

    Examples
    --------
    >>> from textseg.sentiment.shipped import shipped_sentiment
    >>> shipped_sentiment().head.weight.shape
    (3, 384)
    """
    from safetensors import SafetensorError, safe_open

    path = (folder or shipped_model("sentiment")) / "model.safetensors"
    try:
        with safe_open(str(path), framework="numpy") as file:
            about = file.metadata() or {}
            weight, bias = file.get_tensor("head.weight"), file.get_tensor("head.bias")
        digest = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The sentiment model {path} cannot be read: {error}.", hint="Install textseg again."
        ) from error
    classes = about.get("labels", "")
    if classes != " ".join(LABELS) or weight.ndim != 2 or len(weight) != len(LABELS):
        raise ModelError(
            f"The sentiment model {path} has classes {classes!r} and a head of shape "
            f"{weight.shape}, expected {' '.join(LABELS)!r} and ({len(LABELS)}, hidden).",
            hint="Train it with models/sentiment/train.py.",
        )
    return ShippedSentiment(
        path, about.get("encoder_weights", ""), digest, SentimentHead(weight, bias)
    )

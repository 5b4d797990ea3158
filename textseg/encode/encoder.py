"""What every encoder can do, and the choice of one."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from textseg.encode.source import ModelSource, find_model
from textseg.encode.spans import Passage
from textseg.encode.tokens import Tokens
from textseg.errors import ModelError

if TYPE_CHECKING:
    from textseg.config import EncoderConfig
    from textseg.sentiment.shipped import ShippedSentiment

Device = Literal["cpu", "cuda"]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Output:
    """What one pass gives for a batch: first its texts, then their clauses, in order.

    Parameters
    ----------
    embedding : ndarray of float32, shape (n_texts + n_clauses, dim)
        As the model's own modules make it; of no meaning for a clause that no token is read of.
    features : ndarray of float32, shape (n_texts + n_clauses, hidden), or None
        What the sentiment head reads, where the encoder has the branch for it.
    """

    embedding: NDArray[np.float32]
    features: NDArray[np.float32] | None


class Encoder(Protocol):
    """Something that turns texts into embeddings.

    ``fingerprint`` names everything that can change a value: weights, tokenizer, pooling, length,
    prompt, precision, backend, device type and the branch. ``weights`` is the SHA-256 of the
    weights. Where the encoder ``pools``, it gives clauses in the pass of their text; otherwise it
    takes passages without clauses only.
    """

    config: EncoderConfig
    source: ModelSource
    name: str
    dim: int
    max_length: int
    fingerprint: str
    weights: str
    prompt: str
    device: str
    backend: str
    batch_tokens: int
    pools: bool

    def tokenize(self, passages: Sequence[Passage]) -> Tokens:
        """Put the prompt in front and tokenise."""
        ...

    def run(self, tokens: Tokens, rows: NDArray[np.int64]) -> Output:
        """Encode the given rows of tokenised texts as one batch."""
        ...


def load_encoder(config: EncoderConfig, *, sentiment: bool = True) -> Encoder:
    """Load the encoder that the settings name.

    On a CPU the model runs as an ONNX graph, exported and checked against PyTorch the first time
    and kept in the user's cache folder; a model that cannot be exported runs on PyTorch. On a GPU
    it runs on PyTorch in half precision. Code that comes with a model is never run.

    Parameters
    ----------
    config : EncoderConfig
        Model, device, batch size and threads.
    sentiment : bool
        Whether the shipped sentiment is wanted in the same pass; the default weights alone can.

    Returns
    -------
    Encoder

    Raises
    ------
    ModelError
        The model is missing, incomplete or damaged, or there is no such device.

    Examples
    --------
    >>> from textseg.config import EncoderConfig
    >>> from textseg.encode import load_encoder
    >>> encoder = load_encoder(EncoderConfig(device="cpu"))
    >>> encoder.dim, encoder.max_length
    (384, 256)
    """
    source = find_model(config.model)
    device = choose_device(config.device)
    branch = _branch_for(source) if sentiment else None
    if device == "cpu":
        encoder = _load_onnx(source, config, branch)
        if encoder is not None:
            return encoder
    from textseg.encode.torch_encoder import TorchEncoder

    return TorchEncoder(source, config, device=device, branch=branch)


def _branch_for(source: ModelSource) -> ShippedSentiment | None:
    """Return the shipped sentiment if it was trained on these weights."""
    from textseg.sentiment.shipped import shipped_sentiment

    shipped = shipped_sentiment()
    return shipped if shipped.encoder_weights == source.weights else None


def _load_onnx(
    source: ModelSource, config: EncoderConfig, branch: ShippedSentiment | None
) -> Encoder | None:
    """Return None where the model cannot be exported; PyTorch takes it then."""
    from textseg.encode.exported import ExportError, exported_model
    from textseg.encode.onnx_encoder import OnnxEncoder

    try:
        return OnnxEncoder(source, exported_model(source, branch), config)
    except ExportError as error:
        logger.warning("The encoder %s runs on PyTorch: %s", source.name, error)
        return None


def choose_device(wanted: str) -> Device:
    """Turn ``auto``, ``cpu`` or ``cuda`` into the device to run on.

    Raises
    ------
    ModelError
        There is no CUDA device, and one was asked for.
    """
    if wanted == "cpu":
        return "cpu"
    # Importing torch takes seconds, so that a machine without a driver is not asked.
    if _has_driver():
        import torch

        if torch.cuda.is_available():
            return "cuda"
    if wanted == "cuda":
        raise ModelError(
            "encoder.device is 'cuda', but PyTorch finds no CUDA device.",
            hint="Set encoder.device to 'auto' or 'cpu', or install PyTorch for CUDA.",
        )
    return "cpu"


def _has_driver() -> bool:
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True

"""What every encoder can do, and the choice of one."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from textseg.encode.default_model import WEIGHTS
from textseg.encode.source import ModelSource, find_model
from textseg.errors import ModelError

if TYPE_CHECKING:
    from textseg.config import EncoderConfig

Device = Literal["cpu", "cuda"]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tokens:
    """Tokenised texts.

    Parameters
    ----------
    lengths : ndarray of int64, shape (n,)
        Tokens per text, prompt and special tokens included, after truncation.
    truncated : ndarray of bool, shape (n,)
        Whether the text was longer than the encoder reads.
    rows : sequence
        What the encoder that made them needs per text.
    """

    lengths: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    rows: Sequence[Any]


@dataclass(frozen=True)
class Output:
    """What one pass gives for a batch.

    Parameters
    ----------
    embedding : ndarray of float32, shape (batch, dim)
        As the model's own modules make it.
    states : ndarray of float32, shape (batch, layers + 1, hidden), or None
        Hidden states of every layer, the embedding layer first, averaged over the tokens.
    """

    embedding: NDArray[np.float32]
    states: NDArray[np.float32] | None


class Encoder(Protocol):
    """Something that turns texts into embeddings.

    ``fingerprint`` names everything that can change a value: weights, tokenizer, pooling, length,
    prompt, precision, backend and device type. ``weights`` is the SHA-256 of the weights.
    """

    config: EncoderConfig
    name: str
    dim: int
    max_length: int
    fingerprint: str
    weights: str
    prompt: str
    device: str
    backend: str
    batch_tokens: int

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """Put the prompt in front and tokenise."""
        ...

    def run(self, tokens: Tokens, rows: NDArray[np.int64]) -> Output:
        """Encode the given rows of tokenised texts as one batch."""
        ...


def load_encoder(config: EncoderConfig) -> Encoder:
    """Load the encoder that the settings name.

    On a CPU the model runs as an ONNX graph, exported and checked against PyTorch the first time
    and kept in the user's cache folder; a model that cannot be exported runs on PyTorch. On a GPU
    it runs on PyTorch in half precision. Code that comes with a model is never run.

    Parameters
    ----------
    config : EncoderConfig
        Model, device, batch size and threads.

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
    device = _device(config.device)
    # Only the default weights have a head that reads the hidden states.
    with_states = source.weights == WEIGHTS
    if device == "cpu":
        encoder = _load_onnx(source, config, with_states)
        if encoder is not None:
            return encoder
    from textseg.encode.torch_encoder import TorchEncoder

    return TorchEncoder(source, config, device=device, with_states=with_states)


def _load_onnx(source: ModelSource, config: EncoderConfig, with_states: bool) -> Encoder | None:
    """Return None where the model cannot be exported; PyTorch takes it then."""
    from textseg.encode.exported import ExportError, exported_model
    from textseg.encode.onnx_encoder import OnnxEncoder

    try:
        return OnnxEncoder(source, exported_model(source, with_states=with_states), config)
    except ExportError as error:
        logger.warning("The encoder %s runs on PyTorch: %s", source.name, error)
        return None


def _device(wanted: str) -> Device:
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

"""The shipped sentiment: a linear head on the averaged hidden states of all layers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textseg.errors import ModelError
from textseg.sentiment.scale import LABELS
from textseg.sentiment.weights import shipped_model


class SentimentScorer:
    """Scores texts from the states that the encoder has computed anyway.

    Parameters
    ----------
    weight : ndarray of float32, shape (3, layers + 1, hidden)
        One row per class of :data:`LABELS`; standardisation and temperature are folded in.
    bias : ndarray of float32, shape (3,)
        One per class.
    encoder_weights : str
        SHA-256 of the weights of the encoder whose states it reads.

    Attributes
    ----------
    weights : str
        ``encoder_weights``.
    fingerprint : str
        Hash of the head.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment import SentimentScorer
    >>> scorer = SentimentScorer(np.zeros((3, 1, 2)), np.log([0.5, 0.25, 0.25]), "")
    >>> scorer.score(np.ones((1, 1, 2), dtype=np.float32)).round(2).tolist()
    [[0.5, 0.25, 0.25]]
    """

    def __init__(
        self, weight: NDArray[np.floating], bias: NDArray[np.floating], encoder_weights: str
    ) -> None:
        self.weights = encoder_weights
        self._weight = np.ascontiguousarray(weight, dtype=np.float32)
        self._bias = np.ascontiguousarray(bias, dtype=np.float32)
        content = self._weight.tobytes() + self._bias.tobytes() + encoder_weights.encode()
        self.fingerprint = hashlib.blake2b(content, digest_size=8).hexdigest()

    def score(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probabilities of negative, neutral and positive.

        Parameters
        ----------
        states : ndarray of float32, shape (n, layers + 1, hidden)
            Hidden states averaged over the tokens, the embedding layer first.

        Returns
        -------
        ndarray of float32, shape (n, 3)
            Rows add up to 1.
        """
        flat = states.reshape(len(states), -1).astype(np.float64)
        logits = flat @ self._weight.reshape(len(LABELS), -1).T.astype(np.float64) + self._bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        return np.asarray(odds, dtype=np.float32)


def load_scorer(folder: Path | None = None) -> SentimentScorer:
    """Load a sentiment head.

    Parameters
    ----------
    folder : Path, optional
        Holds ``model.safetensors``; the shipped head by default.

    Returns
    -------
    SentimentScorer

    Raises
    ------
    ModelError
        The head is missing, damaged or of another shape.

    Examples
    --------
    >>> from textseg.sentiment import load_scorer
    >>> len(load_scorer().fingerprint)
    16
    """
    from safetensors import SafetensorError, safe_open

    path = (folder or shipped_model("sentiment")) / "model.safetensors"
    try:
        with safe_open(str(path), framework="numpy") as file:
            about = file.metadata() or {}
            weight, bias = file.get_tensor("weight"), file.get_tensor("bias")
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The sentiment head {path} cannot be read: {error}.", hint="Install textseg again."
        ) from error
    classes = about.get("labels", "")
    if classes != " ".join(LABELS) or weight.ndim != 3 or len(weight) != len(LABELS):
        raise ModelError(
            f"The sentiment head {path} has classes {classes!r} and shape {weight.shape}, "
            f"expected {' '.join(LABELS)!r} and ({len(LABELS)}, layers + 1, hidden).",
            hint="Train it with models/sentiment/train.py.",
        )
    return SentimentScorer(weight, bias, about.get("encoder_weights", ""))

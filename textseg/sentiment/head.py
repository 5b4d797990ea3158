"""The last step of the sentiment: from features to three probabilities."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from textseg.sentiment.classes import LABELS


class SentimentHead:
    """Softmax regression on features of a text or a clause.

    Parameters
    ----------
    weight : ndarray of float, shape (3, f)
        One row per class of :data:`LABELS`; a temperature is folded in.
    bias : ndarray of float, shape (3,)
        One per class.

    Attributes
    ----------
    fingerprint : str
        Hash of the values.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment import SentimentHead
    >>> head = SentimentHead(np.zeros((3, 2)), np.log([0.5, 0.25, 0.25]))
    >>> head.score(np.ones((1, 2), dtype=np.float16)).round(2).tolist()
    [[0.5, 0.25, 0.25]]
    """

    def __init__(self, weight: NDArray[np.floating], bias: NDArray[np.floating]) -> None:
        if weight.ndim != 2 or len(weight) != len(LABELS) or bias.shape != (len(LABELS),):
            raise ValueError(
                f"weight and bias have shapes {weight.shape} and {bias.shape}, "
                f"expected ({len(LABELS)}, features) and ({len(LABELS)},)"
            )
        self.weight = np.ascontiguousarray(weight, dtype=np.float32)
        self.bias = np.ascontiguousarray(bias, dtype=np.float32)
        content = self.weight.tobytes() + self.bias.tobytes()
        self.fingerprint = hashlib.blake2b(content, digest_size=8).hexdigest()

    @classmethod
    def identity(cls) -> SentimentHead:
        """Return the head for features that are log-probabilities already."""
        return cls(np.eye(len(LABELS)), np.zeros(len(LABELS)))

    def score(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the probabilities of negative, neutral and positive.

        Parameters
        ----------
        features : ndarray of float, shape (n, f)

        Returns
        -------
        ndarray of float32, shape (n, 3)
            Rows add up to 1.
        """
        # Row by row the same sum in the same order: a text's score must not depend on its batch.
        logits = np.einsum("nf,cf->nc", features, self.weight, dtype=np.float64) + self.bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)

"""Which texts are encoded together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CPU_TOKENS = 1024
"""Most tokens per batch on a CPU: the activations stay in the processor's cache. Batches of 8,192
tokens took up to twice as long per text."""


def batches(lengths: NDArray[np.int64], budget: int) -> list[NDArray[np.int64]]:
    """Group texts of similar length so that each batch stays below a number of tokens.

    Parameters
    ----------
    lengths : ndarray of int64, shape (n,)
        Tokens per text. Texts of one length keep their order, so that the groups depend only on
        the order given.
    budget : int
        Tokens per batch, padding included. A longer text makes a batch of its own.

    Returns
    -------
    list of ndarray of int64
        Positions, longest texts first; every position once.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.encode.batches import batches
    >>> [batch.tolist() for batch in batches(np.array([3, 9, 3, 4]), budget=10)]
    [[1], [3, 0], [2]]
    """
    order = np.argsort(-lengths, kind="stable")
    result, start = [], 0
    while start < len(order):
        # The first of a batch is its longest, so that it sets the width of all.
        size = max(1, budget // max(1, int(lengths[order[start]])))
        result.append(order[start : start + size])
        start += size
    return result

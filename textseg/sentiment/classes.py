"""The three classes, and what their probabilities say as one number and one word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LABELS = ("negative", "neutral", "positive")
"""The classes, in the order of the columns of all probabilities."""


def sentiment(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability of positive minus that of negative.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (n, 3)
        Negative, neutral, positive.

    Returns
    -------
    ndarray of float64, shape (n,)
        From -1 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment import sentiment
    >>> sentiment(np.array([[0.75, 0.25, 0.0]], dtype=np.float32)).tolist()
    [-0.75]
    """
    exact = probabilities.astype(np.float64)
    return np.clip(exact[:, 2] - exact[:, 0], -1.0, 1.0)


def sentiment_label(probabilities: NDArray[np.float32]) -> NDArray[np.str_]:
    """Return the most probable class.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (n, 3)
        Negative, neutral, positive.

    Returns
    -------
    ndarray of str, shape (n,)
        One of :data:`LABELS`.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment import sentiment_label
    >>> sentiment_label(np.array([[0.2, 0.3, 0.5]], dtype=np.float32)).tolist()
    ['positive']
    """
    labels: NDArray[np.str_] = np.array(LABELS)[probabilities.argmax(axis=1)]
    return labels

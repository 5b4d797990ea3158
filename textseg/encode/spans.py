"""Texts as the encoder reads them, and which tokens belong to which clause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textseg.encode.spelling import spell_out

Span = tuple[int, int]


@dataclass(frozen=True)
class Passage:
    """A text with emoji and emphasis spelled out, and where its clauses are in it.

    Attributes
    ----------
    text : str
        Input of the encoder, without the prompt.
    spans : tuple of (int, int)
        Start and end of each clause in ``text``, in characters.
    """

    text: str
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, text: str, clauses: Sequence[Span]) -> Passage:
        """Spell a text out, clause by clause.

        Parameters
        ----------
        text : str
        clauses : sequence of (int, int)
            They follow one another without gap, or with gaps that belong to no clause.

        Returns
        -------
        Passage

        Examples
        --------
        >>> from textseg.encode.spans import Passage
        >>> Passage.of("👍 but late", [(0, 2), (2, 10)])
        Passage(text=' thumbs up  but late', spans=((0, 12), (12, 20)))
        """
        spelled, spans, done = "", [], 0
        for start, end in clauses:
            spelled += spell_out(text[done:start])
            begin = len(spelled)
            spelled += spell_out(text[start:end])
            spans.append((begin, len(spelled)))
            done = end
        return cls(spelled + spell_out(text[done:]), tuple(spans))


def token_weights(
    offsets: Sequence[Span], special: Sequence[int], spans: Sequence[Span]
) -> NDArray[np.float32]:
    """Weigh the tokens so that a sum over them is the mean of a span.

    Parameters
    ----------
    offsets : sequence of (int, int)
        Characters of each token.
    special : sequence of int
        1 for tokens that the text does not have, such as the one in front.
    spans : sequence of (int, int)

    Returns
    -------
    ndarray of float32, shape (1 + n_spans, n_tokens)
        The first row is the whole text, special tokens included; a span without token is 0.

    Examples
    --------
    >>> from textseg.encode.spans import token_weights
    >>> token_weights([(0, 0), (0, 2), (3, 5)], [1, 0, 0], [(0, 3), (3, 5)])[1:].tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    n = len(offsets)
    weights = np.zeros((1 + len(spans), n), dtype=np.float32)
    weights[0] = 1.0 / max(n, 1)
    if not spans:
        return weights
    starts = np.array([start for start, _ in offsets])
    own = np.array(special) == 0
    for row, (start, end) in enumerate(spans, start=1):
        inside = own & (starts >= start) & (starts < end)
        if inside.any():
            weights[row, inside] = 1.0 / inside.sum()
    return weights

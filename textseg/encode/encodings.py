"""The one way from texts to encodings: reuse, progress, commits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textseg.encode.cache import EncodingCache
from textseg.encode.encoder import Encoder
from textseg.encode.spelling import VERSION as SPELLING
from textseg.encode.work import Clauses, Work
from textseg.progress import Progress
from textseg.sentiment.clauses import VERSION as CLAUSES

if TYPE_CHECKING:
    from textseg.sentiment import SentimentHead
    from textseg.sentiment.scorer import Scorer

# A shard is committed when it has this many rows or this many seconds of work in it.
_SHARD_ROWS = 4096
_SHARD_SECONDS = 5.0


@dataclass(frozen=True)
class Encodings:
    """Embeddings and sentiment of all distinct texts and of their clauses.

    Parameters
    ----------
    embeddings : ndarray of float16, shape (n_rows, d)
        Unit length. First the distinct texts, in the order of their hashes, then the clauses of
        texts that have several.
    features : ndarray of float16, shape (n_rows, f)
        What the sentiment head reads.
    probabilities : ndarray of float32, shape (n_rows, 3)
        Negative, neutral, positive; rows add up to 1.
    index : ndarray of int64, shape (n_texts,)
        The row of each text that was given.
    clauses : Clauses
        Those that the encoder has read.
    n_encoded, n_reused, n_truncated : int
        Distinct texts that were encoded now, were known already, were longer than the encoder
        reads.
    seconds, second_pass : float
        Wall clock, and the part of it that a second pass for the sentiment took.
    """

    embeddings: NDArray[np.float16]
    features: NDArray[np.float16]
    probabilities: NDArray[np.float32]
    index: NDArray[np.int64]
    clauses: Clauses
    n_encoded: int
    n_reused: int
    n_truncated: int
    seconds: float
    second_pass: float

    @property
    def n_unique(self) -> int:
        """Number of distinct texts."""
        return self.n_encoded + self.n_reused

    def scored_by(self, head: SentimentHead) -> Encodings:
        """Return the same encodings with the probabilities of another head."""
        return replace(self, probabilities=head.score(self.features))


def encode(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    scorer: Scorer,
    cache: EncodingCache | None,
    progress: Progress,
) -> Encodings:
    """Give every text and every clause its embedding and its sentiment.

    Each distinct text is encoded once, in an order that depends on the texts alone. Values are
    those of the stored dtype, with a cache or without.

    Parameters
    ----------
    texts : sequence of str
        In any order, repeats allowed.
    encoder : Encoder
        From :func:`load_encoder`.
    scorer : Scorer
        Reads what the encoder gives beside the embedding, or makes a second pass.
    cache : EncodingCache or None
        Where encodings are looked up and kept.
    progress : Progress
        Told the number of distinct texts done.

    Returns
    -------
    Encodings

    Raises
    ------
    ModelError
        The encoder gives values that are not numbers.
    WorkspaceError
        The cache cannot be written.

    Examples
    --------
    >>> from textseg.config import Config
    >>> from textseg.encode import encode, load_encoder
    >>> from textseg.progress import SILENT
    >>> from textseg.sentiment import load_scorer
    >>> encoder = load_encoder(Config().encoder)
    >>> encodings = encode(
    ...     ["I love it", "The zip is nice, but it broke at once", "I love it"],
    ...     encoder=encoder,
    ...     scorer=load_scorer(Config(), encoder),
    ...     cache=None,
    ...     progress=SILENT,
    ... )
    >>> encodings.n_unique, len(encodings.clauses.text)
    (2, 3)
    """
    start = time.perf_counter()
    work = Work.of(texts, encoder, scorer)
    shelf = None
    if cache is not None:
        name = f"{encoder.fingerprint}-{scorer.fingerprint}-{SPELLING}.{CLAUSES}"
        shelf = cache.shelf(name, encoder.dim, scorer.n_features)
    missing = work.read(shelf)
    with progress.stage("Encoding", work.n_unique) as advance:
        advance(work.n_unique - len(missing))
        pending: list[NDArray[np.int64]] = []
        committed = time.monotonic()
        for n_texts, rows in work.encode(missing):
            pending.append(rows)
            full = sum(map(len, pending)) >= _SHARD_ROWS
            if full or time.monotonic() - committed >= _SHARD_SECONDS:
                work.commit(shelf, pending)
                committed = time.monotonic()
            advance(n_texts)
        work.commit(shelf, pending)
    return Encodings(
        embeddings=work.rows.embeddings,
        features=work.rows.features,
        probabilities=scorer.head.score(work.rows.features),
        index=work.index,
        clauses=work.clauses(),
        n_encoded=len(missing),
        n_reused=work.n_unique - len(missing),
        n_truncated=int(work.rows.truncated[: work.n_unique].sum()),
        seconds=time.perf_counter() - start,
        second_pass=work.second_pass,
    )

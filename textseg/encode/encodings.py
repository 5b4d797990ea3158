"""The one way from texts to encodings: distinct texts, reuse, batches, commits."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import batches
from textseg.encode.cache import EncodingCache, Keys, Rows, Shelf
from textseg.encode.encoder import Encoder, load_encoder
from textseg.errors import ModelError
from textseg.progress import Progress

if TYPE_CHECKING:
    from textseg.sentiment import SentimentScorer

# Texts are tokenised and sorted by length within a window, so that memory does not grow with them.
_WINDOW = 4096
# A shard is committed when it has this many rows or this many seconds of work in it.
_SHARD_ROWS = 4096
_SHARD_SECONDS = 5.0


@dataclass(frozen=True)
class Encodings:
    """Embeddings and sentiment of all distinct texts, in the order of the hash of the text.

    Parameters
    ----------
    embeddings : ndarray of float16, shape (n_unique, d)
        Unit length.
    probabilities : ndarray of float32, shape (n_unique, 3)
        Negative, neutral, positive; rows add up to 1.
    index : ndarray of int64, shape (n_texts,)
        The row of each text that was given.
    n_encoded, n_reused, n_truncated : int
        Distinct texts that were encoded now, were known already, were longer than the encoder
        reads.
    seconds : float
        Wall clock.
    """

    embeddings: NDArray[np.float16]
    probabilities: NDArray[np.float32]
    index: NDArray[np.int64]
    n_encoded: int
    n_reused: int
    n_truncated: int
    seconds: float


def encode(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    scorer: SentimentScorer,
    cache: EncodingCache | None,
    progress: Progress,
) -> Encodings:
    """Give every text its embedding and its sentiment.

    Each distinct text is encoded once, in an order that depends on the texts alone. Values are
    those of the stored dtype, with a cache or without.

    Parameters
    ----------
    texts : sequence of str
        In any order, repeats allowed.
    encoder : Encoder
        From :func:`load_encoder`.
    scorer : SentimentScorer
        Reads the hidden states of the encoder it was trained on; with another encoder that one
        makes a second pass.
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
    >>> from textseg.config import EncoderConfig
    >>> from textseg.encode import encode, load_encoder
    >>> from textseg.progress import SILENT
    >>> from textseg.sentiment import load_scorer
    >>> encodings = encode(
    ...     ["I love it", "Broken again", "I love it"],
    ...     encoder=load_encoder(EncoderConfig(device="cpu")),
    ...     scorer=load_scorer(),
    ...     cache=None,
    ...     progress=SILENT,
    ... )
    >>> encodings.embeddings.shape, bool(encodings.index[0] == encodings.index[2])
    ((2, 384), True)
    """
    start = time.perf_counter()
    keys, first, index = _distinct(texts, encoder.prompt)
    rows = Rows.empty(len(keys), encoder.dim)
    shelf = None
    if cache is not None:
        shelf = cache.shelf(f"{encoder.fingerprint}-{scorer.fingerprint}", encoder.dim)
    known = np.zeros(len(keys), np.bool_) if shelf is None else shelf.read(keys, rows)
    missing = np.flatnonzero(~known)
    with progress.stage("Encoding", len(keys)) as advance:
        advance(len(keys) - len(missing))
        pending: list[NDArray[np.int64]] = []
        committed = time.monotonic()
        for done, values in _encode_missing(texts, first, missing, encoder, scorer):
            rows.put(done, values)
            pending.append(done)
            full = sum(map(len, pending)) >= _SHARD_ROWS
            if full or time.monotonic() - committed >= _SHARD_SECONDS:
                _commit(shelf, keys, rows, pending)
                committed = time.monotonic()
            advance(len(done))
        _commit(shelf, keys, rows, pending)
    return Encodings(
        embeddings=rows.embeddings,
        probabilities=rows.probabilities,
        index=index,
        n_encoded=len(missing),
        n_reused=len(keys) - len(missing),
        n_truncated=int(rows.truncated.sum()),
        seconds=time.perf_counter() - start,
    )


def text_keys(texts: Sequence[str], prompt: str) -> Keys:
    """Hash the final input of the encoder.

    Parameters
    ----------
    texts : sequence of str
        Without the prompt.
    prompt : str
        The encoder's prompt.

    Returns
    -------
    ndarray of S16, shape (n,)
        BLAKE2b, 128 bits.

    Examples
    --------
    >>> from textseg.encode.encodings import text_keys
    >>> text_keys(["a", "b", "a"], "").dtype
    dtype('S16')
    """
    digest = hashlib.blake2b
    joined = b"".join(
        digest((prompt + text).encode("utf-8", "replace"), digest_size=16).digest()
        for text in texts
    )
    return np.frombuffer(joined, dtype="S16")


def _distinct(
    texts: Sequence[str], prompt: str
) -> tuple[Keys, NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct keys in order, a position of each, and the key of each text."""
    keys, first, index = np.unique(text_keys(texts, prompt), return_index=True, return_inverse=True)
    return keys, first.astype(np.int64), index.astype(np.int64)


def _encode_missing(
    texts: Sequence[str],
    first: NDArray[np.int64],
    missing: NDArray[np.int64],
    encoder: Encoder,
    scorer: SentimentScorer,
) -> Iterator[tuple[NDArray[np.int64], Rows]]:
    """Encode the missing rows, window by window in key order; yield rows and their values."""
    if not len(missing):
        return
    reader = _reader_of(encoder, scorer)
    for start in range(0, len(missing), _WINDOW):
        window = missing[start : start + _WINDOW]
        # What UTF-8 cannot hold, no tokenizer takes.
        inputs = [texts[i].encode("utf-8", "replace").decode() for i in first[window]]
        tokens = encoder.tokenize(inputs)
        for batch in batches(tokens.lengths, encoder.batch_tokens):
            output = encoder.run(tokens, batch)
            states = output.states
            if reader is not encoder:
                some = [inputs[i] for i in batch]
                states = reader.run(reader.tokenize(some), np.arange(len(some))).states
            if states is None:
                raise ModelError(f"The encoder {reader.name} gives no states to score.")
            yield (
                window[batch],
                Rows(
                    _unit_length(output.embedding, encoder.name),
                    scorer.score(states),
                    tokens.truncated[batch],
                ),
            )


def _reader_of(encoder: Encoder, scorer: SentimentScorer) -> Encoder:
    """Return the encoder whose states the scorer reads: this one, or the default as a second."""
    if encoder.weights == scorer.weights:
        return encoder
    return load_encoder(encoder.config.model_copy(update={"model": "default"}))


def _unit_length(embedding: NDArray[np.float32], name: str) -> NDArray[np.float16]:
    norm = np.linalg.norm(embedding, axis=1, keepdims=True)
    if not np.isfinite(norm).all():
        raise ModelError(
            f"The encoder {name} gives values that are not numbers.",
            hint="Set encoder.device to 'cpu': half precision may be too small for this model.",
        )
    return np.asarray(embedding / np.maximum(norm, 1e-12), dtype=np.float16)


def _commit(shelf: Shelf | None, keys: Keys, rows: Rows, pending: list[NDArray[np.int64]]) -> None:
    if shelf is not None and pending:
        done = np.concatenate(pending)
        shelf.append(keys[done], rows.take(done))
    pending.clear()

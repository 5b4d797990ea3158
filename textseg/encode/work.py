"""Distinct texts and their clauses on their way through the encoder."""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import batches
from textseg.encode.cache import Keys, Rows, Shelf
from textseg.encode.encoder import Encoder
from textseg.encode.spans import Passage, Span
from textseg.errors import ModelError
from textseg.sentiment.clauses import split_clauses

if TYPE_CHECKING:
    from textseg.sentiment.scorer import Scorer

# Texts are tokenised and sorted by length within a window, so that memory does not grow with them.
_WINDOW = 4096

_CONTEXT = 0.5
"""Part of the whole text's embedding that is taken out of a clause's: attention has mixed the other
clauses in. Of clauses joined by "but", 0.92 get the topic of their part alone, 0.83 without."""


@dataclass(frozen=True)
class Clauses:
    """The clauses of all distinct texts, text by text, in order.

    Parameters
    ----------
    text : ndarray of int64, shape (n_clauses,)
        Row of the distinct text.
    start, end : ndarray of int64, shape (n_clauses,)
        Characters in the text as it was given.
    row : ndarray of int64, shape (n_clauses,)
        Row of the clause's own encoding; the text's row where the text is one clause.
    """

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    row: NDArray[np.int64]


class Work:
    """The distinct texts, their clauses, and one row for each that has its own encoding.

    Attributes
    ----------
    texts : list of str
        Distinct, in the order of their keys.
    spans : list of list of (int, int)
        Clauses of each; of a text that is one clause, none.
    first : ndarray of int64, shape (n_unique + 1,)
        Row of the first clause of each text.
    """

    def __init__(
        self,
        texts: list[str],
        keys: Keys,
        index: NDArray[np.int64],
        encoder: Encoder,
        scorer: Scorer,
    ) -> None:
        self.texts, self.index = texts, index
        self.encoder, self.scorer = encoder, scorer
        cut = [split_clauses(text) for text in texts]
        self.spans = [spans if len(spans) > 1 else [] for spans in cut]
        self.n_unique = len(texts)
        counts = np.array([len(spans) for spans in self.spans], dtype=np.int64)
        self.first = self.n_unique + np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.keys = np.concatenate([keys, _clause_keys(keys, self.spans)])
        self.rows = Rows.empty(len(self.keys), encoder.dim, scorer.n_features)
        self.second_pass = 0.0

    @classmethod
    def of(cls, texts: Sequence[str], encoder: Encoder, scorer: Scorer) -> Work:
        """Find the distinct texts."""
        keys, first, index = np.unique(
            text_keys(texts, encoder.prompt), return_index=True, return_inverse=True
        )
        # What UTF-8 cannot hold, no tokenizer takes.
        distinct = [texts[i].encode("utf-8", "replace").decode() for i in first]
        return cls(distinct, keys, index.astype(np.int64), encoder, scorer)

    def read(self, shelf: Shelf | None) -> NDArray[np.int64]:
        """Fill in what is known; return the texts of which something is missing."""
        if shelf is None:
            return np.arange(self.n_unique)
        known = shelf.read(self.keys, self.rows)
        whole = known[: self.n_unique]
        owner = np.repeat(np.arange(self.n_unique), np.diff(self.first))
        whole[owner[~known[self.n_unique :]]] = False
        return np.flatnonzero(~whole)

    def encode(self, missing: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Encode texts window by window; yield how many are done and the rows that have values."""
        for start in range(0, len(missing), _WINDOW):
            window = missing[start : start + _WINDOW]
            passages = [Passage.of(self.texts[i], self.spans[i]) for i in window]
            whole = [p if self.encoder.pools else Passage(p.text, ()) for p in passages]
            tokens = self.encoder.tokenize(whole)
            for batch in batches(tokens.lengths, self.encoder.batch_tokens):
                some = [passages[i] for i in batch]
                output = self.encoder.run(tokens, batch)
                embedding = self._embedding(output.embedding, some)
                features = self._features(output.features, some)
                clauses = [np.arange(self.first[i], self.first[i + 1]) for i in window[batch]]
                rows = np.concatenate([window[batch], *clauses])
                # A second pass may read less of a text than the first; what it has not read is 0.
                read = features[len(some) :].any(axis=1)
                if self.encoder.pools:
                    read &= np.array([each for i in batch for each in tokens.read[i]], dtype=bool)
                truncated = np.concatenate([tokens.truncated[batch], ~read])
                self.rows.put(rows, Rows(embedding, features.astype(np.float16), truncated))
                yield len(batch), rows

    def _embedding(self, found: NDArray[np.float32], some: list[Passage]) -> NDArray[np.float16]:
        """Give texts and clauses unit length; take their text's part out of clauses."""
        texts = _unit_length(found[: len(some)], self.encoder.name)
        if self.encoder.pools:
            clauses = _unit_length(found[len(some) :], self.encoder.name)
            owner = np.repeat(np.arange(len(some)), [len(passage.spans) for passage in some])
            clauses = clauses - _CONTEXT * texts[owner]
        else:
            clauses = self._alone([p.text[a:b] for p in some for a, b in p.spans])
        values = np.concatenate([texts, _unit_length(clauses, self.encoder.name)])
        return values.astype(np.float16)

    def _alone(self, clauses: list[str]) -> NDArray[np.float32]:
        """Encode clauses as texts of their own, for a model that does not average its tokens."""
        result = np.zeros((len(clauses), self.encoder.dim), dtype=np.float32)
        if clauses:
            tokens = self.encoder.tokenize([Passage(clause, ()) for clause in clauses])
            for batch in batches(tokens.lengths, self.encoder.batch_tokens):
                result[batch] = self.encoder.run(tokens, batch).embedding
        return result

    def _features(
        self, own: NDArray[np.float32] | None, some: list[Passage]
    ) -> NDArray[np.floating]:
        if self.scorer.second is None:
            if own is None:
                raise ModelError(f"The encoder {self.encoder.name} has no branch for sentiment.")
            return own
        start = time.perf_counter()
        features = self.scorer.second(some)
        self.second_pass += time.perf_counter() - start
        return features

    def commit(self, shelf: Shelf | None, pending: list[NDArray[np.int64]]) -> None:
        """Keep what is pending."""
        if shelf is not None and pending:
            done = np.concatenate(pending)
            shelf.append(self.keys[done], self.rows.take(done))
        pending.clear()

    def clauses(self) -> Clauses:
        """List the clauses of all texts that were read."""
        several = np.diff(self.first)
        text = np.repeat(np.arange(self.n_unique), np.maximum(several, 1))
        whole = [[(0, len(text))] for text in self.texts]
        spans = [cut or full for cut, full in zip(self.spans, whole, strict=True)]
        places = np.array([span for cut in spans for span in cut], dtype=np.int64).reshape(-1, 2)
        row = text.copy()
        row[several[text] > 0] = np.arange(self.n_unique, len(self.keys))
        read = (row < self.n_unique) | ~self.rows.truncated[row]
        return Clauses(text[read], places[read, 0], places[read, 1], row[read])


def text_keys(texts: Sequence[str], prompt: str) -> Keys:
    """Hash texts with the prompt, before they are spelled out.

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
    >>> from textseg.encode.work import text_keys
    >>> text_keys(["a", "b", "a"], "").dtype
    dtype('S16')
    """
    digest = hashlib.blake2b
    joined = b"".join(
        digest((prompt + text).encode("utf-8", "replace"), digest_size=16).digest()
        for text in texts
    )
    return np.frombuffer(joined, dtype="S16")


def _clause_keys(keys: Keys, spans: list[list[Span]]) -> Keys:
    """Derive the keys of clauses from their text's and their place."""
    joined = b"".join(
        hashlib.blake2b(key + struct.pack("<qq", *span), digest_size=16).digest()
        for key, cut in zip(keys.view("V16").tolist(), spans, strict=True)
        for span in cut
    )
    return np.frombuffer(joined, dtype="S16")


def _unit_length(embedding: NDArray[np.floating], name: str) -> NDArray[np.float32]:
    norm = np.linalg.norm(embedding, axis=1, keepdims=True)
    if not np.isfinite(norm).all():
        raise ModelError(
            f"The encoder {name} gives values that are not numbers.",
            hint="Set encoder.device to 'cpu': half precision may be too small for this model.",
        )
    return np.asarray(embedding / np.maximum(norm, 1e-12), dtype=np.float32)

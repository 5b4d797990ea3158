"""Tokenised texts, and the numbers that a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.spans import Passage, token_weights


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
    read : sequence of sequence of bool
        For each text which of its clauses have a token that is read.
    """

    lengths: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    rows: Sequence[Any]
    read: Sequence[Sequence[bool]]


@dataclass(frozen=True)
class Facts:
    """What a graph does not say itself.

    Parameters
    ----------
    dim, max_length : int
        Size of the embedding; tokens read per text.
    prompt : str
        Put in front of every text; empty for most models.
    inputs : tuple of str
        Inputs of the model, in order.
    pad_id, pad_type_id : int
        What short texts are filled up with.
    pad_side : {"left", "right"}
        Where.
    pools : bool
        Whether the model averages its tokens, so that it can average those of a clause too.
    """

    dim: int
    max_length: int
    prompt: str
    inputs: tuple[str, ...]
    pad_id: int
    pad_type_id: int
    pad_side: str
    pools: bool


class FastTokenizer:
    """Tokenises passages and fills batches up to one shape.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        The model's own; truncation and padding are set here.
    facts : Facts
    """

    def __init__(self, tokenizer: Any, facts: Facts) -> None:
        tokenizer.enable_truncation(facts.max_length)
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._facts = facts

    def tokenize(self, passages: Sequence[Passage]) -> Tokens:
        """Put the prompt in front and tokenise."""
        prompt = self._facts.prompt
        rows = self._tokenizer.encode_batch([prompt + passage.text for passage in passages])
        spans = [passage.spans for passage in passages]
        return Tokens(
            lengths=np.array([len(row.ids) for row in rows], dtype=np.int64),
            truncated=np.array([bool(row.overflowing) for row in rows], dtype=np.bool_),
            rows=list(zip(rows, spans, strict=True)),
            read=[self._read(row, cut) for row, cut in zip(rows, spans, strict=True)],
        )

    def pad(self, rows: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return the inputs of the model for some tokenised texts.

        Returns
        -------
        dict of str to ndarray
            ``input_ids``, ``attention_mask`` and ``token_type_ids`` as far as the model takes them,
            int64, shape (batch, tokens); where it pools, ``span_weights``, float32, shape
            (batch, 1 + spans, tokens).
        """
        facts = self._facts
        shape = (len(rows), max(len(row.ids) for row, _ in rows))
        feed: dict[str, NDArray[Any]] = {
            "input_ids": np.full(shape, facts.pad_id, dtype=np.int64),
            "attention_mask": np.zeros(shape, dtype=np.int64),
            "token_type_ids": np.full(shape, facts.pad_type_id, dtype=np.int64),
        }
        most = 1 + max(len(spans) for _, spans in rows)
        weights = np.zeros((shape[0], most, shape[1]), dtype=np.float32)
        for index, (row, spans) in enumerate(rows):
            length = len(row.ids)
            place = slice(shape[1] - length, None) if facts.pad_side == "left" else slice(length)
            feed["input_ids"][index, place] = row.ids
            feed["attention_mask"][index, place] = 1
            feed["token_type_ids"][index, place] = row.type_ids
            if facts.pools:
                weights[index, : 1 + len(spans), place] = self._weights(row, spans)
        feed = {name: feed[name] for name in facts.inputs}
        return feed | {"span_weights": weights} if facts.pools else feed

    def _read(self, row: Any, spans: Sequence[tuple[int, int]]) -> list[bool]:
        """Tell which spans a token begins in."""
        if not spans:
            return []
        return [bool(weights.any()) for weights in self._weights(row, spans)[1:]]

    def _weights(self, row: Any, spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
        shift = len(self._facts.prompt)
        moved = [(start + shift, end + shift) for start, end in spans]
        return token_weights(row.offsets, row.special_tokens_mask, moved)


def texts_then_clauses(values: NDArray[Any], rows: Sequence[Any]) -> NDArray[np.float32]:
    """Put what a batch gives, shape (batch, 1 + spans, d), in the order of ``Output``."""
    clauses = [values[index, 1 : 1 + len(spans)] for index, (_, spans) in enumerate(rows)]
    return np.concatenate([values[:, 0], *clauses]).astype(np.float32, copy=False)

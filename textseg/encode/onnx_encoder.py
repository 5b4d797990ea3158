"""The encoder on a CPU: tokenizers and ONNX Runtime, without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import CPU_TOKENS
from textseg.encode.encoder import Output, Tokens
from textseg.encode.exported import EXPORTER, GRAPH, TOKENIZER, ExportedModel
from textseg.encode.source import ModelSource

if TYPE_CHECKING:
    from textseg.config import EncoderConfig

EMBEDDING, STATES = "sentence_embedding", "layer_states"


class OnnxEncoder:
    """Runs an exported model.

    Parameters
    ----------
    source : ModelSource
        Where the model came from.
    model : ExportedModel
        Graph, tokenizer and facts.
    config : EncoderConfig
        Threads and batch size.
    """

    backend = "onnx"
    device = "cpu"

    def __init__(self, source: ModelSource, model: ExportedModel, config: EncoderConfig) -> None:
        self.config = config
        self.name = source.name
        self.weights = source.weights
        self.fingerprint = f"{source.digest}-onnx{EXPORTER}-float32-cpu"
        self.dim = model.facts.dim
        self.max_length = model.facts.max_length
        self.prompt = model.facts.prompt
        self.batch_tokens = min(config.batch_tokens, CPU_TOKENS)
        self._facts = model.facts
        self._tokenizer = _load_tokenizer(model)
        self._session = _load_session(model, config.threads)
        self._outputs = [output.name for output in self._session.get_outputs()]

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """Put the prompt in front and tokenise."""
        rows = self._tokenizer.encode_batch([self.prompt + text for text in texts])
        return Tokens(
            lengths=np.array([len(row.ids) for row in rows], dtype=np.int64),
            truncated=np.array([bool(row.overflowing) for row in rows], dtype=np.bool_),
            rows=rows,
        )

    def run(self, tokens: Tokens, rows: NDArray[np.int64]) -> Output:
        """Encode the given rows of tokenised texts as one batch."""
        feed = self._pad([tokens.rows[row] for row in rows])
        values = dict(zip(self._outputs, self._session.run(self._outputs, feed), strict=True))
        return Output(embedding=values[EMBEDDING], states=values.get(STATES))

    def _pad(self, rows: list[Any]) -> dict[str, NDArray[np.int64]]:
        facts = self._facts
        shape = (len(rows), max(len(row.ids) for row in rows))
        feed = {
            "input_ids": np.full(shape, facts.pad_id, dtype=np.int64),
            "attention_mask": np.zeros(shape, dtype=np.int64),
            "token_type_ids": np.full(shape, facts.pad_type_id, dtype=np.int64),
        }
        for index, row in enumerate(rows):
            length = len(row.ids)
            span = slice(shape[1] - length, None) if facts.pad_side == "left" else slice(length)
            feed["input_ids"][index, span] = row.ids
            feed["attention_mask"][index, span] = 1
            feed["token_type_ids"][index, span] = row.type_ids
        return {name: feed[name] for name in facts.inputs}


def _load_tokenizer(model: ExportedModel) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model.folder / TOKENIZER))
    tokenizer.enable_truncation(model.facts.max_length)
    tokenizer.no_padding()
    return tokenizer


def _load_session(model: ExportedModel, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(model.folder / GRAPH), options, providers=["CPUExecutionProvider"]
    )

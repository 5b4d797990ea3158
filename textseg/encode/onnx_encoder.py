"""The encoder on a CPU: tokenizers and ONNX Runtime, without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import CPU_TOKENS
from textseg.encode.encoder import Output
from textseg.encode.exported import EXPORTER, GRAPH, TOKENIZER, ExportedModel
from textseg.encode.source import ModelSource
from textseg.encode.spans import Passage
from textseg.encode.tokens import FastTokenizer, Tokens, texts_then_clauses

if TYPE_CHECKING:
    from textseg.config import EncoderConfig

EMBEDDING, FEATURES = "sentence_embedding", "sentiment_features"


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
        self.source = source
        self.name = source.name
        self.weights = source.weights
        self.fingerprint = f"{source.digest}{model.branch}-onnx{EXPORTER}-float32-cpu"
        self.dim = model.facts.dim
        self.max_length = model.facts.max_length
        self.prompt = model.facts.prompt
        self.pools = model.facts.pools
        self.batch_tokens = min(config.batch_tokens, CPU_TOKENS)
        self._tokenizer = _load_tokenizer(model)
        self._session = _load_session(model, config.threads)
        self._outputs = [output.name for output in self._session.get_outputs()]

    def tokenize(self, passages: Sequence[Passage]) -> Tokens:
        """Put the prompt in front and tokenise."""
        return self._tokenizer.tokenize(passages)

    def run(self, tokens: Tokens, rows: NDArray[np.int64]) -> Output:
        """Encode the given rows of tokenised passages as one batch."""
        batch = [tokens.rows[row] for row in rows]
        values = self._session.run(self._outputs, self._tokenizer.pad(batch))
        if self.pools:
            values = [texts_then_clauses(value, batch) for value in values]
        named = dict(zip(self._outputs, values, strict=True))
        return Output(embedding=named[EMBEDDING], features=named.get(FEATURES))


def _load_tokenizer(model: ExportedModel) -> FastTokenizer:
    from tokenizers import Tokenizer

    return FastTokenizer(Tokenizer.from_file(str(model.folder / TOKENIZER)), model.facts)


def _load_session(model: ExportedModel, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(model.folder / GRAPH), options, providers=["CPUExecutionProvider"]
    )

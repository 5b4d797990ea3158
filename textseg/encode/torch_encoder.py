"""The encoder on PyTorch: on a GPU in half precision, and for what cannot be exported."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import CPU_TOKENS
from textseg.encode.encoder import Device, Output, Tokens
from textseg.encode.source import ModelSource
from textseg.errors import ModelError

if TYPE_CHECKING:
    import torch

    from textseg.config import EncoderConfig

_TALKATIVE = (
    "torch.onnx",
    "onnxscript",
    "onnx_ir",
    "sentence_transformers",
    "transformers",
    "huggingface_hub",
)


class TorchEncoder:
    """Runs a sentence-transformers model as it is.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    config : EncoderConfig
        Threads and batch size.
    device : {"cpu", "cuda"}
        Where it runs; half precision on "cuda".
    with_states : bool
        Whether the averaged hidden states are wanted too.
    """

    backend = "torch"

    def __init__(
        self, source: ModelSource, config: EncoderConfig, *, device: Device, with_states: bool
    ) -> None:
        import torch

        if config.threads and device == "cpu":
            torch.set_num_threads(config.threads)
        precision = "float16" if device == "cuda" else "float32"
        self._model = load_sentence_transformer(source, device=device, with_states=with_states)
        if device == "cuda":
            self._model.half()
        self.config = config
        self.name = source.name
        self.weights = source.weights
        self.fingerprint = f"{source.digest}-torch-{precision}-{device}"
        self.max_length = max_length(self._model)
        self.prompt = default_prompt(self._model)
        self.device: str = device
        most = CPU_TOKENS if device == "cpu" else config.batch_tokens
        self.batch_tokens = min(config.batch_tokens, most)
        self.dim = len(self.run(self.tokenize(["a"]), np.zeros(1, dtype=np.int64)).embedding[0])

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """Put the prompt in front and tokenise."""
        if not callable(self._model.tokenizer):
            # Models without a transformer neither pad nor truncate; the size is only for batching.
            lengths = np.array([len(text) // 4 + 1 for text in texts], dtype=np.int64)
            return Tokens(lengths, np.zeros(len(texts), dtype=np.bool_), texts)
        encoded = self._model.tokenizer(
            [self.prompt + text for text in texts], truncation=False, verbose=False
        )
        full = np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)
        return Tokens(np.minimum(full, self.max_length), full > self.max_length, texts)

    def run(self, tokens: Tokens, rows: NDArray[np.int64]) -> Output:
        """Encode the given rows of tokenised texts as one batch."""
        import torch

        with torch.inference_mode():
            features = preprocess(self._model, [tokens.rows[row] for row in rows], self.prompt)
            embedding, states = forward(self._model, _to_device(features, self.device))
        return Output(
            embedding=embedding.float().cpu().numpy(),
            states=None if states is None else states.cpu().numpy(),
        )


def load_sentence_transformer(
    source: ModelSource, *, device: Device, with_states: bool, attention: str | None = None
) -> Any:
    """Load a model without its code, without progress bars, ready for inference.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    device : {"cpu", "cuda"}
        Where its weights go.
    with_states : bool
        Whether it gives hidden states.
    attention : str, optional
        Implementation of attention that transformers takes; its own choice by default.

    Returns
    -------
    SentenceTransformer

    Raises
    ------
    ModelError
        It cannot be loaded.
    """
    from sentence_transformers import SentenceTransformer

    options = {"attn_implementation": attention} if attention else {}
    try:
        with quiet():
            model: Any = SentenceTransformer(
                str(source.folder), device=device, trust_remote_code=False, model_kwargs=options
            )
    # Whatever a damaged or foreign file does to the libraries underneath.
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0]
        raise ModelError(
            f"The encoder in {source.folder} cannot be loaded: {first_line}",
            hint="Code that comes with a model is never run; such a model cannot be used.",
        ) from error
    if with_states:
        model[0].auto_model.config.output_hidden_states = True
    return model.eval()


def forward(model: Any, features: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Run all modules; average the hidden states over the tokens where the model gives them.

    Returns
    -------
    tuple of Tensor
        The embedding, shape (batch, dim), and the states, float32, shape
        (batch, layers + 1, hidden), or None.
    """
    import torch

    for module in model:
        features = module(features)
    embedding: torch.Tensor = features["sentence_embedding"]
    if "all_layer_embeddings" not in features:
        return embedding, None
    mask = features["attention_mask"].unsqueeze(-1).float()
    count = mask.sum(1).clamp(min=1.0)
    layers = [(layer.float() * mask).sum(1) / count for layer in features["all_layer_embeddings"]]
    return embedding, torch.stack(layers, dim=1)


def preprocess(model: Any, texts: list[str], prompt: str) -> dict[str, Any]:
    """Tokenise as ``SentenceTransformer.encode`` does, the prompt's length included."""
    if hasattr(model, "preprocess"):
        return dict(model.preprocess(texts, prompt=prompt or None))
    features = dict(model.tokenize([prompt + text for text in texts]))
    if prompt:
        features["prompt_length"] = model._get_prompt_length(prompt)
    return features


def default_prompt(model: Any) -> str:
    """Return the prompt that the model's own files say is put in front of every text."""
    name = model.default_prompt_name
    return model.prompts.get(name, "") or "" if name is not None else ""


def max_length(model: Any) -> int:
    """Return the tokens that the model reads per text."""
    length = model.max_seq_length
    return int(length) if length is not None and length < 1_000_000 else 1_000_000


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' own progress bars and notes off the user's terminal."""
    from transformers.utils import logging as bars

    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    switch: Any = bars
    shown = switch.is_progress_bar_enabled()
    switch.disable_progress_bar()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    # torch logs its traces to nobody, and logging complains of that on the terminal.
    logging.getLogger("torch.__trace").addHandler(logging.NullHandler())
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if shown:
            switch.enable_progress_bar()


def _to_device(features: dict[str, Any], device: str) -> dict[str, Any]:
    return {
        name: value.to(device) if hasattr(value, "to") else value
        for name, value in features.items()
    }

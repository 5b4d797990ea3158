"""The encoder on PyTorch: on a GPU in half precision, and for what cannot be exported."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import CPU_TOKENS
from textseg.encode.encoder import Device, Output
from textseg.encode.source import ModelSource
from textseg.encode.spans import Passage
from textseg.encode.tokens import Facts, FastTokenizer, Tokens, texts_then_clauses
from textseg.errors import ModelError

if TYPE_CHECKING:
    from textseg.config import EncoderConfig
    from textseg.sentiment.shipped import ShippedSentiment

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

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
    branch : ShippedSentiment or None
        What the model goes on to beside the embedding.
    """

    backend = "torch"

    def __init__(
        self,
        source: ModelSource,
        config: EncoderConfig,
        *,
        device: Device,
        branch: ShippedSentiment | None,
    ) -> None:
        import torch

        if config.threads and device == "cpu":
            torch.set_num_threads(config.threads)
        precision = "float16" if device == "cuda" else "float32"
        self._model = load_sentence_transformer(source, device=device)
        if device == "cuda":
            self._model.half()
        self._facts = facts_of(self._model)
        self._fused = fuse(self._model, self._facts, branch)
        self._tokenizer = _fast_tokenizer(self._model, self._facts)
        self.config = config
        self.source = source
        self.name = source.name
        self.weights = source.weights
        suffix = f"-{branch.digest}" if branch is not None else ""
        self.fingerprint = f"{source.digest}{suffix}-torch-{precision}-{device}"
        self.dim = self._facts.dim
        self.max_length = self._facts.max_length
        self.prompt = self._facts.prompt
        self.pools = self._facts.pools
        self.device: str = device
        most = CPU_TOKENS if device == "cpu" else config.batch_tokens
        self.batch_tokens = min(config.batch_tokens, most)

    def tokenize(self, passages: Sequence[Passage]) -> Tokens:
        """Put the prompt in front and tokenise."""
        if self._tokenizer is not None:
            return self._tokenizer.tokenize(passages)
        texts = [passage.text for passage in passages]
        if not callable(self._model.tokenizer):
            # Models without a transformer neither pad nor truncate; the size is only for batching.
            lengths = np.array([len(text) // 4 + 1 for text in texts], dtype=np.int64)
            none = np.zeros(len(texts), dtype=np.bool_)
            return Tokens(lengths, none, texts, read=[()] * len(texts))
        encoded = self._model.tokenizer(
            [self.prompt + text for text in texts], truncation=False, verbose=False
        )
        full = np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)
        longer = full > self.max_length
        return Tokens(np.minimum(full, self.max_length), longer, texts, read=[()] * len(texts))

    def run(self, tokens: Tokens, rows: NDArray[np.int64]) -> Output:
        """Encode the given rows of tokenised passages as one batch."""
        import torch

        batch = [tokens.rows[row] for row in rows]
        with torch.inference_mode():
            if self._tokenizer is None:
                features = preprocess(self._model, batch, self.prompt)
                for module in self._model:
                    features = module(_to_device(features, self.device))
                return Output(features["sentence_embedding"].float().cpu().numpy(), None)
            feed = self._tokenizer.pad(batch)
            given = [torch.from_numpy(value).to(self.device) for value in feed.values()]
            values = [value.float().cpu().numpy() for value in self._fused(*given)]
        values = [texts_then_clauses(value, batch) for value in values]
        return Output(values[0], values[1] if len(values) > 1 else None)


def facts_of(model: Any) -> Facts:
    """Find out what a loaded model takes and gives, by one small text."""
    import torch

    from textseg.encode.fused import averages_tokens

    prompt = default_prompt(model)
    features = preprocess(model, ["a"], prompt)
    inputs = tuple(name for name in _INPUTS if name in features)
    with torch.inference_mode():
        device = str(model.device)
        for module in model:
            features = module(_to_device(features, device))
    tokenizer = model.tokenizer
    fast = getattr(tokenizer, "backend_tokenizer", None) is not None
    return Facts(
        dim=int(features["sentence_embedding"].shape[1]),
        max_length=max_length(model),
        prompt=prompt,
        inputs=inputs,
        pad_id=int(getattr(tokenizer, "pad_token_id", 0) or 0),
        pad_type_id=int(getattr(tokenizer, "pad_token_type_id", 0)),
        pad_side="left" if getattr(tokenizer, "padding_side", "right") == "left" else "right",
        pools=fast and "attention_mask" in inputs and averages_tokens(model),
    )


def fuse(model: Any, facts: Facts, branch: ShippedSentiment | None) -> Any:
    """Make one module of a model and the branch; see :class:`textseg.encode.fused.Fused`."""
    from textseg.encode.branch import Branch
    from textseg.encode.fused import Fused

    grown = None
    if branch is not None and facts.pools:
        bert = model[0].auto_model
        bert.config.output_hidden_states = True
        grown = Branch.of(bert, branch.branch())
    constants = {
        name: value
        for name, value in preprocess(model, ["a"], facts.prompt).items()
        if name not in facts.inputs
    }
    return Fused(model, facts.inputs, constants, grown, pools=facts.pools).eval()


def _fast_tokenizer(model: Any, facts: Facts) -> FastTokenizer | None:
    """Return None where the model tokenises itself, since its tokens alone are not all it wants."""
    if not facts.pools:
        return None
    return FastTokenizer(copy.deepcopy(model.tokenizer.backend_tokenizer), facts)


def load_sentence_transformer(
    source: ModelSource, *, device: Device, attention: str | None = None
) -> Any:
    """Load a model without its code, without progress bars, ready for inference.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    device : {"cpu", "cuda"}
        Where its weights go.
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
    return model.eval()


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

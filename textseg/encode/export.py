"""From a loaded sentence-transformers model to an ONNX graph that is known to agree with it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.exported import GRAPH, TOKENIZER, ExportedModel, ExportError, Facts
from textseg.encode.onnx_encoder import EMBEDDING, STATES, OnnxEncoder
from textseg.encode.source import ModelSource
from textseg.encode.torch_encoder import (
    default_prompt,
    forward,
    load_sentence_transformer,
    max_length,
    preprocess,
    quiet,
)

TOLERANCE = 1e-4
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

# Odd numbers of texts, very unequal lengths, and what tokenizers treat differently.
_WORDS = "the parcel came late but the staff were kind and sorted it out at once "
_PROBES: tuple[tuple[str, ...], ...] = (
    ("ok",),
    ("", " leading and trailing ", "Ünïcödé 😀 字"),
    ("Where is my order?", _WORDS * 3, "...", _WORDS * 200, "No."),
)


def export(source: ModelSource, folder: Path, *, with_states: bool) -> Facts:
    """Write graph and tokenizer into a folder and check them against PyTorch.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    folder : Path
        An empty folder.
    with_states : bool
        Whether the graph also gives the averaged hidden states.

    Returns
    -------
    Facts

    Raises
    ------
    ExportError
        It cannot be exported, or differs from PyTorch by more than :data:`TOLERANCE`.
    """
    model = load_sentence_transformer(
        source, device="cpu", with_states=with_states, attention="eager"
    )
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ExportError("its tokenizer has no fast form")
    prompt = default_prompt(model)
    features = preprocess(model, list(_PROBES[1]), prompt)
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _write_graph(model, features, folder / GRAPH)
        backend.save(str(folder / TOKENIZER))
        facts = _facts(model, features, prompt)
        _verify(model, source, ExportedModel(folder, facts))
    except ExportError:
        raise
    # The exporter and the runtime raise whatever a graph that they do not know leads them to.
    except Exception as error:
        raise ExportError(f"the export failed ({type(error).__name__})") from error
    return facts


def _write_graph(model: Any, features: dict[str, Any], path: Path) -> None:
    import torch

    inputs = [name for name in _INPUTS if name in features]
    unknown = {name for name, value in features.items() if torch.is_tensor(value)} - set(inputs)
    if unknown:
        raise ExportError(f"it has inputs that are not known here: {', '.join(sorted(unknown))}")
    constants = {name: value for name, value in features.items() if name not in inputs}

    class Whole(torch.nn.Module):
        """All modules as one, with tensors in and tensors out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
            given = dict(zip(inputs, tensors, strict=True))
            embedding, states = forward(self.model, {**constants, **given})
            return (embedding,) if states is None else (embedding, states)

    dynamic = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    program = torch.onnx.export(
        Whole().eval(),
        tuple(features[name] for name in inputs),
        dynamo=True,
        dynamic_shapes=((dynamic,) * len(inputs),),
        input_names=inputs,
        output_names=[EMBEDDING, STATES] if _has_states(model) else [EMBEDDING],
        verbose=False,
    )
    if program is None:
        raise ExportError("the exporter gave nothing")
    program.save(str(path))


def _has_states(model: Any) -> bool:
    return bool(getattr(model[0].auto_model.config, "output_hidden_states", False))


def _facts(model: Any, features: dict[str, Any], prompt: str) -> Facts:
    import torch

    tokenizer = model.tokenizer
    with torch.inference_mode():
        embedding, _ = forward(model, dict(features))
    return Facts(
        dim=int(embedding.shape[1]),
        max_length=max_length(model),
        prompt=prompt,
        inputs=tuple(name for name in _INPUTS if name in features),
        pad_id=int(tokenizer.pad_token_id or 0),
        pad_type_id=int(tokenizer.pad_token_type_id),
        pad_side="left" if tokenizer.padding_side == "left" else "right",
    )


def _verify(model: Any, source: ModelSource, exported: ExportedModel) -> None:
    """Compare tokens and values, from text to numbers, on batches the export never saw."""
    import torch

    from textseg.config import EncoderConfig

    encoder = OnnxEncoder(source, exported, EncoderConfig())
    for probe in _PROBES:
        texts = list(probe)
        with torch.inference_mode():
            wanted = forward(model, preprocess(model, texts, encoder.prompt))
        got = encoder.run(encoder.tokenize(texts), np.arange(len(texts)))
        _compare("embedding", got.embedding, wanted[0].numpy())
        if wanted[1] is not None:
            _compare("states", got.states, wanted[1].numpy())


def _compare(name: str, got: NDArray[np.float32] | None, wanted: NDArray[np.float32]) -> None:
    if got is None or got.shape != wanted.shape:
        raise ExportError(f"its graph gives no {name} of shape {wanted.shape}")
    scale = max(1.0, float(np.abs(wanted).max()))
    difference = float(np.abs(got - wanted).max()) / scale
    if not difference <= TOLERANCE:
        raise ExportError(f"its graph's {name} differ from PyTorch's by {difference:.1e}")

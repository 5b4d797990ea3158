"""From a loaded sentence-transformers model to an ONNX graph that is known to agree with it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.exported import GRAPH, TOKENIZER, ExportedModel, ExportError
from textseg.encode.onnx_encoder import EMBEDDING, FEATURES, OnnxEncoder
from textseg.encode.source import ModelSource
from textseg.encode.spans import Passage
from textseg.encode.tokens import Facts
from textseg.encode.torch_encoder import (
    TorchEncoder,
    facts_of,
    fuse,
    load_sentence_transformer,
    preprocess,
    quiet,
)

if TYPE_CHECKING:
    import torch

    from textseg.sentiment.shipped import ShippedSentiment

TOLERANCE = 1e-4

# Odd numbers of texts, very unequal lengths, and what tokenizers treat differently.
_WORDS = "the parcel came late but the staff were kind and sorted it out at once "
_PROBES: tuple[tuple[str, ...], ...] = (
    ("ok",),
    ("", " leading and trailing ", "Ünïcödé 😀 字"),
    ("Where is my order?", _WORDS * 3, "...", _WORDS * 200, "No."),
)


def export(source: ModelSource, folder: Path, branch: ShippedSentiment | None) -> Facts:
    """Write graph and tokenizer into a folder and check them against PyTorch.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    folder : Path
        An empty folder.
    branch : ShippedSentiment or None
        What the graph goes on to beside the embedding.

    Returns
    -------
    Facts

    Raises
    ------
    ExportError
        It cannot be exported, or differs from PyTorch by more than :data:`TOLERANCE`.
    """
    model = load_sentence_transformer(source, device="cpu", attention="eager")
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ExportError("its tokenizer has no fast form")
    facts = facts_of(model)
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _write_graph(model, facts, branch, folder / GRAPH)
        backend.save(str(folder / TOKENIZER))
        _verify(source, ExportedModel(folder, facts), branch)
    except ExportError:
        raise
    # The exporter and the runtime raise whatever a graph that they do not know leads them to.
    except Exception as error:
        raise ExportError(f"the export failed ({type(error).__name__})") from error
    return facts


def _write_graph(model: Any, facts: Facts, branch: ShippedSentiment | None, path: Path) -> None:
    import torch

    features = preprocess(model, list(_PROBES[1]), facts.prompt)
    tensors = {name for name, value in features.items() if torch.is_tensor(value)}
    unknown = tensors - set(facts.inputs)
    if unknown:
        raise ExportError(f"it has inputs that are not known here: {', '.join(sorted(unknown))}")
    given = [features[name] for name in facts.inputs]
    names = list(facts.inputs)
    dims: list[dict[int, Any]] = [{0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}]
    dims *= len(given)
    if facts.pools:
        given.append(_weights_like(given[0]))
        names.append("span_weights")
        dims.append(dict.fromkeys((0, 1, 2), torch.export.Dim.DYNAMIC))
    program = torch.onnx.export(
        fuse(model, facts, branch),
        tuple(given),
        dynamo=True,
        dynamic_shapes=(tuple(dims),),
        input_names=names,
        output_names=[EMBEDDING] if branch is None or not facts.pools else [EMBEDDING, FEATURES],
        verbose=False,
    )
    if program is None:
        raise ExportError("the exporter gave nothing")
    program.save(str(path))


def _weights_like(ids: torch.Tensor) -> torch.Tensor:
    import torch

    n, tokens = ids.shape
    return torch.full((n, 4, tokens), 1 / tokens)


def _verify(source: ModelSource, exported: ExportedModel, branch: ShippedSentiment | None) -> None:
    """Compare texts and clauses, from characters to numbers, on batches the export never saw."""
    from textseg.config import EncoderConfig

    config = EncoderConfig(device="cpu")
    encoder = OnnxEncoder(source, exported, config)
    slow = TorchEncoder(source, config, device="cpu", branch=branch)
    whole = load_sentence_transformer(source, device="cpu")
    for probe in _PROBES:
        passages = [_probe(text, exported.facts.pools) for text in probe]
        rows = np.arange(len(passages))
        got = encoder.run(encoder.tokenize(passages), rows)
        wanted = slow.run(slow.tokenize(passages), rows)
        _compare("embedding", got.embedding, wanted.embedding)
        # The library's own way, which knows neither clauses nor our tokenizer.
        _compare("embedding", got.embedding[: len(probe)], whole.encode(list(probe)))
        if wanted.features is not None:
            _compare("features", got.features, wanted.features)


def _probe(text: str, pools: bool) -> Passage:
    half = len(text) // 2
    return Passage(text, ((0, half), (half, len(text))) if pools else ())


def _compare(name: str, got: NDArray[np.float32] | None, wanted: NDArray[np.float32]) -> None:
    if got is None or got.shape != wanted.shape:
        raise ExportError(f"its graph gives no {name} of shape {wanted.shape}")
    scale = max(1.0, float(np.abs(wanted).max()))
    difference = float(np.abs(got - wanted).max()) / scale
    if not difference <= TOLERANCE:
        raise ExportError(f"its graph's {name} differ from PyTorch's by {difference:.1e}")

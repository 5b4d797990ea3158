"""Train the sentiment branch: ``python models/sentiment/train.py DATA``.

DATA holds the public sets as Parquet (see README.md). Writes model.safetensors and figures.json
beside this file. Splits follow the hash of the text; everything random comes from one seed.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from compose import compose
from measure import Figures, measure, measure_aspects
from numpy.typing import NDArray
from safetensors.torch import save_file
from scipy.optimize import minimize_scalar
from sources import Example, Source, measuring_sources, training_sources

from textseg.encode.branch import FIRST, Branch, mean_over
from textseg.encode.source import find_model
from textseg.encode.spans import Passage, token_weights
from textseg.encode.torch_encoder import load_sentence_transformer
from textseg.sentiment import LABELS

HERE = Path(__file__).resolve().parent
EPOCHS, RATE, DECAY, WARM_UP = 2, 1.5e-4, 0.01, 0.06
BATCH_TOKENS, MAX_TOKENS = 2048, 128
COMPOSED = 6000
"""Texts per epoch that are put together from labelled parts of others."""

PARTS = 0.5
"""Weight of the labelled parts of a text beside its whole."""


@dataclass(frozen=True)
class Prepared:
    """An example as the model reads it."""

    ids: list[int]
    weights: NDArray[np.float32]
    targets: NDArray[np.float32]
    importance: NDArray[np.float32]
    masked: bool


class Model(torch.nn.Module):
    """The shared layers, frozen, and branch and head, trained."""

    def __init__(self) -> None:
        super().__init__()
        source = find_model("default")
        self.encoder_weights = source.weights
        whole = load_sentence_transformer(source, device="cpu", attention="sdpa")
        self.tokenizer = whole.tokenizer.backend_tokenizer
        self.tokenizer.no_padding()
        self.bert = whole[0].auto_model.requires_grad_(False)
        self.branch = Branch(self.bert).requires_grad_(True)
        for layer in self.branch.layer:
            # Dropout of the attention costs a quarter of the time: no fast kernel has it.
            layer.attention.self.dropout.p = 0.0
        self.head = torch.nn.Linear(self.bert.config.hidden_size, len(LABELS))

    def features(self, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Give the averaged states of every span, shape (batch, spans, hidden)."""
        mask = (ids != 0).long()
        with torch.no_grad():
            states = self.bert.embeddings(input_ids=ids)
            bias = (1.0 - mask.float())[:, None, None, :] * torch.finfo(torch.float32).min
            for layer in self.bert.encoder.layer[:FIRST]:
                result = layer(states, bias)
                states = result[0] if isinstance(result, tuple) else result
        return mean_over(weights, self.branch(states, mask))


def prepare(
    model: Model, example: Example, importance: float, masked: bool, length: int
) -> Prepared:
    """Tokenise a text and find the tokens of its labelled parts."""
    passage = Passage.of(example.text, [(start, end) for start, end, _ in example.parts])
    model.tokenizer.enable_truncation(length)
    tokens = model.tokenizer.encode(passage.text)
    weights = token_weights(tokens.offsets, tokens.special_tokens_mask, passage.spans)
    targets = np.zeros((len(weights), len(LABELS)), np.float32)
    counts = np.zeros(len(weights), np.float32)
    if example.target is not None:
        targets[0], counts[0] = example.target, 1.0
    for number, (_, _, target) in enumerate(example.parts, start=1):
        if weights[number].any():
            share = PARTS if example.target is not None else 1.0
            targets[number], counts[number] = target, share / len(example.parts)
    return Prepared(tokens.ids, weights, targets, counts * importance, masked)


def batches(
    prepared: list[Prepared], rng: np.random.Generator, budget: int
) -> Iterator[list[Prepared]]:
    """Group texts of similar length, in random order."""
    order = rng.permutation(len(prepared))
    groups = []
    for start in range(0, len(order), 1024):
        window = sorted(order[start : start + 1024], key=lambda i: -len(prepared[i].ids))
        while window:
            size = max(1, budget // len(prepared[window[0]].ids))
            groups.append([prepared[i] for i in window[:size]])
            window = window[size:]
    for number in rng.permutation(len(groups)):
        yield groups[number]


def collate(batch: list[Prepared]) -> tuple[torch.Tensor, ...]:
    """Pad ids, weights, targets and importance to one shape."""
    tokens = max(len(p.ids) for p in batch)
    spans = max(len(p.weights) for p in batch)
    ids = np.zeros((len(batch), tokens), np.int64)
    weights = np.zeros((len(batch), spans, tokens), np.float32)
    targets = np.zeros((len(batch), spans, len(LABELS)), np.float32)
    importance = np.zeros((len(batch), spans), np.float32)
    for i, p in enumerate(batch):
        ids[i, : len(p.ids)] = p.ids
        weights[i, : len(p.weights), : len(p.ids)] = p.weights
        targets[i, : len(p.targets)] = p.targets
        importance[i, : len(p.importance)] = p.importance
    masked = np.array([p.masked for p in batch])
    return tuple(torch.from_numpy(a) for a in (ids, weights, targets, importance, masked))


def loss_of(model: Model, batch: list[Prepared]) -> torch.Tensor:
    """Mean cross-entropy of all labelled spans, weighted by importance."""
    ids, weights, targets, importance, masked = collate(batch)
    logits = model.head(model.features(ids, weights))
    # Where a source has no neutral, negative is compared with positive alone.
    logits[..., 1] = logits[..., 1].masked_fill(masked[:, None], -30.0)
    losses = -(targets * torch.log_softmax(logits, dim=-1)).sum(-1)
    return (losses * importance).sum() / importance.sum().clamp(min=1e-6)


def train(model: Model, sources: list[Source], seed: int) -> None:
    """Fit branch and head to the training folds."""
    rng = np.random.default_rng(seed)
    fixed, pool = [], []
    total = sum(len(s.examples) for s in sources)
    for source in sources:
        rows = [e for e, f in zip(source.examples, source.folds, strict=True) if f >= 2]
        importance = source.share * total / max(1, len(rows))
        masked = not source.has_neutral
        fixed += [prepare(model, e, importance, masked, MAX_TOKENS) for e in rows]
        if source.has_neutral:
            pool += rows
    optimizer = torch.optim.AdamW(
        [*model.branch.parameters(), *model.head.parameters()],
        lr=RATE,
        weight_decay=DECAY,
        fused=True,
    )
    step, steps = 0, 0
    started = time.monotonic()
    for _epoch in range(EPOCHS):
        made = [prepare(model, e, 0.5, False, MAX_TOKENS) for e in compose(pool, COMPOSED, rng)]
        groups = list(batches(fixed + made, rng, BATCH_TOKENS))
        steps = steps or len(groups) * EPOCHS
        model.train()
        model.bert.eval()
        total_loss = 0.0
        for group in groups:
            share = step / steps
            rate = min(share / WARM_UP, max(0.0, (1 - share) / (1 - WARM_UP)))
            for part in optimizer.param_groups:
                part["lr"] = RATE * rate
            loss = loss_of(model, group)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.branch.parameters(), 1.0)
            optimizer.step()
            step += 1
            total_loss += loss.item()
            if step % 50 == 0:
                minutes = (time.monotonic() - started) / 60
                print(f"{step}/{steps} loss {total_loss / 50:.4f} {minutes:.1f} min", flush=True)
                total_loss = 0.0
    model.eval()


def score(model: Model, examples: list[Example], *, parts: bool = False) -> list[NDArray[Any]]:
    """Give the logits of each text, or of its parts, shape (spans, 3)."""
    prepared = [prepare(model, e, 1.0, False, 256) for e in examples]
    order = sorted(range(len(prepared)), key=lambda i: -len(prepared[i].ids))
    result: list[NDArray[Any]] = [np.empty(0)] * len(prepared)
    with torch.inference_mode():
        start = 0
        while start < len(order):
            rows = order[start : start + max(1, 2048 // len(prepared[order[start]].ids))]
            ids, weights, *_ = collate([prepared[i] for i in rows])
            logits = model.head(model.features(ids, weights)).numpy().astype(np.float64)
            for i, values in zip(rows, logits, strict=True):
                result[i] = values[1 : 1 + len(examples[i].parts)] if parts else values[:1]
            start += len(rows)
    return result


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Turn logits into probabilities."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def calibrate(
    logits: NDArray[Any], y: NDArray[Any], masked: NDArray[Any], w: NDArray[Any]
) -> float:
    """Find the temperature that makes the calibration texts most likely."""

    def loss(log_t: float) -> float:
        z = logits / math.exp(log_t)
        z[:, 1] = np.where(masked, -np.inf, z[:, 1])
        p = softmax(z)[np.arange(len(y)), y]
        return float(-(np.log(np.maximum(p, 1e-12)) * w).sum())

    return math.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x)


def held_out(source: Source, fold: int) -> list[Example]:
    """Return the examples of one fold."""
    return [e for e, f in zip(source.examples, source.folds, strict=True) if f == fold]


def temperature_of(model: Model, sources: list[Source]) -> float:
    """Calibrate on fold 1 of all sources, which count by their shares."""
    logits, y, masked, w = [], [], [], []
    for source in sources:
        rows = [e for e in held_out(source, 1) if e.target is not None]
        if rows:
            logits += score(model, rows)
            y += [e.label for e in rows]
            masked += [not source.has_neutral] * len(rows)
            w += [source.share / len(rows)] * len(rows)
    return calibrate(np.concatenate(logits), np.array(y), np.array(masked), np.array(w))


def evaluate(
    model: Model, sources: list[Source], data: Path, temperature: float
) -> dict[str, Figures]:
    """Measure on fold 0 of what was trained on, and on all of what was not."""
    figures: dict[str, Figures] = {}
    for source in sources:
        rows = [e for e in held_out(source, 0) if e.target is not None]
        if rows:
            p = softmax(np.concatenate(score(model, rows)) / temperature)
            y = np.array([e.label for e in rows])
            figures[source.name] = measure(p, y, source.has_neutral)
        parts = [e for e in rows if len(e.parts) > 1]
        if parts:
            p = softmax(np.concatenate(score(model, parts, parts=True)) / temperature)
            y = np.array([int(np.argmax(t)) for e in parts for _, _, t in e.parts])
            figures[f"{source.name}, clauses"] = measure(p, y, True)
    for source in measuring_sources(data):
        p = softmax(np.concatenate(score(model, source.examples)) / temperature)
        figures[source.name] = measure(p, source.labels, source.has_neutral)
    return figures


def save(model: Model, temperature: float, about: dict[str, str]) -> None:
    """Write branch and head in half precision, with what they belong to."""
    tensors = {f"branch.{k}": v.half() for k, v in model.branch.state_dict().items()}
    tensors["head.weight"] = (model.head.weight.detach() / temperature).half()
    tensors["head.bias"] = (model.head.bias.detach() / temperature).half()
    about = {"labels": " ".join(LABELS), "encoder_weights": model.encoder_weights, **about}
    save_file({k: v.contiguous() for k, v in tensors.items()}, HERE / "model.safetensors", about)


def main() -> None:
    """Train, calibrate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    started = time.monotonic()
    model = Model()
    sources = training_sources(options.data, HERE / "written")
    train(model, sources, options.seed)
    temperature = temperature_of(model, sources)
    minutes = (time.monotonic() - started) / 60
    save(model, temperature, {"seed": str(options.seed)})
    content = {
        "training": {
            "minutes": round(minutes, 1),
            "temperature": round(temperature, 4),
            "texts": {s.name: int((s.folds >= 2).sum()) for s in sources},
            "shares": {s.name: s.share for s in sources},
        },
        "figures": evaluate(model, sources, options.data, temperature),
        "aspects": measure_aspects(
            options.data, lambda e: [softmax(z) for z in score(model, e, parts=True)]
        ),
    }
    text = json.dumps(content, indent=2) + "\n"
    (HERE / "figures.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

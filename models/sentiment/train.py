"""Train the sentiment head: ``python models/sentiment/train.py DATA``.

DATA holds the public sets as Parquet (see README.md). Writes model.safetensors and figures.json
beside this file. Everything is seeded by the texts' hashes; the same data gives the same head.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from measure import Figures, measure, shares
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.optimize import minimize, minimize_scalar
from sources import Source, folds, measuring_sources, training_sources

from textseg.config import EncoderConfig
from textseg.encode import Encoder, load_encoder
from textseg.encode.batches import batches
from textseg.sentiment import LABELS

HERE = Path(__file__).resolve().parent
PENALTIES = (3e-1, 1e-1, 3e-2, 1e-2)
Real = NDArray[np.float64]


class Examples:
    """Features, labels and weights, ready for the loss.

    Parameters
    ----------
    X : ndarray of float32, shape (n, features)
        Pooled states.
    sources, source_of : list of Source, ndarray of int64, shape (n,)
        Where each row is from.
    y : ndarray of int64, shape (n,)
        Classes.
    """

    def __init__(self, X: Any, y: Any, sources: list[Source], source_of: Any) -> None:
        self.X, self.y, self.source_of, self.sources = X, y, source_of, sources
        self.masked = np.array([not s.has_neutral for s in sources])[source_of]
        share = np.array([s.share for s in sources])
        # The sources count by their shares, whatever their sizes; the rows of one count the same.
        self.weight = share[source_of] / np.bincount(source_of, minlength=len(sources))[source_of]
        self.weight /= self.weight.sum()

    def take(self, rows: Any) -> Examples:
        """Keep the given rows and balance them anew."""
        return Examples(self.X[rows], self.y[rows], self.sources, self.source_of[rows])


def log_probabilities(logits: Real, masked: NDArray[np.bool_]) -> Real:
    """Log-softmax; where masked, over negative and positive only."""
    logits = logits.copy()
    logits[masked, 1] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def fit(examples: Examples, penalty: float, start: Real | None = None) -> tuple[Real, Real]:
    """Fit softmax regression on standardised features; return weight (3, f) and bias (3,)."""
    X = examples.X
    n, f = X.shape
    target = np.eye(3)[examples.y]

    def loss(flat: Real) -> tuple[float, Real]:
        weight, bias = flat[: 3 * f].reshape(3, f), flat[3 * f :]
        logits = (X @ weight.T.astype(np.float32)).astype(np.float64) + bias
        logp = log_probabilities(logits, examples.masked)
        error = (np.exp(logp) - target) * examples.weight[:, None]
        value = -(logp[np.arange(n), examples.y] * examples.weight).sum()
        slope = (error.T.astype(np.float32) @ X).astype(np.float64) + 2 * penalty * weight
        value += penalty * (weight**2).sum()
        return value, np.concatenate([slope.ravel(), error.sum(axis=0)])

    found = minimize(
        loss,
        np.zeros(3 * f + 3) if start is None else start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 80},
    )
    return found.x[: 3 * f].reshape(3, f), found.x[3 * f :]


def nll(logits: Real, examples: Examples) -> float:
    """Weighted negative log-likelihood."""
    logp = log_probabilities(logits, examples.masked)
    return float(-(logp[np.arange(len(logp)), examples.y] * examples.weight).sum())


def choose_penalty(examples: Examples, part: NDArray[np.int64]) -> tuple[float, dict[str, float]]:
    """Two-fold cross-validation on the training texts, split by hash."""
    losses = dict.fromkeys(PENALTIES, 0.0)
    for half in (0, 1):
        here, rest = examples.take(part % 2 == half), examples.take(part % 2 != half)
        start = None
        for penalty in PENALTIES:
            weight, bias = fit(here, penalty, start)
            # A weaker penalty starts where a stronger one ended.
            start = np.concatenate([weight.ravel(), bias])
            losses[penalty] += nll(rest.X @ weight.T + bias, rest) / 2
    best = min(losses, key=lambda penalty: losses[penalty])
    return best, {f"{penalty:g}": round(loss, 5) for penalty, loss in losses.items()}


def states_of(texts: list[str], encoder: Encoder) -> NDArray[np.float32]:
    """Encode texts to their pooled states, flattened."""
    tokens = encoder.tokenize(texts)
    result: NDArray[np.float32] | None = None
    for batch in batches(tokens.lengths, encoder.batch_tokens):
        states = encoder.run(tokens, batch).states
        assert states is not None, "the default encoder gives states"
        if result is None:
            result = np.zeros((len(texts), states[0].size), dtype=np.float32)
        result[batch] = states.reshape(len(batch), -1)
    assert result is not None
    return result


def load_states(source: Source, encoder: Encoder, kept: Path | None) -> NDArray[np.float32]:
    """Encode a source, or read what an earlier run kept."""
    path = kept / f"{source.name}.npy" if kept else None
    if path and path.exists():
        return np.load(path).astype(np.float32)
    states = states_of(source.texts, encoder)
    if path:
        np.save(path, states.astype(np.float16))
    return states


def main() -> None:
    """Train, calibrate, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--states", type=Path, help="folder that keeps the encoded texts")
    options = parser.parse_args()
    encoder = load_encoder(EncoderConfig(device="cpu"))
    sources = training_sources(options.data, HERE / "written.csv")
    X = np.concatenate([load_states(s, encoder, options.states) for s in sources])
    y = np.concatenate([s.labels for s in sources])
    source_of = np.repeat(np.arange(len(sources)), [len(s.texts) for s in sources])
    part = np.concatenate([folds(s.texts) for s in sources])
    train = part >= 2
    mean, scale = X[train].mean(axis=0), X[train].std(axis=0) + 1e-6
    examples = Examples((X - mean) / scale, y, sources, source_of)
    penalty, losses = choose_penalty(examples.take(train), part[train])
    weight, bias = fit(examples.take(train), penalty)
    temperature = calibrate(examples.take(part == 1), weight, bias)
    weight, bias = weight / scale / temperature, bias / temperature
    bias = bias - weight @ mean
    write_head(weight, bias, encoder)

    def score(states: NDArray[np.float32]) -> Real:
        return np.exp(log_probabilities(states @ weight.T + bias, np.zeros(len(states), bool)))

    figures: dict[str, Figures] = {}
    for number, source in enumerate(sources):
        rows = (source_of == number) & (part == 0)
        figures[source.name] = measure(score(X[rows]), y[rows], source.has_neutral)
    for source in measuring_sources(options.data):
        p = score(load_states(source, encoder, options.states))
        figures[source.name] = measure(p, source.labels, source.has_neutral)
    write_figures(figures, penalty, losses, temperature, sources, part, source_of)


def calibrate(examples: Examples, weight: Real, bias: Real) -> float:
    """Find the temperature that makes held-out texts most likely."""
    logits = examples.X @ weight.T + bias
    found = minimize_scalar(
        lambda log_t: nll(logits / np.exp(log_t), examples), bounds=(-2, 2), method="bounded"
    )
    return float(np.exp(found.x))


def write_head(weight: Real, bias: Real, encoder: Encoder) -> None:
    """Save the head with what it belongs to."""
    tensors = {
        "weight": np.ascontiguousarray(weight.reshape(3, -1, encoder.dim), dtype=np.float32),
        "bias": bias.astype(np.float32),
    }
    about = {"labels": " ".join(LABELS), "encoder_weights": encoder.weights}
    save_file(tensors, HERE / "model.safetensors", metadata=about)


def write_figures(
    figures: dict[str, Figures],
    penalty: float,
    losses: dict[str, float],
    temperature: float,
    sources: list[Source],
    part: NDArray[np.int64],
    source_of: NDArray[np.int64],
) -> None:
    """Save what the card cites."""
    content = {
        "training": {
            "penalty": penalty,
            "cross_validation_loss": losses,
            "temperature": round(temperature, 4),
            "texts": {
                s.name: int(((source_of == i) & (part >= 2)).sum()) for i, s in enumerate(sources)
            },
            "shares": shares(sources),
        },
        "held_out": figures,
    }
    text = json.dumps(content, indent=2) + "\n"
    (HERE / "figures.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

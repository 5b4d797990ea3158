"""Segments learned from numbers, and how well that works for customers left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

_FOLDS = 5
_INNER_FOLDS = 3
_PREDICTIONS = 4_000
_MAX_REPEATS = 3
_STRENGTHS = (0.001, 0.01, 0.03, 0.1, 0.3, 1.0)
_BINS = 10
_BIN_CUSTOMERS = 30


def measure(X: Matrix, labels: Labels, k: int, seed: int) -> dict[str, Any]:
    """Compare predictions out of sample with the base rate and the prior.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
    labels : ndarray of int64, shape (n,)
        From 0 to k − 1; k for a segment that cannot be learned.
    k : int
    seed : int

    Returns
    -------
    dict
        The figures of :class:`textseg.segments.lookalike.LookalikeFigures` that are measured.
    """
    from scipy.stats import binomtest

    repeats = int(np.clip(_PREDICTIONS // len(X), 1, _MAX_REPEATS))
    streams = np.random.default_rng(seed).spawn(repeats)
    draws = np.stack([_out_of_sample(X, labels, k, rng) for rng in streams])
    shares = np.bincount(labels, minlength=k + 1) / len(labels)
    right = draws[:, :, :k].argmax(axis=2) == labels
    base = labels == shares[:k].argmax()
    # Repeats are averaged, not counted: they are about the same customers.
    gained = (right & ~base).mean(axis=0).sum()
    lost = (~right & base).mean(axis=0).sum()
    wins, losses = int(np.floor(gained + 1e-9)), int(np.ceil(lost - 1e-9))
    p_value = binomtest(wins, wins + losses, alternative="greater").pvalue if wins else 1.0
    own = draws[:, np.arange(len(labels)), labels]
    return {
        "accuracy": float(right.mean()),
        "base_rate": float(base.mean()),
        "p_value": float(p_value),
        "log_loss": float(-np.log(np.maximum(own, 1e-15)).mean()),
        "prior_log_loss": float(-np.log(shares[labels]).mean()),
        "calibration_error": _calibration_error(draws[:, :, :k].max(axis=2), right),
    }


def _out_of_sample(X: Matrix, labels: Labels, k: int, rng: np.random.Generator) -> Matrix:
    """Predict every customer from the others, shape (n, k + 1)."""
    from scipy.special import softmax

    result = np.empty((len(X), k + 1))
    folds = _folds(labels, _FOLDS, rng)
    for fold in range(_FOLDS):
        test = folds == fold
        train = ~test & (labels < k)
        weights, bias = fit_weights(X[train], labels[train], rng)
        rest = np.mean(labels[~test] == k)
        result[test, :k] = softmax(X[test] @ weights.T + bias, axis=1) * (1 - rest)
        result[test, k] = rest
    return result


def fit_weights(X: Matrix, labels: Labels, rng: np.random.Generator) -> tuple[Matrix, Matrix]:
    """Fit a multinomial logistic regression, the strength of its penalty chosen in inner folds.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
    labels : ndarray of int64, shape (n,)
        From 0 to k − 1, at least two.
    rng : Generator
        Deals out the folds.

    Returns
    -------
    weights : ndarray of float64, shape (k, d)
    bias : ndarray of float64, shape (k,)
    """
    model = _regression(_strength(X, labels, rng)).fit(X, labels)
    weights, bias = model.coef_, model.intercept_
    if len(weights) == 1:
        weights, bias = np.vstack([0 * weights, weights]), np.append(0.0, bias)
    return np.asarray(weights, dtype=np.float64), np.asarray(bias, dtype=np.float64)


def _strength(X: Matrix, labels: Labels, rng: np.random.Generator) -> float:
    """Return the inverse penalty of least log loss; each fit starts from the one before."""
    folds = _folds(labels, _INNER_FOLDS, rng)
    models = [_regression(1.0) for _ in range(_INNER_FOLDS)]
    losses: list[float] = []
    for strength in _STRENGTHS:
        loss = 0.0
        for fold, model in enumerate(models):
            train, test = folds != fold, folds == fold
            model.set_params(C=strength).fit(X[train], labels[train])
            p = model.predict_proba(X[test])[np.arange(test.sum()), labels[test]]
            loss -= float(np.log(np.maximum(p, 1e-15)).sum())
        if losses and loss > losses[-1]:
            break
        losses.append(loss)
    return _STRENGTHS[len(losses) - 1]


def _regression(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, warm_start=True, tol=1e-3, max_iter=1000)


def _folds(labels: Labels, number: int, rng: np.random.Generator) -> Labels:
    """Deal the customers out segment by segment, so that every fold has its share of each."""
    order = np.lexsort((rng.random(len(labels)), labels))
    folds = np.empty(len(labels), dtype=np.int64)
    folds[order] = np.arange(len(labels)) % number
    return folds


def _calibration_error(probability: Matrix, right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over bins of equally many customers."""
    order = np.argsort(probability, axis=None, kind="stable")
    bins = int(np.clip(right.shape[1] // _BIN_CUSTOMERS, 1, _BINS))
    gaps = probability.ravel()[order] - right.ravel()[order]
    parts = np.array_split(gaps, bins)
    return float(sum(abs(part.sum()) for part in parts) / len(gaps))

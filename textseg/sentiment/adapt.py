"""Learning from the ratings: the sentiment head fitted anew, and kept only if it is better.

The head is a multinomial logistic regression that is penalised for moving away from the shipped
weights, not away from zero, so that few ratings change little (Evgeniou and Pontil, "Regularized
multi-task learning", KDD 2004). Customers are the unit throughout: each counts once, and is on one
side of every split.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.counted import counted
from textseg.sentiment.classes import LABELS
from textseg.sentiment.head import SentimentHead
from textseg.sentiment.ratings import macro_f1

FEWEST_TEXTS = 100
FEWEST_GROUPS = 10
_MOST_TEXTS = 20_000  # More than a layer of this size can use.
_PENALTIES = np.logspace(0, -2.5, 6)
_FOLDS = 5
_PRECISION = {"ftol": 1e-7, "gtol": 1e-5}
_LEAST_PROBABILITY = 1e-7

Figures = dict[str, float]


@dataclass(frozen=True)
class Adapted:
    """What came of learning from the ratings.

    Attributes
    ----------
    head : SentimentHead
        The new head if it is kept, else the one that was given.
    kept : bool
    reason : str
        A sentence that says why.
    before, after : dict of str to float, or None
        ``log_loss`` (each customer counts once) and ``macro_f1`` on the texts of customers held
        back; None where nothing could be tried.
    gain, standard_error : float or None
        Mean fall of the log-loss per customer held back, and its standard error.
    penalty : float or None
        The strength that was chosen, on standardised features.
    n_train, n_test : int
        Texts learned from, and texts of customers held back.
    """

    head: SentimentHead
    kept: bool
    reason: str
    before: Figures | None = None
    after: Figures | None = None
    gain: float | None = None
    standard_error: float | None = None
    penalty: float | None = None
    n_train: int = 0
    n_test: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the head, ready for JSON."""
        return {name: value for name, value in vars(self).items() if name != "head"}


def adapt_head(
    head: SentimentHead,
    features: NDArray[np.floating],
    classes: NDArray[np.integer],
    groups: Sequence[str],
    seed: int = 0,
) -> Adapted:
    """Fit the head anew to ratings, and keep that if it is better for customers not seen.

    A fifth of the customers, by a hash of their name, is held back. The new head is kept if on them
    its log-loss is lower than before by more than one standard error of the differences per
    customer, its macro F1 is no lower, and its log-loss is lower by more than two than that of
    guessing by the shares of the classes alone: without the last, ratings that have nothing to do
    with the texts would be learned, as a head that tells nothing apart.
    What is kept is then fitted on all customers with the same penalty.

    Parameters
    ----------
    head : SentimentHead
        The head to start from.
    features : ndarray of float16, shape (n, f)
        What the head reads.
    classes : ndarray of int, shape (n,)
        Of the ratings, from :func:`textseg.sentiment.rating_scale.ratings_class`; −1 for unknown.
    groups : sequence of str, length n
        The customer of each text, or the text's own key where it has none.
    seed : int
        Chooses which customers are held back.

    Returns
    -------
    Adapted
        The same for any order of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment.adapt import adapt_head
    >>> from textseg.sentiment.head import SentimentHead
    >>> head = SentimentHead(np.zeros((3, 2)), np.zeros(3))
    >>> few = adapt_head(head, np.zeros((9, 2), np.float16), np.arange(9) % 3, list("abcdefghi"))
    >>> few.kept, few.reason
    (False, '9 texts with a rating that is understood, at least 100 are needed.')
    """
    known = classes >= 0
    named = [name for name, rated in zip(groups, known, strict=True) if rated]
    data = _sorted(features[known], classes[known], named, seed)
    held = data.groups % np.uint64(5) == 0
    train, test = data.take(~held), data.take(held)
    if reason := _obstacle(data, train, test):
        return Adapted(head, False, reason)
    penalty = _choose_penalty(head, train)
    new = _fit(head, train, [penalty])[0]
    gain, error = _fall(test, _losses(head, test), _losses(new, test))
    over_guess, guess_error = _fall(test, _guess_losses(train, test), _losses(new, test))
    before, after = _figures(head, test), _figures(new, test)
    better = gain > error and after["macro_f1"] >= before["macro_f1"]
    informed = over_guess > 2 * guess_error
    kept = better and informed
    return Adapted(
        head=_fit(head, data, [penalty])[0] if kept else head,
        kept=kept,
        reason=_verdict(better, informed),
        before=before,
        after=after,
        gain=round(gain, 6),
        standard_error=round(error, 6),
        penalty=round(float(penalty), 6),
        n_train=len(train.classes),
        n_test=len(test.classes),
    )


@dataclass(frozen=True)
class _Data:
    """Rated texts in an order that depends on nothing but them; groups are hashes."""

    features: NDArray[np.float64]
    classes: NDArray[np.int64]
    groups: NDArray[np.uint64]

    def take(self, rows: NDArray[np.bool_]) -> _Data:
        return _Data(self.features[rows], self.classes[rows], self.groups[rows])

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weights of the texts, with a sum of 1, that let every group count once."""
        _, of_row, sizes = np.unique(self.groups, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / (sizes[of_row] * len(sizes)))


def _sorted(
    features: NDArray[np.floating],
    classes: NDArray[np.integer],
    groups: Sequence[str],
    seed: int,
) -> _Data:
    """Order rows by the hash of their group, then by content, so that sums are always the same."""
    number = {name: _hash(f"{seed}\0{name}".encode()) for name in set(groups)}
    of_row = np.array([number[name] for name in groups], dtype=np.uint64)
    content = np.array(
        [_hash(row.tobytes() + bytes([cls])) for row, cls in zip(features, classes, strict=True)],
        dtype=np.uint64,
    )
    order = np.lexsort((content, of_row))[:_MOST_TEXTS]
    return _Data(features[order].astype(np.float64), classes[order].astype(np.int64), of_row[order])


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())


def _obstacle(data: _Data, train: _Data, test: _Data) -> str | None:
    """Say what is missing, if anything."""
    count = len(data.classes)
    if count < FEWEST_TEXTS:
        return (
            f"{counted(count, 'text')} with a rating that is understood, at least {FEWEST_TEXTS} "
            "are needed."
        )
    for number, label in enumerate(LABELS):
        if number not in train.classes:
            return f"No rating is {label}, or only those held back."
    groups = [len(np.unique(part.groups)) for part in (train, test)]
    if min(groups) < FEWEST_GROUPS:
        return (
            f"The ratings come from {counted(sum(groups), 'customer')}, too few to learn from "
            "some of them and compare on the others."
        )
    return None


def _choose_penalty(head: SentimentHead, train: _Data) -> float:
    """Take the penalty with the lowest log-loss over folds of groups, the strongest of equals."""
    fold = np.unique(train.groups, return_inverse=True)[1] % _FOLDS
    weights = train.weights
    loss = np.zeros(len(_PENALTIES))
    for number in range(_FOLDS):
        held = fold == number
        rest, part = train.take(~held), train.take(held)
        loss += [weights[held] @ _losses(new, part) for new in _fit(head, rest, _PENALTIES)]
    return float(_PENALTIES[loss.argmin()])


def _fit(
    head: SentimentHead, data: _Data, penalties: Sequence[float] | NDArray[np.float64]
) -> list[SentimentHead]:
    """Fit one head per penalty, each starting from the one before."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    center, spread = data.features.mean(axis=0), data.features.std(axis=0)
    spread[spread < 1e-6] = 1.0
    inputs = (data.features - center) / spread
    offset = data.features @ head.weight.T.astype(np.float64) + head.bias
    weights = data.weights[:, np.newaxis]
    target = weights * np.eye(len(LABELS))[data.classes]
    # The shares of the classes are learned freely: their penalty is worth one customer.
    strength = np.append(np.empty(inputs.shape[1]), 1 / len(np.unique(data.groups)))

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        change = flat.reshape(len(LABELS), -1)
        odds = log_softmax(offset + inputs @ change[:, :-1].T + change[:, -1], axis=1)
        residual = weights * np.exp(odds) - target
        slope = np.column_stack([residual.T @ inputs, residual.sum(axis=0)]) + strength * change
        value = (strength * change**2).sum() / 2 - (target * odds).sum()
        return float(value), slope.ravel()

    heads = []
    flat = np.zeros(len(LABELS) * len(strength))
    for penalty in penalties:
        strength[:-1] = penalty
        flat = minimize(objective, flat, jac=True, method="L-BFGS-B", options=_PRECISION).x
        change = flat.reshape(len(LABELS), -1)
        weight = change[:, :-1] / spread
        bias = change[:, -1] - weight @ center
        heads.append(SentimentHead(head.weight + weight, head.bias + bias))
    return heads


def _losses(head: SentimentHead, data: _Data) -> NDArray[np.float64]:
    """Return the log-loss of each text."""
    probabilities = head.score(data.features).astype(np.float64)
    right = probabilities[np.arange(len(data.classes)), data.classes]
    return np.asarray(-np.log(np.maximum(right, _LEAST_PROBABILITY)))


def _guess_losses(train: _Data, test: _Data) -> NDArray[np.float64]:
    """Return the log-loss of each text if only the shares of the classes are known."""
    shares = np.bincount(train.classes, train.weights, minlength=len(LABELS))
    return np.asarray(-np.log(shares[test.classes]))


def _fall(
    data: _Data, before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the mean fall of the loss per group, and its standard error."""
    of_row = np.unique(data.groups, return_inverse=True)[1]
    fall = np.bincount(of_row, before - after) / np.bincount(of_row)
    return float(fall.mean()), float(fall.std(ddof=1) / np.sqrt(len(fall)))


def _figures(head: SentimentHead, data: _Data) -> Figures:
    found = head.score(data.features).argmax(axis=1)
    return {
        "log_loss": round(float(data.weights @ _losses(head, data)), 6),
        "macro_f1": macro_f1(data.classes, found),
    }


def _verdict(better: bool, informed: bool) -> str:
    if not better:
        return "For customers held back its log-loss or its F1 is no better."
    if not informed:
        return "The ratings cannot be told from the texts: guessing by their shares is as good."
    return "For customers held back its log-loss is lower and its F1 is not."

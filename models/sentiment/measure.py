"""Accuracy, macro F1 and calibration of three probabilities against labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sources import Example

from textseg.sentiment.clauses import split_clauses

Score = Callable[[list[Example]], list[NDArray[np.float64]]]
"""Gives the probabilities of each part of each text."""

BINS = 15


class Figures(TypedDict):
    """What is reported per domain; None where the labels do not allow it."""

    n: int
    accuracy_two_class: float
    accuracy: float | None
    macro_f1: float | None
    ece: float
    share_neutral: float


def measure(p: NDArray[np.float64], y: NDArray[np.int64], has_neutral: bool) -> Figures:
    """Compare probabilities, shape (n, 3), with labels.

    Two-class figures leave neutral texts out and compare negative with positive alone. Where the
    labels have no neutral, the calibration error is that of negative against positive.
    """
    clear = y != 1
    pair = p[:, [0, 2]] / np.maximum(p[:, [0, 2]].sum(axis=1, keepdims=True), 1e-12)
    two_class = float((pair[clear].argmax(axis=1) * 2 == y[clear]).mean())
    label = p.argmax(axis=1)
    error = calibration_error(p, y) if has_neutral else calibration_error(pair, y // 2)
    return Figures(
        n=len(y),
        accuracy_two_class=round(two_class, 4),
        accuracy=round(float((label == y).mean()), 4) if has_neutral else None,
        macro_f1=round(macro_f1(label, y), 4) if has_neutral else None,
        ece=round(error, 4),
        share_neutral=round(float((label == 1).mean()), 4),
    )


def macro_f1(label: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """Mean F1 of the classes that occur."""
    scores = []
    for c in np.unique(y):
        hits = float(((label == c) & (y == c)).sum())
        scores.append(2 * hits / max(1.0, float((label == c).sum() + (y == c).sum())))
    return float(np.mean(scores))


def calibration_error(p: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Compute the expected calibration error of the top label, 15 bins (Guo et al. 2017)."""
    top, right = p.max(axis=1), p.argmax(axis=1) == y
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in np.unique(bins):
        rows = bins == number
        error += rows.mean() * abs(float(right[rows].mean()) - float(top[rows].mean()))
    return float(error)


def measure_aspects(data: Path, score: Score) -> dict[str, dict[str, float]]:
    """Compare the clause of each aspect with the aspect's polarity (SemEval 2014, task 4).

    An aspect's clause is the one with its first occurrence.
    """
    frame = pd.read_parquet(data / "semeval_absa/aspects.parquet")
    order = {"Negative": 0, "Neutral": 1, "Positive": 2}
    frame = frame[frame.polarity.isin(order)].assign(y=lambda f: f.polarity.map(order))
    texts = frame.text.drop_duplicates().tolist()
    cut = {text: split_clauses(text) for text in texts}
    sure_ = (0.0, 1.0, 0.0)  # the targets are not looked at
    examples = [Example(t, None, tuple((a, b, sure_) for a, b in cut[t])) for t in texts]
    found = dict(zip(texts, score(examples), strict=True))
    frame["found"] = [
        _label_at(text, aspect, cut[text], found[text])
        for text, aspect in zip(frame.text, frame.aspect, strict=True)
    ]
    several = frame.groupby("text").y.transform("nunique") > 1
    result = {}
    for name, part in frame.groupby("dataset"):
        right = part.found == part.y
        result[str(name)] = {
            "n": len(part),
            "accuracy": round(float(right.mean()), 4),
            "several_polarities": round(float(right[several[part.index]].mean()), 4),
            "macro_f1": round(macro_f1(part.found.to_numpy(), part.y.to_numpy()), 4),
        }
    return result


def _label_at(
    text: str, aspect: str, cut: list[tuple[int, int]], probabilities: NDArray[np.float64]
) -> int:
    place = max(0, text.lower().find(aspect.lower()))
    number = next(i for i, (start, end) in enumerate(cut) if start <= place < end)
    return int(probabilities[number].argmax())

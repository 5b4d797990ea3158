"""A shallow decision tree as a list of leaves with readable borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

DEPTH = 4
"""Most conditions of a path."""

_LEAST_SHARE = 0.005
_FOLDS = 5


@dataclass(frozen=True)
class Leaf:
    """Customers between borders, and the segment most of them are in.

    Attributes
    ----------
    label : int
    borders : mapping of int to tuple of float
        For each feature that is asked for, by position: above, and at most.
    """

    label: int
    borders: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def contains(self, values: Matrix) -> NDArray[np.bool_]:
        """Return which rows are in the leaf, shape (n,)."""
        inside = np.ones(len(values), dtype=bool)
        for feature, (above, at_most) in self.borders.items():
            inside &= (values[:, feature] > above) & (values[:, feature] <= at_most)
        return inside


def grow(values: Matrix, labels: Labels, leaves: int, seed: int) -> list[Leaf]:
    """Grow a tree best-first whose borders have two significant digits, and two decimals, at most.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
    labels : ndarray of int64, shape (n,)
    leaves : int
        Most leaves; fewer where neighbours have the same label.
    seed : int

    Returns
    -------
    list of Leaf
        Every row is in exactly one of them.
    """
    from sklearn.tree import DecisionTreeClassifier

    if leaves < 2 or len(np.unique(labels)) < 2:
        return [Leaf(_most_common(labels))]
    tree = DecisionTreeClassifier(
        max_depth=DEPTH,
        max_leaf_nodes=leaves,
        min_samples_leaf=max(2, round(_LEAST_SHARE * len(labels))),
        random_state=seed,
    ).fit(_on_grid(values), labels)
    return _leaves(tree.tree_, 0, values, labels, {})


def predict(leaves: Sequence[Leaf], values: Matrix) -> Labels:
    """Return the label of the leaf that each row is in, shape (n,)."""
    result = np.full(len(values), -1, dtype=np.int64)
    for leaf in leaves:
        result[leaf.contains(values)] = leaf.label
    return result


def choose_size(values: Matrix, labels: Labels, seed: int) -> tuple[int, float | None]:
    """Choose the number of leaves by cross-validation.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
    labels : ndarray of int64, shape (n,)
    seed : int

    Returns
    -------
    leaves : int
        The smallest number whose share of right labels is within a standard error of the best.
    fidelity : float or None
        That share, over the rows left out; None where there are too few rows to leave any out.

    Notes
    -----
    The rule of one standard error: Breiman, Friedman, Olshen and Stone (1984), "Classification and
    Regression Trees", section 3.4.3.
    """
    from sklearn.model_selection import KFold

    number = len(np.unique(labels))
    sizes = sorted({number, round(1.5 * number), 2 * number, 3 * number})
    if number < 2 or len(labels) < 2 * _FOLDS:
        return number, None
    folds = list(KFold(_FOLDS, shuffle=True, random_state=seed).split(values))
    right = np.array(
        [[_right(values, labels, fold, size, seed) for fold in folds] for size in sizes]
    )
    mean, error = right.mean(axis=1), right.std(axis=1, ddof=1) / np.sqrt(_FOLDS)
    best = int(mean.argmax())
    chosen = int(np.flatnonzero(mean >= mean[best] - error[best])[0])
    return sizes[chosen], float(mean[chosen])


def _right(
    values: Matrix, labels: Labels, fold: tuple[Labels, Labels], size: int, seed: int
) -> float:
    """Grow on one part, and return the share of right labels in the other."""
    train, test = fold
    leaves = grow(values[train], labels[train], size, seed)
    return float((predict(leaves, values[test]) == labels[test]).mean())


def _leaves(
    tree: Any, node: int, values: Matrix, labels: Labels, borders: dict[int, tuple[float, float]]
) -> list[Leaf]:
    """Walk down with the rows of the node; siblings with one label become one leaf."""
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left < 0:
        return [Leaf(_most_common(labels), borders)]
    feature = int(tree.feature[node])
    column = values[:, feature]
    # As scikit-learn compares.
    below = _on_grid(column).astype(np.float32) <= tree.threshold[node]
    border = readable(float(column[below].max()), float(column[~below].min()))
    above, at_most = borders.get(feature, (-np.inf, np.inf))
    found = [
        *_leaves(tree, left, values[below], labels[below], {**borders, feature: (above, border)}),
        *_leaves(tree, right, values[~below], labels[~below],
                 {**borders, feature: (border, at_most)}),
    ]  # fmt: skip
    label = found[0].label
    return [Leaf(label, borders)] if all(leaf.label == label for leaf in found) else found


def readable(low: float, high: float) -> float:
    """Return the number with the fewest digits in [low, high) near the middle.

    Examples
    --------
    >>> from textseg.segments.rules.tree import readable
    >>> readable(0.381, 0.424), readable(187.2, 233.0), readable(0.0, 0.07)
    (0.4, 200.0, 0.0)
    """
    middle = low / 2 + high / 2
    for digits in range(-9, 10):
        unit = 10.0**-digits
        for number in (round(middle, digits), round(middle // unit * unit, digits)):
            if low <= number < high:
                return number + 0.0  # no -0.0
    return low


def _on_grid(values: Matrix) -> Matrix:
    """Raise each value to the next number with few digits, so that no border lies between them."""
    size = np.maximum(np.abs(values), 0.1)
    step = 10.0 ** (np.floor(np.log10(size)) - 1)
    return np.asarray(np.ceil((values / step).round(6)) * step)


def _most_common(labels: Labels) -> int:
    """Return the most frequent label; of equals, the smallest."""
    found, counts = np.unique(labels, return_counts=True)
    return int(found[counts.argmax()])

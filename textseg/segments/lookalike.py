"""The text segment that a silent customer most resembles: a prediction with its accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.segments.lookalike_features import Design, Matrix
from textseg.segments.lookalike_measure import Labels, fit_weights, measure

ALPHA = 0.05
"""Chance at which a prediction that is no better than the base rate may be offered."""

MIN_MEMBERS = 10
"""Fewest customers with text by which a segment can be learned."""

MAX_CUSTOMERS = 4_000
"""Customers that are learned from and measured on at most: an accuracy's standard error is then
below one percent."""

_BLOCK = 16_384


@dataclass(frozen=True)
class LookalikeFigures:
    """How good the prediction is for customers whose segment is known.

    Attributes
    ----------
    n_customers : int
        Customers with text that were measured, each out of sample.
    n_segments : int
        Segments that can be predicted.
    n_features : int
        Purchases and attributes in use.
    accuracy : float or None
        Share of these customers in the segment predicted; None where there was too little to learn
        from. A customer of a segment that is too small to be predicted counts as wrong.
    base_rate : float or None
        Share of the largest segment: what is right when all customers are put into it.
    p_value : float or None
        Chance of such a lead over the base rate if there is none in truth; one-sided.
    log_loss, prior_log_loss : float or None
        Of the probabilities, and of the segments' shares; in nats.
    calibration_error : float or None
        Mean distance between the probability given and the share that is right.
    """

    n_customers: int
    n_segments: int
    n_features: int
    accuracy: float | None = None
    base_rate: float | None = None
    p_value: float | None = None
    log_loss: float | None = None
    prior_log_loss: float | None = None
    calibration_error: float | None = None

    @property
    def offered(self) -> bool:
        """Whether the prediction is better than the base rate."""
        return self.p_value is not None and self.p_value < ALPHA

    @property
    def note(self) -> str:
        """One sentence for the user."""
        if self.n_segments < 2:
            return (
                f"Look-alike segments need two segments of at least {MIN_MEMBERS} customers with "
                f"text, got {self.n_segments}."
            )
        if self.accuracy is None or self.base_rate is None:
            return "Look-alike segments need purchases or attributes that differ, got none."
        if self.offered:
            return (
                f"Look-alike segments of silent customers: {self.accuracy:.0%} right, measured on "
                f"customers with text left out; putting all into the largest segment is right "
                f"for {self.base_rate:.0%}."
            )
        return (
            f"Look-alike segments of silent customers are withheld: {self.accuracy:.0%} right, "
            f"measured on customers with text left out, is not measurably better than the "
            f"{self.base_rate:.0%} of putting all into the largest segment "
            f"(p = {self.p_value:.2f})."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures for the manifest."""
        rounded = {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return {"offered": self.offered, **rounded}


@dataclass(frozen=True)
class Lookalike:
    """Predicts text segments from purchases and attributes.

    Attributes
    ----------
    design : Design
    segments : ndarray of int64, shape (k,)
        Ids of the segments that can be predicted.
    weights : ndarray of float64, shape (k, d)
    bias : ndarray of float64, shape (k,)
    rest : ndarray of float64, shape (1,)
        Share of customers in segments that are too small to be predicted.
    """

    design: Design
    segments: Labels
    weights: Matrix
    bias: Matrix
    rest: Matrix

    def predict(self, features: pd.DataFrame) -> tuple[Labels, Matrix]:
        """Find the segment that each customer most resembles.

        Parameters
        ----------
        features : DataFrame, shape (n, any)
            As for :func:`fit_lookalike`. Missing columns, values and unseen levels count as
            average.

        Returns
        -------
        segment_ids : ndarray of int64, shape (n,)
        probability : ndarray of float64, shape (n,)
            That it is this segment.
        """
        ids, probability = np.empty(len(features), np.int64), np.empty(len(features))
        for start in range(0, len(features), _BLOCK):
            rows = slice(start, start + _BLOCK)
            p = self._probabilities(features.iloc[rows])
            ids[rows], probability[rows] = self.segments[p.argmax(axis=1)], p.max(axis=1)
        return ids, probability * (1 - self.rest[0])

    def _probabilities(self, features: pd.DataFrame) -> Matrix:
        from scipy.special import softmax

        logits = self.design.transform(features) @ self.weights.T + self.bias
        return np.asarray(softmax(logits, axis=1))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        own = {name: getattr(self, name) for name in ("segments", "weights", "bias", "rest")}
        return own | {f"design.{name}": value for name, value in self.design.to_arrays().items()}

    def metadata(self) -> dict[str, Any]:
        """Return what goes with the arrays, as JSON."""
        return {"columns": self.design.metadata()}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]
    ) -> Lookalike:
        """Make the model again from stored arrays and :meth:`metadata`."""
        inside = {
            name.removeprefix("design."): value
            for name, value in arrays.items()
            if name.startswith("design.")
        }
        own = (arrays[name] for name in ("segments", "weights", "bias", "rest"))
        return cls(Design.from_arrays(inside, metadata["columns"]), *own)


def fit_lookalike(
    features: pd.DataFrame, segment_ids: Labels, *, seed: int
) -> tuple[Lookalike | None, LookalikeFigures]:
    """Learn text segments from purchases and attributes, and measure how well that works.

    Parameters
    ----------
    features : DataFrame, shape (n, d)
        From :func:`textseg.segments.lookalike_features.lookalike_features`; indexed by customer,
        each once. Rows may be in any order: they are sorted by customer first.
    segment_ids : ndarray of int64, shape (n,)
        Text segment of each customer; −1 for those without text, who are not learned from.
    seed : int

    Returns
    -------
    model : Lookalike or None
        None where it is no better than putting all customers into the largest segment.
    figures : LookalikeFigures

    Notes
    -----
    Multinomial logistic regression with a quadratic penalty, whose strength is chosen by log loss
    in folds within the customers learned from. Accuracy comes from repeated stratified
    cross-validation; it is compared with the base rate customer by customer, by the exact test of
    McNemar (1947), "Note on the sampling error of the difference between correlated proportions",
    one-sided, at :data:`ALPHA`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from textseg.segments.lookalike import fit_lookalike
    >>> spent = pd.DataFrame({"monetary": np.arange(60.0)}, index=[f"c{i:02}" for i in range(60)])
    >>> model, figures = fit_lookalike(spent, np.repeat([0, 1], 30), seed=0)
    >>> figures.accuracy > 0.9, figures.base_rate
    (True, 0.5)
    >>> model.predict(pd.DataFrame({"monetary": [1e6]}))[0].tolist()
    [1]
    """
    from threadpoolctl import threadpool_limits

    order = np.argsort(features.index.to_numpy(dtype=object), kind="stable")
    features, segment_ids = features.iloc[order], np.asarray(segment_ids)[order]
    known = np.flatnonzero(segment_ids >= 0)
    silent = features.iloc[np.flatnonzero(segment_ids < 0)]
    if len(known) > MAX_CUSTOMERS:
        rng = np.random.default_rng(seed)
        known = np.sort(rng.choice(known, MAX_CUSTOMERS, replace=False))
    features, segment_ids = features.iloc[known], segment_ids[known]
    ids, counts = np.unique(segment_ids, return_counts=True)
    segments = ids[counts >= MIN_MEMBERS]
    if len(segments) < 2:
        return None, LookalikeFigures(len(known), len(segments), 0)
    design = Design.fit(features, silent)
    facts = (len(known), len(segments), len(design.columns))
    if not design.columns:
        return None, LookalikeFigures(*facts)
    # A segment that cannot be learned has the number after the last one that can.
    place = np.searchsorted(segments, segment_ids).clip(max=len(segments) - 1)
    labels = np.where(segments[place] == segment_ids, place, len(segments)).astype(np.int64)
    X = design.transform(features)
    learned = labels < len(segments)
    # On one thread sums are added in the same order every time.
    with threadpool_limits(1):
        figures = replace(LookalikeFigures(*facts), **measure(X, labels, len(segments), seed))
        if not figures.offered:
            return None, figures
        weights, bias = fit_weights(X[learned], labels[learned], np.random.default_rng(seed))
    return Lookalike(design, segments, weights, bias, np.array([np.mean(~learned)])), figures

"""What assignment needs, and nothing else: prototypes of the groups in a space of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from textseg.cluster.points import NONE, Floats, Labels, sums, unit

SLACK = np.float32(1e-4)
"""Taken from thresholds: on a member's own similarity, its side would be left to the last bits,
which depend on the batch; float16 storage moves similarities by less than this as well."""

PRIOR = 10
"""Points that the spread of all groups counts as, beside a group's own."""

_FOLDS = 3

_BLOCK = 65_536
_LEAD = np.float32(3.0)

_STRANGERS = 0.01
"""Share of strangers that lowered thresholds let into any group, at most."""


@dataclass(frozen=True, eq=False)
class Centroids:
    """The fitted groups.

    A group has one prototype, or several where groups were merged. The first four arrays say which
    group is nearest and whether it is near enough, the others how sure that is.

    Parameters
    ----------
    directions : ndarray of float32, shape (r, e)
        Unit prototypes.
    thresholds : ndarray of float32, shape (r,)
        Least cosine similarity at which a point belongs to the prototype.
    groups : ndarray of int64, shape (r,), optional
        Group of each prototype; default: one prototype per group.
    center : ndarray of float32, shape (d,), optional
        Taken from every point; default: nothing is.
    whitening : ndarray of float32, shape (d, e), optional
        The points' way into the prototypes' space; default: the space is theirs.
    typical, spread : ndarray of float32, shape (r,), optional
        Median and spread of the members' similarities; defaults: 1 and 1.
    calibration : ndarray of float32, shape (2,), optional
        How certainty becomes a probability; see :meth:`assign`.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import Centroids
    >>> groups = Centroids(np.eye(2, dtype=np.float32), np.full(2, 0.5, dtype=np.float32))
    >>> labels, confidence = groups.assign(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    >>> labels.tolist()
    [0, -1]
    """

    directions: Floats
    thresholds: Floats
    groups: Labels
    center: Floats
    whitening: Floats
    typical: Floats
    spread: Floats
    calibration: Floats

    def __init__(
        self,
        directions: Floats,
        thresholds: Floats,
        groups: Labels | None = None,
        center: Floats | None = None,
        whitening: Floats | None = None,
        typical: Floats | None = None,
        spread: Floats | None = None,
        calibration: Floats | None = None,
    ) -> None:
        r, e = directions.shape
        plain = np.float32
        given: dict[str, NDArray[Any]] = {
            "directions": directions,
            "thresholds": thresholds,
            "groups": np.arange(r) if groups is None else groups,
            "center": np.zeros(e, plain) if center is None else center,
            "whitening": np.eye(e, dtype=plain) if whitening is None else whitening,
            "typical": np.ones(r, plain) if typical is None else typical,
            "spread": np.ones(r, plain) if spread is None else spread,
            "calibration": np.array([0, 2], plain) if calibration is None else calibration,
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @classmethod
    def fit(
        cls,
        X: NDArray[Any],
        labels: Labels,
        is_core: NDArray[np.bool_],
        *,
        outliers: float,
        max_unclustered: float = 1.0,
    ) -> Centroids:
        """Set prototypes and thresholds from groups.

        Parameters
        ----------
        X : ndarray of float, shape (n, d)
            Unit vectors.
        labels : ndarray of int64, shape (n,)
            Groups 0 … k−1, each with a member.
        is_core : ndarray of bool, shape (n,)
            Points that say how similar members are.
        outliers : float
            Share of new points like those of a core that lies outside its threshold, in [0, 1).
        max_unclustered : float
            Thresholds are lowered until no larger share of the points is outside, but never so
            far that a group takes in what resembles it as little as other groups' members do.

        Returns
        -------
        Centroids
            A prototype per group, in their order.

        Notes
        -----
        In the space, the spread inside groups is the same in every direction, as in linear
        discriminant analysis (Fisher 1936); the covariance is shrunk as Ledoit and Wolf (2004)
        found best, so that few points will do. How similar members are is measured on points left
        out of space and prototypes, in three parts (cross-fitting).
        """
        X = np.asarray(X, dtype=np.float32)
        center, whitening = _space(X, labels)
        projected = unit((X - center) @ whitening)
        directions = unit(sums(projected, labels, int(labels.max()) + 1))
        similarity = projected @ directions.T
        labels = similarity.argmax(axis=1)
        left_out = np.minimum(similarity, _left_out(X, labels, similarity))
        thresholds = _thresholds(left_out, labels, is_core, outliers)
        typical, spread = _spreads(left_out, labels)
        thresholds = _lowered(
            similarity, labels, thresholds, spread, max_unclustered, directions.shape[1]
        )
        return cls(directions, thresholds, None, center, whitening, typical, spread)

    def take(self, rows: Labels) -> Centroids:
        """Keep the prototypes given, each as a group of its own, in the order given."""
        per_prototype = ("directions", "thresholds", "typical", "spread")
        kept = {name: getattr(self, name)[rows] for name in per_prototype}
        return replace(self, groups=np.arange(len(rows)), **kept)

    def project(self, X: NDArray[Any]) -> Floats:
        """Bring points into the prototypes' space, as unit vectors of shape (n, e)."""
        return unit((np.asarray(X, dtype=np.float32) - self.center) @ self.whitening)

    def similarity(self, X: NDArray[Any]) -> Floats:
        """Return the cosine of each point with each prototype, shape (n, r)."""
        return np.asarray(self.project(X) @ self.directions.T)

    def assign(self, X: NDArray[Any]) -> tuple[Labels, Floats]:
        """Find the group of each point.

        Parameters
        ----------
        X : ndarray of float, shape (n, d)
            Unit vectors.

        Returns
        -------
        labels : ndarray of int64, shape (n,)
            Nearest group, −1 where it is not near enough.
        confidence : ndarray of float32, shape (n,)
            Probability that the nearest group, near enough or not, would be the point's again if
            the groups were found without it, in [0, 1]. It rises with the similarity to the group,
            in units of what is typical there, and with the lead over the next group.
        """
        row, similarity, certainty = self._compared(X)
        labels = np.where(similarity < self.thresholds[row], NONE, self.groups[row])
        base, slope = self.calibration
        return labels, np.asarray(expit(base + slope * certainty))

    def nearest(self, X: NDArray[Any]) -> tuple[Labels, Floats]:
        """Return the nearest group of each point, however far, and the similarity to it."""
        row, similarity, _ = self._compared(X)
        return self.groups[row], similarity

    def calibrated(self, X: NDArray[Any], again: NDArray[np.bool_]) -> Centroids:
        """Set what confidence means from points whose group was found again, or not.

        Parameters
        ----------
        X : ndarray of float, shape (n, d)
            Unit vectors.
        again : ndarray of bool, shape (n,)
            Whether groups found without the point gave it the same group.

        Returns
        -------
        Centroids
        """
        from sklearn.linear_model import LogisticRegression

        if again.all() or not again.any():
            return self
        certainty = self._compared(X)[2].astype(np.float64)
        model = LogisticRegression(C=10.0).fit(certainty[:, None], again)
        base, slope = float(model.intercept_[0]), float(model.coef_[0, 0])
        if slope <= 0:
            return self
        return replace(self, calibration=np.array([base, slope], dtype=np.float32))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Centroids:
        """Make the object again from stored arrays."""
        return cls(**{name: arrays[name] for name in cls.__dataclass_fields__ if name in arrays})

    def _compared(self, X: NDArray[Any]) -> tuple[Labels, Floats, Floats]:
        """Return nearest prototype, similarity to it, and how certain it is.

        Certain is what is as similar as is typical, and far from the prototypes of other groups.
        """
        row = np.zeros(len(X), dtype=np.int64)
        first = np.zeros(len(X), dtype=np.float32)
        lead = np.zeros(len(X), dtype=np.float32)
        for start in range(0, len(X), _BLOCK):
            rows = slice(start, start + _BLOCK)
            product = self.similarity(X[rows])
            at = np.arange(len(product))
            row[rows] = product.argmax(axis=1)
            first[rows] = product[at, row[rows]]
            product[self.groups[row[rows]][:, None] == self.groups] = -1
            lead[rows] = first[rows] - product.max(axis=1)
        typicality = (first - self.typical[row]) / self.spread[row]
        return row, first, np.asarray(typicality + _LEAD * lead)


def _space(X: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """Find the map after which the spread inside groups is the same in every direction."""
    from sklearn.covariance import ledoit_wolf

    sizes = np.bincount(labels)
    means = sums(X, labels, len(sizes)) / sizes[:, None].astype(np.float32)
    covariance, _ = ledoit_wolf(X - means[labels], assume_centered=True)
    values, vectors = np.linalg.eigh(covariance)
    # Without any spread there is nothing to even out.
    scale = 1 / np.sqrt(np.maximum(values, 1e-12)) if values.max() > 1e-9 else np.ones(len(values))
    # One group is told from the rest of the space, several from each other.
    center = X.mean(axis=0) if len(sizes) > 1 else np.zeros_like(X[0])
    return center, (vectors * scale).astype(np.float32)


def _left_out(X: Floats, labels: Labels, similarity: Floats) -> Floats:
    """Compare each point with prototypes, in a space, that were found without it.

    A space that was made for its points shows them more alike than new points will be, and the
    fewer they are, the more.
    """
    result = similarity.copy()
    fold = np.arange(len(X)) % _FOLDS
    for number in range(_FOLDS):
        out = fold == number
        # A group that is all in this fold keeps what it has.
        present, others = np.unique(labels[~out], return_inverse=True)
        if not len(present):
            continue
        center, whitening = _space(X[~out], others)
        directions = unit(sums(unit((X[~out] - center) @ whitening), others, len(present)))
        result[np.ix_(out, present)] = unit((X[out] - center) @ whitening) @ directions.T
    return result


def _thresholds(
    similarity: Floats, labels: Labels, is_core: NDArray[np.bool_], outliers: float
) -> Floats:
    """Leave a share of each group's core outside."""
    thresholds = np.full(similarity.shape[1], np.inf, dtype=np.float32)
    for group in np.unique(labels):
        inside = labels == group
        core = similarity[inside & is_core, group]
        own = core if len(core) else similarity[inside, group]
        thresholds[group] = np.quantile(own, outliers) - SLACK
    return thresholds


def _spreads(similarity: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """Return median and spread of the members' similarities; small groups lean on all others."""
    own = similarity[np.arange(len(labels)), labels]
    typical = np.ones(similarity.shape[1], dtype=np.float32)
    for group in np.unique(labels):
        typical[group] = np.median(own[labels == group])
    away = (own - typical[labels]) ** 2
    sizes = np.bincount(labels, minlength=len(typical))
    variance = (np.bincount(labels, weights=away, minlength=len(typical)) + PRIOR * away.mean()) / (
        sizes + PRIOR
    )
    spread = np.sqrt(np.maximum(variance, 1e-6))
    return typical, spread.astype(np.float32)


def _lowered(
    similarity: Floats,
    labels: Labels,
    thresholds: Floats,
    spread: Floats,
    share: float,
    dimensions: int,
) -> Floats:
    """Lower the thresholds, by as many spreads each, until only a share of the points is out."""
    from scipy.stats import norm

    at = np.arange(len(labels))
    short = (thresholds[labels] - similarity[at, labels]) / spread[labels]
    needed = np.quantile(short, 1 - share)
    if needed <= 0:
        return thresholds
    strangers = similarity.copy()
    strangers[at, labels] = np.nan
    # A stranger is let in by the nearest group, so that each may let in its part only.
    part = _STRANGERS / strangers.shape[1]
    floor = np.nanquantile(strangers, 1 - part, axis=0) if strangers.shape[1] > 1 else thresholds
    floor = np.maximum(floor, norm.isf(part) / np.sqrt(dimensions))
    lowered = np.maximum(thresholds - needed * spread - SLACK, floor)
    return np.asarray(np.minimum(thresholds, lowered), dtype=np.float32)

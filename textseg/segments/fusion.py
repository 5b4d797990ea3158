"""Bring blocks of unlike features to one space in which distances mean something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """A linear map from the features of one block to its coordinates in the fused space.

    Attributes
    ----------
    center : ndarray of float64, shape (d,)
        Mean of each feature; stands in for what is missing.
    projection : ndarray of float64, shape (d, m)
        Rotation (if reduced), scale and weight in one.
    """

    center: Matrix
    projection: Matrix

    @classmethod
    def fit(
        cls,
        X: Matrix,
        weight: float,
        *,
        standardize: bool = False,
        components: int | None = None,
    ) -> Block:
        """Scale a block to unit total variance, times its weight.

        Parameters
        ----------
        X : ndarray of float64, shape (n, d)
            Features; NaN where unknown.
        weight : float
            Weight of the block.
        standardize : bool
            Give each feature the same variance first, for features in unlike units.
        components : int, optional
            Keep only this many principal components.

        Examples
        --------
        >>> import numpy as np
        >>> from textseg.segments.fusion import Block
        >>> X = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 100]
        >>> bool(np.isclose(Block.fit(X, 0.5).transform(X).var(axis=0).sum(), 0.25))
        True
        """
        known = np.isfinite(X)
        count = np.maximum(known.sum(axis=0), 1)
        center = np.where(known, X, 0.0).sum(axis=0) / count
        filled = np.where(known, X - center, 0.0)
        projection = np.eye(X.shape[1])
        if standardize:
            deviation = filled.std(axis=0)
            projection = np.diag(np.where(deviation > 1e-12, 1 / np.maximum(deviation, 1e-12), 0.0))
        if components is not None and components < X.shape[1]:
            projection = projection @ _principal_axes(filled @ projection, components)
        total = (filled @ projection).var(axis=0).sum()
        return cls(center, projection * (weight / np.sqrt(total) if total > 1e-12 else 0.0))

    def transform(self, X: Matrix) -> Matrix:
        """Map features to coordinates; a missing feature counts as the average one."""
        return np.where(np.isfinite(X), X - self.center, 0.0) @ self.projection


@dataclass(frozen=True)
class Fusion:
    """The blocks side by side, in the order of their names given.

    Attributes
    ----------
    blocks : mapping of str to Block
    """

    blocks: Mapping[str, Block]

    def transform(self, features: Mapping[str, Matrix]) -> Matrix:
        """Return the fused coordinates, shape (n, sum of the blocks' dimensions)."""
        return np.hstack([block.transform(features[name]) for name, block in self.blocks.items()])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return {
            f"{name}.{part}": getattr(block, part)
            for name, block in self.blocks.items()
            for part in ("center", "projection")
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], names: list[str]) -> Fusion:
        """Make the object again from stored arrays and the names of its blocks."""
        return cls({n: Block(arrays[f"{n}.center"], arrays[f"{n}.projection"]) for n in names})


def _principal_axes(X: Matrix, components: int) -> Matrix:
    """Return the leading axes; their signs are fixed so that a result can be repeated."""
    _, axes = np.linalg.eigh(X.T @ X)
    axes = axes[:, ::-1][:, :components]
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    return np.asarray(axes * signs, dtype=np.float64)

"""Bring blocks of unlike features to one space in which distances mean something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

CHANNEL = "channel: "
"""In front of the names of the features that are shares of channels."""


@dataclass(frozen=True)
class Block:
    """A linear map from the features of one block to a space of coordinates.

    Attributes
    ----------
    center : ndarray of float64, shape (d,)
        Mean of each feature; stands in for what is missing.
    projection : ndarray of float64, shape (d, m)
        Rotation, scale and weight in one.
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
    """Blocks that map into one space, where their coordinates are added.

    Since all of it is linear, a distance in that space is a sum of terms, one per feature.

    Attributes
    ----------
    blocks : mapping of str to Block
        All with projections to the same m dimensions.
    columns : mapping of str to tuple of str
        Names of the features of each block.
    """

    blocks: Mapping[str, Block]
    columns: Mapping[str, tuple[str, ...]]

    @classmethod
    def beside(cls, blocks: Mapping[str, Block], columns: Mapping[str, Sequence[str]]) -> Fusion:
        """Give each block dimensions of its own.

        Examples
        --------
        >>> import numpy as np
        >>> from textseg.segments.fusion import Block, Fusion
        >>> one, two = Block(np.zeros(1), np.eye(1)), Block(np.zeros(2), np.eye(2))
        >>> fusion = Fusion.beside({"a": one, "b": two}, {"a": ["x"], "b": ["y", "z"]})
        >>> fusion.blocks["b"].projection.shape
        (2, 3)
        """
        widths = [block.projection.shape[1] for block in blocks.values()]
        ends = np.cumsum(widths)
        wide = {}
        for (name, block), width, end in zip(blocks.items(), widths, ends, strict=True):
            projection = np.zeros((len(block.center), int(ends[-1])))
            projection[:, end - width : end] = block.projection
            wide[name] = Block(block.center, projection)
        return cls(wide, {name: tuple(map(str, columns[name])) for name in blocks})

    def turned(self, matrix: Matrix) -> Fusion:
        """Return the same map, followed by a linear one of shape (m, m)."""
        blocks = {n: Block(b.center, b.projection @ matrix) for n, b in self.blocks.items()}
        return Fusion(blocks, self.columns)

    def values(self, features: Mapping[str, pd.DataFrame], name: str) -> Matrix:
        """Return the features of a block as they were when it was fitted; NaN for unknown ones.

        A channel that is not there was not used: its share is 0.
        """
        frame = features[name]
        own = frame.set_axis([str(column) for column in frame.columns], axis=1)
        if tuple(own.columns) != self.columns[name]:
            own = own.reindex(columns=list(self.columns[name]))
            own = own.fillna({each: 0.0 for each in self.columns[name] if each.startswith(CHANNEL)})
        return own.to_numpy(dtype=np.float64)

    def transform(self, features: Mapping[str, pd.DataFrame]) -> Matrix:
        """Return the fused coordinates.

        Parameters
        ----------
        features : mapping of str to DataFrame, shape (n, d)
            At least the blocks of this object.

        Returns
        -------
        ndarray of float64, shape (n, m)
        """
        parts = (b.transform(self.values(features, name)) for name, b in self.blocks.items())
        return np.asarray(sum(parts), dtype=np.float64)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store; :attr:`columns` go with them."""
        return {
            f"{name}.{part}": getattr(block, part)
            for name, block in self.blocks.items()
            for part in ("center", "projection")
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], columns: Mapping[str, Sequence[str]]
    ) -> Fusion:
        """Make the object again from stored arrays and the names of its features."""
        return cls(
            {n: Block(arrays[f"{n}.center"], arrays[f"{n}.projection"]) for n in columns},
            {name: tuple(names) for name, names in columns.items()},
        )


def _principal_axes(X: Matrix, components: int) -> Matrix:
    """Return the leading axes; their signs are fixed so that a result can be repeated."""
    _, axes = np.linalg.eigh(X.T @ X)
    axes = axes[:, ::-1][:, :components]
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    return np.asarray(axes * signs, dtype=np.float64)

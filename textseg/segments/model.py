"""The segments of the customers: found once, then assigned by one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import SegmentsConfig
from textseg.progress import SILENT, Progress
from textseg.segments.fusion import Block, Fusion, Matrix
from textseg.segments.levels import Micro, find_macro, find_micro
from textseg.segments.partition import nearest_center
from textseg.segments.selection import all_differ, choose, compare, kinds, sampled_rows
from textseg.segments.stability import Candidate, Repeats, repeat

MIN_CUSTOMERS = 30
"""Fewest customers with text that segments are looked for in."""

_COMPONENTS = 20
_STEPS = 20
_STANDARDIZED = ("mood", "themes", "scales", "activity", "value", "purchases")


@dataclass(frozen=True)
class SegmentModel:
    """The fitted text segments.

    Attributes
    ----------
    fusion : Fusion
        From features to the space in which distances are measured.
    means : mapping of str to ndarray of float64, shape (k, d)
        Mean features of each segment, by block; the largest segment first: the id is the row.
    micro : Micro
        Smaller segments inside them.
    """

    fusion: Fusion
    means: Mapping[str, Matrix]
    micro: Micro = field(default_factory=Micro)

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def centers(self) -> Matrix:
        """Centre of each segment in the fused space, shape (k, m)."""
        blocks = self.fusion.blocks.items()
        return np.asarray(sum(block.transform(self.means[name]) for name, block in blocks))

    def assign(self, features: Mapping[str, pd.DataFrame]) -> tuple[NDArray[np.int64], Matrix]:
        """Find the segment of each customer.

        Parameters
        ----------
        features : mapping of str to DataFrame of float64, shape (n, d)
            The blocks of :class:`textseg.customers.view.CustomerView`; NaN where unknown.

        Returns
        -------
        segment_ids : ndarray of int64, shape (n,)
        confidence : ndarray of float64, shape (n,)
            0 half-way between two segments, 1 on the centre.
        """
        return nearest_center(self.fusion.transform(features), self.centers)

    def assign_micro(
        self, features: Mapping[str, pd.DataFrame], segment_ids: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Find the micro-segment of each customer; −1 where the segment has none."""
        return self.micro.assign(self.fusion.transform(features), segment_ids)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        means = {f"{name}.means": values for name, values in self.means.items()}
        return {**self.fusion.to_arrays(), **means, **self.micro.to_arrays()}

    def metadata(self) -> dict[str, Any]:
        """Return what goes with the arrays, as JSON."""
        return {"features": {name: list(names) for name, names in self.fusion.columns.items()}}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]
    ) -> SegmentModel:
        """Make the model again from stored arrays and :meth:`metadata`."""
        columns = metadata["features"]
        return cls(
            Fusion.from_arrays(arrays, columns),
            {name: arrays[f"{name}.means"] for name in columns},
            Micro.from_arrays(arrays),
        )


@dataclass(frozen=True)
class Found:
    """The segments, and how they were chosen.

    Attributes
    ----------
    model : SegmentModel
    chosen : Candidate
        With its stability.
    candidates : list of Candidate
        All that were compared.
    kinds : list of {"natural", "reproducible", "constructive"}
        Of each segment.
    macro : ndarray of int64, shape (k,)
        Macro-segment of each segment.
    repeats : Repeats
        How they are found again under the bootstrap, other seeds and in halves.
    """

    model: SegmentModel
    chosen: Candidate
    candidates: list[Candidate]
    kinds: list[str]
    macro: NDArray[np.int64]
    repeats: Repeats


def fit_fusion(features: Mapping[str, pd.DataFrame], config: SegmentsConfig) -> Fusion:
    """Scale the blocks to unit variance and weigh them.

    Meaning is reduced to its leading principal components; features in unlike units are
    standardised one by one. Blocks without weight or without features are left out.
    """
    weights = {name: weight for name, weight in config.weights if weight and features[name].size}
    blocks = {
        name: Block.fit(
            features[name].to_numpy(dtype=np.float64),
            weight,
            standardize=name in _STANDARDIZED,
            components=_COMPONENTS if name == "preference" else None,
        )
        for name, weight in weights.items()
    }
    return Fusion.beside(blocks, {name: list(features[name].columns) for name in blocks})


def fit_segments(
    features: Mapping[str, pd.DataFrame],
    readable: pd.DataFrame,
    config: SegmentsConfig,
    *,
    seed: int,
    at_most: int,
    progress: Progress = SILENT,
) -> Found:
    """Find the segments of customers with text.

    Parameters
    ----------
    features : mapping of str to DataFrame of float64, shape (n, d)
        As for :meth:`SegmentModel.assign`; customers in an order that does not depend on the
        input's. At least :data:`MIN_CUSTOMERS`.
    readable : DataFrame of float64, shape (n, d)
        Features that a person can read; segments that differ in none of them are not told apart.
    config : SegmentsConfig
    seed : int
    at_most : int
        Most segments that may be found, where the number is found out.
    progress : Progress

    Returns
    -------
    Found
    """
    fusion = fit_fusion(features, config)
    X = fusion.transform(features)
    rows = sampled_rows(len(X), seed)
    points = X[rows]
    most = min(at_most, len(X) // 2)
    numbers = range(2, most + 1) if config.number == "auto" else [min(config.number, len(X) // 2)]
    candidates = compare(
        points,
        list(numbers),
        method=config.method,
        seed=seed,
        draws=config.subsamples,
        progress=progress,
    )
    apart = [each for each in candidates if all_differ(each, readable.iloc[rows])]
    chosen = choose(apart or candidates, config.min_share)
    fusion = fusion.turned(chosen.partition.whitening)
    model = _settled(fusion, features, chosen.partition.centers)
    Z = points @ chosen.partition.whitening
    micro = find_micro(Z, chosen.partition.labels, config, seed)
    return Found(
        SegmentModel(fusion, model.means, micro),
        chosen,
        candidates,
        kinds(chosen, points),
        find_macro(Z, chosen.partition.labels, model.centers, seed),
        repeat(chosen, points, len(chosen.agreement), seed),
    )


def _settled(fusion: Fusion, features: Mapping[str, pd.DataFrame], centers: Matrix) -> SegmentModel:
    """Move the centres to the means of their customers until no customer moves."""
    X = fusion.transform(features)
    filled = {name: _filled(fusion, features, name) for name in fusion.blocks}
    labels = nearest_center(X, centers)[0]
    for _ in range(_STEPS):
        model = SegmentModel(
            fusion, {n: _means(values, labels, centers) for n, values in filled.items()}
        )
        moved = nearest_center(X, model.centers)[0]
        if np.array_equal(moved, labels):
            break
        labels = moved
    return model


def _filled(fusion: Fusion, features: Mapping[str, pd.DataFrame], name: str) -> Matrix:
    values = fusion.values(features, name)
    return np.where(np.isfinite(values), values, fusion.blocks[name].center)


def _means(values: Matrix, labels: NDArray[np.int64], centers: Matrix) -> Matrix:
    sums = np.zeros((len(centers), values.shape[1]))
    np.add.at(sums, labels, values)
    return sums / np.maximum(np.bincount(labels, minlength=len(centers)), 1)[:, None]

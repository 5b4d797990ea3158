"""The segments of the customers: found once, then assigned by one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.config import SegmentsConfig
from textseg.progress import SILENT, Progress
from textseg.segments.fusion import Block, Fusion, Matrix
from textseg.segments.selection import (
    Candidate,
    choose,
    compare,
    nearest_center,
)

MIN_CUSTOMERS = 30
"""Fewest customers with text that segments are looked for in."""

_COMPONENTS = 20
_BLOCKS = ("preference", "sentiment", "value")


@dataclass(frozen=True)
class SegmentModel:
    """The fitted text segments.

    Attributes
    ----------
    fusion : Fusion
        From features to the space in which distances are measured.
    centers : ndarray of float64, shape (k, d)
        The largest segment first: the id is the row.
    """

    fusion: Fusion
    centers: Matrix

    def __len__(self) -> int:
        return len(self.centers)

    def assign(self, features: Mapping[str, Matrix]) -> tuple[NDArray[np.int64], Matrix]:
        """Find the segment of each customer.

        Parameters
        ----------
        features : mapping of str to ndarray of float64, shape (n, d)
            The blocks ``preference``, ``sentiment`` and ``value``; NaN where unknown.

        Returns
        -------
        segment_ids : ndarray of int64, shape (n,)
        confidence : ndarray of float64, shape (n,)
            0 half-way between two segments, 1 on the centre.
        """
        return nearest_center(self.fusion.transform(features), self.centers)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return {**self.fusion.to_arrays(), "centers": self.centers}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> SegmentModel:
        """Make the model again from stored arrays."""
        return cls(Fusion.from_arrays(arrays, list(_BLOCKS)), arrays["centers"])


def fit_fusion(features: Mapping[str, Matrix], config: SegmentsConfig) -> Fusion:
    """Scale the blocks to unit variance and weigh them.

    Meaning is reduced to its leading principal components; purchases are standardised one by one,
    since days, counts and money have nothing in common.
    """
    weights = config.weights
    return Fusion(
        {
            "preference": Block.fit(
                features["preference"], weights.preference, components=_COMPONENTS
            ),
            "sentiment": Block.fit(features["sentiment"], weights.sentiment),
            "value": Block.fit(features["value"], weights.value, standardize=True),
        }
    )


def fit_segments(
    features: Mapping[str, Matrix],
    config: SegmentsConfig,
    *,
    seed: int,
    at_most: int,
    progress: Progress = SILENT,
) -> tuple[SegmentModel, Candidate, list[Candidate]]:
    """Find the segments of customers with text.

    Parameters
    ----------
    features : mapping of str to ndarray of float64, shape (n, d)
        As for :meth:`SegmentModel.assign`; customers in an order that does not depend on the
        input's. At least :data:`MIN_CUSTOMERS`.
    config : SegmentsConfig
    seed : int
    at_most : int
        Most segments that may be found, where the number is found out.
    progress : Progress

    Returns
    -------
    model : SegmentModel
    chosen : Candidate
        With its stability.
    candidates : list of Candidate
        All that were compared.
    """
    fusion = fit_fusion(features, config)
    X = fusion.transform(features)
    most = min(at_most, len(X) // 2)
    numbers = range(2, most + 1) if config.number == "auto" else [min(config.number, len(X) // 2)]
    candidates = compare(
        X,
        list(numbers),
        method=config.method,
        seed=seed,
        subsamples=config.subsamples,
        progress=progress,
    )
    chosen = choose(candidates, config.min_share)
    return SegmentModel(fusion, chosen.centers), chosen, candidates

"""Own segment against the nearest rival: the difference of distances as a sum over features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textseg.segments.model import SegmentModel

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Contest:
    """Two segments that a customer may belong to.

    With the coordinates x of a customer and the centres o and r of the two segments,
    ‖x − r‖² − ‖x − o‖² = 2 (x − (o + r) / 2)·(o − r). Coordinates are linear in the features, so
    this is a sum with one term per feature: nothing is approximated.

    Attributes
    ----------
    model : SegmentModel
    own, rival : int
        Ids of the two segments.
    """

    model: SegmentModel
    own: int
    rival: int

    def lean(self, block: str) -> Matrix:
        """Say how much each feature of a block speaks for the own segment, shape (d,)."""
        between = self.model.centers[self.own] - self.model.centers[self.rival]
        return np.asarray(2.0 * self.model.fusion.blocks[block].projection @ between)

    def terms(self, block: str, features: Matrix) -> Matrix:
        """Split a block's part of the difference of squared distances over its features.

        Parameters
        ----------
        block : str
        features : ndarray of float64, shape (..., d)
            NaN where unknown, which counts as the average.

        Returns
        -------
        ndarray of float64, shape (..., d)
            Positive speaks for the own segment, negative for the rival.
        """
        center = self.model.fusion.blocks[block].center
        means = self.model.means[block]
        middle = (means[self.own] + means[self.rival]) / 2
        known = np.where(np.isfinite(features), features, center)
        return np.asarray((known - middle) * self.lean(block))


def nearest_rival(distances: Matrix, own: int) -> int | None:
    """Return the nearest other segment; None where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.explain.contest import nearest_rival
    >>> nearest_rival(np.array([0.4, 3.0, 1.5]), own=0)
    2
    """
    others = [segment for segment in range(len(distances)) if segment != own]
    return min(others, key=lambda segment: float(distances[segment])) if others else None

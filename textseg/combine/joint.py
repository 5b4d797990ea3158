"""Joint segments: pairs of segments, the small ones put together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.schema import COUNT, REAL, TEXT

OTHER_PAIRS = "Other pairs"

_SHARE = 0.01
_FEWEST = 5


def smallest(n_customers: int) -> int:
    """Return how many customers a joint segment needs: 1 % of them, and 5."""
    return max(_FEWEST, math.ceil(_SHARE * n_customers))


def join_pairs(
    counts: NDArray[np.int64], names: Sequence[str], others: Sequence[str], label: str, least: int
) -> tuple[NDArray[np.int64], list[str]]:
    """Give the non-empty pairs numbers, those with too few customers together.

    Small pairs of one text segment make "... × other ..." if together they are enough; what is
    still too small makes "Other pairs". A pair that would stay alone there keeps its own name.

    Parameters
    ----------
    counts : ndarray of int64, shape (r, c)
    names, others : sequence of str
        Of the rows and of the columns.
    label : str
        What the other segments are called, in the singular.
    least : int
        Customers a joint segment needs.

    Returns
    -------
    ids : ndarray of int64, shape (r, c)
        The largest is 0, "Other pairs" the last; −1 where a pair is empty.
    joint_names : list of str
        By id.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.combine.joint import join_pairs
    >>> counts = np.array([[40, 3, 4], [30, 0, 20]])
    >>> join_pairs(counts, ["A", "B"], ["x", "y", "z"], "tier", least=5)[1]
    ['A × x', 'B × x', 'B × z', 'A × other tiers']
    """
    groups: list[tuple[str, list[tuple[int, int]]]] = []
    pool: list[tuple[int, int]] = []
    for row, name in enumerate(names):
        small = [
            (row, int(column))
            for column in np.flatnonzero(counts[row])
            if 0 < counts[row, column] < least
        ]
        large = [(row, int(column)) for column in np.flatnonzero(counts[row] >= max(least, 1))]
        groups += [(f"{name} × {others[cell[1]]}", [cell]) for cell in large]
        if len(small) > 1 and sum(counts[cell] for cell in small) >= least:
            groups.append((f"{name} × other {label}s", small))
        else:
            pool += small
    groups.sort(key=lambda group: -sum(int(counts[cell]) for cell in group[1]))
    if len(pool) == 1:
        groups.append((f"{names[pool[0][0]]} × {others[pool[0][1]]}", pool))
    elif pool:
        groups.append((OTHER_PAIRS, pool))
    ids = np.full(counts.shape, -1, dtype=np.int64)
    for place, (_, cells) in enumerate(groups):
        for cell in cells:
            ids[cell] = place
    return ids, [name for name, _ in groups]


def joint_table(
    rows: pd.DataFrame, ids: NDArray[np.int64], names: Sequence[str], expected: NDArray[np.float64]
) -> pd.DataFrame:
    """Describe the joint segments by their customers.

    Parameters
    ----------
    rows : DataFrame
        One row per customer in the table: joint_segment_id, segment_id, segment_name,
        other_segment, sentiment, monetary.
    ids : ndarray of int64, shape (r, c)
        Joint segment of each pair.
    names : sequence of str
        By joint segment.
    expected : ndarray of float64, shape (r, c)

    Returns
    -------
    DataFrame
        ``Combination.segments``.
    """
    found = []
    for joint, name in enumerate(names):
        members = rows[rows["joint_segment_id"] == joint]
        whole = int((ids == joint).sum()) == 1
        alone = members["segment_id"].nunique() == 1 and name != OTHER_PAIRS
        found.append(
            {
                "joint_segment_id": joint,
                "joint_segment": name,
                "segment_id": members["segment_id"].iloc[0] if alone else pd.NA,
                "segment_name": members["segment_name"].iloc[0] if alone else pd.NA,
                "other_segment": members["other_segment"].iloc[0] if whole else pd.NA,
                "n_customers": len(members),
                "share": len(members) / len(rows),
                "lift": len(members) / float(expected[ids == joint].sum()),
                "sentiment": members["sentiment"].mean(),
                "monetary_mean": members["monetary"].mean(),
            }
        )
    return pd.DataFrame(found).astype(
        {
            **dict.fromkeys(("joint_segment_id", "segment_id", "n_customers"), COUNT),
            **dict.fromkeys(("joint_segment", "segment_name", "other_segment"), TEXT),
            **dict.fromkeys(("share", "lift", "sentiment", "monetary_mean"), REAL),
        }
    )

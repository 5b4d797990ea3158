"""How the segments differ on the scales."""

from __future__ import annotations

import pandas as pd

from textseg.schema import SCALE_PREFIX

_MEDIUM = 0.5
"""Cohen's bound of a medium difference, in standard deviations of the customers."""


def scales_of_segments(customers: pd.DataFrame) -> dict[int, dict[str, str]]:
    """Name the scales on which a segment is above or below the other customers.

    Parameters
    ----------
    customers : DataFrame
        ``customers`` of the exports.

    Returns
    -------
    dict of int to dict of str
        For each segment ``"higher"`` and ``"lower"``, where there are any: the names of the scales
        on which its mean differs by at least half a standard deviation, the largest difference
        first.
    """
    scores = customers.filter(regex=f"^{SCALE_PREFIX}")
    known = scores.notna().all(axis=1) & (customers["segment_id"] >= 0)
    if not known.any():
        return {}
    standard = (scores - scores[known].mean()) / scores[known].std().replace(0, 1)
    result = {}
    for segment, rows in standard[known].groupby(customers.loc[known, "segment_id"]):
        mean = rows.mean().sort_values(key=abs, ascending=False, kind="stable")
        mean.index = mean.index.str.removeprefix(SCALE_PREFIX).str.replace("_", " ")
        sides = {"higher": mean[mean >= _MEDIUM], "lower": mean[mean <= -_MEDIUM]}
        result[int(segment)] = {
            side: ", ".join(found.index) for side, found in sides.items() if len(found)
        }
    return result

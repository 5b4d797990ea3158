"""Silent customers: they have orders and have written nothing, so value is what parts them."""

from __future__ import annotations

import pandas as pd

from textseg.customers.rfm import TIERS


def silent_segments(
    tiers: pd.Series, n_customers: int, *, first_id: int, min_share: float
) -> tuple[pd.Series, dict[int, tuple[str, ...]]]:
    """Part the silent customers by value tier.

    Parameters
    ----------
    tiers : Series of string
        Value tier of each silent customer.
    n_customers : int
        All customers, silent or not.
    first_id : int
        Id of the first of these segments.
    min_share : float
        Smallest share of all customers that makes a segment. A smaller tier joins its smaller
        neighbour; if all of them together are too few, there is no such segment.

    Returns
    -------
    segment_ids : Series of int64
        −1 where there is no segment.
    members : dict of int to tuple of str
        The tiers of each segment.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.segments.silent import silent_segments
    >>> tiers = pd.Series(["low"] * 5 + ["high"] * 5, dtype="string")
    >>> silent_segments(tiers, 100, first_id=7, min_share=0.02)[1]
    {7: ('high',), 8: ('low',)}
    """
    least = min_share * n_customers
    groups: list[tuple[tuple[str, ...], int]] = [
        ((tier,), int((tiers == tier).sum())) for tier in reversed(TIERS)
    ]
    groups = [group for group in groups if group[1]]
    while len(groups) > 1 and min(size for _, size in groups) < least:
        small = min(range(len(groups)), key=lambda place: groups[place][1])
        beside = [place for place in (small - 1, small + 1) if 0 <= place < len(groups)]
        other = min(beside, key=lambda place: groups[place][1])
        first, second = sorted((small, other))
        joined = (groups[first][0] + groups[second][0], groups[first][1] + groups[second][1])
        groups[first : second + 1] = [joined]
    groups = [group for group in groups if group[1] >= least]
    members = {first_id + place: names for place, (names, _) in enumerate(groups)}
    of_tier = {tier: segment for segment, names in members.items() for tier in names}
    ids = tiers.map(of_tier).fillna(-1).astype("int64")
    return ids, members


def silent_name(tiers: tuple[str, ...]) -> str:
    """Name a segment of silent customers, such as "Silent, high value"."""
    if set(tiers) == set(TIERS):
        return "Silent"
    return f"Silent, {' to '.join(reversed(tiers))} value"

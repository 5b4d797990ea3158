"""What a refresh has changed: new rows, customers who moved, feedback that fits no topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.counted import counted

if TYPE_CHECKING:
    from textseg.ingest import Ingested

Frames = Mapping[str, pd.DataFrame]

_NAMES = {"feedback": "Feedback", "orders": "Order lines", "customers": "Customer table"}
_KEY = ["source", "feedback_id"]
_ENOUGH = 20
_FAR = 2.0


def find_changes(before: Frames, after: Frames, data: Ingested) -> dict[str, Any]:
    """Compare a refreshed run with the run it goes out from.

    Parameters
    ----------
    before, after : mapping of str to DataFrame
        Their exports.
    data : Ingested
        Of the refresh; ``changes`` counts rows.

    Returns
    -------
    dict
        JSON: ``rows`` by table (new, changed, same), ``customers`` (new, moved from one segment to
        another), ``moves`` (from, to, n_customers; the most frequent first) and ``unclustered``:
        the share of the feedback of before and of the new feedback that has no topic, each of what
        says something; None where there is none.
    """
    moves = _moves(before["customers"], after["customers"])
    old = pd.MultiIndex.from_frame(before["feedback"][_KEY])
    is_new = ~pd.MultiIndex.from_frame(after["feedback"][_KEY]).isin(old)
    telling = data.feedback["informative"].to_numpy(dtype=bool)
    unclustered = after["feedback"]["topic_id"] < 0
    known = after["customers"]["customer_id"].isin(before["customers"]["customer_id"])
    return {
        "rows": {name: asdict(counts) for name, counts in data.changes.items()},
        "customers": {"new": int((~known).sum()), "moved": int(moves["n_customers"].sum())},
        "moves": moves.to_dict("records"),
        "unclustered": {
            "before": _share(unclustered[telling & ~is_new]),
            "new": _share(unclustered[telling & is_new]),
            "n_new": int((telling & is_new).sum()),
        },
    }


def change_notes(changes: Mapping[str, Any], found_by: str) -> list[str]:
    """Say what a reader of a refreshed run must know.

    Parameters
    ----------
    changes : mapping
        From :func:`find_changes`.
    found_by : str
        The run that found the topics and segments.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from textseg.refresh.changes import change_notes
    >>> shares = {"before": 0.05, "new": 0.4, "n_new": 50}
    >>> change_notes({"unclustered": shares}, "run 0001-2025-06-30")[1]
    '40% of the new feedback has no topic, 5% of the earlier: textseg run would look for new ones.'
    """
    shares = changes["unclustered"]
    notes = [f"Topics, segments and their names are those of {found_by}; only the counts are new."]
    if (
        shares["n_new"] >= _ENOUGH
        and shares["new"] > 0.1
        and shares["new"] > _FAR * (shares["before"] or 0.0)
    ):
        notes.append(
            f"{shares['new']:.0%} of the new feedback has no topic, {shares['before'] or 0.0:.0%} "
            "of the earlier: textseg run would look for new ones."
        )
    return notes


def change_lines(changes: Mapping[str, Any]) -> list[str]:
    """Say in sentences what a refresh has changed.

    Parameters
    ----------
    changes : mapping
        From :func:`find_changes`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from textseg.refresh.changes import change_lines
    >>> rows = {"feedback": {"new": 3, "changed": 1, "same": 0}}
    >>> for line in change_lines({"rows": rows, "customers": {"new": 1, "moved": 2}}):
    ...     print(line)
    Feedback: 3 new, 1 changed, 0 known already.
    1 new customer; 2 customers are in another segment than before.
    """
    rows = [
        f"{_NAMES[table]}: {counts['new']:,} new, {counts['changed']:,} changed, "
        f"{counts['same']:,} known already."
        for table, counts in changes["rows"].items()
    ]
    customers = changes["customers"]
    moved = counted(customers["moved"], "customer")
    verb = "is" if customers["moved"] == 1 else "are"
    return [
        *rows,
        f"{counted(customers['new'], 'new customer')}; {moved} {verb} in another segment than "
        "before.",
    ]


def _moves(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    both = before[["customer_id", "segment_name"]].merge(
        after[["customer_id", "segment_name"]], on="customer_id", suffixes=("_from", "_to")
    )
    names = {"segment_name_from": "from", "segment_name_to": "to"}
    ends = both.rename(columns=names)[["from", "to"]].fillna("")
    moved = ends[ends["from"] != ends["to"]]
    counts = moved.groupby(["from", "to"]).size().rename("n_customers").reset_index()
    return counts.sort_values(["n_customers", "from", "to"], ascending=[False, True, True])


def _share(marks: pd.Series) -> float | None:
    return float(marks.mean()) if len(marks) else None

"""What the report says of a refresh: what was new, and who is in another segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textseg.refresh.changes import change_lines

_MOST_MOVES = 10


def refreshed_view(refresh: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Lay out what a refresh has changed.

    Parameters
    ----------
    refresh : mapping or None
        The manifest's ``refresh``; see :func:`textseg.refresh.changes.find_changes`.

    Returns
    -------
    dict or None
        since (the run before), lines (sentences), moves (source, target, n_customers; the largest
        first) and more (moves that are not listed); None of a run that found its topics itself.
    """
    if not refresh:
        return None
    moves = [
        {
            "source": move["from"] or "no segment",
            "target": move["to"] or "no segment",
            "n_customers": move["n_customers"],
        }
        for move in refresh["moves"]
    ]
    return {
        "since": refresh["from"],
        "lines": change_lines(refresh),
        "moves": moves[:_MOST_MOVES],
        "more": max(0, len(moves) - _MOST_MOVES),
    }

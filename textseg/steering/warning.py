"""What is said before a run leaves topic edits behind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textseg.workspace import Workspace


def lost_edits(workspace: Workspace) -> str | None:
    """Say how many topic edits of the latest run a new run does not carry over.

    Parameters
    ----------
    workspace : Workspace
        It may have no run yet.

    Returns
    -------
    str or None
        A sentence; None if there are no edits.
    """
    run_id = workspace.latest_id()
    edits = [] if run_id is None else workspace.edits(run_id)
    if not edits:
        return None
    kinds = Counter(edit.kind for edit in edits)
    counted = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    what = "1 topic edit" if len(edits) == 1 else f"{len(edits)} topic edits"
    verb = "does" if len(edits) == 1 else "do"
    return (
        f"{what} of run {run_id} ({counted}) {verb} not carry over: run finds topics afresh. "
        "textseg refresh would keep them."
    )

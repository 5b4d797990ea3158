"""``textseg runs``: the history of a workspace."""

from __future__ import annotations

from textseg.cli.command import command
from textseg.cli.options import Workspace
from textseg.cli.output import Output


@command(
    "textseg runs ws",
    "textseg runs ws --json",
)
def runs(out: Output, workspace: Workspace) -> None:
    """List the runs of a workspace, the oldest first."""
    from textseg.report.content import records
    from textseg.report.numbers import count, percent
    from textseg.workspace import Workspace as Opened

    history = records(Opened.open(workspace).runs())
    if out.as_json:
        out.json({"workspace": str(workspace), "runs": history})
        return
    columns = ["run", "created (UTC)", "as of", "feedback", "customers", "topics", "segments"]
    out.table(
        [*columns, "unclustered", "refresh of", "moved"],
        [
            (
                row["run_id"],
                f"{row['created_at']:%Y-%m-%d %H:%M}",
                f"{row['as_of']:%Y-%m-%d}",
                *(count(row[f"n_{name}"]) for name in columns[3:]),
                percent(row["unclustered_share"]),
                row["refreshed_from"] or "",
                "" if row["n_moved"] is None else count(row["n_moved"]),
            )
            for row in history
        ],
        right=[*columns[3:], "unclustered", "moved"],
    )

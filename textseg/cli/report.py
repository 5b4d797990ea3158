"""``textseg report``: what a run found, on the screen or as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseg.cli.command import command
from textseg.cli.options import RunId, Workspace, file_with_suffix
from textseg.cli.output import Output


@command(
    "textseg report ws",
    "textseg report ws --to friday.html",
    "textseg report ws --run 0001-2026-03-31 --to before.html",
)
def report(
    out: Output,
    workspace: Workspace,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the report as one HTML file.")
    ] = None,
    run_id: RunId = None,
) -> None:
    """Show what a run found, or write its report as one HTML file."""
    from textseg.cli.files import check_target
    from textseg.cli.summary import show_segments
    from textseg.errors import WorkspaceError
    from textseg.report import Report
    from textseg.workspace import Workspace as Opened

    if to is not None:
        check_target(file_with_suffix(to, (".html", ".htm"), "--to"))
    opened = Opened.open(workspace)
    record = opened.latest() if run_id is None else opened.load(run_id)
    if record is None:
        raise WorkspaceError(f"{workspace} has no run yet.", hint="Start with textseg run.")
    facts = {**record.manifest, "run_id": record.run_id, "as_of": record.as_of}
    page = Report(record.frames, facts)
    if to is not None:
        page.save(to)
    if out.as_json:
        out.json({**page.to_dict(), "path": None if to is None else str(to)})
    elif to is not None:
        out.summary(f"Wrote {to}.")
    else:
        for line in page.to_dict()["findings"]:
            out.line(line)
        show_segments(out, record.frames["segments"])

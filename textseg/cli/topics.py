"""``textseg topics``: list the topics of a workspace, and steer them by hand."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseg.cli.command import command
from textseg.cli.options import Workspace
from textseg.cli.output import Output

if TYPE_CHECKING:
    from textseg.workspace import RunRecord


class Action(StrEnum):
    """What can be done to topics."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    HIDE = "hide"
    SHOW = "show"
    PIN = "pin"
    UNPIN = "unpin"
    UNDO = "undo"


@command(
    "textseg topics ws",
    'textseg topics ws rename 3 "Late delivery"',
    'textseg topics ws merge 3 7 --name "Delivery"',
    'textseg topics ws split "Card payment" --into 3',
    "textseg topics ws hide 5 8",
    "textseg topics ws undo",
)
def topics(
    out: Output,
    workspace: Workspace,
    action: Annotated[
        Action | None,
        typer.Argument(
            metavar="[rename|merge|split|hide|show|pin|unpin|undo]",
            help="What to do; without it, the topics are listed.",
            show_default=False,
        ),
    ] = None,
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]...", help="Ids or names; after rename the new name, too."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the topic that merge makes.")
    ] = None,
    into: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Parts that split makes; else 2.")
    ] = None,
) -> None:
    """List the topics of the latest run, or change them; the last edit can be undone.

    Edits stay with the run and hold for assign. A new textseg run finds topics afresh.
    """
    from textseg.errors import WorkspaceError
    from textseg.workspace import Workspace as Opened

    if action is None:
        run = Opened.open(workspace).latest()
        if run is None:
            raise WorkspaceError(f"{workspace} has no run yet.", hint="Start with textseg run.")
        text = None
    else:
        text, run = _change(out, workspace, action, list(what or ()), name, into)
    if out.as_json:
        out.json({"workspace": str(workspace), "edit": text, **_document(run)})
    elif text is None:
        _show(out, run)
    else:
        out.summary(text)
    _remark(out, action, run)


def _change(
    out: Output,
    workspace: Workspace,
    action: Action,
    what: Sequence[str],
    name: str | None,
    into: int | None,
) -> tuple[str, RunRecord]:
    if name is not None and action is not Action.MERGE:
        raise typer.BadParameter("goes with merge only.", param_hint="--name")
    if into is not None and action is not Action.SPLIT:
        raise typer.BadParameter("goes with split only.", param_hint="--into")
    if action is Action.RENAME:
        if len(what) != 2:
            raise typer.BadParameter(
                f"takes a topic and its new name, got {len(what)} arguments.", param_hint="rename"
            )
        *what, name = what
    elif action is Action.UNDO and what:
        raise typer.BadParameter("takes no topics.", param_hint="undo")
    elif action is not Action.UNDO and not what:
        raise typer.BadParameter("takes topics, by id or name.", param_hint=str(action))

    from textseg.steering import change_topics

    return change_topics(
        workspace, action.value, *what, name=name, into=into or 2, progress=out.progress
    )


def _document(run: RunRecord) -> dict[str, Any]:
    from textseg.report.content import records

    pinned = run.metadata["topics"].get("pinned", [])
    return {
        "run_id": run.run_id,
        "topics": [
            {**row, "pinned": row["kind"] != "theme" and row["topic_id"] in pinned}
            for row in records(run.frames["topics"])
        ],
        "edits": run.manifest.get("edits", []),
    }


def _show(out: Output, run: RunRecord) -> None:
    from textseg.report.numbers import count, percent, signed

    rows = _document(run)["topics"]
    names = {row["topic_id"]: row["name"] for row in rows}
    out.heading("Topics")
    out.table(
        ["id", "theme", "name", "feedback", "share", "sentiment", "stability", "flags"],
        [
            (
                str(row["topic_id"]),
                names.get(row["parent_id"], ""),
                row["name"],
                count(row["n_feedback"]),
                percent(row["share"]),
                signed(row["sentiment"]),
                percent(row["stability"]),
                ", ".join(_flags(row)),
            )
            for row in _by_theme(rows)
        ],
        right=["id", "feedback", "share", "sentiment", "stability"],
    )
    for edit in run.manifest.get("edits", []):
        out.line(f"Edit {edit['id']}: {edit['text']}")


def _by_theme(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put each theme in front of its topics, in the order of the export."""
    themes = [row for row in rows if row["kind"] == "theme"]
    ids = {row["topic_id"] for row in themes}
    ordered = [row for row in rows if row["kind"] != "theme" and row["parent_id"] not in ids]
    for theme in themes:
        ordered += [theme, *(row for row in rows if row["parent_id"] == theme["topic_id"])]
    return ordered


def _flags(row: dict[str, Any]) -> list[str]:
    flags = {"theme": row["kind"] == "theme", "hidden": row["hidden"], "pinned": row["pinned"]}
    return [flag for flag, holds in flags.items() if holds]


def _remark(out: Output, action: Action | None, run: RunRecord) -> None:
    """Say what an edit leaves as it was."""
    from textseg.topics.edits import SEGMENTS_STAY

    if action in (Action.MERGE, Action.SPLIT) and SEGMENTS_STAY in run.manifest["notes"]:
        out.note(SEGMENTS_STAY)
    if action is Action.SHOW:
        out.note("Segments name the topic again after the next run.")

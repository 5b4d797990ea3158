"""``textseg explain``: why a customer is in a segment and not in the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from textseg.cli.command import command
from textseg.cli.options import RunId, Workspace
from textseg.cli.output import Output

if TYPE_CHECKING:
    from textseg.explain import Explanation


@command("textseg explain ws C-1042", "textseg explain ws C-1042 --json")
def explain(
    out: Output,
    workspace: Workspace,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Id of the customer.")],
    run_id: RunId = None,
) -> None:
    """Say why a customer is in their segment and not in the next, with their own words."""
    from textseg.explain import explain_workspace

    run, it = explain_workspace(workspace, customer, run_id=run_id, progress=out.progress)
    if out.as_json:
        out.json({"run_id": run, **it.to_dict()})
        return
    for sentence in it.sentences:
        out.line(sentence)
    _show_terms(out, it)
    _show_quotes(out, it)
    for note in it.notes:
        out.note(f"Note: {note}")


def _show_terms(out: Output, it: Explanation) -> None:
    from textseg.explain.page import HEADER, term_rows

    rows = term_rows(it)
    if rows:
        out.heading("What speaks for it (+) and against it (−)")
        out.table(HEADER, rows, right=HEADER[1:])


def _show_quotes(out: Output, it: Explanation) -> None:
    from textseg.explain.page import quote_rows

    rows = quote_rows(it)
    if rows:
        out.heading("In their own words")
        out.table(["speaks", "about", "text"], rows)

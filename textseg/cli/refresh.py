"""``textseg refresh``: new rows into the latest run; topics, segments and names stay."""

from __future__ import annotations

from typing import Annotated

import typer

from textseg.cli.command import command
from textseg.cli.options import Customers, Feedback, Transactions, Workspace, day
from textseg.cli.output import Output


@command(
    "textseg refresh ws reviews.csv",
    "textseg refresh ws today.csv --transactions orders_today.csv",
)
def refresh(
    out: Output,
    workspace: Workspace,
    feedback: Feedback,
    transactions: Transactions = None,
    customers: Customers = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="How inputs are read, such as feedback.date_order=dmy; it stays set.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", callback=day, help="Last day that counts; else the latest."),
    ] = None,
) -> None:
    """Add what is new to the latest run: topics, segments and their names stay.

    Only new texts are encoded. Feedback of the same source and id is replaced, so files may overlap
    with those of before; so are lines of the same order and product, and customers of the same id.
    Edits of topics stay in effect.
    """
    import textseg
    from textseg.cli.summary import save_and_show
    from textseg.config import with_inputs_read

    base = textseg.load(workspace)
    base.config = with_inputs_read(base.config, settings or ())
    segmentation = base.refresh(feedback, transactions, customers, as_of, progress=out.progress)
    save_and_show(out, segmentation, workspace)

"""``textseg assign``: topics, sentiment and segments for new feedback, by a model that stays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseg.cli.command import command
from textseg.cli.options import Feedback, Transactions, Workspace, file_with_suffix
from textseg.cli.output import Output
from textseg.counted import counted


@command(
    "textseg assign ws new.csv --to topics.csv",
    "textseg assign ws new.csv --transactions orders.csv --to t.parquet --customers-to s.parquet",
)
def assign(
    out: Output,
    workspace: Workspace,
    feedback: Feedback,
    to: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="Topic and sentiment per feedback: .csv, .parquet, .jsonl."
        ),
    ],
    customers_to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Segment per customer; the same formats.")
    ] = None,
    transactions: Transactions = None,
) -> None:
    """Give new feedback the topics and segments of the latest run; the workspace is not changed."""
    import textseg
    from textseg.cli.files import TABLES, check_target, write_tables

    check_target(file_with_suffix(to, TABLES, "--to"))
    if customers_to is not None:
        check_target(file_with_suffix(customers_to, TABLES, "--customers-to"))
        if customers_to.resolve() == to.resolve():
            raise typer.BadParameter("is the same file as --to.", param_hint="--customers-to")
    assignment = textseg.load(workspace).assign(
        feedback, transactions=transactions, progress=out.progress
    )
    tables = {to: assignment.feedback}
    if customers_to is not None:
        tables[customers_to] = assignment.customers
    write_tables(tables)
    if out.as_json:
        counts = {"n_feedback": len(assignment.feedback), "n_customers": len(assignment.customers)}
        paths = {"feedback": str(to), "customers": str(customers_to) if customers_to else None}
        out.json({"counts": counts, "paths": paths})
    for path, frame in tables.items():
        out.summary(f"Wrote {path}: {counted(len(frame), 'row')}.")

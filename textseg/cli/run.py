"""``textseg run``: fit on the inputs given and add a run to a workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from textseg.cli.command import command
from textseg.cli.options import Customers, Feedback, Transactions, auto_or_number, day
from textseg.cli.output import Output

_MEANINGS = ("id", "text", "customer", "date", "rating", "channel")


@command(
    "textseg run reviews.csv --out ws",
    "textseg run reviews.csv tickets.parquet --transactions orders.csv --out ws",
    'textseg run reviews.csv --text "Review Text" --customer uid --out ws',
    "textseg run reviews.jsonl.gz --topics 20 --segments 6 --out ws",
)
def run(
    out: Output,
    feedback: Feedback,
    workspace: Annotated[
        Path,
        typer.Option("--out", metavar="WORKSPACE", help="New or empty folder, or a workspace."),
    ],
    transactions: Transactions = None,
    customers: Customers = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings; textseg init writes one.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting; may be repeated."),
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", metavar="COL", help="Column: key of a feedback.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="COL", help="Column: what the customer wrote.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="COL", help="Column: who wrote it.")
    ] = None,
    date: Annotated[
        str | None, typer.Option(metavar="COL", help="Column: when it was written.")
    ] = None,
    rating: Annotated[
        str | None, typer.Option(metavar="COL", help="Column: stars or score.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option(metavar="COL", help="Column: where it was written.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", callback=day, help="Last day that counts; else the latest."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Seed of everything random; else 0.")
    ] = None,
    topics: Annotated[
        str | None,
        typer.Option(metavar="auto|N", callback=auto_or_number, help="Number of topics."),
    ] = None,
    segments: Annotated[
        str | None,
        typer.Option(metavar="auto|N", callback=auto_or_number, help="Number of segments."),
    ] = None,
) -> None:
    """Find topics, sentiment and customer segments in feedback and orders.

    Columns are found by name and content; the mapping is printed. Settings come from --config, then
    --set, then the other options.
    """
    import textseg
    from textseg.cli.summary import save_and_show
    from textseg.config import load_config
    from textseg.steering import lost_edits
    from textseg.workspace import Workspace

    columns = dict(zip(_MEANINGS, (id_, text, customer, date, rating, channel), strict=True))
    options = {"seed": seed, "topics.number": topics, "segments.number": segments}
    chosen = load_config(config, [*(settings or ()), *_assignments(options, columns)])
    opened = Workspace.create(workspace)  # complains now, not after an hour
    if warning := lost_edits(opened):
        out.warn(warning)
    segmentation = textseg.Segmenter(chosen).fit(
        feedback=feedback,
        transactions=transactions,
        customers=customers,
        as_of=as_of,
        encodings=workspace / "encodings",
        progress=out.progress,
    )
    save_and_show(out, segmentation, workspace)


def _assignments(options: dict[str, Any], columns: dict[str, str | None]) -> list[str]:
    """Write options as settings; a column's name is quoted, so that TOML takes it as text."""
    chosen = [f"{key}={value}" for key, value in options.items() if value is not None]
    return chosen + [
        f"feedback.{meaning}={json.dumps(column, ensure_ascii=False)}"
        for meaning, column in columns.items()
        if column is not None
    ]

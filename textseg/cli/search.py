"""``textseg search``: feedback by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from textseg.cli.command import command
from textseg.cli.options import RunId, Workspace, day
from textseg.cli.output import Output

if TYPE_CHECKING:
    import pandas as pd


@command(
    'textseg search ws "the parcel never came"',
    'textseg search ws "too expensive" --sentiment negative --since 2026-01-01 -n 20',
    'textseg search ws "how do I return it" --segment "Unhappy" --json',
)
def search(
    out: Output,
    workspace: Workspace,
    query: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for, in free text.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many texts to show.")] = 10,
    segment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of customers in this segment; or its id.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of this topic or theme; or its id.")
    ] = None,
    sentiment: Annotated[
        str | None, typer.Option(metavar="LABEL", help="negative, neutral or positive.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Of this channel.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", callback=day, help="From this day on, UTC.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DAY", callback=day, help="Up to and with this day, UTC.")
    ] = None,
    run_id: RunId = None,
) -> None:
    """Find the feedback of a run that is nearest in meaning to a text."""
    from textseg.report.numbers import count
    from textseg.search import Filters, search_workspace

    filters = Filters(segment, topic, sentiment, channel, since, until)
    run, found = search_workspace(
        workspace, query, n, filters, run_id=run_id, progress=out.progress
    )
    if found.n_encoded:
        out.warn(f"Encodings that were gone and are made again: {count(found.n_encoded)}.")
    if out.as_json:
        out.json({"run_id": run, "query": query, "results": found.feedback})
    elif found.feedback.empty:
        out.note("No feedback passes these filters.")
    else:
        _show(out, found.feedback)


def _show(out: Output, feedback: pd.DataFrame) -> None:
    from textseg.report.content import records
    from textseg.report.numbers import UNKNOWN, count
    from textseg.report.quotes import short

    numbers = ["rank", "similarity", "times"]
    columns = ["feedback", "source", "customer", "date", "channel", "topic", "sentiment", "text"]
    out.table(
        [*numbers, *columns],
        [
            (
                str(row["rank"]),
                f"{row['similarity']:.3f}",
                count(row["n_feedback"]),
                row["feedback_id"],
                row["source"],
                row["customer_id"] or UNKNOWN,
                f"{row['date']:%Y-%m-%d}" if row["date"] else UNKNOWN,
                row["channel"] or UNKNOWN,
                row["topic_name"] or UNKNOWN,
                row["sentiment_label"],
                short(row["text"]),
            )
            for row in records(feedback)
        ],
        right=numbers,
    )

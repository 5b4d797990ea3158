"""The ``textseg`` command: one file per command beside this one."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from textseg.cli import (
    assign,
    doctor,
    explain,
    init,
    refresh,
    report,
    run,
    runs,
    search,
    simulate,
    topics,
)
from textseg.cli.errors import interrupt

app = typer.Typer(
    name="textseg",
    help="Customer segments from what customers say, how they feel and what they buy.",
    epilog="Start with: textseg simulate --to sample, then "
    "textseg run sample/feedback.csv --transactions sample/transactions.csv --out ws",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"textseg {doctor.installed('textseg') or 'is not installed'}")
        raise typer.Exit


@app.callback()
def _textseg(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    pass


for name, function in (
    ("run", run.run),
    ("refresh", refresh.refresh),
    ("runs", runs.runs),
    ("assign", assign.assign),
    ("report", report.report),
    ("search", search.search),
    ("explain", explain.explain),
    ("topics", topics.topics),
    ("simulate", simulate.simulate),
    ("init", init.init),
    ("doctor", doctor.doctor),
):
    app.command(name)(function)


def main() -> None:
    """Run the command line; the exit status is 0, 1, 2, 3 or 130 as the reference says."""
    signal.signal(signal.SIGTERM, interrupt)
    app()

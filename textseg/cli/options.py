"""Arguments and options that more than one command takes, and how their texts are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

Workspace = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Folder that run wrote.")]
Feedback = Annotated[
    list[str],
    typer.Argument(
        metavar="FEEDBACK",
        help="CSV, TSV, JSON (also .gz), Parquet, Excel, a folder or pattern of them, URL::table, "
        "or - for standard input.",
    ),
]
Transactions = Annotated[
    str | None, typer.Option(metavar="FILE", help="Order lines: customer, date and amount.")
]
Customers = Annotated[
    str | None, typer.Option(metavar="FILE", help="One row per customer: attributes, consent.")
]
RunId = Annotated[
    str | None, typer.Option("--run", metavar="ID", help="A run from the history; else the latest.")
]


def auto_or_number(text: str | None) -> str | None:
    """Check ``auto`` or a whole number from 2."""
    if text is None or text == "auto" or (text.isdecimal() and int(text) >= 2):
        return text
    raise typer.BadParameter(f"{text!r} is neither 'auto' nor a whole number from 2.")


def day(text: str | None) -> str | None:
    """Check a day such as 2026-03-31."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-03-31.") from None


def file_with_suffix(path: Path, suffixes: tuple[str, ...], option: str) -> Path:
    """Check that a file to be written has one of the suffixes."""
    if path.suffix.lower() in suffixes:
        return path
    wanted = " or ".join(suffixes)
    raise typer.BadParameter(f"{path.name!r} does not end in {wanted}.", param_hint=option)

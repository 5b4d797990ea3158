"""``textseg simulate``: sample data with a known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseg.cli.command import command
from textseg.cli.output import Output


@command(
    "textseg simulate --to sample",
    "textseg simulate --to sample --customers 5000 --seed 7",
)
def simulate(
    out: Output,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")],
    customers: Annotated[int, typer.Option(min=1, metavar="N", help="Customers.")] = 600,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of everything random.")] = 0,
) -> None:
    """Write sample feedback and orders, with the segments that were planted in them."""
    from textseg.simulate import simulate as make
    from textseg.simulate import write

    write(make(customers, seed=seed), to)
    files = sorted(str(path) for path in to.iterdir() if path.is_file())
    if out.as_json:
        out.json({"paths": files})
    for path in files:
        out.summary(f"Wrote {path}.")

"""What a row of the table of mishaps says."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

REVIEWS = "customer_id,date,text\n" + "".join(
    f"C{n:02d},2025-03-{n % 13 + 13},The {word} in box {n} was broken\n"
    for n, word in enumerate(["lamp", "vase", "bowl", "clock"] * 10)
)
ORDERS = "customer_id,date,amount\n" + "".join(
    f"C{n:02d},2025-02-{n % 13 + 13},{n + 5}.50\n" for n in range(40)
)


@dataclass(frozen=True)
class Mishap:
    """One thing that goes wrong, and what is said about it.

    Attributes
    ----------
    what : str
        In words, for the documents.
    command : str
        What follows ``textseg``; a ``run`` gets ``--out ws``.
    says : str
        The message, and the hint on a line of its own. ``{any}`` stands for what differs from
        machine to machine.
    files : mapping of str to str or bytes
        What is there, beside ``reviews.csv`` and ``orders.csv``.
    prepare : callable, optional
        Does what files cannot say, in the folder of the files.
    instead : mapping of str to object
        What is put in the place of an attribute, by its dotted name.
    machine : str
        What is wrong with the machine: "locked", "full disk", "file size" or "handles".
    """

    what: str
    command: str
    says: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    prepare: Callable[[Path], object] | None = None
    instead: Mapping[str, Any] = field(default_factory=dict)
    machine: str = ""

    def make(self, folder: Path) -> None:
        """Write the files, and prepare the rest."""
        for name, content in {"reviews.csv": REVIEWS, "orders.csv": ORDERS, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        if self.prepare is not None:
            self.prepare(folder)

    @property
    def arguments(self) -> str:
        """The command with the option that every run needs."""
        runs = self.command.startswith("run ") and "--out" not in self.command
        return f"{self.command} --out ws" if runs else self.command


def table(head: str, *rows: str) -> str:
    """CSV from a header and rows."""
    return "\n".join([head, *rows]) + "\n"


def zipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def parquet(text: str) -> bytes:
    buffer = io.BytesIO()
    pd.read_csv(io.StringIO(text)).to_parquet(buffer)
    return buffer.getvalue()


def workbook(**sheets: str) -> bytes:
    """An Excel file whose sheets are CSV."""
    from openpyxl import Workbook

    book = Workbook()
    for place, (name, text) in enumerate(sheets.items()):
        sheet = book.active if place == 0 else book.create_sheet()
        sheet.title = name
        for line in text.splitlines():
            sheet.append(line.split(","))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()

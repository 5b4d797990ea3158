"""Writes docs/mishaps.md: ``python tests/mishaps/document.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mishaps.mishap import Mishap

PAGE = Path(__file__).parents[2] / "docs" / "mishaps.md"
INTRODUCTION = """# What can go wrong, and what textseg says

Every one of these ends with exit status 1 and leaves the workspace as it was, byte for byte; a
workspace that was not there is not made. (Encodings that were made before the disk was full stay:
the next run reuses them.) The first line says what is wrong, the second how to mend it. `…` stands
for what differs from machine to machine.

Ctrl-C and SIGTERM end a command with exit status 130 at any moment, and the workspace is as it was;
once a run has been committed, which takes milliseconds, they come too late, and it ends with 0. A
run that is killed leaves the last complete run; the next one reuses what it had encoded.

One customer, or none, is not an error: the run gives topics and sentiment, and no segments.

This page is written by `python tests/mishaps/document.py` from the cases that the tests run.
"""


def page(cases: Mapping[str, Sequence[Mishap]]) -> str:
    """Return the page for a table of mishaps."""
    return INTRODUCTION + "".join(
        f"\n## {group}\n" + "".join(map(_entry, mishaps)) for group, mishaps in cases.items()
    )


def _entry(mishap: Mishap) -> str:
    said = f"Error: {mishap.says}".replace("{any}", "…")
    return f"\n**{mishap.what}**\n\n```console\n$ textseg {mishap.arguments}\n{said}\n```\n"


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from mishaps.cases import CASES

    PAGE.write_text(page(CASES), encoding="utf-8")

"""Bytes that can be read more than once: files, plain or gzipped, and standard input."""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from textseg.errors import InputError

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Stored:
    """Bytes with the name that messages call them by.

    Parameters
    ----------
    label : str
        The path, or "Standard input".
    open : callable
        Gives the unpacked bytes from their start, each time anew.
    """

    label: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


def stored_file(path: Path) -> Stored:
    """Name the bytes of a file; one that ends in .gz is unpacked."""

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        with path.open("rb") as plain:
            if path.suffix.lower() == ".gz":
                yield cast(BinaryIO, gzip.GzipFile(fileobj=plain))
            else:
                yield plain

    return Stored(str(path), opened)


@contextmanager
def stored_input() -> Iterator[Stored]:
    """Keep standard input in an unnamed temporary file, which goes when the block ends."""
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError(
            "Standard input was to be read, but nothing is sent to it.",
            hint="Send a table to it: cat reviews.csv | textseg run - --out ws",
        )
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)

        @contextmanager
        def opened() -> Iterator[BinaryIO]:
            spool.seek(0)
            packed = spool.read(2) == _GZIP
            spool.seek(0)
            yield cast(BinaryIO, gzip.GzipFile(fileobj=spool) if packed else spool)

        yield Stored("Standard input", opened)


@contextmanager
def unpacking(label: str) -> Iterator[None]:
    """Turn what can go wrong with a gzip file into input errors."""
    try:
        yield
    except gzip.BadGzipFile:
        raise InputError(
            f"{label} is not a gzip file, or something else stands behind its end.",
            hint="Drop the .gz from its name if it is not packed; else pack it again.",
        ) from None
    except (EOFError, zlib.error) as error:
        raise InputError(
            f"{label} is truncated or damaged: {error}.", hint="Export or copy it again."
        ) from None

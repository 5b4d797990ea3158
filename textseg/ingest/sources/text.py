"""Text files as text, whatever their encoding."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from textseg.errors import InputError
from textseg.ingest.sources.encodings import find_encoding, undecodable
from textseg.ingest.sources.reading import Reading
from textseg.ingest.sources.stored import Stored, unpacking

_SPOKEN = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "cp1250": "Windows-1250",
    "cp1252": "Windows-1252",
}


@contextmanager
def open_text(stored: Stored, reading: Reading) -> Iterator[io.TextIOWrapper]:
    """Open a text, and turn what can go wrong while it is read into input errors.

    Parameters
    ----------
    stored : Stored
        Where the bytes are.
    reading : Reading
        May tell the encoding.

    Yields
    ------
    TextIOWrapper
        Line ends as they are; the byte order mark is gone.

    Raises
    ------
    InputError
        The file is empty, binary, truncated or not in its encoding.
    """
    with unpacking(stored.label):
        encoding = find_encoding(stored, reading)
        try:
            with stored.open() as binary:
                binary.seek(encoding.skip)
                text = io.TextIOWrapper(binary, encoding=encoding.name, newline="")
                try:
                    yield text
                finally:
                    text.detach()
        except UnicodeDecodeError:
            line, byte = undecodable(stored, encoding)
            raise InputError(
                f"{stored.label}, line {line}: {_SPOKEN.get(encoding.name, encoding.name)} "
                f"expected, got the byte 0x{byte:02x}.",
                hint="Save it as UTF-8, or say its encoding: "
                + reading.option("encoding", "cp1252", "only UTF-8 is sure to be read."),
            ) from None

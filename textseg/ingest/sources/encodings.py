"""The encoding of a text file: by its byte order mark, else UTF-8, else found out from a sample."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from textseg.errors import InputError
from textseg.ingest.sources.alphabets import is_central_european
from textseg.ingest.sources.magic import refuse_other_kinds
from textseg.ingest.sources.reading import Reading
from textseg.ingest.sources.stored import Stored

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark is its start
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHUNK = 1 << 20
_SAMPLE = 1 << 15
_WESTERN, _CENTRAL = "cp1252", "cp1250"
_NOT_WESTERN = frozenset(b"\x81\x8d\x8f\x90\x9d")  # no characters of Windows-1252
_NOT_CENTRAL = frozenset(b"\x81\x83\x88\x90\x98")  # no characters of Windows-1250
_FOREIGN = ("cp1251", "cp1253", "koi8_r", "cp1255", "cp1256", "shift_jis", "gb18030", "euc_kr")
_MESSY = 0.2
_FEWEST_ZEROS = 0.1
_SPOKEN = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "latin-1": "Latin-1"}


@dataclass(frozen=True)
class Encoding:
    """How bytes become text.

    Parameters
    ----------
    name : str
        Python's name of the encoding.
    skip : int
        Bytes of the mark at the start.
    """

    name: str
    skip: int = 0


def find_encoding(stored: Stored, reading: Reading) -> Encoding:
    """Find the encoding of a text, or take the one that was told.

    A text without a mark that is not UTF-8 is read as Windows-1252 (Latin-1 where it has bytes
    that Windows-1252 lacks), unless its letters are those of a language of Central Europe
    (Windows-1250), or that makes no words of it: then charset-normalizer says which of the
    encodings of other scripts does. What was guessed is noted.

    Parameters
    ----------
    stored : Stored
        The text; read once to its end unless it has a mark.
    reading : Reading
        Where ``encoding`` is set, that is taken.

    Returns
    -------
    Encoding

    Raises
    ------
    InputError
        The bytes are none, or no text; or the encoding that was told is not known.
    """
    told = _known(reading) if reading.encoding is not None else None
    with stored.open() as binary:
        start = binary.read(1 << 13)
        mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
        if not start[len(mark) :].strip():
            raise InputError(f"{stored.label} is empty.", hint="Export it again.")
        if told is not None:
            if told == "utf-16" and not mark:  # Python expects one
                return Encoding(_wide(start) or "utf-16-le")
            return Encoding(told, len(mark) if _MARKS.get(mark) == told else 0)
        if mark:
            return Encoding(_MARKS[mark], len(mark))
        wide = _wide(start)
        if wide is not None:
            return Encoding(wide)
        refuse_other_kinds(start, stored.label)
        bytes_seen = _look_through(start, binary)
    if bytes_seen.is_utf8:
        return Encoding("utf-8")
    name = _guess(bytes_seen)
    reading.notes.append(
        f"{stored.label} is not UTF-8 and was read as {_SPOKEN.get(name, name)}; if letters look "
        f"wrong: {reading.option('encoding', 'NAME', 'save it as UTF-8')}."
    )
    return Encoding(name)


def _known(reading: Reading) -> str:
    try:
        "".encode(str(reading.encoding))  # refuses codecs that are not of text, such as base64
        return codecs.lookup(str(reading.encoding)).name
    except LookupError:
        raise InputError(
            f"There is no encoding {reading.encoding!r}.",
            hint="Common ones: utf-8, utf-16, cp1252 (Windows, Western Europe), latin-1, cp1250, "
            "cp1251.",
        ) from None


def _wide(start: bytes) -> str | None:
    """Name UTF-16 that has no mark: one half of its bytes has zeros, the other has none."""
    zeros = [start[side::2].count(0) for side in (0, 1)]
    if min(zeros) > 0 or max(zeros) < _FEWEST_ZEROS * len(start):
        return None
    return "utf-16-le" if zeros[1] else "utf-16-be"


@dataclass
class _Seen:
    """What the bytes of a text have shown so far."""

    broken: bool = False  # as UTF-8
    lines: list[bytes] = field(default_factory=list)  # some that are not ASCII
    letters: set[int] = field(default_factory=set)  # bytes that are not ASCII

    @property
    def is_utf8(self) -> bool:
        """Whether it is UTF-8, perhaps with a broken character: most lines are sound."""
        return not self.broken or 2 * sum(map(_is_utf8, self.lines)) > len(self.lines)


def _look_through(start: bytes, binary: BinaryIO) -> _Seen:
    seen = _Seen()
    decoder = codecs.getincrementaldecoder("utf-8")()
    room = _SAMPLE
    for chunk in _chunks(start, binary):
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            seen.broken = True
            decoder.reset()
        if chunk.isascii():
            continue
        seen.letters.update(chunk.translate(None, bytes(range(128))))
        for line in chunk.splitlines() if room > 0 else ():
            if not line.isascii():
                seen.lines.append(line[:_SAMPLE])
                room -= len(line)
            if room <= 0:
                break
    return seen


def _chunks(start: bytes, binary: BinaryIO) -> Iterator[bytes]:
    """Give the bytes in large pieces, then an empty one."""
    yield start
    while chunk := binary.read(_CHUNK):
        yield chunk
    yield b""


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guess(seen: _Seen) -> str:
    """Name the encoding of a text that is not UTF-8."""
    from charset_normalizer import from_bytes

    if not seen.letters & _NOT_CENTRAL and is_central_european(seen.lines):
        return _CENTRAL
    sample = b"\n".join(seen.lines)
    western = from_bytes(sample, cp_isolation=[_WESTERN], enable_fallback=False, threshold=_MESSY)
    if western.best() is None:
        foreign = from_bytes(sample, cp_isolation=list(_FOREIGN), enable_fallback=False).best()
        if foreign is not None and foreign.coherence > 0:
            return str(foreign.encoding)
    return "latin-1" if seen.letters & _NOT_WESTERN else _WESTERN


def undecodable(stored: Stored, encoding: Encoding) -> tuple[int, int]:
    """Find the first byte that cannot be read: its line, counted from 1, and its value."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    line = 1
    with stored.open() as binary:
        for chunk in _chunks(b"", binary):
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding.name, "ignore")
                return line + before.count("\n"), error.object[error.start]
    raise AssertionError("every byte can be read")

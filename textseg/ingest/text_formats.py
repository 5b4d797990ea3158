"""Readers of text formats: delimited text and JSON lines, plain or gzipped, in UTF-8."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from textseg.errors import InputError
from textseg.ingest.cells import as_text

_CHUNK = 50_000
_DELIMITERS = ",;\t|"


@contextmanager
def open_text(path: Path) -> Iterator[io.TextIOBase]:
    """Open a text file, and turn what can go wrong while it is read into input errors."""
    try:
        with _open_binary(path) as binary:
            stream = io.BufferedReader(binary, buffer_size=1 << 16)
            _refuse_binary(stream.peek(1 << 13), path)
            with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
                yield text
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}, line {_undecodable_line(path)}: UTF-8 expected, "
            f"got the byte 0x{error.object[error.start]:02x}.",
            hint="Save it as UTF-8; other encodings are not read.",
        ) from None
    except (EOFError, zlib.error) as error:
        raise InputError(
            f"{path} is truncated or damaged: {error}.", hint="Export or copy it again."
        ) from None
    except gzip.BadGzipFile:
        raise InputError(
            f"{path} is not a gzip file.", hint="Drop the .gz from its name if it is not packed."
        ) from None


@contextmanager
def _open_binary(path: Path) -> Iterator[Any]:
    with path.open("rb", buffering=0) as plain:
        yield gzip.GzipFile(fileobj=plain) if path.suffix.lower() == ".gz" else plain


def _undecodable_line(path: Path) -> int:
    with _open_binary(path) as binary:
        return next(number for number, line in enumerate(binary, 1) if not _is_utf8(line))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(start: bytes, path: Path) -> None:
    if not start.strip():
        raise InputError(f"{path} is empty.", hint="Export it again.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(
            f"{path} is UTF-16.", hint="Save it as UTF-8; other encodings are not read."
        )
    if b"\0" in start:
        raise InputError(
            f"{path} is a binary file, not text.",
            hint="Read are CSV, TSV, JSON lines (also .gz) and Parquet; the name must say which.",
        )


def read_delimited(path: Path, delimiter: str | None) -> pd.DataFrame:
    """Read CSV or TSV: every cell as text, empty cells null.

    Parameters
    ----------
    path : Path
        Ends in .gz if it is gzipped.
    delimiter : str or None
        None finds it out from the header.

    Returns
    -------
    DataFrame of string

    Raises
    ------
    InputError
        The file is empty, binary, not UTF-8, truncated, or a row has too few or too many fields.
    """
    with open_text(path) as stream:
        header_line = stream.readline()
        names = _header(header_line, delimiter or _sniff(header_line), path)
        rows = csv.reader(stream, delimiter=delimiter or _sniff(header_line), strict=True)
        try:
            chunks = [_chunk(chunk, names, path, done) for chunk, done in _chunks(rows)]
        except csv.Error as error:
            raise _broken_csv(error, path, rows.line_num + 1) from None
    return _to_frame(chunks, names)


def _sniff(header: str) -> str:
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([header], delimiter=mark))))


def _header(line: str, delimiter: str, path: Path) -> list[str]:
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    if not any(names):
        raise InputError(f"{path}: the first line should hold the column names, but is blank.")
    return [name or f"unnamed_{place}" for place, name in enumerate(names, 1)]


def _chunks(rows: Iterator[list[str]]) -> Iterator[tuple[list[list[str]], int]]:
    """Rows that are not blank, in chunks, each with the number of rows before it."""
    filled = (row for row in rows if row)
    done = 0
    while chunk := list(islice(filled, _CHUNK)):
        yield chunk, done
        done += len(chunk)


def _chunk(rows: list[list[str]], names: list[str], path: Path, done: int) -> pa.RecordBatch:
    if set(map(len, rows)) != {len(names)}:
        place, row = next((i, r) for i, r in enumerate(rows, done + 1) if len(r) != len(names))
        raise InputError(
            f"{path}, row {place}: {len(names)} fields expected, as in the header, got {len(row)}.",
            hint="Quote texts that hold the delimiter or a line break; export it again if cut.",
        )
    return _batch(zip(*rows, strict=True))


def _batch(columns: Iterable[Sequence[str]]) -> pa.RecordBatch:
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, names=[str(place) for place in range(len(arrays))])


def _broken_csv(error: csv.Error, path: Path, line: int) -> InputError:
    if "unexpected end" in str(error) or "field limit" in str(error):
        return InputError(
            f"{path} is truncated, or a quote is never closed (noticed in line {line}).",
            hint="Export it again, with quotes inside a text doubled.",
        )
    return InputError(
        f"{path}, line {line}: this is not valid CSV ({error}).",
        hint='Double the quotes inside a quoted text: "say ""hi""".',
    )


def _to_frame(chunks: list[pa.RecordBatch], names: list[str]) -> pd.DataFrame:
    if not chunks:
        return pd.DataFrame(columns=names, dtype="string")
    table = pa.Table.from_batches(chunks)
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get)
    frame.columns = pd.Index(names)
    return frame


def read_json_lines(path: Path) -> pd.DataFrame:
    """Read JSON lines: every value as text, exactly as it is spelled; nested values stay JSON.

    Parameters
    ----------
    path : Path
        One JSON object a line; ends in .gz if it is gzipped.

    Returns
    -------
    DataFrame of string

    Raises
    ------
    InputError
        The file is empty, binary, not UTF-8 or truncated, or a line is not a JSON object.
    """
    with open_text(path) as stream:
        records = [
            _record(line, path, number) for number, line in enumerate(stream, 1) if line.strip()
        ]
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {
        name: as_text(pd.Series([record.get(name) for record in records], dtype=object))
        for name in names
    }
    return pd.DataFrame(columns)


def _record(line: str, path: Path, number: int) -> dict[str, str | None]:
    try:
        record = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {number}: this is not JSON ({error.msg}).",
            hint="JSON lines hold one object a line; the file may be truncated.",
        ) from None
    if not isinstance(record, dict):
        raise InputError(
            f"{path}, line {number}: a JSON object expected, got {type(record).__name__}.",
            hint='JSON lines hold one object a line, such as {"text": "..."}.',
        )
    return {name: _json_text(value) for name, value in record.items()}


def _json_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return None if value is None else json.dumps(value, ensure_ascii=False)

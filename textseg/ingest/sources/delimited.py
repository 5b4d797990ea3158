"""Delimited text: CSV and its kin, row by row and never as a whole in memory."""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import chain, islice

import pandas as pd
import pyarrow as pa

from textseg.counted import counted
from textseg.errors import InputError
from textseg.ingest.sources.magic import refuse_markup
from textseg.ingest.sources.reading import BATCH, Reading
from textseg.ingest.sources.stored import Stored
from textseg.ingest.sources.text import open_text

NO_SEPARATOR = "\x1f"
"""A character that no text has, for files of one column."""

_SEPARATORS = ",;\t|"
_SAMPLE = 200
_LONGEST = 1 << 24  # letters of a cell; a quote that is never closed must not fill the memory
_BLANK = " \t\xa0\ufeff\x1a\0"
_TOLD = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_SHOWN = 5


def read_delimited(stored: Stored, reading: Reading) -> Generator[pd.DataFrame]:
    """Read delimited text: every cell as text, empty cells null.

    The separator is that which splits the rows most evenly: comma, semicolon, tab or "|", or what
    a first line such as ``sep=;`` says.

    Parameters
    ----------
    stored : Stored
        Where the bytes are.
    reading : Reading
        May tell the encoding.

    Yields
    ------
    DataFrame of string
        Up to 50,000 rows; at least one frame, which may be empty.

    Raises
    ------
    InputError
        The text is empty or binary, not in its encoding or truncated, or rows have too few or too
        many fields.
    """
    with open_text(stored, reading) as stream:
        start = list(islice(stream, _SAMPLE))
        refuse_markup(start[0], stored.label)
        told = _TOLD.fullmatch(start[0])
        if told:
            del start[0]
        separator = told[1] if told else find_separator(start)
        csv.field_size_limit(max(_LONGEST, csv.field_size_limit()))
        spaced = _is_spaced(start, separator)
        lines: Iterable[str] = chain(start, stream)
        inner = _unquoted(start) if separator == NO_SEPARATOR and not told else []
        if inner:
            lines = (row[0] for row in csv.reader(lines, delimiter=NO_SEPARATOR) if row)
            separator = find_separator(inner)
            reading.notes.append(f"{stored.label}: every line is quoted as a whole; it was split.")
        rows = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=spaced)
        try:
            names = _header(rows, stored.label)
            data = _Data(rows, names)
            done = 0
            while chunk := list(islice(data, BATCH)):
                yield _frame(_columns(chunk, names, stored.label, done), names)
                done += len(chunk)
            if data.headers:
                again = counted(data.headers, "more row")
                reading.notes.append(
                    f"{stored.label}: left out {again} with the column names: files were joined."
                )
        except csv.Error as error:
            line = rows.line_num + bool(told)
            raise _broken(error, stored.label, line) from None
        if not done:
            yield pd.DataFrame(columns=names, dtype="string")


def find_separator(lines: Sequence[str]) -> str:
    """Find what separates the fields of some first lines.

    Parameters
    ----------
    lines : sequence of str
        The header first.

    Returns
    -------
    str
        The separator that gives most rows as many fields as the header; ``NO_SEPARATOR`` where
        there is one column.

    Examples
    --------
    >>> from textseg.ingest.sources.delimited import find_separator
    >>> find_separator(["id;text;price", '1;"small, but nice";3,50', "2;too big;4,00"])
    ';'
    """
    best, score = NO_SEPARATOR, (0.0, 1)
    for separator in _SEPARATORS:
        rows = [row for row in _some_rows(lines, separator) if not _is_blank(row)]
        first, *others = map(len, rows or [[]])
        # A column called "Comment, if any" is one column, unless its rows have commas as well.
        split = first > 1 and sum(count >= first for count in others) >= len(others) / 2
        even = sum(count == first for count in others) / (len(others) or 1)
        if split and (even, first) > score:
            best, score = separator, (even, first)
    return best


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Give what is in lines that are quoted as a whole; nothing where they are texts."""
    rows = _some_rows(lines, NO_SEPARATOR)
    inner = [row[0] for row in rows if row]
    widths = {len(row) for row in _some_rows(inner, find_separator(inner))}
    quoted = all(line[:1] == '"' for line in lines[: len(inner)])
    return inner if quoted and len(inner) > 1 and len(widths) == 1 and min(widths) > 2 else []


def _is_spaced(lines: Sequence[str], separator: str) -> bool:
    """Tell whether a space stands between separators and quotes."""
    rows = _some_rows(lines, separator)
    return 2 * sum(any(cell.startswith(' "') for cell in row[1:]) for row in rows) > len(rows)


def _some_rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Split lines as far as they go; the last row may be cut inside a quoted text."""
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []
    return rows[:-1] if len(lines) == _SAMPLE and len(rows) > 1 else rows


def _is_blank(row: Sequence[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip(_BLANK))


def _header(rows: Iterator[list[str]], label: str) -> list[str]:
    names = [name.strip() for name in next((row for row in rows if not _is_blank(row)), [])]
    if not any(names):
        raise InputError(f"{label}: the first line should hold the column names, but is blank.")
    return [name or f"unnamed_{place}" for place, name in enumerate(names, 1)]


class _Data:
    """The rows below the header, without blank ones and without the header where it is repeated."""

    def __init__(self, rows: Iterator[list[str]], names: list[str]) -> None:
        self._rows, self._names = rows, names
        self.headers = 0

    def __iter__(self) -> Iterator[list[str]]:
        for row in self._rows:
            if _is_blank(row):
                continue
            if self._names[0] in row[0] and self._is_header(row):
                self.headers += 1
            else:
                yield row

    def _is_header(self, row: list[str]) -> bool:
        """Tell a header from a row; of one column it may be a text."""
        return len(row) > 1 and [cell.strip(_BLANK) for cell in row] == self._names


def _columns(
    rows: list[list[str]], names: list[str], label: str, done: int
) -> Iterable[Sequence[str]]:
    """Turn rows to columns; fields that are too many are forgiven where they are empty."""
    width = len(names)
    if set(map(len, rows)) == {width}:
        return zip(*rows, strict=True)
    rows = [row[:width] if not any(row[width:]) else row for row in rows]
    ragged = [(done + i, len(row)) for i, row in enumerate(rows, 1) if len(row) != width]
    if ragged:
        raise _ragged(ragged, names, label)
    return zip(*rows, strict=True)


def _ragged(rows: list[tuple[int, int]], names: list[str], label: str) -> InputError:
    expected = f"{counted(len(names), 'field')} expected, as in the header"
    if len(rows) == 1:
        row, count = rows[0]
        message = f"{label}, row {row}: {expected}, got {count}."
    else:
        listed = ", ".join(f"{row} ({count})" for row, count in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
        message = f"{label}: {expected}, but these rows have others: {listed}{more}."
    return InputError(
        message,
        hint="Quote texts that hold the separator or a line break; export it again if cut.",
    )


def _broken(error: csv.Error, label: str, line: int) -> InputError:
    if "unexpected end" in str(error) or "field limit" in str(error):
        return InputError(
            f"{label} is truncated, or a quote is never closed (noticed in line {line}).",
            hint="Export it again, with quotes inside a text doubled.",
        )
    return InputError(
        f"{label}, line {line}: this is not valid CSV ({error}).",
        hint='Double the quotes inside a quoted text: "say ""hi""".',
    )


def _frame(columns: Iterable[Sequence[str]], names: list[str]) -> pd.DataFrame:
    """Make a frame of Arrow's strings, which take the room of their letters."""
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    table = pa.Table.from_arrays(arrays, names=[str(place) for place in range(len(names))])
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype()}.get)
    frame.columns = pd.Index(names)
    return frame

"""One table, wherever it is: its first rows to find the columns by, then what is needed of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import in_parts, repeated_rows
from textseg.ingest.row_digests import digest_rows
from textseg.ingest.sources.database import is_address, parse_query, read_query
from textseg.ingest.sources.delimited import read_delimited
from textseg.ingest.sources.files import file_stem, files_of, read_files
from textseg.ingest.sources.json_text import read_json
from textseg.ingest.sources.reading import Reading
from textseg.ingest.sources.stored import stored_input

Table = str | Path | pd.DataFrame

STANDARD_INPUT = "-"


class NoRowsError(InputError):
    """A table has column names, and nothing below them."""


@dataclass(frozen=True)
class Raw:
    """A table as it was read.

    Parameters
    ----------
    label : str
        What messages call it: the path, or "The frame <name>"; never with a password.
    file : str or None
        Name of the file, folder or table; None for a frame.
    stem : str
        File name without endings; the given name for a frame.
    frame : DataFrame
        Rows counted from 0, column names unique and text; text formats hold text only. Of a
        large table it has the columns that were asked for.
    all_columns : tuple of str or None
        Names of all columns where the frame has only some.
    digests : ndarray of uint64 or None
        One number per row for all its columns, where the frame has only some.
    """

    label: str
    file: str | None
    stem: str
    frame: pd.DataFrame
    all_columns: tuple[str, ...] | None = None
    digests: np.ndarray | None = None

    @property
    def columns(self) -> list[str]:
        """Names of all columns, also of those that were not kept."""
        return list(self.frame.columns if self.all_columns is None else self.all_columns)

    def take(self, column: str) -> Iterator[pd.Series]:
        """Give a column in parts and keep none of it, so that its memory is free as they are used.

        Parameters
        ----------
        column : str
            Of the frame, which is without it afterwards.

        Yields
        ------
        Series
            As :func:`textseg.ingest.cells.in_parts` gives them.
        """
        parts = list(in_parts(self.frame.pop(column)))
        parts.reverse()
        while parts:
            yield parts.pop()

    def repeated(self) -> pd.Series:
        """Mark the rows that equal an earlier row in every column, kept or not.

        Returns
        -------
        Series of bool
            With the index of the frame.
        """
        if self.digests is None:
            return repeated_rows(self.frame)
        marks: pd.Series = pd.Series(self.digests, index=self.frame.index).duplicated()
        return marks


@dataclass(frozen=True)
class Opened:
    """A table of which the first rows are read.

    Parameters
    ----------
    head : Raw
        All columns of the first rows; of a table of one part, all rows.
    rest : iterator of DataFrame
        The parts that follow.
    """

    head: Raw
    rest: Iterator[pd.DataFrame]

    def load(self, wanted: Collection[str] | None = None) -> Raw:
        """Read the rest, and keep of a table of several parts only some columns.

        Parameters
        ----------
        wanted : collection of str, optional
            The columns to keep; all if absent.

        Returns
        -------
        Raw
        """
        following = next(self.rest, None)
        if following is None:
            return self.head
        names = dict.fromkeys(self.head.columns)
        frames, digests = [], []
        for part in chain([self.head.frame, following], self.rest):
            names |= dict.fromkeys(part.columns)
            keep = part.columns if wanted is None else part.columns.intersection(list(wanted))
            frames.append(part[keep])
            digests.append(digest_rows(part))
        frame = pd.concat(frames, ignore_index=True)
        return replace(
            self.head, frame=frame, all_columns=tuple(names), digests=np.concatenate(digests)
        )


@contextmanager
def open_table(table: Table, name: str, reading: Reading | None = None) -> Iterator[Opened]:
    """Read the first rows of a table, and the rest when it is asked for.

    Parameters
    ----------
    table : str, Path or DataFrame
        A file, folder or pattern, ``URL::table``, "-" for standard input, or a frame.
    name : str
        What a frame is called.
    reading : Reading, optional
        How it is to be read; notes are added to it.

    Yields
    ------
    Opened

    Raises
    ------
    InputError
        The table is missing, empty, without rows, damaged or of another kind, or column names
        repeat.
    """
    about, parts = _parts(table, name, reading or Reading())
    with closing(parts), _readable(about.label):
        first = next(parts)
        while first.empty and (following := next(parts, None)) is not None:
            first = following
        head = replace(about, frame=first)
        _refuse_repeated_names(head)
        if head.frame.empty:
            hint = "Export it again."
            if len(head.frame.columns):
                raise NoRowsError(f"{head.label} has column names but no rows.", hint=hint)
            raise InputError(f"{head.label} is empty.", hint=hint)
        yield Opened(head, parts)


def read_table(table: Table, name: str, reading: Reading | None = None) -> Raw:
    """Read a whole table, or take a frame without touching it.

    Parameters
    ----------
    table, name, reading
        See :func:`open_table`.

    Returns
    -------
    Raw

    Raises
    ------
    InputError
        As in :func:`open_table`.
    """
    with open_table(table, name, reading) as opened:
        return opened.load()


def as_tables(tables: Table | Sequence[Table]) -> list[Table]:
    """Return one or several inputs as a list.

    Examples
    --------
    >>> from textseg.ingest import as_tables
    >>> as_tables("reviews.csv")
    ['reviews.csv']
    """
    return [tables] if isinstance(tables, str | Path | pd.DataFrame) else list(tables)


def describe(table: Table, name: str) -> Raw:
    """Say what a table is called, before it is read.

    Parameters
    ----------
    table : str, Path or DataFrame
        As for :func:`open_table`.
    name : str
        What a frame is called.

    Returns
    -------
    Raw
        With an empty frame.
    """
    nothing = pd.DataFrame()
    if isinstance(table, pd.DataFrame):
        return Raw(f"The frame {name}", None, name, nothing)
    if str(table) == STANDARD_INPUT:
        return Raw("Standard input", STANDARD_INPUT, "stdin", nothing)
    if not str(table):
        raise InputError(
            "The name of an input is empty.", hint="Name a file; a shell variable may not be set."
        )
    if is_address(str(table)):
        query = parse_query(str(table))
        return Raw(query.label, query.name, query.name, nothing)
    path = Path(table)
    return Raw(str(path), path.name, plain_stem(path), nothing)


def source_names(tables: Sequence[Table]) -> list[str]:
    """Name the sources: "feedback", "feedback2" for frames, the stem for files, else the table.

    Files that would share a name take their ending, then as many folders as tell them apart;
    tables of databases take the address of the database.

    Parameters
    ----------
    tables : sequence of str, Path or DataFrame
        The feedback inputs.

    Returns
    -------
    list of str
        One name each, all different.

    Raises
    ------
    InputError
        An input was given twice.

    Examples
    --------
    >>> from textseg.ingest.read import source_names
    >>> source_names(["may/reviews.csv", "june/reviews.csv", "tickets.parquet"])
    ['may/reviews.csv', 'june/reviews.csv', 'tickets']
    """
    names: list[str | None] = [
        f"feedback{place if place > 1 else ''}" if isinstance(table, pd.DataFrame) else None
        for place, table in enumerate(tables, 1)
    ]
    stored = {i: table for i, table in enumerate(tables) if not isinstance(table, pd.DataFrame)}
    seen: set[str] = set()
    for table in stored.values():
        about, where = describe(table, ""), _whole_name(table)
        if where in seen:
            raise InputError(f"{about.label} was given twice.", hint="Name each input once.")
        seen.add(where)
    level = 0
    while waiting := [i for i in stored if names[i] is None]:
        offers = {i: _name_at(stored[i], level) for i in waiting}
        fixed = {name for name in names if name}
        for i, offer in offers.items():
            if offer not in fixed and list(offers.values()).count(offer) == 1:
                names[i] = offer
        level += 1
    return [str(name) for name in names]


def _whole_name(table: str | Path) -> str:
    """Name what no two inputs share."""
    if is_address(str(table)):
        query = parse_query(str(table))
        return f"{query.place}::{query.what}"
    return str(table) if str(table) == STANDARD_INPUT else os.path.realpath(table)


def _name_at(table: str | Path, level: int) -> str:
    """Name a file by its stem, then with its ending, then with one folder more at each level."""
    if level == 0:
        return describe(table, "").stem
    whole = _whole_name(table)
    return whole if is_address(whole) else "/".join(Path(whole).parts[-level:])


def plain_stem(path: Path) -> str:
    """Stem of a file, a folder or a pattern; of a pattern what is left without its wildcards.

    Examples
    --------
    >>> from pathlib import Path
    >>> from textseg.ingest.read import plain_stem
    >>> [plain_stem(Path(name)) for name in ("a/reviews-*.csv.gz", "may/*.parquet", "exports/")]
    ['reviews', 'may', 'exports']
    """
    path = path.absolute()
    name = path.name if _is_folder(path) else file_stem(path)
    letters = "".join(letter for letter in name if letter not in "*?[]").strip(" -_.")
    return letters or (plain_stem(path.parent) if path.name else "table")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it is said when the file is opened
        return False


def _parts(table: Table, name: str, reading: Reading) -> tuple[Raw, Generator[pd.DataFrame]]:
    """Say what a table is called, and give its parts; they are read as they are asked for."""
    about = describe(table, name)
    if isinstance(table, pd.DataFrame):
        return about, _one(plain_frame(table))
    if str(table) == STANDARD_INPUT:
        return about, _read_input(reading)
    if is_address(str(table)):
        return about, read_query(parse_query(str(table)))
    return about, _read_path(table, reading)


def _one(frame: pd.DataFrame) -> Generator[pd.DataFrame]:
    yield frame


def _read_path(path: str | Path, reading: Reading) -> Generator[pd.DataFrame]:
    yield from read_files(files_of(path), reading)


def _read_input(reading: Reading) -> Generator[pd.DataFrame]:
    with stored_input() as stored:
        with stored.open() as binary:
            start = binary.read(1 << 10).lstrip(b"\xef\xbb\xbf \t\r\n")
        reader = read_json if start[:1] in (b"{", b"[") else read_delimited
        yield from reader(stored, reading)


@contextmanager
def _readable(label: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or label
        raise InputError(f"{where} cannot be read: {error.strerror or error}.") from None


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Make a copy with rows counted from 0; levels of the index that have a name become columns."""
    there = {str(name).strip() for name in frame.columns}
    levels = {
        str(name): frame.index.get_level_values(place)
        for place, name in enumerate(frame.index.names)
        if name is not None and str(name) not in there
    }
    plain = frame.reset_index(drop=True)
    plain.columns = pd.Index([str(name).strip() for name in plain.columns], dtype=object)
    for name, values in levels.items():
        plain[name] = values
    return plain


def _refuse_repeated_names(raw: Raw) -> None:
    names = raw.frame.columns
    repeated = names[names.duplicated()].unique().to_list()
    if repeated:
        raise InputError(
            f"{raw.label} has more than one column named {repeated[0]!r}.",
            hint="Rename them, so that every column has a name of its own.",
        )

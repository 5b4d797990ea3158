"""One table, from a file or a frame, as it is; and the name that its rows are known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest.text_formats import read_delimited, read_json_lines

Table = str | Path | pd.DataFrame

_READ = "Read are CSV, TSV and JSON lines (also .gz, UTF-8), Parquet, and pandas frames."
_DELIMITED = {".csv": None, ".tsv": "\t", ".tab": "\t"}
_JSON_LINES = {".jsonl", ".ndjson", ".json"}
_PARQUET = {".parquet", ".pq"}


@dataclass(frozen=True)
class Raw:
    """A table as it was read.

    Parameters
    ----------
    label : str
        What messages call it: the path, or "the frame <name>".
    file : str or None
        File name without folder; None for a frame.
    stem : str
        File name without endings; the given name for a frame.
    frame : DataFrame
        Rows counted from 0, column names unique and text; text formats hold text only.
    """

    label: str
    file: str | None
    stem: str
    frame: pd.DataFrame


def read_table(table: Table, name: str) -> Raw:
    """Read a file, or take a frame without touching it.

    Parameters
    ----------
    table : str, Path or DataFrame
        CSV, TSV, JSON lines (each also .gz), Parquet, or a frame.
    name : str
        What a frame is called.

    Returns
    -------
    Raw

    Raises
    ------
    InputError
        The file is missing, empty, without rows, damaged or of another kind, or column names
        repeat.
    """
    if isinstance(table, pd.DataFrame):
        raw = Raw(f"The frame {name}", None, name, _plain_frame(table))
    else:
        path = _existing_file(table)
        raw = Raw(str(path), path.name, file_stem(path), _read_file(path))
    _refuse_repeated_names(raw)
    if raw.frame.empty:
        raise InputError(f"{raw.label} has column names but no rows.", hint="Export it again.")
    return raw


def file_stem(path: Path) -> str:
    """File name without folder and without the endings that say the format."""
    return path.name.removesuffix(path.suffix if path.suffix.lower() == ".gz" else "").rpartition(
        "."
    )[0]


def as_tables(tables: Table | Sequence[Table]) -> list[Table]:
    """Return one or several inputs as a list.

    Examples
    --------
    >>> from textseg.ingest import as_tables
    >>> as_tables("reviews.csv")
    ['reviews.csv']
    """
    return [tables] if isinstance(tables, str | Path | pd.DataFrame) else list(tables)


def source_names(tables: Sequence[Table]) -> list[str]:
    """Name the sources: "feedback", "feedback2" for frames, the file's stem for files.

    Files that would share a name take their ending, then as many folders as tell them apart.

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
        A file was given twice.

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
    paths = {i: Path(t) for i, t in enumerate(tables) if not isinstance(t, pd.DataFrame)}
    resolved = {i: path.resolve() for i, path in paths.items()}
    for place, path in resolved.items():
        if path in list(resolved.values())[: list(resolved).index(place)]:
            raise InputError(f"{paths[place]} was given twice.", hint="Name each file once.")
    level = 0
    while waiting := [i for i in paths if names[i] is None]:
        offers = {i: _name_at(resolved[i], level) for i in waiting}
        fixed = {name for name in names if name}
        for i, offer in offers.items():
            if offer not in fixed and list(offers.values()).count(offer) == 1:
                names[i] = offer
        level += 1
    return [str(name) for name in names]


def _name_at(path: Path, level: int) -> str:
    """Name a file by its stem, then with its ending, then with one folder more at each level."""
    return "/".join(path.parts[-level:]) if level else file_stem(path)


def _names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def _existing_file(table: str | Path) -> Path:
    path = Path(table)
    if "::" in str(table) or "://" in str(table):
        raise InputError(f"Databases and URLs are not read: {table}.", hint=_READ)
    if str(table) == "-":
        raise InputError("Standard input is not read.", hint=_READ)
    if path.is_dir():
        raise InputError(f"{path} is a folder; a file was expected.", hint=_READ)
    if not path.exists():
        siblings = _names_in(path.parent)
        guess = did_you_mean(path.name, siblings)
        raise InputError(
            f"{path} does not exist.",
            hint=guess if guess.startswith("Did") else f"It was looked for in {path.parent}.",
        )
    return path


def _read_file(path: Path) -> pd.DataFrame:
    name = path.name.lower().removesuffix(".gz")
    ending = Path(name).suffix
    try:
        if ending in _DELIMITED:
            return read_delimited(path, _DELIMITED[ending])
        if ending in _JSON_LINES:
            return read_json_lines(path)
        if ending in _PARQUET and not path.name.lower().endswith(".gz"):
            return _read_parquet(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    raise InputError(
        f"{path} is of a kind that is not read ({path.suffix or 'no ending'}).", hint=_READ
    )


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read Parquet with its types; nullable integers stay exact."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty.", hint="Export it again.")
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            f"{path} is not Parquet, or is truncated: {reason}.", hint="Export or copy it again."
        ) from None
    # pandas' own index, if it was written, is a column like any other, or nothing.
    table = table.replace_schema_metadata(None)
    keep = [i for i, name in enumerate(table.column_names) if not name.startswith("__index_level_")]
    frame: pd.DataFrame = table.select(keep).to_pandas(types_mapper=_pandas_types().get)
    return frame


def _pandas_types() -> dict[object, object]:
    import pyarrow as pa

    bits = (8, 16, 32, 64)
    integers = {getattr(pa, f"int{n}")(): getattr(pd, f"Int{n}Dtype")() for n in bits}
    unsigned = {getattr(pa, f"uint{n}")(): getattr(pd, f"UInt{n}Dtype")() for n in bits}
    texts = {kind: pd.StringDtype() for kind in (pa.string(), pa.large_string())}
    return {**integers, **unsigned, **texts, pa.bool_(): pd.BooleanDtype()}


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Make a copy with rows counted from 0; levels of the index that have a name become columns."""
    levels = {
        str(name): frame.index.get_level_values(place)
        for place, name in enumerate(frame.index.names)
        if name is not None and name not in frame.columns
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

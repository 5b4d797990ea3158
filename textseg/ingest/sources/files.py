"""Files by their endings, and folders and patterns of files that make one table."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest.sources.delimited import read_delimited
from textseg.ingest.sources.excel import read_excel
from textseg.ingest.sources.json_text import read_json
from textseg.ingest.sources.parquet import read_parquet
from textseg.ingest.sources.reading import Reading
from textseg.ingest.sources.stored import stored_file

READ = (
    "Read are CSV, TSV and JSON (also .gz), Parquet, Excel, folders of Parquet or CSV, "
    "URL::table, and - for standard input."
)
"""Hint for what cannot be read."""

_KINDS = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".tab": "CSV",
    ".txt": "CSV",
    ".jsonl": "JSON",
    ".ndjson": "JSON",
    ".json": "JSON",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".xlsx": "Excel",
    ".xlsm": "Excel",
    ".xlsb": "Excel",
    ".xls": "Excel",
    ".ods": "Excel",
}
_ARCHIVES = frozenset({".zip", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz"})
_WILDCARDS = "*?["
_PACKED = frozenset({"CSV", "JSON"})
_READERS: dict[str, Callable[[Path, Reading], Generator[pd.DataFrame]]] = {
    "CSV": lambda path, reading: read_delimited(stored_file(path), reading),
    "JSON": lambda path, reading: read_json(stored_file(path), reading),
    "Parquet": lambda path, _: read_parquet(path),
    "Excel": read_excel,
}


def files_of(table: str | Path) -> list[Path]:
    """Find the files that make a table: one, those of a folder, or those of a pattern.

    Parameters
    ----------
    table : str or Path
        A file; a folder, of which Parquet and CSV files count, in folders below too, but none
        whose name begins with "." or "_"; or a pattern such as ``reviews/2024-*.parquet``.

    Returns
    -------
    list of Path
        At least one, by name.

    Raises
    ------
    InputError
        There is no such file, or files of several kinds.
    """
    path = Path(table)
    if path.is_dir():
        found = [file for file in sorted(path.rglob("*")) if _is_part(file, path)]
        if not found:
            raise InputError(f"{path} is a folder without Parquet or CSV files.", hint=READ)
    elif not path.exists() and any(sign in str(table) for sign in _WILDCARDS):
        start = Path(path.anchor)
        fitting = start.glob(str(path.relative_to(start) if path.anchor else path))
        found = [file for file in sorted(fitting) if file.is_file() and file.name[0] != "."]
        if not found:
            raise InputError(
                f"No file fits the pattern {table}.", hint=f"It was looked for in {Path.cwd()}."
            )
    else:
        return [_existing(path)]
    _refuse_several_kinds(found, path)
    return found


def read_files(files: Sequence[Path], reading: Reading) -> Generator[pd.DataFrame]:
    """Read files one after the other, as one table.

    Parameters
    ----------
    files : sequence of Path
        Of one kind.
    reading : Reading
        How they are read.

    Yields
    ------
    DataFrame
        Part by part.

    Raises
    ------
    InputError
        A file cannot be read, or has other columns than the first.
    """
    first: pd.Index | None = None
    for path in files:
        for part in _READERS[_kind(path)](path, reading):
            first = part.columns if first is None else first
            _refuse_other_columns(part.columns, first, path, files[0])
            yield part


def file_stem(path: Path) -> str:
    """File name without folder and without the endings that say the format."""
    name = path.name.removesuffix(path.suffix if path.suffix.lower() == ".gz" else "")
    return name.rpartition(".")[0] or name


def _kind(path: Path) -> str:
    packed = path.suffix.lower() == ".gz"
    kind = _KINDS.get(Path(path.name.lower().removesuffix(".gz")).suffix, "")
    if not kind or (packed and kind not in _PACKED):
        packed = path.suffix.lower() in _ARCHIVES
        raise InputError(
            f"{path} is of a kind that is not read ({path.suffix or 'no ending'}).",
            hint="Unpack it; CSV, TSV and JSON may be packed with gzip." if packed else READ,
        )
    return kind


def _is_part(file: Path, folder: Path) -> bool:
    """Tell files of data from what tools leave beside them, such as _SUCCESS and notes.txt."""
    inside = file.relative_to(folder).parts
    ending = Path(file.name.lower().removesuffix(".gz")).suffix
    return (
        _KINDS.get(ending) in ("CSV", "Parquet")
        and ending != ".txt"
        and not any(part.startswith((".", "_")) for part in inside)
        and file.is_file()
    )


def _existing(path: Path) -> Path:
    if path.is_symlink() and not path.exists():
        raise InputError(
            f"{path} is a link to {path.readlink()}, which leads nowhere.", hint="Mend the link."
        )
    if not path.exists():
        folder = path.parent
        siblings = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        guess = did_you_mean(path.name, siblings)
        raise InputError(
            f"{path} does not exist.",
            hint=guess
            if guess.startswith("Did")
            else f"It was looked for in {path.absolute().parent}.",
        )
    return path


def _refuse_several_kinds(files: Sequence[Path], path: Path) -> None:
    kinds = sorted({_kind(file) for file in files})
    if len(kinds) > 1:
        raise InputError(
            f"{path} holds files of several kinds: {' and '.join(kinds)}.",
            hint=f"Name those of one kind: '{path}/*{files[0].suffix}'"
            if path.is_dir()
            else "Make the pattern narrower.",
        )


def _refuse_other_columns(columns: pd.Index, expected: pd.Index, path: Path, first: Path) -> None:
    """Let files have more or fewer columns, but not another table beside."""
    more, fewer = columns.difference(expected, sort=False), expected.difference(columns, sort=False)
    if len(more) and len(fewer):
        raise InputError(
            f"{path} has a column {more[0]!r} and no {fewer[0]!r}, unlike {first}: "
            "they are not parts of one table.",
            hint="Give them one by one, or name the parts by a pattern such as 'reviews-*.csv'.",
        )

"""Files that a command writes where the user says: checked before the work, replaced at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textseg.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".parquet", ".jsonl")


def check_target(path: Path) -> None:
    """Raise InputError unless a file can be written there.

    Examples
    --------
    >>> from pathlib import Path
    >>> from textseg.cli.files import check_target
    >>> check_target(Path("out.csv"))
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; a file is expected.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist.", hint="Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"The folder {path.parent} cannot be written: permission denied.")


def write_tables(tables: Mapping[Path, pd.DataFrame]) -> None:
    """Write tables in the format that each suffix names: all of them, or none.

    Parameters
    ----------
    tables : mapping of Path to DataFrame
        The files end in one of :data:`TABLES`; older ones are replaced.
    """
    temporary = {path: path.with_name(f".{os.getpid()}.{path.name}") for path in tables}
    try:
        for path, frame in tables.items():
            _write(frame, temporary[path])
        for path, new in temporary.items():
            new.replace(path)
    finally:
        for new in temporary.values():
            new.unlink(missing_ok=True)


def _write(frame: pd.DataFrame, path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        from textseg.workspace.exports import write_csv

        write_csv(frame, path)
    elif suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_json(
            path, orient="records", lines=True, force_ascii=False, date_format="iso", date_unit="s"
        )

"""The exports as files: Parquet exactly, CSV for spreadsheets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# Cells that a spreadsheet would run, as OWASP's page on CSV injection lists them.
_FORMULA = r"^([=+\-@\t\r\n＝＋－＠])"


def write_exports(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    """Write each frame as ``<name>.parquet`` and ``<name>.csv``; the same frame, the same bytes."""
    folder.mkdir()
    for name, frame in frames.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table, folder / f"{name}.parquet")
        write_csv(frame, folder / f"{name}.csv")


def write_rules(folder: Path, rules: Mapping[str, Any]) -> None:
    """Write the rules of the segments as ``rules.json``, and as ``rules.sql`` for these exports."""
    from textseg.segments.rules import Rules

    text = json.dumps(rules, ensure_ascii=False, indent=2)
    (folder / "rules.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    sql = Rules.from_json(rules).to_sql()
    (folder / "rules.sql").write_text(sql, encoding="utf-8", newline="\n")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame for spreadsheets.

    Parameters
    ----------
    frame : DataFrame
        Text columns have dtype "string".
    path : Path
        UTF-8; lines end as RFC 4180 says, which also makes every Python quote a lone carriage
        return. Floats carry 6 decimals, times are cut to seconds, nulls are empty, and text that
        a spreadsheet would run as a formula gets an apostrophe in front.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from textseg.workspace.exports import write_csv
    >>> frame = pd.DataFrame({"text": pd.array(["=1+1"], dtype="string"), "share": [0.5]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(frame, Path(folder, "x.csv"))
    ...     print(Path(folder, "x.csv").read_text())
    text,share
    '=1+1,0.500000
    <BLANKLINE>
    """
    harmless = frame.copy(deep=False)
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.StringDtype):
            harmless[name] = frame[name].str.replace(_FORMULA, r"'\1", regex=True)
        elif dtype == "float64":
            harmless[name] = frame[name].mask(frame[name].abs() <= 5e-7, 0.0)  # no "-0.000000"
    harmless.to_csv(
        path,
        index=False,
        encoding="utf-8",
        float_format="%.6f",
        date_format="%Y-%m-%d %H:%M:%S",
        lineterminator="\r\n",
    )

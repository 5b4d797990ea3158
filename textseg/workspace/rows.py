"""Frames and arrays to and from the tables of the store, in bulk."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from textseg.schema import EXPORTS, REAL, scale_columns_in
from textseg.workspace.record import MODELS, Arrays, Frames, RunRecord
from textseg.workspace.tables import CONTENT, add_columns, sql_columns, table_columns, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

_PANDAS = {pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype()}


def query_frame(
    connection: DuckDBPyConnection, query: str, params: list[Any] | None = None
) -> pd.DataFrame:
    """Return what a query gives, with nullable integers and text."""
    table = connection.sql(query, params=params).to_arrow_table()
    frame: pd.DataFrame = table.to_pandas(types_mapper=_PANDAS.get)
    return frame


def insert_frames(connection: DuckDBPyConnection, record: RunRecord) -> None:
    """Add the frames of a run to their tables."""
    for export, frame in record.frames.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.append_column("position", pa.array(np.arange(len(frame))))
        connection.register("incoming", table)
        scales = _insert_scales(connection, export, frame, record.run_id)
        if export == "feedback":
            _insert_feedback(connection, scales, record.run_id)
        else:
            columns = [*sql_columns(export), *scales]
            _insert(connection, export, columns, record.run_id, "incoming")
        connection.unregister("incoming")


def _insert_scales(
    connection: DuckDBPyConnection, export: str, frame: pd.DataFrame, run_id: str
) -> list[str]:
    """Make room for the scales of a run, note them as its own, and return their columns."""
    scales = scale_columns_in(frame.columns, EXPORTS[export])
    add_columns(connection, table_of(export), dict.fromkeys(scales, "DOUBLE"))
    for position, name in enumerate(scales):
        connection.execute(
            "INSERT INTO scales (run_id, position, export, column_name) VALUES (?, ?, ?, ?)",
            [run_id, position, export, name],
        )
    return scales


def _read_scales(connection: DuckDBPyConnection, run_id: str) -> dict[str, list[str]]:
    """Return the columns of a run's scales by export; a store of before scales has none."""
    scales: dict[str, list[str]] = {export: [] for export in EXPORTS}
    if table_columns(connection, "scales"):
        rows = connection.execute(
            "SELECT export, column_name FROM scales WHERE run_id = ? ORDER BY position", [run_id]
        ).fetchall()
        for export, name in rows:
            scales[export].append(name)
    return scales


def _insert(
    connection: DuckDBPyConnection, table: str, columns: list[str], run_id: str, origin: str
) -> None:
    listing = ", ".join(f'"{name}"' for name in ["position", *columns])
    connection.execute(
        f"INSERT INTO {table} (run_id, {listing}) "
        f"SELECT ?, {listing} FROM {origin} ORDER BY position",
        [run_id],
    )


def _insert_feedback(connection: DuckDBPyConnection, scales: list[str], run_id: str) -> None:
    """Keep new contents once, and let this run's assignments point to old and new ones."""
    content = ", ".join(f'"{name}"' for name in CONTENT)
    connection.execute(
        f"CREATE TEMP TABLE coming AS SELECT *, {_content_hash()} AS content FROM incoming"
    )
    connection.execute(
        f"INSERT INTO feedback (feedback_key, content, {content}) "
        "SELECT (SELECT coalesce(max(feedback_key), 0) FROM feedback) "
        f"+ row_number() OVER (ORDER BY position), content, {content} "
        "FROM coming ANTI JOIN feedback USING (content) ORDER BY position"
    )
    columns = [name for name in (*sql_columns("feedback"), *scales) if name not in CONTENT]
    keyed = "(SELECT c.*, f.feedback_key FROM coming c JOIN feedback f USING (content))"
    _insert(connection, "assignments", ["feedback_key", *columns], run_id, keyed)
    connection.execute("DROP TABLE coming")


def _content_hash() -> str:
    """Return SQL for the SHA-256 of the content columns, lengths in front, null as "-"."""
    types = sql_columns("feedback")
    parts = []
    for name in CONTENT:
        time = types[name] == "TIMESTAMP_NS"
        text = f'epoch_ns("{name}")::VARCHAR' if time else f'"{name}"::VARCHAR'
        parts.append(f"coalesce(strlen({text}) || ':' || {text}, '-')")
    return f"unhex(sha256({' || '.join(parts)}))"


def read_frames(connection: DuckDBPyConnection, run_id: str) -> Frames:
    """Return the frames of a run as they were added."""
    scales = _read_scales(connection, run_id)
    return {export: _read_frame(connection, export, scales[export], run_id) for export in EXPORTS}


def _read_frame(
    connection: DuckDBPyConnection, export: str, scales: list[str], run_id: str
) -> pd.DataFrame:
    dtypes = {name: str(column.dtype) for name, column in EXPORTS[export].columns.items()}
    dtypes |= dict.fromkeys(scales, REAL)
    tables = ("assignments", "feedback") if export == "feedback" else (export,)
    there = set().union(*(table_columns(connection, table) for table in tables))
    if not there:  # the store was made before there was such an export
        return pd.DataFrame(columns=list(dtypes)).astype(dtypes)
    listing = ", ".join(f'"{name}"' for name in dtypes if name in there)
    origin = "assignments JOIN feedback USING (feedback_key)" if len(tables) > 1 else export
    frame = query_frame(
        connection,
        f"SELECT {listing} FROM {origin} WHERE run_id = ? ORDER BY position",
        [run_id],
    )
    # Their values were checked at commit; only columns this store lacks need to be made.
    return frame.reindex(columns=list(dtypes)).astype(dtypes)


def insert_arrays(connection: DuckDBPyConnection, record: RunRecord) -> None:
    """Add the arrays of a run, one row each."""
    for model, arrays in record.arrays.items():
        for name, array in arrays.items():
            connection.execute(
                "INSERT INTO arrays VALUES (?, ?, ?, ?, ?, ?)",
                [record.run_id, model, name, array.dtype.str, list(array.shape), array.tobytes()],
            )


def read_arrays(connection: DuckDBPyConnection, run_id: str) -> Arrays:
    """Return the arrays of a run, by model and name."""
    rows = connection.execute(
        "SELECT model, name, dtype, shape, data FROM arrays WHERE run_id = ?", [run_id]
    ).fetchall()
    arrays: Arrays = {model: {} for model in MODELS}
    for model, name, dtype, shape, data in rows:
        arrays[model][name] = np.frombuffer(data, np.dtype(dtype)).reshape(shape).copy()
    return arrays


def insert_kept(
    connection: DuckDBPyConnection, run_id: str, kept: Mapping[str, pd.DataFrame | None]
) -> None:
    """Keep tables for the next refresh, in the place of those of the run before."""
    connection.execute("DELETE FROM kept")
    for name, frame in kept.items():
        data = None if frame is None else _parquet(frame)
        connection.execute("INSERT INTO kept VALUES (?, ?, ?)", [run_id, name, data])


def read_kept(connection: DuckDBPyConnection, run_id: str) -> dict[str, pd.DataFrame | None]:
    """Return the tables that were kept with a run; nothing if there are none any more."""
    if not table_columns(connection, "kept"):
        return {}
    rows = connection.execute("SELECT name, data FROM kept WHERE run_id = ?", [run_id]).fetchall()
    return {name: None if data is None else pd.read_parquet(BytesIO(data)) for name, data in rows}


def _parquet(frame: pd.DataFrame) -> bytes:
    # Attributes come as the user's frames have them; what Arrow has no type for becomes text.
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        objects = frame.select_dtypes("object").columns
        table = pa.Table.from_pandas(
            frame.astype(dict.fromkeys(objects, "string")), preserve_index=False
        )
    target = BytesIO()
    pq.write_table(table, target, compression="zstd")
    return target.getvalue()

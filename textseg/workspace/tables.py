"""The tables of the store, derived from the exports.

A feedback's content is kept once, however many runs see it; ``assignments`` holds what a run says
about it. A column added to an export later is added to its table at the next commit; so is one per
scale of a run, and ``scales`` says which of them a run has, since the others' stay in the table.
``kept`` holds the orders and the customer table of the latest run only: what a refresh adds to.
They are Parquet, since the columns of the latter can be any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textseg.schema import EXPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

VERSION = 1
"""Raised when an older textseg could no longer read the store rightly."""

CONTENT = (
    "source",
    "feedback_id",
    "text",
    "customer_id",
    "created_at",
    "channel",
    "rating",
    "language",
)
"""The columns of the feedback export that do not depend on the run."""

_SQL = {
    "string": "VARCHAR",
    "Int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "boolean": "BOOLEAN",
    "datetime64": "TIMESTAMP_NS",
}
_PER_RUN = {"run_id": "VARCHAR", "position": "BIGINT"}


def sql_columns(export: str) -> dict[str, str]:
    """Return the SQL types of an export's columns."""
    return {
        name: _SQL[str(column.dtype).partition("[")[0]]
        for name, column in EXPORTS[export].columns.items()
    }


def _tables() -> dict[str, dict[str, str]]:
    feedback = sql_columns("feedback")
    tables = {name: _PER_RUN | sql_columns(name) for name in EXPORTS if name != "feedback"}
    tables["feedback"] = {"feedback_key": "BIGINT", "content": "BLOB"}
    tables["feedback"] |= {name: feedback[name] for name in CONTENT}
    tables["assignments"] = _PER_RUN | {"feedback_key": "BIGINT"}
    tables["assignments"] |= {name: feedback[name] for name in feedback if name not in CONTENT}
    return tables | _FIXED


_FIXED = {
    "store": {"version": "INTEGER"},
    "runs": {
        "number": "INTEGER",
        "run_id": "VARCHAR",
        "refreshed_from": "VARCHAR",
        "created_at": "TIMESTAMP",
        "as_of": "TIMESTAMP_NS",
        "n_feedback": "BIGINT",
        "n_customers": "BIGINT",
        "n_topics": "BIGINT",
        "n_segments": "BIGINT",
        "unclustered_share": "DOUBLE",
        "n_moved": "BIGINT",
        "metadata": "VARCHAR",
        "manifest": "VARCHAR",
        "report": "BLOB",
    },
    "scales": _PER_RUN | {"export": "VARCHAR", "column_name": "VARCHAR"},
    "arrays": {
        "run_id": "VARCHAR",
        "model": "VARCHAR",
        "name": "VARCHAR",
        "dtype": "VARCHAR",
        "shape": "BIGINT[]",
        "data": "BLOB",
    },
    "kept": {
        "run_id": "VARCHAR",
        "name": "VARCHAR",
        "data": "BLOB",
    },
    "edits": {
        "id": "BIGINT",
        "created_at": "TIMESTAMP",
        "kind": "VARCHAR",
        "payload": "VARCHAR",
    },
}


def make_tables(connection: DuckDBPyConnection) -> None:
    """Make the tables and columns that are not there yet."""
    for table, columns in _tables().items():
        listing = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({listing})")
        add_columns(connection, table, columns)
    connection.execute(
        "INSERT INTO store SELECT ? WHERE NOT EXISTS (SELECT 1 FROM store)", [VERSION]
    )


def add_columns(connection: DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
    """Add the columns that a table has not, by name and SQL type."""
    there = table_columns(connection, table)
    for name, kind in columns.items():
        if name not in there:
            connection.execute(f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}')


def table_of(export: str) -> str:
    """Return the table with what a run says in an export."""
    return "assignments" if export == "feedback" else export


def table_columns(connection: DuckDBPyConnection, table: str) -> set[str]:
    """Return the names of the columns that a table has in this store."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]
    ).fetchall()
    return {row[0] for row in rows}

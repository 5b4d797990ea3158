"""Runs in the DuckDB store: a run is one transaction, there whole or not at all."""

from __future__ import annotations

import json
import zlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from textseg.errors import WorkspaceError, did_you_mean
from textseg.workspace.connection import connect
from textseg.workspace.record import Frames, RunRecord
from textseg.workspace.rows import (
    insert_arrays,
    insert_frames,
    query_frame,
    read_arrays,
    read_frames,
)
from textseg.workspace.tables import VERSION, make_tables, table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_SUMMARY = ("n_feedback", "n_customers", "n_topics", "n_segments", "unclustered_share")


class Store:
    """The runs in one DuckDB file.

    Parameters
    ----------
    path : Path
        The file; made by the first :meth:`add`.
    wait : float
        Seconds to wait for another process that has it open.

    Examples
    --------
    >>> from pathlib import Path
    >>> from textseg.workspace.store import Store
    >>> Store(Path("store.duckdb"), wait=60).path.name
    'store.duckdb'
    """

    def __init__(self, path: Path, wait: float) -> None:
        self.path = path
        self.wait = wait

    def add(self, record: RunRecord) -> RunRecord:
        """Add a run whole, and return it with its id. The caller is the only writer."""
        if not self.path.exists():
            self._make()
        with self._opened(read_only=False) as connection:
            connection.execute("BEGIN")
            # Closing without COMMIT rolls back, so an error or a kill leaves nothing.
            make_tables(connection)
            number = _one(connection, "SELECT coalesce(max(number), 0) + 1 FROM runs")
            record = replace(record, run_id=f"{number:04d}-{record.as_of:%Y-%m-%d}")
            _insert_run(connection, number, record)
            insert_frames(connection, record)
            insert_arrays(connection, record)
            connection.execute("COMMIT")
        return record

    def latest_id(self) -> str | None:
        """Id of the run that was committed last; None before the first."""
        if not self.path.exists():
            return None
        with self._opened() as connection:
            return cast("str | None", _one(connection, "SELECT arg_max(run_id, number) FROM runs"))

    def read(self, run_id: str) -> RunRecord:
        """Read one run back as it was added."""
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT created_at, epoch_ns(as_of), metadata, manifest, report "
                "FROM runs WHERE run_id = ?",
                [run_id],
            ).fetchall()
            if not rows:
                ids = connection.execute("SELECT run_id FROM runs ORDER BY number").fetchall()
                raise WorkspaceError(
                    f"There is no run {run_id!r} in {self.path}.",
                    hint=did_you_mean(run_id, [each for (each,) in ids]),
                )
            created_at, as_of, metadata, manifest, report = rows[0]
            return RunRecord(
                run_id=run_id,
                created_at=created_at.replace(tzinfo=UTC),
                as_of=pd.Timestamp(as_of, unit="ns"),
                frames=read_frames(connection, run_id),
                arrays=read_arrays(connection, run_id),
                metadata=json.loads(metadata),
                manifest=json.loads(manifest),
                report=zlib.decompress(report).decode(),
            )

    def runs(self) -> pd.DataFrame:
        """One row per run, oldest first."""
        columns = ", ".join(("run_id", "created_at", "as_of", *_SUMMARY))
        with self._opened() as connection:
            return query_frame(connection, f"SELECT {columns} FROM runs ORDER BY number")

    def _make(self) -> None:
        """Make an empty store under another name first: a kill leaves no half-made file."""
        new = self.path.with_name(f".new-{self.path.name}")
        new.unlink(missing_ok=True)
        with connect(new, read_only=False, wait=self.wait) as connection:
            make_tables(connection)
        new.rename(self.path)

    @contextmanager
    def _opened(self, *, read_only: bool = True) -> Iterator[DuckDBPyConnection]:
        with connect(self.path, read_only=read_only, wait=self.wait) as connection:
            self._check_version(connection)
            yield connection

    def _check_version(self, connection: DuckDBPyConnection) -> None:
        if "version" not in table_columns(connection, "store"):
            raise WorkspaceError(
                f"{self.path} is a DuckDB file, but not a store of textseg.",
                hint="Choose another folder.",
            )
        version = _one(connection, "SELECT max(version) FROM store")
        if version is not None and version > VERSION:
            raise WorkspaceError(
                f"{self.path} has store version {version}; this textseg reads up to {VERSION}.",
                hint="Upgrade textseg: pip install --upgrade textseg",
            )


def _one(connection: DuckDBPyConnection, query: str) -> Any:
    # All rows: DuckDB 2 refuses the next statement while a result is not read to its end.
    ((value,),) = connection.execute(query).fetchall()
    return value


def _insert_run(connection: DuckDBPyConnection, number: int, record: RunRecord) -> None:
    summary = _summary(record.frames)
    names = ", ".join(_SUMMARY)
    marks = ", ".join("?" for _ in _SUMMARY)
    connection.execute(
        "INSERT INTO runs (number, run_id, created_at, as_of, metadata, manifest, report, "
        f"{names}) VALUES (?, ?, ?, make_timestamp_ns(?), ?, ?, ?, {marks})",
        [
            number,
            record.run_id,
            record.created_at.astimezone(UTC).replace(tzinfo=None),
            record.as_of.value,
            json.dumps(record.metadata, ensure_ascii=False),
            json.dumps(record.manifest, ensure_ascii=False),
            zlib.compress(record.report.encode()),
            *(summary[name] for name in _SUMMARY),
        ],
    )


def _summary(frames: Frames) -> dict[str, Any]:
    topic_ids = frames["feedback"]["topic_id"]
    return {
        "n_feedback": len(topic_ids),
        "n_customers": len(frames["customers"]),
        "n_topics": int((frames["topics"]["topic_id"] >= 0).sum()),
        "n_segments": int((frames["segments"]["segment_id"] >= 0).sum()),
        "unclustered_share": float((topic_ids == -1).mean()) if len(topic_ids) else None,
    }

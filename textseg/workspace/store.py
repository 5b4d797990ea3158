"""Runs in the DuckDB store: a run is one transaction, there whole or not at all."""

from __future__ import annotations

import json
import zlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pandas as pd

from textseg.errors import WorkspaceError, did_you_mean
from textseg.workspace.connection import connect
from textseg.workspace.edits import StoredEdit, in_effect, insert_edit, read_edits
from textseg.workspace.interrupts import uninterrupted
from textseg.workspace.record import Frames, RunRecord
from textseg.workspace.rows import (
    insert_arrays,
    insert_frames,
    insert_kept,
    query_frame,
    read_arrays,
    read_frames,
    read_kept,
)
from textseg.workspace.tables import VERSION, make_tables, table_columns, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

State: TypeAlias = tuple[str, int]
"""Id of a run and of the last edit to it; 0 before the first."""

_SUMMARY = ("n_feedback", "n_customers", "n_topics", "n_segments", "unclustered_share")


class NotKeptError(WorkspaceError):
    """A run has not, or no longer, what a refresh needs."""


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

    def next_number(self) -> int:
        """Return the number of the run that will be added next."""
        if not self.path.exists():
            return 1
        with self._opened() as connection:
            return int(_one(connection, "SELECT coalesce(max(number), 0) + 1 FROM runs"))

    def add(
        self,
        record: RunRecord,
        number: int,
        kept: Mapping[str, pd.DataFrame | None],
        base: State | None,
        then: Callable[[], None],
    ) -> None:
        """Add a run whole. The caller is the only writer.

        Parameters
        ----------
        record : RunRecord
            With its id.
        number : int
            From :meth:`next_number`.
        kept : mapping of str to (DataFrame or None)
            Tables that the next refresh needs.
        base : tuple of (str, int) or None
            What :meth:`latest_state` was when the run was begun, if it is a refresh of that.
        then : callable
            Called when the run is there; no interrupt comes between.

        Raises
        ------
        WorkspaceError
            The run it was refreshed from is no longer the latest, or was edited.
        """
        if not self.path.exists():
            self._make()
        with self._opened(read_only=False) as connection:
            connection.execute("BEGIN")
            # Closing without COMMIT rolls back, so an error or a kill leaves nothing.
            make_tables(connection)
            if base is not None and _latest_state(connection) != base:
                raise WorkspaceError(
                    f"{self.path} has got a newer run or edit than {base[0]} meanwhile.",
                    hint="Refresh again.",
                )
            _insert_run(connection, number, record, None if base is None else base[0])
            insert_kept(connection, record.run_id, kept)
            insert_frames(connection, record)
            insert_arrays(connection, record)
            _commit(connection, then)

    def edit(
        self,
        before: RunRecord,
        after: RunRecord,
        changed: frozenset[str],
        edit: Mapping[str, Any],
        undo: Mapping[str, Any],
        write: Callable[[RunRecord], None],
        then: Callable[[], None],
    ) -> RunRecord:
        """Put a run in its own place, and append the edit that made it so.

        Parameters
        ----------
        before : RunRecord
            The latest run as it was read.
        after : RunRecord
            The same run as it should be; ``edits`` and ``revision`` are added to its manifest.
        changed : frozenset of str
            The frames that are not the same.
        edit, undo : mapping
            What was asked for and what undoing needs; see :class:`StoredEdit`.
        write : callable
            Called with the run as it will be, while an error still leaves it as it was.
        then : callable
            Called when the edit is there; no interrupt comes between.

        Raises
        ------
        WorkspaceError
            The run is not the latest, or was edited since it was read.
        """
        run_id = before.run_id
        with self._opened(read_only=False) as connection:
            connection.execute("BEGIN")
            make_tables(connection)
            if _latest_state(connection) != (run_id, before.manifest.get("revision", 0)):
                raise WorkspaceError(
                    f"Run {run_id} in {self.path} has been changed meanwhile.",
                    hint="Look at the topics again, then repeat the edit.",
                )
            number = insert_edit(connection, run_id, edit, undo)
            edits = [each.summary() for each in in_effect(read_edits(connection, run_id))]
            after = replace(after, manifest={**after.manifest, "edits": edits, "revision": number})
            _update_run(connection, after)
            frames = {name: after.frames[name] for name in after.frames if name in changed}
            for export in frames:
                where = [run_id, export]
                connection.execute(f"DELETE FROM {table_of(export)} WHERE run_id = ?", [run_id])
                connection.execute("DELETE FROM scales WHERE run_id = ? AND export = ?", where)
            insert_frames(connection, replace(after, frames=frames))
            connection.execute("DELETE FROM arrays WHERE run_id = ?", [run_id])
            insert_arrays(connection, after)
            write(after)
            _commit(connection, then)
        return after

    def edits(self, run_id: str) -> list[StoredEdit]:
        """List the edits of a run that are in effect, the oldest first."""
        with self._opened() as connection:
            return in_effect(read_edits(connection, run_id))

    def kept(self, run_id: str) -> dict[str, pd.DataFrame]:
        """Return the tables that were kept with the latest run.

        Raises
        ------
        NotKeptError
            It is not the latest run, or of an earlier version, which kept none.
        """
        with self._opened() as connection:
            kept, latest = read_kept(connection, run_id), _latest_state(connection)
        if not kept and latest is not None and latest[0] != run_id:
            raise NotKeptError(
                f"Run {run_id} in {self.path} is not the latest: orders are kept for that only.",
                hint=f"Refresh the latest, {latest[0]}, or run again.",
            )
        if not kept:
            raise NotKeptError(
                f"Run {run_id} in {self.path} is of an earlier version and cannot be refreshed.",
                hint="Run once more with textseg run; then it can.",
            )
        return {name: frame for name, frame in kept.items() if frame is not None}

    def latest_state(self) -> State | None:
        """Id of the latest run and of the last edit to it, 0 before the first; None without run."""
        if not self.path.exists():
            return None
        with self._opened() as connection:
            return _latest_state(connection)

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
        """One row per run, oldest first; of a refresh also what it goes out from, and who moved."""
        columns = ("run_id", "refreshed_from", "created_at", "as_of", *_SUMMARY, "n_moved")
        with self._opened() as connection:
            there = table_columns(connection, "runs")
            listing = ", ".join(name for name in columns if name in there)
            frame = query_frame(connection, f"SELECT {listing} FROM runs ORDER BY number")
        # The store of an earlier version has fewer.
        dtypes = {"refreshed_from": "string", "n_moved": "Int64"}
        return frame.reindex(columns=list(columns)).astype(dtypes)

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


def _commit(connection: DuckDBPyConnection, then: Callable[[], None]) -> None:
    with uninterrupted():
        connection.execute("COMMIT")
        then()


def _one(connection: DuckDBPyConnection, query: str) -> Any:
    # All rows: DuckDB 2 refuses the next statement while a result is not read to its end.
    ((value,),) = connection.execute(query).fetchall()
    return value


def _latest_state(connection: DuckDBPyConnection) -> State | None:
    rows = connection.execute(
        "SELECT run_id, manifest FROM runs ORDER BY number DESC LIMIT 1"
    ).fetchall()
    return (rows[0][0], json.loads(rows[0][1]).get("revision", 0)) if rows else None


def _update_run(connection: DuckDBPyConnection, record: RunRecord) -> None:
    """Change what an edit changes: number, id and dates stay."""
    summary = _summary(record.frames)
    listing = ", ".join(f"{name} = ?" for name in _SUMMARY)
    connection.execute(
        f"UPDATE runs SET metadata = ?, manifest = ?, report = ?, {listing} WHERE run_id = ?",
        [
            json.dumps(record.metadata, ensure_ascii=False),
            json.dumps(record.manifest, ensure_ascii=False),
            zlib.compress(record.report.encode()),
            *(summary[name] for name in _SUMMARY),
            record.run_id,
        ],
    )


def _insert_run(
    connection: DuckDBPyConnection, number: int, record: RunRecord, base: str | None
) -> None:
    summary = _summary(record.frames)
    names = ", ".join(_SUMMARY)
    marks = ", ".join("?" for _ in _SUMMARY)
    connection.execute(
        "INSERT INTO runs "
        "(number, run_id, refreshed_from, n_moved, created_at, as_of, metadata, manifest, report, "
        f"{names}) VALUES (?, ?, ?, ?, ?, make_timestamp_ns(?), ?, ?, ?, {marks})",
        [
            number,
            record.run_id,
            base,
            record.manifest.get("refresh", {}).get("customers", {}).get("moved"),
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
        "n_topics": len(frames["topics"]) - int((frames["topics"]["kind"] == "theme").sum()),
        "n_segments": int((frames["segments"]["segment_id"] >= 0).sum()),
        "unclustered_share": float((topic_ids == -1).mean()) if len(topic_ids) else None,
    }

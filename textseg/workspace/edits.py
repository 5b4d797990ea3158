"""The edits of topics in the store: a list that only grows, so that each can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textseg.workspace.tables import table_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNDO = "undo"
"""Kind of the row that says that the last edit holds no longer."""


@dataclass(frozen=True)
class StoredEdit:
    """One row of the table ``edits``.

    Attributes
    ----------
    id : int
        Counts all edits of the workspace from 1.
    created_at : datetime
        UTC.
    kind : str
        Such as "rename"; see :data:`textseg.topics.edits.KINDS`, and :data:`UNDO`.
    run_id : str
        The run that was edited.
    edit : dict
        What was asked for, as JSON.
    before : dict
        What undoing needs, as JSON.
    """

    id: int
    created_at: datetime
    kind: str
    run_id: str
    edit: dict[str, Any]
    before: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """Return what the manifest says of the edit."""
        return {"id": self.id, "created_at": self.created_at.isoformat(), **self.edit}


def insert_edit(
    connection: DuckDBPyConnection,
    run_id: str,
    edit: Mapping[str, Any],
    before: Mapping[str, Any],
) -> int:
    """Append an edit and return its id; ``edit`` has its ``kind``."""
    rows = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM edits").fetchall()
    number = int(rows[0][0])
    payload = {"run_id": run_id, "edit": dict(edit), "before": dict(before)}
    connection.execute(
        "INSERT INTO edits (id, created_at, kind, payload) VALUES (?, ?, ?, ?)",
        [
            number,
            datetime.now(UTC).replace(tzinfo=None),
            edit["kind"],
            json.dumps(payload, ensure_ascii=False),
        ],
    )
    return number


def read_edits(connection: DuckDBPyConnection, run_id: str) -> list[StoredEdit]:
    """List the edits of a run, and of those it was refreshed from, in their order.

    Undone ones and undoings are included.
    """
    line = _lineage(connection, run_id)
    rows = connection.execute("SELECT id, created_at, kind, payload FROM edits ORDER BY id")
    edits = [
        StoredEdit(number, created_at.replace(tzinfo=UTC), kind, **json.loads(payload))
        for number, created_at, kind, payload in rows.fetchall()
    ]
    return [edit for edit in edits if edit.run_id in line]


def _lineage(connection: DuckDBPyConnection, run_id: str) -> set[str]:
    """Return a run and all it goes back to by refreshes."""
    if "refreshed_from" not in table_columns(connection, "runs"):
        return {run_id}
    rows = connection.execute("SELECT run_id, refreshed_from FROM runs").fetchall()
    parent: dict[str, str | None] = dict(rows)
    line: set[str] = set()
    run: str | None = run_id
    while run is not None and run not in line:
        line.add(run)
        run = parent.get(run)
    return line


def in_effect(edits: Iterable[StoredEdit]) -> list[StoredEdit]:
    """Leave out what was undone.

    Examples
    --------
    >>> from datetime import datetime
    >>> from textseg.workspace.edits import UNDO, StoredEdit, in_effect
    >>> kinds = ["hide", "pin", UNDO]
    >>> edits = [StoredEdit(n, datetime.min, kind, "1", {}, {}) for n, kind in enumerate(kinds)]
    >>> [edit.kind for edit in in_effect(edits)]
    ['hide']
    """
    standing: list[StoredEdit] = []
    for edit in edits:
        if edit.kind == UNDO:
            standing.pop()
        else:
            standing.append(edit)
    return standing

"""A run as relations that can be asked: run_feedback, run_customers, run_topics, run_segments.

Each has the columns of the export of that name; feedback also has its position in the run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from textseg.errors import WorkspaceError, did_you_mean

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas as pd
    from duckdb import DuckDBPyConnection

    from textseg.workspace import Workspace

_ASKED = ("customers", "topics", "segments")


class Run(Protocol):
    """Feedback of one run, and what the run says about it."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What is stored beside the model: the encoder and the settings among it."""
        ...

    def opened(self) -> AbstractContextManager[DuckDBPyConnection]:
        """Open the relations for one call."""
        ...

    def stamp(self, connection: DuckDBPyConnection) -> str | None:
        """Return what changes when the run's feedback does; None if nothing may be kept of it."""
        ...


@dataclass(frozen=True)
class StoredRun:
    """A run in the store of a workspace.

    Attributes
    ----------
    store : Path
    wait : float
        Seconds to wait for another process that has the store open.
    run_id, created_at : str
    metadata : mapping
    """

    store: Path
    wait: float
    run_id: str
    created_at: str
    metadata: Mapping[str, Any]

    @classmethod
    def find(cls, workspace: Workspace, run_id: str | None = None) -> StoredRun:
        """Find a run by its id, or the latest.

        Raises
        ------
        WorkspaceError
            There is no such run.
        """
        from textseg.workspace.connection import connect
        from textseg.workspace.folder import STORE

        store = workspace.path / STORE
        with connect(store, read_only=True, wait=workspace.wait) as connection:
            ids = [
                each
                for (each,) in connection.execute(
                    "SELECT run_id FROM runs ORDER BY number"
                ).fetchall()
            ]
            if not ids:
                raise WorkspaceError(
                    f"{workspace.path} has no run yet.", hint="Start with textseg run."
                )
            if run_id is not None and run_id not in ids:
                raise WorkspaceError(
                    f"There is no run {run_id!r} in {workspace.path}.",
                    hint=did_you_mean(run_id, ids),
                )
            chosen = ids[-1] if run_id is None else run_id
            ((created_at, metadata),) = connection.execute(
                "SELECT created_at::VARCHAR, metadata FROM runs WHERE run_id = ?", [chosen]
            ).fetchall()
        return cls(store, workspace.wait, chosen, created_at, json.loads(metadata))

    @contextmanager
    def opened(self) -> Iterator[DuckDBPyConnection]:
        """Open the relations for one call."""
        from textseg.workspace.connection import connect

        run = "run_id = '" + self.run_id.replace("'", "''") + "'"
        with connect(self.store, read_only=True, wait=self.wait) as connection:
            connection.execute(
                "CREATE TEMP VIEW run_feedback AS SELECT * "
                f"FROM assignments JOIN feedback USING (feedback_key) WHERE {run}"
            )
            for name in _ASKED:
                connection.execute(
                    f"CREATE TEMP VIEW run_{name} AS SELECT * FROM {name} WHERE {run}"
                )
            yield connection

    def stamp(self, connection: DuckDBPyConnection) -> str:
        """Return what changes when the run's feedback does.

        A content's key is given once, so that the texts themselves need not be read.
        """
        ((n, state),) = connection.execute(
            "SELECT count(*), bit_xor(hash(position, feedback_key)) "
            "FROM assignments WHERE run_id = ?",
            [self.run_id],
        ).fetchall()
        facts = json.dumps([self.run_id, self.created_at, n, state])
        return hashlib.blake2b(facts.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, eq=False)
class HeldRun:
    """A run in memory.

    Attributes
    ----------
    frames : mapping of str to DataFrame
        The exports.
    metadata : mapping
    """

    frames: Mapping[str, pd.DataFrame]
    metadata: Mapping[str, Any]

    @contextmanager
    def opened(self) -> Iterator[DuckDBPyConnection]:
        """Open the relations for one call."""
        import duckdb
        import pyarrow as pa

        with closing(duckdb.connect(":memory:")) as connection:
            for name in ("feedback", *_ASKED):
                table = pa.Table.from_pandas(self.frames[name], preserve_index=False)
                if name == "feedback":
                    table = table.append_column("position", pa.array(np.arange(len(table))))
                connection.register(f"run_{name}", table)
            yield connection

    def stamp(self, connection: DuckDBPyConnection) -> None:
        """Nothing is kept of a run that may not be stored yet."""
        return

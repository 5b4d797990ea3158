"""The folder that keeps all runs."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseg.errors import WorkspaceError
from textseg.workspace.connection import LockedError
from textseg.workspace.folder import (
    STORE,
    check_usable,
    is_interrupted,
    make_encodings,
    writing,
)
from textseg.workspace.publish import published_run, put_in_place, write_files
from textseg.workspace.record import (
    RunRecord,
    checked_arrays,
    checked_frames,
    naive_utc,
    plain_json,
)
from textseg.workspace.store import State, Store

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from textseg.workspace.edits import StoredEdit


class Workspace:
    """The folder that keeps the store, the model, the exports and the reports of all runs.

    Make one with :meth:`create` or :meth:`open`, which check the folder.

    Parameters
    ----------
    path : str or Path
        The folder.
    wait : float, default 60
        Seconds to wait for another process that has the store open or is writing.

    Examples
    --------
    >>> import tempfile
    >>> from textseg.workspace import Workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(Workspace.create(folder).latest())
    None
    """

    def __init__(self, path: str | Path, *, wait: float = 60.0) -> None:
        self.path = Path(path)
        self.wait = wait
        self._store = Store(self.path / STORE, wait)

    @classmethod
    def create(cls, path: str | Path, *, wait: float = 60.0) -> Workspace:
        """Take a folder that is missing, empty or a workspace. Nothing is made yet.

        Raises
        ------
        WorkspaceError
            It is something else, or cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseg.workspace import Workspace
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Workspace.create(Path(folder, "ws")).path.exists()
        False
        """
        check_usable(Path(path))
        workspace = cls(path, wait=wait)
        if workspace._store.path.exists():
            workspace.repair()
        return workspace

    @classmethod
    def open(cls, path: str | Path, *, wait: float = 60.0) -> Workspace:
        """Open a workspace that has a store, and publish again what a killed run has not.

        Raises
        ------
        WorkspaceError
            It is not a workspace, or its store cannot be read.

        Examples
        --------
        >>> from textseg.errors import WorkspaceError
        >>> from textseg.workspace import Workspace
        >>> try:
        ...     Workspace.open("nowhere")
        ... except WorkspaceError as error:
        ...     print(error.message)
        nowhere does not exist.
        """
        workspace = cls(path, wait=wait)
        hint = "textseg run FEEDBACK --out WORKSPACE makes one."
        if not workspace.path.exists():
            raise WorkspaceError(f"{path} does not exist.", hint=hint)
        if not workspace._store.path.is_file():
            raise WorkspaceError(f"{path} is not a workspace: it has no {STORE}.", hint=hint)
        workspace.repair()
        return workspace

    @property
    def encodings(self) -> Path:
        """Folder of the encoding shards; made, with the workspace, when first asked for."""
        return make_encodings(self.path)

    def commit(
        self,
        *,
        as_of: pd.Timestamp,
        frames: Mapping[str, pd.DataFrame],
        arrays: Mapping[str, Mapping[str, np.ndarray[Any, Any]]],
        metadata: Mapping[str, Any],
        manifest: Mapping[str, Any],
        report: str = "",
        kept: Mapping[str, pd.DataFrame | None] | None = None,
        base: State | None = None,
    ) -> RunRecord:
        """Add a run to the store in one transaction, and publish its files.

        The files are written aside first, so that a full disk or an interrupt meets a store that
        has not changed yet; once the store has the run, they are renamed into place.

        Parameters
        ----------
        as_of, frames, arrays, metadata, manifest, report
            See :class:`RunRecord`. Frames are brought to the order and dtypes of
            :data:`textseg.schema.EXPORTS`; missing ones are empty. In the JSON, NumPy values become
            plain ones and NaN becomes null; ``run_id``, ``created_at``, ``as_of`` and ``files``
            are added to manifest.json.
        kept : mapping of str to (DataFrame or None), optional
            Tables that the next refresh needs; see :meth:`kept`.
        base : tuple of (str, int), optional
            Of a refresh: the run it goes out from and the last edit to it, which must still be the
            latest.

        Returns
        -------
        RunRecord
            As :meth:`load` gives it back.

        Raises
        ------
        WorkspaceError
            The store is locked for too long, the folder cannot be written, or there is a newer run
            than the one refreshed. The store then holds the run whole or not at all.
        TooLateError
            A KeyboardInterrupt that came when the run was whole.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> from textseg.workspace import Workspace
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = Workspace.create(folder).commit(
        ...         as_of=pd.Timestamp("2025-06-30"), frames={}, arrays={}, metadata={}, manifest={}
        ...     )
        >>> run.run_id
        '0001-2025-06-30'
        """
        record = RunRecord(
            run_id="",
            created_at=datetime.now(UTC),
            as_of=naive_utc(as_of),
            frames=checked_frames(frames),
            arrays=checked_arrays(arrays),
            metadata=plain_json(metadata),
            manifest=plain_json(manifest),
            report=report,
        )
        make_encodings(self.path)
        with writing(self.path, self.wait) as staging:
            number = self._store.next_number()
            record = replace(record, run_id=f"{number:04d}-{record.as_of:%Y-%m-%d}")
            write_files(staging, record)
            then = partial(put_in_place, self.path, staging)
            self._store.add(record, number, kept or {}, base, then)
        return record

    def edit(
        self,
        run: RunRecord,
        *,
        frames: Mapping[str, pd.DataFrame],
        arrays: Mapping[str, Mapping[str, np.ndarray[Any, Any]]],
        metadata: Mapping[str, Any],
        manifest: Mapping[str, Any],
        report: str,
        edit: Mapping[str, Any],
        before: Mapping[str, Any],
    ) -> RunRecord:
        """Change the latest run in its place in one transaction, then publish its files.

        Parameters
        ----------
        run : RunRecord
            The latest run, as :meth:`latest` gave it.
        frames
            Those that change; the others stay.
        arrays, metadata, manifest, report
            All of them, as for :meth:`commit`. In the manifest, ``edits`` lists the edits in effect
            and ``revision`` is the id of the last one.
        edit : mapping
            What was asked for, with its ``kind``, as JSON; it stays in the table ``edits``.
        before : mapping
            What undoing needs, as JSON.

        Returns
        -------
        RunRecord
            As :meth:`load` gives it back: the same run id and dates.

        Raises
        ------
        WorkspaceError
            The run is no longer the latest, or has been edited since; the store is locked for too
            long, or the folder cannot be written. The store holds the edit whole or not at all.
        """
        after = replace(
            run,
            frames=checked_frames({**run.frames, **frames}),
            arrays=checked_arrays(arrays),
            metadata=plain_json(metadata),
            manifest=plain_json(manifest),
            report=report,
        )
        what, undo = plain_json(edit), plain_json(before)
        with writing(self.path, self.wait) as staging:
            return self._store.edit(
                run,
                after,
                frozenset(frames),
                what,
                undo,
                write=partial(write_files, staging),
                then=partial(put_in_place, self.path, staging),
            )

    def kept(self, run_id: str) -> dict[str, pd.DataFrame]:
        """Return the tables that were kept with the latest run, for a refresh.

        Raises
        ------
        NotKeptError
            It is not the latest run, or of an earlier version, which kept none.
        """
        return self._store.kept(run_id)

    def edits(self, run_id: str) -> list[StoredEdit]:
        """Return the edits in effect, also from before a refresh, the oldest first."""
        return self._store.edits(run_id)

    def latest(self) -> RunRecord | None:
        """Return the run that was committed last; None before the first."""
        run_id = self.latest_id()
        return None if run_id is None else self._store.read(run_id)

    def latest_id(self) -> str | None:
        """Return the id of the run that was committed last; None before the first."""
        return self._store.latest_id()

    def load(self, run_id: str) -> RunRecord:
        """Return one run as it was committed.

        Raises
        ------
        WorkspaceError
            There is no such run.
        """
        return self._store.read(run_id)

    def runs(self) -> pd.DataFrame:
        """Return the history, oldest run first.

        Returns
        -------
        DataFrame
            run_id, created_at and as_of (UTC), n_feedback, n_customers, n_topics, n_segments and
            unclustered_share [0, 1].
        """
        return self._store.runs()

    def publish(self) -> None:
        """Write model/, exports/, report.html and manifest.json of the latest run again.

        Raises
        ------
        WorkspaceError
            There is no run yet, or the folder cannot be written.
        """
        with writing(self.path, self.wait) as staging:
            record = self.latest()
            if record is None:
                raise WorkspaceError(f"{self.path} has no run yet.", hint="Start with textseg run.")
            write_files(staging, record)
            put_in_place(self.path, staging)

    def repair(self) -> bool:
        """Publish the latest run if its files are not those that are there.

        Returns
        -------
        bool
            Whether anything was published. A workspace that this process may not write, or that
            another process is writing just now, is left as it is.
        """
        state = self._store.latest_state()
        if state is None or (self._published() == state and not is_interrupted(self.path)):
            return False
        if not os.access(self.path, os.W_OK):
            return False
        try:
            with writing(self.path, wait=0) as staging:
                write_files(staging, self._store.read(state[0]))
                put_in_place(self.path, staging)
        except LockedError:
            return False
        except WorkspaceError as error:
            # Reading must not fail for it: the store is whole.
            warnings.warn(f"The last run is not published yet. {error}", stacklevel=3)
            return False
        return True

    def _published(self) -> tuple[str, int] | None:
        """Return the run whose files are there, and the last edit that is in them."""
        try:
            run_id = published_run(self.path)
            manifest = json.loads((self.path / "manifest.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return None if run_id is None else (run_id, manifest.get("revision", 0))

"""What was read, dropped and changed, by table and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Action = Literal["dropped", "changed", "kept"]


@dataclass(frozen=True)
class Finding:
    """Rows of one table that one thing happened to.

    Parameters
    ----------
    table : str
        Name of the source.
    reason : str
        What was found.
    rows : int
        How many rows.
    action : {"dropped", "changed", "kept"}
        What was done about it.
    example : int or None
        The first such row of the source, counted from 1.
    """

    table: str
    reason: str
    rows: int
    action: Action
    example: int | None = None


@dataclass
class Quality:
    """The ledger of ingest: for every table, rows read = rows kept + rows dropped.

    ``notes`` are sentences about whole tables, such as the currency of the amounts.

    Examples
    --------
    >>> from textseg.ingest import Quality
    >>> quality = Quality()
    >>> quality.read("reviews", 3)
    >>> quality.add("reviews", "no text", 1, "dropped", example=2)
    >>> quality.totals()
    {'reviews': {'read': 3, 'kept': 2, 'dropped': 1}}
    """

    findings: list[Finding] = field(default_factory=list)
    _read: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def read(self, table: str, rows: int) -> None:
        """Note how many data rows a table has.

        Parameters
        ----------
        table : str
            Name of the source.
        rows : int
            Data rows, the header not counted.
        """
        self._read[table] = rows

    def add(
        self, table: str, reason: str, rows: int, action: Action, example: int | None = None
    ) -> None:
        """Record one finding; nothing is recorded for no rows.

        Parameters
        ----------
        table, reason, rows, action, example
            See :class:`Finding`.
        """
        if rows:
            self.findings.append(Finding(table, reason, rows, action, example))

    def totals(self) -> dict[str, dict[str, int]]:
        """Rows read, kept and dropped of every table.

        Returns
        -------
        dict of str to dict
            Table to ``read``, ``kept`` and ``dropped``.
        """
        totals = {}
        for table, read in self._read.items():
            dropped = sum(
                f.rows for f in self.findings if f.table == table and f.action == "dropped"
            )
            totals[table] = {"read": read, "kept": read - dropped, "dropped": dropped}
        return totals

    def to_records(self) -> list[dict[str, Any]]:
        """Give the findings as JSON-able records, in the order they were made.

        Returns
        -------
        list of dict
            Keys ``table``, ``reason``, ``rows``, ``action``, ``example``.
        """
        return [dict(vars(finding)) for finding in self.findings]

    @classmethod
    def from_records(
        cls, totals: Mapping[str, Mapping[str, int]], findings: Sequence[Mapping[str, Any]]
    ) -> Quality:
        """Make the ledger again from :meth:`totals` and :meth:`to_records`.

        Parameters
        ----------
        totals : mapping of str to mapping
        findings : sequence of mapping

        Returns
        -------
        Quality
        """
        read = {table: counts["read"] for table, counts in totals.items()}
        return cls([Finding(**finding) for finding in findings], read)

    def to_frame(self) -> pd.DataFrame:
        """Give the findings as a frame, one row each.

        Returns
        -------
        DataFrame
            Columns ``table``, ``reason``, ``rows``, ``action``, ``example``.
        """
        columns = ["table", "reason", "rows", "action", "example"]
        return pd.DataFrame(self.to_records(), columns=columns).astype(
            {"table": "string", "reason": "string", "rows": "Int64"}
            | {"action": "string", "example": "Int64"}
        )


@dataclass(frozen=True)
class Log:
    """The ledger of one table, for frames that carry their source's ``row`` numbers."""

    quality: Quality
    table: str

    def drop(self, frame: pd.DataFrame, where: pd.Series, reason: str) -> pd.DataFrame:
        """Return the rows where the mask is False, and record the others as dropped."""
        self._note(frame, where, reason, "dropped")
        return frame[~where] if where.any() else frame

    def changed(self, frame: pd.DataFrame, where: pd.Series, reason: str) -> None:
        """Record rows of which a value was mended or nulled."""
        self._note(frame, where, reason, "changed")

    def kept(self, frame: pd.DataFrame, where: pd.Series, reason: str) -> None:
        """Record rows that are unusual and kept as they are."""
        self._note(frame, where, reason, "kept")

    def note(self, sentence: str) -> None:
        """Say something about the whole table, once."""
        if sentence not in self.quality.notes:
            self.quality.notes.append(sentence)

    def _note(self, frame: pd.DataFrame, where: pd.Series, reason: str, action: Action) -> None:
        rows = frame.loc[where, "row"]
        if len(rows):
            self.quality.add(self.table, reason, len(rows), action, int(rows.min()))

"""How a table is to be read, as told; and what there is to tell of it."""

from __future__ import annotations

from dataclasses import dataclass, field

BATCH = 50_000
"""Rows that are read at once, of formats that need not be read as a whole."""


@dataclass(frozen=True)
class Reading:
    """What the caller says about one table, and the notes of its reader.

    Parameters
    ----------
    section : str or None
        Section of the settings that the table belongs to; None where it has none.
    encoding : str or None
        Encoding of a text file; None finds it out.
    sheet : str or None
        Sheet of a workbook; None takes the only one with data.
    notes : list of str
        What was guessed, one sentence each; readers add to it.
    """

    section: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    notes: list[str] = field(default_factory=list)

    def option(self, setting: str, value: str, otherwise: str) -> str:
        """Say how to set something about this table, or what else to do where it cannot be set.

        Examples
        --------
        >>> from textseg.ingest.sources.reading import Reading
        >>> Reading("feedback").option("encoding", "cp1250", "Save it as UTF-8.")
        '--set feedback.encoding=cp1250'
        """
        if self.section is None:
            return otherwise
        return f"--set {self.section}.{setting}={value}"

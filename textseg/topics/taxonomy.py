"""A taxonomy of the user's own: a table of labels and example texts."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.read import read_table

_LABEL = ("label", "topic", "category", "name")
_EXAMPLES = ("examples", "example", "text", "phrase")
_BETWEEN = re.compile(r"\n| \| ")


def read_taxonomy(path: str | Path) -> dict[str, tuple[str, ...]]:
    r"""Read labels and their examples.

    Parameters
    ----------
    path : str or Path
        A table of any kind that feedback is read from, relative to the working directory. Its
        column of labels is called label, topic, category or name; that of examples is called
        examples, example, text or phrase. A label may have several rows, and a cell several
        examples, on a line each or with `` | `` between them.

    Returns
    -------
    dict of str to tuple of str
        Distinct examples of each label, both in the order of the file.

    Raises
    ------
    InputError
        The file cannot be read, a column is missing, a label is blank, has no example, or is
        written in two ways.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from textseg.topics.taxonomy import read_taxonomy
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "taxonomy.csv")
    ...     _ = file.write_text("label,examples\nDelivery,Where is my parcel? | It came late\n")
    ...     read_taxonomy(file)
    {'Delivery': ('Where is my parcel?', 'It came late')}
    """
    raw = read_table(path, "taxonomy")
    labels = _column(raw.frame, _LABEL, "labels", raw.label)
    cells = _column(raw.frame, _EXAMPLES, "examples", raw.label)
    examples: dict[str, dict[str, None]] = {}
    first: dict[str, tuple[str, int]] = {}
    for row, (cell, several) in enumerate(zip(labels, cells, strict=True), 1):
        label = " ".join(cell.split())
        found = [text.strip() for text in _BETWEEN.split(several) if text.strip()]
        if not label and not found:
            continue
        if not label:
            raise InputError(
                f"{raw.label}, row {row}: a label was expected, got an empty cell.",
                hint="Repeat the label in every row of its examples.",
            )
        written, before = first.setdefault(label.casefold(), (label, row))
        if written != label:
            raise InputError(
                f"{raw.label}, row {row}: the label {label!r} is {written!r} in row {before}.",
                hint="Write a label the same way in all its rows.",
            )
        examples.setdefault(label, {}).update(dict.fromkeys(found))
    _refuse_none(examples, first, raw.label)
    return {label: tuple(texts) for label, texts in examples.items()}


def _column(frame: pd.DataFrame, names: tuple[str, ...], what: str, file: str) -> list[str]:
    """Return the cells of the column with the first of the names; empty ones as ""."""
    columns = {str(column).strip().casefold(): column for column in reversed(frame.columns)}
    for name in names:
        if name in columns:
            return [*frame[columns[name]].astype("string").fillna("")]
    raise InputError(
        f"{file} has no column of {what}: {names[0]!r} expected, got "
        f"{', '.join(repr(str(column)) for column in frame.columns)}.",
        hint=f"Name the column {', '.join(names[:-1])} or {names[-1]}.",
    )


def _refuse_none(
    examples: dict[str, dict[str, None]], first: dict[str, tuple[str, int]], file: str
) -> None:
    if not examples:
        raise InputError(f"{file} has no labels.", hint="Give a label and an example in a row.")
    for label, texts in examples.items():
        if not texts:
            raise InputError(
                f"{file}, row {first[label.casefold()][1]}: the label {label!r} has no example.",
                hint="Give at least one text that is about it; three to five are better.",
            )

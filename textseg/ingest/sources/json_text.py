"""JSON: one object a line, or one array of objects."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import Any

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import as_text
from textseg.ingest.sources.reading import Reading
from textseg.ingest.sources.stored import Stored
from textseg.ingest.sources.text import open_text

Record = dict[str, str | None]

_AS_SPELLED: dict[str, Any] = {"parse_float": str, "parse_int": str, "parse_constant": str}
_HINT = 'JSON lines hold one object a line, such as {"text": "..."}; or the file is one array.'


def read_json(stored: Stored, reading: Reading) -> Generator[pd.DataFrame]:
    """Read JSON lines or an array: every value as text, as it is spelled; nested values stay JSON.

    Parameters
    ----------
    stored : Stored
        Where the bytes are.
    reading : Reading
        May tell the encoding.

    Yields
    ------
    DataFrame of string
        One frame with all rows.

    Raises
    ------
    InputError
        The text is empty or binary, not in its encoding or truncated, or an item is no object.
    """
    with open_text(stored, reading) as stream:
        start = list(_up_to_first(stream))
        if start[-1].lstrip().startswith("["):
            records = _array("".join(start) + stream.read(), stored.label)
        else:
            lines = enumerate(chain(start, stream), 1)
            records = [_line(line, stored.label, number) for number, line in lines if line.strip()]
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {
        name: as_text(pd.Series([record.get(name) for record in records], dtype=object))
        for name in names
    }
    yield pd.DataFrame(columns)


def _up_to_first(lines: Iterable[str]) -> Iterator[str]:
    """Give the blank lines at the start and the first that is not."""
    for line in lines:
        yield line
        if line.strip():
            return


def _array(text: str, label: str) -> list[Record]:
    try:
        items = json.loads(text, **_AS_SPELLED)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{label}, line {error.lineno}: this is not JSON ({error.msg}).",
            hint="It begins as an array; the file may be truncated.",
        ) from None
    return [_record(item, f"{label}, item {number}") for number, item in enumerate(items, 1)]


def _line(line: str, label: str, number: int) -> Record:
    try:
        item = json.loads(line, **_AS_SPELLED)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{label}, line {number}: this is not JSON ({error.msg}).",
            hint="JSON lines hold one object a line; the file may be truncated.",
        ) from None
    return _record(item, f"{label}, line {number}")


def _record(item: Any, where: str) -> Record:
    if not isinstance(item, dict):
        raise InputError(f"{where}: a JSON object expected, got {type(item).__name__}.", hint=_HINT)
    return {name: _json_text(value) for name, value in item.items()}


def _json_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return None if value is None else json.dumps(value, ensure_ascii=False)

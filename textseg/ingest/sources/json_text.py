"""JSON: one object a line, one array of objects, or one object that holds such an array."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import as_text
from textseg.ingest.sources.reading import BATCH, Reading
from textseg.ingest.sources.stored import Stored
from textseg.ingest.sources.text import open_text

Record = dict[str, str | None]


class _Number(str):
    """A number as it is spelled."""


_AS_SPELLED: dict[str, Any] = {
    "parse_float": _Number,
    "parse_int": _Number,
    "parse_constant": _Number,
}
_HINT = 'JSON lines hold one object a line, such as {"text": "..."}; or the file is one array.'
_SHOWN = 30


def read_json(stored: Stored, reading: Reading) -> Generator[pd.DataFrame]:
    """Read JSON lines or an array: every value as text, as it is spelled; nested values stay JSON.

    Of one object that wraps an array of objects, as web services answer, the array is read.

    Parameters
    ----------
    stored : Stored
        Where the bytes are.
    reading : Reading
        May tell the encoding; what was unwrapped is noted.

    Yields
    ------
    DataFrame of string
        Up to 50,000 rows of JSON lines, or all rows of an array; each frame has the columns of
        those before.

    Raises
    ------
    InputError
        The text is empty or binary, not in its encoding or truncated, an item is no object, or
        one object wraps several arrays.
    """
    with open_text(stored, reading) as stream:
        first, second = list(_up_to_first(stream)), list(_up_to_first(stream))
        if "".join(second).strip() and _is_object(first[-1]):
            lines = enumerate(chain(first, second, stream), 1)
            records = (_line(line, stored.label, number) for number, line in lines if line.strip())
            names: dict[str, None] = {}
            while chunk := list(islice(records, BATCH)):
                yield _frame(chunk, names)
        else:
            whole = _parsed("".join([*first, *second]) + stream.read(), stored.label)
            items = _unwrapped(whole, stored.label, reading)
            found = [
                _record(item, f"{stored.label}, item {number}")
                for number, item in enumerate(items, 1)
            ]
            yield _frame(found, {})


def _frame(records: list[Record], names: dict[str, None]) -> pd.DataFrame:
    """Make columns of all names so far; those of these records are added to them."""
    names |= dict.fromkeys(name for record in records for name in record)
    columns = {
        name: as_text(pd.Series([record.get(name) for record in records], dtype=object))
        for name in names
    }
    return pd.DataFrame(columns)


def _up_to_first(lines: Iterable[str]) -> Iterator[str]:
    """Give the blank lines at the start and the first that is not."""
    for line in lines:
        yield line
        if line.strip():
            return


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (json.JSONDecodeError, RecursionError):
        return False


def _parsed(text: str, label: str) -> Any:
    try:
        return json.loads(text, **_AS_SPELLED)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{label}, line {error.lineno}: this is not JSON ({error.msg}).", hint=_HINT
        ) from None
    except RecursionError:
        raise _too_deep(label) from None


def _unwrapped(whole: Any, label: str, reading: Reading) -> list[Any]:
    """Give the items of an array; of an object that only wraps one, those of that array."""
    if not isinstance(whole, dict):
        return whole if isinstance(whole, list) else [whole]
    arrays = [name for name, value in whole.items() if _is_table(value)]
    others = [value for name, value in whole.items() if name not in arrays]
    # One ticket, which has words of its own, may have an array of comments.
    if not arrays or any(isinstance(value, str) and " " in value for value in others):
        return [whole]
    if len(arrays) > 1:
        raise InputError(
            f"{label} is one object with several arrays: {', '.join(map(repr, arrays))}.",
            hint="Save the array that is meant as a file of its own.",
        )
    reading.notes.append(f"{label} is one object; the array {arrays[0]!r} in it was read.")
    return list(whole[arrays[0]])


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _line(line: str, label: str, number: int) -> Record:
    where = f"{label}, line {number}"
    try:
        item = json.loads(line, **_AS_SPELLED)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where}: this is not JSON ({error.msg}).",
            hint="JSON lines hold one object a line; the file may be truncated.",
        ) from None
    except RecursionError:
        raise _too_deep(where) from None
    return _record(item, where)


def _too_deep(where: str) -> InputError:
    return InputError(f"{where}: objects are nested too deeply.", hint="Export it flat.")


def _record(item: Any, where: str) -> Record:
    if not isinstance(item, dict):
        raise InputError(f"{where}: a JSON object expected, got {_spoken(item)}.", hint=_HINT)
    return {name: _json_text(value) for name, value in item.items()}


def _spoken(item: Any) -> str:
    """Name a value that is no object."""
    if isinstance(item, list):
        return "a list"
    if isinstance(item, _Number):
        return f"the number {item[:_SHOWN]}"
    if isinstance(item, str):
        return f"the text {json.dumps(item[:_SHOWN], ensure_ascii=False)}"
    return json.dumps(item)


def _json_text(value: Any) -> str | None:
    if isinstance(value, str):
        return str(value) or None
    return None if value is None else json.dumps(value, ensure_ascii=False)

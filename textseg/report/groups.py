"""The order of the segments' cards, and the headings above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from textseg.counted import counted
from textseg.report.numbers import percent

Row = dict[str, Any]


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Order segments as the report shows them.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the export.

    Returns
    -------
    list of dict
        Segments that share a macro-segment first and together, the largest macro-segment first,
        then those on their own, then the silent ones; each by size.
    """
    shared = _shared(rows)
    size = Counter[int]()
    for row in rows:
        size[row["macro_id"]] += row["n_customers"]

    def place(row: Row) -> tuple[Any, ...]:
        macro = row["macro_id"]
        group = (0, -size[macro], macro) if macro in shared else (1, 0, 0)
        return (row["kind"] != "text", *group, -row["n_customers"], row["segment_id"])

    return sorted(rows, key=place)


def in_groups(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Part the segments by macro-segment, where these are fewer; silent ones come last.

    Parameters
    ----------
    rows : sequence of dict
        In the order of :func:`ordered`, with ``number``.

    Returns
    -------
    list of dict
        ``name`` (None where no segments with text share a macro-segment), ``note`` (or None),
        ``silent`` (bool) and the ``numbers`` of the segments.
    """
    shared = _shared(rows)
    groups: dict[int | str, list[Row]] = {}
    for row in rows:
        key = row["macro_id"] if row["macro_id"] in shared else row["kind"]
        groups.setdefault(key, []).append(row)
    result = []
    for key, members in groups.items():
        name, note = _heading(key, members) if shared or key == "value" else (None, None)
        numbers = [row["number"] for row in members]
        result.append({"name": name, "note": note, "silent": key == "value", "numbers": numbers})
    return result


def _heading(key: int | str, members: Sequence[Row]) -> tuple[str, str | None]:
    if key == "value":
        return "Silent customers", "Grouped by what they buy."
    if key == "text":
        return f"{'Each a' if len(members) > 1 else 'A'} macro-segment of its own", None
    customers = sum(row["n_customers"] for row in members)
    share = sum(row["share"] for row in members)
    note = (
        f"Macro-segment of {counted(len(members), 'segment')}: "
        f"{counted(customers, 'customer')} ({percent(share)})."
    )
    return str(members[0]["macro_name"]), note


def _shared(rows: Sequence[Row]) -> set[int]:
    """Find the macro-segments of several segments."""
    macros = Counter(row["macro_id"] for row in rows if row["macro_id"] is not None)
    return {macro for macro, number in macros.items() if number > 1}

"""Workbooks: the one sheet with data, below what stands above its header."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest.cells import as_text
from textseg.ingest.sources.cell_types import typed
from textseg.ingest.sources.reading import Reading

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Row = list[Any]

_ABOVE = 20
_NEARLY = 0.8


def read_excel(path: Path, reading: Reading) -> Generator[pd.DataFrame]:
    """Read one sheet with its types; formulas give the values they were saved with.

    The header is the first row of names: rows of a title or of merged cells are passed over.

    Parameters
    ----------
    path : Path
        .xlsx, .xlsm, .xlsb, .xls or .ods.
    reading : Reading
        May tell the sheet.

    Yields
    ------
    DataFrame
        One frame with all rows.

    Raises
    ------
    InputError
        The file is no workbook or is locked, the sheet does not exist, or several have data.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty.", hint="Export it again.")
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheet, rows = _sheet(book, path, reading)
            merged = sheet.merged_cell_ranges or []
    except PasswordError:
        raise InputError(
            f"{path} is locked with a password.", hint="Save it without one."
        ) from None
    except CalamineError as error:
        raise InputError(
            f"{path} is not an Excel file, or is damaged: {error}.", hint="Export it again."
        ) from None
    place = _header_place(rows, merged)
    if any(map(_filled, rows[:place])):
        reading.notes.append(f"{path}: the column names were found in row {place + 1}.")
    yield _frame(rows[place], [row for row in rows[place + 1 :] if _filled(row)])


def _sheet(book: CalamineWorkbook, path: Path, reading: Reading) -> tuple[CalamineSheet, list[Row]]:
    """Find the sheet that was told, else the only visible one that has rows below a header."""
    from python_calamine import SheetVisibleEnum

    if reading.sheet is not None:
        if reading.sheet not in book.sheet_names:
            raise InputError(
                f"{path} has no sheet {reading.sheet!r}.",
                hint=did_you_mean(reading.sheet, book.sheet_names),
            )
        names = [reading.sheet]
    else:
        shown = SheetVisibleEnum.Visible
        names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == shown]
    sheets = [book.get_sheet_by_name(name) for name in names]
    tables = [(sheet, sheet.to_python(skip_empty_area=False)) for sheet in sheets]
    full = [(sheet, rows) for sheet, rows in tables if sum(map(_filled, rows)) > 1]
    if len(full) > 1:
        listed = ", ".join(repr(sheet.name) for sheet, _ in full)
        raise InputError(
            f"{path} has data on {len(full)} sheets: {listed}.",
            hint="Say which: "
            + reading.option("sheet", f'"{full[0][0].name}"', "keep one of them in the file."),
        )
    if not full:
        which = f"The sheet {reading.sheet!r} of {path}" if reading.sheet else f"{path}"
        raise InputError(f"{which} has no rows below a header.", hint="Export it again.")
    return full[0]


def _filled(row: Row) -> bool:
    return any(cell != "" for cell in row)


def _header_place(rows: Sequence[Row], merged: Sequence[tuple[Any, Any]]) -> int:
    """Find the first of the top rows with about the most texts and nothing else."""
    wide = {
        row
        for (top, left), (bottom, right) in merged
        if right > left
        for row in range(top, bottom + 1)
    }
    names: dict[int, int] = {}
    for place, row in enumerate(rows[:_ABOVE]):
        cells = [cell for cell in row if cell != ""]
        if cells and place not in wide and all(isinstance(cell, str) for cell in cells):
            names[place] = len(cells)
    if not names:
        return next(place for place, row in enumerate(rows) if _filled(row))
    most = max(names.values())
    good = [place for place, count in names.items() if count >= _NEARLY * most]
    return next(
        (place for place in good if any(map(_filled, rows[place + 1 : place + 2]))), good[0]
    )


def _frame(header: Row, rows: list[Row]) -> pd.DataFrame:
    """Make a frame of the columns that have a name or a value."""
    names = as_text(pd.Series(header, dtype=object)).str.strip().to_list()
    columns = [typed(values) for values in zip_longest(*rows, fillvalue="")]
    used = [i for i, values in enumerate(columns) if names[i] or values.notna().any()]
    frame = pd.DataFrame({place: columns[place] for place in used})
    frame.columns = pd.Index([names[place] or f"unnamed_{place + 1}" for place in used])
    return frame

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textseg.config import Config
from textseg.errors import InputError
from textseg.ingest.read import read_table
from textseg.ingest.sources.reading import Reading

HEADER = ["id", "text", "date", "price"]
ROWS = [[7, "fits", datetime(2024, 1, 2, 9, 30), 3.5], [8, "too small", date(2024, 1, 3), 4]]


@pytest.fixture
def book(tmp_path):
    """Write a workbook: name of the sheet to its rows."""

    def _book(sheets, merge=()):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name.removeprefix("hidden "))
            sheet.sheet_state = "hidden" if name.startswith("hidden ") else "visible"
            for row in rows:
                sheet.append(row)
            for cells in merge:
                sheet.merge_cells(cells)
        workbook.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return _book


def _check(frame):
    assert frame.columns.to_list() == HEADER
    assert frame["id"].astype("string").str.removesuffix(".0").to_list() == ["7", "8"]
    assert frame["text"].to_list() == ["fits", "too small"]
    assert frame["date"].to_list() == [pd.Timestamp("2024-01-02 09:30"), pd.Timestamp("2024-01-03")]
    assert frame["price"].to_list() == [3.5, 4.0]


def test_types_are_kept(book):
    reading = Reading()
    _check(read_table(book({"Reviews": [HEADER, *ROWS]}), "x", reading).frame)
    assert reading.notes == []


ABOVE = {
    "a title": ([["Tickets of March"], []], ["A1:D1"]),
    "a title that is not merged": ([["Tickets of March"], []], []),
    "a title close above": ([["Tickets of March"]], []),
    "facts": ([["From:", date(2024, 1, 1)], ["To:", date(2024, 2, 1)], []], []),
    "groups": ([["Ticket", None, "Order", None]], ["A1:B1", "C1:D1"]),
    "blank rows": ([[], []], []),
}


@pytest.mark.parametrize("name", ABOVE)
def test_what_stands_above_the_header_is_passed_over(book, name):
    above, merge = ABOVE[name]
    reading = Reading()
    path = book({"Reviews": [*above, HEADER, [], ROWS[0], [], ROWS[1]]}, merge)
    _check(read_table(path, "x", reading).frame)
    said = f"{path}: the column names were found in row {len(above) + 1}."
    assert reading.notes == ([said] if name != "blank rows" else [])


def test_columns_without_a_name_or_a_value(book):
    rows = [[None, "id", None, "text", None], [None, 1, None, "a", "b"]]
    frame = read_table(book({"S": rows}), "x").frame
    assert frame.columns.to_list() == ["id", "text", "unnamed_5"]


def test_ids_of_both_kinds_are_text(book):
    frame = read_table(book({"S": [["id", "text"], [7, "a"], ["007", "b"]]}), "x").frame
    assert frame["id"].to_list() == ["7", "007"]


def test_formulas_give_the_values_they_were_saved_with(book, tmp_path):
    path = book({"S": [["text", "amount"], ["a", "=1+1"], ["b", 3]]})
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    saved = re.sub(rb"<v ?/>|<v></v>", b"<v>2</v>", parts[sheet])
    assert saved != parts[sheet]
    with zipfile.ZipFile(tmp_path / "saved.xlsx", "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, saved if name == sheet else content)
    assert read_table(tmp_path / "saved.xlsx", "x").frame["amount"].to_list() == [2.0, 3.0]


def test_sheets_that_are_hidden_or_without_rows_do_not_count(book):
    sheets = {"Cover": [["Made in March"]], "hidden Lists": [["a"], ["b"]], "Data": [HEADER, *ROWS]}
    _check(read_table(book({**sheets, "Sheet3": []}), "x").frame)


def test_several_sheets_with_data_are_a_question(book, run):
    path = book({"Reviews": [HEADER, *ROWS], "Tickets": [["text"], ["It came too late"]]})
    with pytest.raises(InputError) as error:
        run(path)
    assert error.value.message == f"{path} has data on 2 sheets: 'Reviews', 'Tickets'."
    assert error.value.hint == 'Say which: --set feedback.sheet="Reviews"'
    config = Config(feedback=({"sheet": "Tickets"},))
    assert run(path, config=config).feedback["text"].to_list() == ["It came too late"]


def test_a_sheet_that_does_not_exist(book):
    path = book({"Reviews": [HEADER, *ROWS]})
    with pytest.raises(InputError) as error:
        read_table(path, "x", Reading(sheet="reviews"))
    assert error.value.message == f"{path} has no sheet 'reviews'."
    assert error.value.hint == "Did you mean 'Reviews'?"


def test_a_hidden_sheet_can_be_told(book):
    path = book({"Reviews": [HEADER, *ROWS], "hidden Old": [["text"], ["b"]]})
    assert read_table(path, "x", Reading(sheet="Old")).frame["text"].to_list() == ["b"]


def test_a_workbook_without_rows(book):
    path = book({"Reviews": [HEADER], "Other": []})
    with pytest.raises(InputError) as error:
        read_table(path, "x")
    assert error.value.message == f"{path} has no rows below a header."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\3\4", "is not an Excel file, or is damaged"),
        (b"a,b\n", "is not an"),
    ],
)
def test_what_is_no_workbook(write, content, message):
    with pytest.raises(InputError, match=message):
        read_table(write("t.xlsx", content), "x")


def test_a_workbook_that_is_cut(book, write):
    path = write("cut.xlsx", book({"S": [HEADER, *ROWS]}).read_bytes()[:-200])
    with pytest.raises(InputError, match="is not an Excel file, or is damaged"):
        read_table(path, "x")


CELL = st.one_of(
    st.integers(-(10**9), 10**9), st.text("abcäß ,;", min_size=1, max_size=9).filter(str.strip)
)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_what_is_written_is_read_back(tmp_path, rows):
    workbook = openpyxl.Workbook()
    for row in [("one", "two"), *rows]:
        workbook.active.append(row)
    stream = BytesIO()
    workbook.save(stream)
    (tmp_path / "t.xlsx").write_bytes(stream.getvalue())
    frame = read_table(tmp_path / "t.xlsx", "x").frame
    for place, name in enumerate(("one", "two")):
        texts = frame[name].astype("string").str.removesuffix(".0")
        assert texts.to_list() == [str(row[place]) for row in rows]

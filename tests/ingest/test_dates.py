from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.dates import looks_like_dates, parse_dates

QUICK = settings(deadline=None, max_examples=25)

DAYS = st.lists(
    st.datetimes(pd.Timestamp("1975-01-01"), pd.Timestamp("2060-01-01")), min_size=1, max_size=20
)


def parse(*cells: object, **options: object) -> pd.Series:
    return parse_dates(pd.Series(list(cells)), label="t.csv", column="when", **options).values


@pytest.mark.parametrize(
    "layout",
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S",
     "%d %B %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p",
     "%a, %d %b %Y %H:%M:%S +0000", "%d-%b-%Y %H:%M:%S"],
)  # fmt: skip
@QUICK
@given(days=DAYS)
def test_every_layout_reads_back_what_it_wrote(layout, days):
    read = parse(*[day.strftime(layout) for day in days])
    assert read.dtype == "datetime64[ns]"
    assert read.to_list() == [pd.Timestamp(day).floor("s") for day in days]


@pytest.mark.parametrize("layout", ["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"])
@QUICK
@given(days=DAYS)
def test_days_above_12_decide_the_order(layout, days):
    days = [*days, *[pd.Timestamp("2011-12-24")] * 2]
    read = parse(*[day.strftime(layout) for day in days])
    assert read.to_list() == [pd.Timestamp(day).normalize() for day in days]


@QUICK
@given(days=DAYS, unit=st.sampled_from(["s", "ms", "us", "ns"]), text=st.booleans())
def test_epochs_of_every_unit(days, unit, text):
    times = pd.Series(days).astype("datetime64[s]").astype("datetime64[ns]")
    numbers = times.astype("int64") // {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
    assert parse(*(numbers.astype(str) if text else numbers)).to_list() == times.to_list()


@pytest.mark.parametrize("mark", "/-")
def test_an_undecided_order_stops(mark):
    cells = [f"02{mark}02{mark}2011", f"03{mark}04{mark}2011"]
    with pytest.raises(InputError) as error:
        parse(*cells)
    assert error.value.message == (
        "t.csv, column 'when': the order of day and month cannot be decided; "
        f"{cells[1]!r} in row 2 reads as both."
    )
    assert error.value.hint == (
        "Say which: --set feedback.date_order=dmy (or mdy); or write the dates as YYYY-MM-DD."
    )
    assert parse(*cells, order="dmy")[1] == pd.Timestamp("2011-04-03")
    assert parse(*cells, order="mdy")[1] == pd.Timestamp("2011-03-04")


def test_contradicting_evidence_stops():
    with pytest.raises(InputError, match="cannot be decided"):
        parse("01/02/2011", "13/02/2011", "02/13/2011")


def test_one_odd_row_is_not_enough_evidence():
    with pytest.raises(InputError) as error:
        parse(*["01/02/2011", "11/12/2011"] * 15, "13/02/2011", option="transactions.date_order")
    assert error.value.message == (
        "t.csv, column 'when': the order of day and month cannot be decided; '01/02/2011' in row 1 "
        "reads as both; 1 of 31 rows can only be dmy, the first is '13/02/2011' in row 31."
    )
    assert "--set transactions.date_order=dmy (or mdy)" in error.value.hint


def test_an_order_that_was_set_and_does_not_fit():
    with pytest.raises(InputError, match="1 of 2 dates cannot be read as M/D/YYYY; the first is"):
        parse("13/02/2011", "01/02/2011", order="mdy")
    assert parse("2011-03-04", order="mdy")[0] == pd.Timestamp("2011-03-04")


def test_with_dots_the_day_comes_first():
    assert parse("03.04.2011")[0] == pd.Timestamp("2011-04-03")
    dates = parse_dates(pd.Series([*["01.02.2011"] * 30, "03.14.2011"]), label="t", column="c")
    assert dates.values[0] == pd.Timestamp("2011-02-01")
    assert dates.unreadable.sum() == 1
    assert parse(*["01.02.2011", "03.14.2011"])[0] == pd.Timestamp("2011-01-02")


@pytest.mark.parametrize("mark", "/-.")
@pytest.mark.parametrize("layout", ["%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d"])
def test_years_of_two_digits(mark, layout):
    days = pd.date_range("2024-11-20", "2025-03-10", freq="3D")
    assert parse(*days.strftime(layout.format(mark))).to_list() == days.to_list()


def test_which_part_is_the_year_may_be_undecided():
    with pytest.raises(InputError, match="the order of day, month and year cannot be") as error:
        parse("11/10/12")
    assert "date_order=dmy (or mdy or ymd);" in error.value.hint
    assert parse("11/10/12", order="ymd")[0] == pd.Timestamp("2011-10-12")
    assert parse("11.10.12", order="ymd")[0] == pd.Timestamp("2011-10-12")


def test_two_digits_mean_1970_to_2069():
    assert parse("13.01.69", "13.01.70").dt.year.to_list() == [2069, 1970]


CELLS = st.lists(
    st.sampled_from(
        ["01/02/2011", "13/02/2011", "02/13/2011", "03/04/11", "05/05/2011", "2011/02/13", "x", ""]
    ),
    min_size=1,
    max_size=25,
)


def outcome(cells: list[str]) -> list[pd.Timestamp] | None:
    try:
        return parse(*cells).to_list()
    except InputError:
        return None


@settings(deadline=None, max_examples=40)
@given(cells=CELLS, data=st.data())
def test_the_order_of_rows_never_changes_a_decision(cells, data):
    order = data.draw(st.permutations(range(len(cells))))
    straight, mixed = outcome(cells), outcome([cells[place] for place in order])
    assert (straight is None) == (mixed is None)
    if straight is not None:
        assert pd.Series([straight[place] for place in order]).equals(pd.Series(mixed))


@QUICK
@given(
    days=st.lists(
        st.datetimes(pd.Timestamp("2001-01-01"), pd.Timestamp("2030-01-01")),
        min_size=25,
        max_size=40,
    ),
    layout=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%y"]),
    odd=st.sampled_from(["13/02/2011", "02/13/2011", "13.02.2011", "02.13.2011", "31-12-11", "x"]),
)
def test_one_odd_row_never_flips_a_column(days, layout, odd):
    """With it, the other rows are read as they are without it, or the column is asked about."""
    cells = [day.strftime(layout) for day in days]
    before, after = outcome(cells), outcome([odd, *cells])
    if before is not None and after is not None:
        same = [a == b for a, b in zip(before, after[1:], strict=True) if pd.notna(a) & pd.notna(b)]
        assert all(same)


def test_equal_day_and_month_need_no_decision():
    assert parse("01/01/2011", "02/02/2011").to_list() == list(
        pd.to_datetime(["2011-01-01", "2011-02-02"])
    )


def test_months_in_five_languages():
    cells = [
        "3 Dezember 2011",
        "1er août 2011",
        "12 de enero de 2011",
        "5 de março de 2012",
        "1 May 12",
    ]
    expected = ["2011-12-03", "2011-08-01", "2011-01-12", "2012-03-05", "2012-05-01"]
    assert parse(*cells).to_list() == list(pd.to_datetime(expected))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("3/14/2025 3:05 PM", "2025-03-14 15:05"),
        ("14 Mar 2025 12:05 a.m.", "2025-03-14 00:05"),
        ("14/03/2025 12 pm", "2025-03-14 12:00"),
        ("14/03/2025 3:05:09\u202fp.\u00a0m.", "2025-03-14 15:05:09"),
        ("14-MAR-25 03.05.09.5 PM", "2025-03-14 15:05:09.5"),
        ("14.03.2025, 15.05 Uhr", "2025-03-14 15:05"),
        ("14. März 2025 um 15:05 Uhr", "2025-03-14 15:05"),
        ("14 févr. 2025 à 14h30", "2025-02-14 14:30"),
        ("1er août 2025 14 h", "2025-08-01 14:00"),
        ("14 de marzo de 2025 a las 3:05 p. m.", "2025-03-14 15:05"),
        ("14 de março de 2025 às 15:05", "2025-03-14 15:05"),
        ("sáb., 1 mar 2025", "2025-03-01"),
        ("1 setiembre 2025", "2025-09-01"),
        ("Sat Mar 01 2025 10:00:00 GMT+0100 (Central European Standard Time)", "2025-03-01 09:00"),
        ("Sat Mar  1 10:00:00 2025", "2025-03-01 10:00"),
        ("Sat Mar  1 10:00:00 EST 2025", "2025-03-01 15:00"),
        ("Wed Oct 10 20:19:24 +0000 2018", "2018-10-10 20:19:24"),
        ("2025-03-01T10:00:00+01:00[Europe/Berlin]", "2025-03-01 09:00"),
        ("20250301", "2025-03-01"),
        ("20250301100000", "2025-03-01 10:00"),
        ("20250301T1000Z", "2025-03-01 10:00"),
        ("45717", "2025-03-01"),
        ("45717,4166666667", "2025-03-01 10:00"),
        (45717.4166666667, "2025-03-01 10:00"),
        ("1740823200", "2025-03-01 10:00"),
        (1740823200000, "2025-03-01 10:00"),
    ],
)
def test_dates_as_exports_write_them(cell, expected):
    assert parse(cell)[0] == pd.Timestamp(expected)


@pytest.mark.parametrize(
    "cell",
    ["13/14/2025 10:00", "14/03/2025 13:05 PM", "14/03/2025 0:05 AM", "14/03/2025 10:60", "12345",
     "99999", "20251301", "20250230", "14 Foo 2025", "2025-03-01 10:00 IST", "2025-03-01 10:00 XYZ",
     "2025-03-01 10:00 Mars/Olympus", "2025-03-01 10:00 UTC+15", "2025-03-01 10:00 +01:75"],
)  # fmt: skip
def test_what_is_no_date(cell):
    with pytest.raises(InputError, match="1 of 1 date cannot be read"):
        parse(cell)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [(" Z", 0), (" UTC", 0), (" GMT", 0), ("+02:00", 2), ("+0200", 2), ("+02", 2), (" -0330", -3.5),
     (" UTC+2", 2), (" UTC +2", 2), (" GMT-05:30", -5.5), (" CET", 1), (" cest", 2), (" MEZ", 1),
     (" EST", -5), (" PDT", -7), (" JST", 9), (" Europe/Berlin", 2), (" America/New_York", -4),
     (" Asia/Kolkata", 5.5), ("", 0)],
)  # fmt: skip
@pytest.mark.parametrize("day", ["2025-07-01 12:00:00", "1.7.2025 12:00", "Jul 1, 2025 12:00 PM"])
def test_every_way_to_write_a_zone(zone, hours, day):
    assert parse(day + zone)[0] == pd.Timestamp("2025-07-01 12:00") - pd.Timedelta(hours=hours)


def test_zones_may_differ_by_row():
    cells = ["2025-01-01 12:00" + zone for zone in ("", "Z", " CET", " UTC-3", " Europe/Lisbon")]
    assert parse(*cells).dt.hour.to_list() == [12, 12, 11, 15, 12]


def test_clocks_that_change():
    """Struck twice: the first; left out: by the clock of before."""
    cells = ["2025-10-26 02:30 Europe/Berlin", "2025-03-30 02:30 Europe/Berlin"]
    assert parse(*cells).to_list() == [
        pd.Timestamp("2025-10-26 00:30"),
        pd.Timestamp("2025-03-30 01:30"),
    ]


MOMENT = pd.Timestamp("2025-01-01 10:00:00.123456", tz="Europe/Berlin")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([MOMENT, None]),
        pd.Series([MOMENT, None]).astype("datetime64[us, Europe/Berlin]"),
        pd.Series([MOMENT, None], dtype=pd.ArrowDtype(pa.timestamp("us", "Europe/Berlin"))),
        pd.Series([MOMENT.tz_convert("UTC").tz_localize(None), None], dtype="datetime64[us]"),
        pd.Series([MOMENT, None], dtype=object),
        pd.Series([MOMENT.to_pydatetime(), None], dtype=object),
        pd.Series([MOMENT, None]).astype("string"),
        pd.Series([str(MOMENT), None], dtype="category"),
        pd.Series([MOMENT.value // 1000, None], dtype="Int64"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_times_of_every_dtype(values):
    dates = parse_dates(values, label="t", column="c")
    assert dates.values.dtype == "datetime64[ns]"
    assert dates.values.to_list() == [pd.Timestamp("2025-01-01 09:00:00.123456"), pd.NaT]
    assert not dates.unreadable.any()


@pytest.mark.parametrize("dtype", [object, "date32[pyarrow]", "period[D]", "datetime64[s]"])
def test_days_of_every_dtype(dtype):
    days = pd.Series([date(2025, 1, 2)], dtype=object)
    values = days if dtype is object else days.astype("datetime64[ns]").astype(dtype)
    assert parse_dates(values, label="t", column="c").values[0] == pd.Timestamp("2025-01-02")


def test_zones_become_utc():
    assert parse("2011-01-01T00:30:00+02:00", "2011-01-01 00:30:00-0130").to_list() == [
        pd.Timestamp("2010-12-31 22:30"),
        pd.Timestamp("2011-01-01 02:00"),
    ]
    aware = pd.Series(pd.to_datetime(["2011-07-01"]).tz_localize("Europe/Berlin"))
    assert parse_dates(aware, label="t", column="c").values.to_list() == [
        pd.Timestamp("2011-06-30 22:00")
    ]


def test_nanoseconds_are_exact():
    assert parse("2010-12-01 09:18:05.222059968")[0].nanosecond == 968


@pytest.mark.parametrize("bad", ["soon", "2011-02-30", "2011-01-01 25:00", "2999-02-30"])
def test_five_percent_may_be_unreadable(bad):
    good = ["2011-01-01"] * 19
    dates = parse_dates(pd.Series([*good, bad]), label="t.csv", column="when")
    assert dates.unreadable.to_list() == [False] * 19 + [True]
    assert dates.values.isna().sum() == 1
    with pytest.raises(InputError, match="column 'when': 1 of 19 dates cannot be read as "):
        parse(*good[1:], bad)


LATE = ["9999-12-31", "2999-01-01 10:00", "31.12.9999", "12/31/9999", "1 January 2999"]


@pytest.mark.parametrize("late", LATE)
def test_dates_too_late_for_nanoseconds_lie_in_the_future(late):
    good = [late.replace("9999", "2011").replace("2999", "2011")] * 19
    dates = parse_dates(pd.Series([*good, late]), label="t.csv", column="when")
    assert not dates.unreadable.any()
    assert dates.values.iloc[0].year == 2011
    assert dates.values.iloc[-1] >= pd.Timestamp("2261-01-01")


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_timestamps_too_late_for_nanoseconds_lie_in_the_future(zone):
    times = pd.Series(np.array(["2011-01-01", "9999-12-31"], dtype="datetime64[s]"))
    dates = parse_dates(times.dt.tz_localize(zone), label="t", column="c")
    assert not dates.unreadable.any()
    assert dates.values.iloc[-1] >= pd.Timestamp("2261-01-01")


def test_missing_dates_are_not_unreadable():
    dates = parse_dates(
        pd.Series(["2011-01-01", "", None, "NULL", "0000-00-00"]), label="t", column="c"
    )
    assert not dates.unreadable.any()
    assert dates.values.notna().to_list() == [True] + [False] * 4


def test_the_first_unreadable_row_is_named():
    with pytest.raises(InputError, match="the first is 'soon' in row 2"):
        parse("2011-01-01", "soon", "later")


@pytest.mark.parametrize(
    ("cell", "is_date"), [("2011-01-01", True), ("hello", False), ("34", False)]
)
def test_content_tells_dates(cell, is_date):
    assert looks_like_dates(pd.Series([cell])) is is_date

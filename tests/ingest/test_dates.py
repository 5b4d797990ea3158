from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.dates import looks_like_dates, parse_dates

QUICK = settings(deadline=None, max_examples=25)

DAYS = st.lists(
    st.datetimes(pd.Timestamp("1975-01-01"), pd.Timestamp("2060-01-01")), min_size=1, max_size=20
)


def parse(*cells: object) -> pd.Series:
    return parse_dates(pd.Series(list(cells)), label="t.csv", column="when").values


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
def test_one_day_above_12_decides_the_order(layout, days):
    days = [*days, pd.Timestamp("2011-12-24")]
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


def test_contradicting_evidence_stops():
    with pytest.raises(InputError, match="cannot be decided"):
        parse("01/02/2011", "13/02/2011", "02/13/2011")


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


@pytest.mark.parametrize("bad", ["soon", "2011-02-30", "2011-01-01 25:00", "9999-12-31"])
def test_five_percent_may_be_unreadable(bad):
    good = ["2011-01-01"] * 19
    dates = parse_dates(pd.Series([*good, bad]), label="t.csv", column="when")
    assert dates.unreadable.to_list() == [False] * 19 + [True]
    assert dates.values.isna().sum() == 1
    with pytest.raises(InputError, match="column 'when': 1 of 19 dates cannot be read as "):
        parse(*good[1:], bad)


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

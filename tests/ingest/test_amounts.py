from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.amounts import Amounts, parse_amounts

QUICK = settings(deadline=None, max_examples=30)
CENTS = st.integers(-(10**10), 10**10)
CONVENTIONS = [(",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."),
               ("’", "."), ("", "."), ("", ",")]  # fmt: skip


def read(*cells: object, **options: object) -> Amounts:
    return parse_amounts(pd.Series(list(cells)), label="o.csv", column="paid", **options)


def numbers(*cells: object, **options: object) -> list[float]:
    return read(*cells, **options).values.to_list()


def spell(cents: int, grouping: str, decimal: str) -> str:
    return f"{cents / 100:,.2f}".translate(str.maketrans({",": grouping, ".": decimal}))


@pytest.mark.parametrize(("grouping", "decimal"), CONVENTIONS)
@pytest.mark.parametrize(
    "dress",
    ["{}", "{} €", "EUR {}", "{}\u00a0EUR", "$ {}", "R$ {}", "CHF {}", "{} kr.", "$ {} USD"],
)
@QUICK
@given(amounts=st.lists(CENTS, min_size=1))
def test_every_convention_reads_back(grouping, decimal, dress, amounts):
    cells = [dress.format(spell(cents, grouping, decimal)) for cents in amounts]
    assert numbers(*cells) == [cents / 100 for cents in amounts]


@pytest.mark.parametrize(
    "dress", ["-{}", "- {}", "−{}", "({})", "( {} )", "{}-", "{} -", "-€{}", "€-{}", "€ -{}",
              "({} €)", "$({})", "(EUR {})", "{}- EUR", "{} EUR-", "€ ({})"]
)  # fmt: skip
@pytest.mark.parametrize(("grouping", "decimal"), CONVENTIONS[:3])
def test_every_way_to_write_a_negative_amount(dress, grouping, decimal):
    cells = [
        "7" + decimal + "50",
        *(dress.format(spell(n, grouping, decimal)) for n in (1, 123456)),
    ]
    assert numbers(*cells) == [7.5, -0.01, -1234.56]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234", "950"], [1234, 950]),
        (["1,234", "950"], [1234, 950]),
        (["1.234", "5000"], [1.234, 5000]),
        (["1,234", "5000"], [1.234, 5000]),
        (["1.234", "0.5"], [1.234, 0.5]),
        (["1,234", "12.50"], [1234, 12.5]),
        (["12.345.678"], [12345678]),
        (["1,23,456.50", "99,999"], [123456.5, 99999]),
        (["1.234,50", "12,5"], [1234.5, 12.5]),
        (["1e3", "1.5E-1"], [1000, 0.15]),
        (["12,-", "3,--", "5.—", "7."], [12, 3, 5, 7]),
        ([".50", "Rs.500", "Rs. 1,00,000"], [0.5, 500, 100000]),
        (["12 Euro", "3 Franken", "5zł"], [12, 3, 5]),
        (["\uff11\uff12.50", "\ufeff3.00"], [12.5, 3]),
    ],
)
def test_what_exports_hold(cells, expected):
    assert numbers(*cells) == expected


@pytest.mark.parametrize(
    "cell", ["abc", "abc12", "12:50", "12 34", "1 23 456", "1'23", "12%", "1,2,3", "--5", "5-x-",
             "(5", "5)", "((5))", "3 x 5", "2011-12-09", "1.23.456", "½", "$", "-", "1 2.50"]
)  # fmt: skip
def test_what_is_no_amount(cell):
    amounts = read(cell, "2.50", "", None, "n/a")
    assert amounts.values.isna().to_list() == [True, False, True, True, True]
    assert amounts.given.to_list() == [True, True, False, False, False]


def test_an_odd_row_is_not_read_a_hundred_times_too_large():
    assert np.isnan(numbers("12,34", *["1,234.50"] * 30)[0])


def test_pieces_may_have_a_unit_and_money_may_not():
    assert numbers("3 Stück", "2 pcs", "x 4", money=False) == [3, 2, 4]
    assert np.isnan(numbers("3 Stück", "2.50")[0])


@pytest.mark.parametrize("mark", ".,")
def test_thousands_or_thousandths_is_asked(mark):
    cells = ["", f"1{mark}234 €", f"12{mark}500 €"]
    with pytest.raises(InputError) as error:
        read(*cells)
    assert str(error.value) == (
        f"o.csv, column 'paid': '1{mark}234 €' in row 2 may be "
        f"{'1.234 or 1234' if mark == '.' else '1234 or 1.234'}, and the other values do not tell. "
        'Say which mark splits off the decimals: --set transactions.decimal="." or ",".'
    )
    assert numbers(*cells[1:], decimal=mark) == [1.234, 12.5]
    assert numbers(*cells[1:], decimal="," if mark == "." else ".") == [1234, 12500]


def test_evidence_on_both_sides_is_asked():
    with pytest.raises(InputError, match=r"may be 1.234 or 1234"):
        read(*["1.234"] * 30, "12.50", *["950"] * 5)
    with pytest.raises(InputError, match="may be"):
        read("1.234", "1,234", "950")


def test_a_few_that_read_as_two_are_left_out_and_do_not_stop():
    found = numbers("1.234", "1,234", *["5"] * 40)
    assert np.isnan(found[:2]).all()
    assert found[2:] == [5] * 40


MIXED = st.lists(
    st.sampled_from(["1.234", "1,234", "950", "12.50", "12,50", "5000", "1.234,50", "1,2.50", "x"]),
    min_size=2,
    max_size=30,
)


@settings(deadline=None, max_examples=150)
@given(cells=MIXED, data=st.data())
def test_the_order_of_rows_never_changes_a_decision(cells, data):
    order = data.draw(st.permutations(range(len(cells))))

    def outcome(rows: list[str]) -> list[float] | None:
        try:
            return numbers(*rows)
        except InputError:
            return None

    straight, mixed = outcome(cells), outcome([cells[place] for place in order])
    assert (straight is None) == (mixed is None)
    if straight is not None:
        np.testing.assert_equal([straight[place] for place in order], mixed)


@QUICK
@given(
    large=st.lists(st.integers(10**5, 10**8), min_size=25, max_size=50),
    small=st.lists(st.integers(1, 10**5), max_size=10),
    odd=st.sampled_from(["1.234", "1,234", "12.50", "12,50", "1.234,50", "1,234.50", "x", "950"]),
    convention=st.sampled_from([(",", "."), (".", ",")]),
    whole=st.booleans(),
)
def test_one_odd_row_never_flips_a_column(large, small, odd, convention, whole):
    """With it, the other rows are read as they are without it, or the column is asked about."""
    cells = [spell(cents, *convention)[: -3 if whole else None] for cents in [*large, *small]]
    try:
        before = numbers(*cells)
    except InputError:
        return
    try:
        after = numbers(odd, *cells)[1:]
    except InputError:
        return
    np.testing.assert_equal(
        [b for b, a in zip(before, after, strict=True) if not (np.isnan(b) or np.isnan(a))],
        [a for b, a in zip(before, after, strict=True) if not (np.isnan(b) or np.isnan(a))],
    )


@pytest.mark.parametrize(
    ("cells", "signs"),
    [
        (["5 CR", "5", "5"], [-1, 1, 1]),
        (["5.00DR", "5.00", "5.00"], [-1, 1, 1]),
        (["5 DR", "5 DR", "5 CR"], [1, 1, -1]),
        (["5 CR", "5 CR", "5 DR"], [1, 1, -1]),
        (["5 CR", "5 CR"], [1, 1]),
        (["5 CR"] * 9 + ["5"], [1] * 10),
        (["5 CR.", "5 cr", "USD 5 dr", "5 dr", "5 DR", "5"], None),
    ],
)
def test_credit_and_debit(cells, signs):
    if signs is None:
        with pytest.raises(InputError, match="2 amounts with CR and 3 with DR; which are"):
            read(*cells)
    else:
        amounts = read(*cells)
        assert amounts.values.to_list() == [5 * sign for sign in signs]
        assert amounts.reversed.to_list() == [sign < 0 for sign in signs]


def test_currencies_of_cells():
    amounts = read("€5", "5 EUR", "5 usd", "$5.00 CAD", "US$ 5", "Rs. 5", "5", None)
    assert amounts.currency.to_list() == ["EUR", "EUR", "USD", "CAD", "USD", "INR", pd.NA, pd.NA]


def test_what_is_not_finite():
    amounts = read("inf", "-Infinity", "1e400", "NaN", "2")
    assert amounts.values.to_list()[:3] == [np.inf, -np.inf, np.inf]
    assert amounts.given.to_list() == [True, True, True, False, True]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1.234, None]),
        pd.Series([Decimal("1.234"), None]),
        pd.Series([1.234, None], dtype="Float64"),
        pd.Series([1.234, None], dtype="float32"),
        pd.Series([1.234, None], dtype=object),
        pd.Series([Decimal("1.234"), None], dtype=pd.ArrowDtype(pa.decimal128(10, 3))),
        pd.Series([1.234, None], dtype="double[pyarrow]"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_numbers_are_never_asked_about(values):
    amounts = parse_amounts(values, label="o", column="c")
    assert amounts.values.dtype == "float64"
    assert amounts.values.to_list()[0] == pytest.approx(1.234)
    assert amounts.given.to_list() == [True, False]


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "UInt8", object])
def test_whole_numbers_of_every_dtype(dtype):
    amounts = parse_amounts(pd.Series([3, 4], dtype=dtype), label="o", column="c")
    assert amounts.values.to_list() == [3.0, 4.0]


def test_numbers_and_text_in_one_column():
    assert numbers(1.234, Decimal("2.5"), 3, "1.234,50", True)[:4] == [1.234, 2.5, 3, 1234.5]
    assert np.isnan(numbers(True, "x", 1.5)[0])

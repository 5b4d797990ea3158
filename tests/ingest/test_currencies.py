from __future__ import annotations

import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.ingest.orders import Spelling, read_orders
from textseg.ingest.quality import Log, Quality
from textseg.ingest.read import Raw

RATES = {"EUR": 1.0, "usd": 0.5}


def orders(amounts: list[object], currency: list[object] | None = None, **spelling: object):
    frame = pd.DataFrame({"who": range(len(amounts)), "when": "2011-01-01", "paid": amounts})
    columns = {"customer": "who", "date": "when", "amount": "paid"}
    if currency is not None:
        frame["money"], columns["currency"] = currency, "money"
    log = Log(Quality(), "transactions")
    raw = Raw("o.csv", "o.csv", "o", frame)
    return read_orders(raw, columns, log, Spelling(**spelling)), log.quality


def test_one_currency_is_named():
    frame, quality = orders(["€5", "5 EUR", "7"])
    assert frame["amount"].to_list() == [5, 5, 7]
    assert quality.notes == ["Amounts of the orders are in EUR."]
    assert orders([5, 7])[1].notes == []


@pytest.mark.parametrize(
    ("amounts", "currency"),
    [
        ([5, 6, 7], ["EUR", "€", "usd"]),
        (["5 €", "6 €", "$7"], None),
        (["5", "6 €", 7], ["eur", None, "USD"]),
    ],
)
def test_several_currencies_stop(amounts, currency):
    with pytest.raises(InputError) as error:
        orders(amounts, currency)
    assert str(error.value) == (
        "o.csv: the amounts are in 2 currencies: EUR (2 rows), USD (1 row); the first USD is in "
        "row 3. Name a column in one currency (--set transactions.amount=COL), or say what each is "
        "worth: [transactions.rates] EUR = 1.0, USD = ..."
    )


def test_rates_bring_all_to_the_base():
    frame, quality = orders([5, -6, 7], ["EUR", "USD", "USD"], rates=RATES)
    assert frame["amount"].to_list() == [5, -3, 3.5]
    assert quality.notes == ["Amounts of the orders are in EUR."]
    (finding,) = [f for f in quality.findings if "rate" in f.reason]
    assert (finding.reason, finding.rows, finding.example) == (
        "USD counted at the rate of 0.5", 2, 2)  # fmt: skip


def test_a_currency_without_a_rate_is_named_and_counted():
    with pytest.raises(InputError) as error:
        orders([5, 6, 7, 8], ["EUR", "GBP", "GBP", None], rates=RATES)
    assert str(error.value) == (
        "o.csv: amounts without a rate in transactions.rates: GBP (2 rows); no currency is "
        "named in 1 row. Rates are there for EUR, USD."
    )


def test_the_column_says_which_dollar():
    frame, quality = orders(["$5", "$6"], ["CAD", "CAD"])
    assert quality.notes == ["Amounts of the orders are in CAD."]
    assert frame["amount"].to_list() == [5, 6]


def test_currencies_of_rows_without_an_amount_do_not_count():
    amounts = [5.0] * 30 + [None]
    assert len(orders(amounts, ["EUR"] * 30 + ["USD"])[0]) == 30


def test_without_currencies_rates_change_nothing():
    assert orders([5, 6], rates=RATES)[0]["amount"].to_list() == [5, 6]

"""Files in which two columns could mean one thing: each stops with its question and its option."""

from __future__ import annotations

import pandas as pd
import pytest

from textseg.config import Config
from textseg.errors import InputError
from textseg.ingest.columns import FEEDBACK, TRANSACTIONS, Kind, find_columns
from textseg.ingest.read import Raw

ROWS = 30


def numbered(pattern: str) -> list[str]:
    return [pattern.format(i) for i in range(ROWS)]


SAID = numbered("The parcel number {} came late and nobody told me.")
ANSWERED = numbered("We are sorry about parcel {}, it is on its way now.")
DAY = [f"2024-03-{i + 1:02}" for i in range(ROWS)]
NEXT_DAY = [f"2024-04-{i + 1:02}" for i in range(ROWS)]
IDS = numbered("C-{}")
OTHER_IDS = numbered("A-{}")
MONEY = numbered("{}.90")
LESS = numbered("{}.10")
STARS = ["5", "1", "4"] * 10
SIDES = ["customer", "agent"] * 15
FLAGS = ["true", "false"] * 15
LINES = [f"o{i // 2}" for i in range(ROWS)]
TOTALS = [f"{i // 2 + 10}.00" for i in range(ROWS)]

AMBIGUOUS = {
    "two texts": (
        FEEDBACK, {"review": SAID, "comment": ANSWERED},
        "the columns 'review' and 'comment' could both be the text.",
        "Say which: --text COL (feedback.text in the settings)"),
    "customer and agent, names that do not help": (
        FEEDBACK, {"ticket": IDS, "column_a": SAID, "column_b": ANSWERED},
        "the columns 'column_a' and 'column_b' could both be the text.",
        "Say which: --text COL (feedback.text in the settings)"),
    "first and last message": (
        FEEDBACK, {"first_message": SAID, "last_message": ANSWERED},
        "the columns 'first_message' and 'last_message' could both be the text.",
        "Say which: --text COL (feedback.text in the settings)"),
    "what was liked and what was not": (
        FEEDBACK, {"Was gefiel?": SAID, "Was fehlte?": ANSWERED, "Was noch?": SAID},
        "the columns 'Was gefiel?' and 'Was fehlte?' and 'Was noch?' could all be the text.",
        "Say which: --text COL (feedback.text in the settings)"),
    "two dates": (
        FEEDBACK, {"text": SAID, "submitted_at": DAY, "received_at": NEXT_DAY},
        "the columns 'submitted_at' and 'received_at' could both be the date.",
        "Say which: --date COL (feedback.date in the settings)"),
    "two dates, names that do not help": (
        FEEDBACK, {"text": SAID, "t1": DAY, "t2": NEXT_DAY},
        "the columns 't1' and 't2' could both be the date.",
        "Say which: --date COL (feedback.date in the settings)"),
    "two customers": (
        FEEDBACK, {"text": SAID, "user_id": IDS, "account_id": OTHER_IDS},
        "the columns 'user_id' and 'account_id' could both be the customer.",
        "Say which: --customer COL (feedback.customer in the settings)"),
    "two addresses": (
        FEEDBACK, {"text": SAID, "email": numbered("a{}@example.com"),
                   "contact_email": numbered("b{}@example.com")},
        "the columns 'email' and 'contact_email' could both be the customer.",
        "Say which: --customer COL (feedback.customer in the settings)"),
    "two ratings": (
        FEEDBACK, {"text": SAID, "nps": STARS, "csat": STARS},
        "the columns 'nps' and 'csat' could both be the rating.",
        "Say which: --rating COL (feedback.rating in the settings)"),
    "two keys": (
        FEEDBACK, {"text": SAID, "ticket_id": IDS, "case_id": OTHER_IDS},
        "the columns 'ticket_id' and 'case_id' could both be the id.",
        "Say which: --id COL (feedback.id in the settings)"),
    "praise and blame": (
        FEEDBACK, {"pros": SAID, "cons": ANSWERED, "advice": SAID},
        "the columns 'pros' and 'cons' and 'advice' could all be the text.",
        "Say which: --text COL (feedback.text in the settings)"),
    "two titles": (
        FEEDBACK, {"text": SAID, "headline": SAID, "summary": SAID},
        "the columns 'headline' and 'summary' could both be the title.",
        "Say which: --set feedback.title=COL"),
    "two channels": (
        FEEDBACK, {"text": SAID, "source": STARS, "via": STARS},
        "the columns 'source' and 'via' could both be the channel.",
        "Say which: --channel COL (feedback.channel in the settings)"),
    "two columns that say who wrote": (
        FEEDBACK, {"text": SAID, "sender type": SIDES, "direction": SIDES},
        "the columns 'sender type' and 'direction' could both be the author.",
        "Say which: --set feedback.author=COL"),
    "yes and no, twice": (
        FEEDBACK, {"text": SAID, "incoming": FLAGS, "is_agent": FLAGS},
        "the columns 'incoming' and 'is_agent' could both be the author.",
        "Say which: --set feedback.author=COL"),
    "net and gross": (
        TRANSACTIONS, {"Kunden-Nr.": IDS, "Datum": DAY, "Betrag netto": LESS,
                       "Betrag brutto": MONEY},
        "the columns 'Betrag netto' and 'Betrag brutto' could both be the amount.",
        "Say which: --set transactions.amount=COL"),
    "net and gross in brackets": (
        TRANSACTIONS, {"client": IDS, "date": DAY, "Montant (HT)": LESS, "Montant (TTC)": MONEY},
        "the columns 'Montant (HT)' and 'Montant (TTC)' could both be the amount.",
        "Say which: --set transactions.amount=COL"),
    "two prices": (
        TRANSACTIONS, {"customer": IDS, "date": DAY, "quantity": STARS, "item price": LESS,
                       "price each": MONEY},
        "the columns 'item price' and 'price each' could both be the unit_price.",
        "Say which: --set transactions.unit_price=COL"),
    "the total of the order on every line": (
        TRANSACTIONS, {"customer": IDS, "date": DAY, "order_id": LINES, "order_total": TOTALS},
        "'order_total' may be the amount of a line, or the total of its order, since all lines "
        "of an order have the same.",
        "Say which: --set transactions.amount=order_total, or another column of the line's own "
        "amount."),
    "the total of the order beside quantity and price": (
        TRANSACTIONS, {"customer": IDS, "date": DAY, "order_id": LINES, "order_total": TOTALS,
                       "quantity": STARS, "unit_price": LESS},
        "'order_total' may be the amount of a line, or the total of its order, since all lines "
        "of an order have the same; each line is worth 'quantity' times 'unit_price' then.",
        "Say which: --set transactions.amount=order_total, or another column, or "
        "--set transactions.unit_price=unit_price."),
    "two buyers": (
        TRANSACTIONS, {"buyer id": IDS, "member id": OTHER_IDS, "date": DAY, "amount": MONEY},
        "the columns 'buyer id' and 'member id' could both be the customer.",
        "Say which: --set transactions.customer=COL"),
    "two orders": (
        TRANSACTIONS, {"customer": IDS, "date": DAY, "amount": MONEY, "invoice": OTHER_IDS,
                       "receipt id": IDS},
        "the columns 'invoice' and 'receipt id' could both be the order.",
        "Say which: --set transactions.order=COL"),
    "what was ordered and what was sent": (
        TRANSACTIONS, {"customer": IDS, "date": DAY, "price": MONEY, "quantity ordered": STARS,
                       "units": STARS},
        "the columns 'quantity ordered' and 'units' could both be the quantity.",
        "Say which: --set transactions.quantity=COL"),
    "two currencies of one row": (
        TRANSACTIONS, {"customer": IDS, "date": DAY, "amount": MONEY,
                       "order currency": ["EUR"] * ROWS, "payment currency": ["USD"] * ROWS},
        "the columns 'order currency' and 'payment currency' could both be the currency.",
        "Say which: --set transactions.currency=COL"),
    "when it was ordered and when it was paid": (
        TRANSACTIONS, {"customer": IDS, "amount": MONEY, "order_date": DAY,
                       "invoice_date": NEXT_DAY},
        "the columns 'order_date' and 'invoice_date' could both be the date.",
        "Say which: --set transactions.date=COL"),
}  # fmt: skip


def find(kind: Kind, columns: dict[str, list[str]], told: dict[str, str]) -> dict[str, str]:
    return find_columns(Raw("a.csv", "a.csv", "a", pd.DataFrame(columns)), kind, told)


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_it_stops_and_asks(case):
    kind, columns, message, hint = AMBIGUOUS[case]
    with pytest.raises(InputError) as error:
        find(kind, columns, {})
    assert (error.value.message, error.value.hint) == (f"a.csv: {message}", hint)


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_the_order_of_columns_does_not_answer(case):
    kind, columns, *_ = AMBIGUOUS[case]
    with pytest.raises(InputError, match="Say which"):
        find(kind, dict(reversed(columns.items())), {})


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_the_option_that_is_named_settles_it(case):
    kind, columns, message, hint = AMBIGUOUS[case]
    meaning = next(m for m in kind.meanings if f"--{m} " in hint or f".{m}=" in hint)
    column = message.split("'")[1]
    assert find(kind, columns, {meaning: column})[meaning] == column


FEED = {"text": SAID, "customer": IDS, "date": DAY}
SALES = {"customer": IDS, "date": DAY, "amount": MONEY}
EARLY = [f"{i % 11 + 1:02}/{i % 12 + 1:02}/2024" for i in range(ROWS)]

CELLS = {
    "day or month of feedback": (
        {"date": EARLY}, {}, {"feedback": [{"date_order": "dmy"}]}, "date_order"),
    "day or month of orders": (
        {}, {"date": EARLY}, {"transactions": {"date_order": "mdy"}}, "transactions.date_order"),
    "thousands or decimals": (
        {}, {"amount": numbered("1.{:03}")}, {"transactions": {"decimal": ","}}, "decimal"),
    "two currencies": (
        {}, {"amount": [f"{'€$'[i % 2]} {i + 1}.50" for i in range(ROWS)]},
        {"transactions": {"rates": {"EUR": 1.0, "USD": 0.9}}}, "rates"),
    "debits as often as credits": (
        {}, {"amount": [f"{i + 1}.50 {('CR', 'DR')[i % 2]}" for i in range(ROWS)]}, None, "CR"),
    "names of whom nobody knows which side they are on": (
        {"sender": ["Ada", "Bo"] * 15}, {}, {"feedback": [{}]}, "no known roles"),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_cells_that_can_be_read_in_two_ways_stop_until_somebody_says_how(run, case):
    feedback, sales, settings, message = CELLS[case]
    told = {"feedback": [{"author": "sender"}]} if "sender" in feedback else {}
    tables = pd.DataFrame(FEED | feedback), pd.DataFrame(SALES | sales)
    with pytest.raises(InputError) as error:
        run(*tables, config=Config.model_validate(told))
    assert message in str(error.value)
    if settings is not None:
        assert len(run(*tables, config=Config.model_validate(settings)).feedback) == ROWS

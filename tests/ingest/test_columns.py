from __future__ import annotations

import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.ingest.columns import FEEDBACK, TRANSACTIONS, Kind, find_columns
from textseg.ingest.read import read_table


def find(kind: Kind, told: dict[str, str] | None = None, **columns: object) -> dict[str, str]:
    frame = pd.DataFrame({name.replace("__", " "): [value] for name, value in columns.items()})
    return find_columns(read_table(frame, "t"), kind, told or {})


WORDS = "These are more than four words"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"reviewText": WORDS, "summary": "Nice", "reviewerID": "A1", "overall": 5.0,
          "unixReviewTime": 1393545600},
         {"text": "reviewText", "title": "summary", "customer": "reviewerID", "rating": "overall",
          "date": "unixReviewTime"}),
        ({"Kunden-Nr.": "0012", "Datum": "24.12.2011", "Kommentar": "Passt", "Bewertung": "4,5",
          "Antwort": WORDS, "Kanal": "web"},
         {"text": "Kommentar", "customer": "Kunden-Nr.", "date": "Datum", "rating": "Bewertung",
          "channel": "Kanal"}),
        ({"id_client": "7", "date": "2011-01-01", "avis": WORDS, "note": "4/5", "titre": "Bien"},
         {"text": "avis", "title": "titre", "customer": "id_client", "date": "date",
          "rating": "note"}),
        ({"cliente": "7", "fecha": "2011-01-31", "comentario": WORDS, "calificación": "5"},
         {"text": "comentario", "customer": "cliente", "date": "fecha", "rating": "calificación"}),
        ({"cliente": "7", "data": "31/01/2011", "comentário": WORDS, "nota": 3, "resposta": WORDS},
         {"text": "comentário", "customer": "cliente", "date": "data", "rating": "nota"}),
        ({"ticket_id": 1, "subject": "Card", "description": WORDS, "created_at": "2011-01-01",
          "updated_at": "2011-01-01", "agent_comment": WORDS},
         {"text": "description", "title": "subject", "id": "ticket_id", "date": "created_at"}),
        ({"text": "short", "body": WORDS, "subject": "S"}, {"text": "text", "title": "subject"}),
        ({"q7": WORDS, "when": "2011-01-01"}, {"text": "q7", "date": "when"}),
        ({"text": WORDS, "age": 33, "clothing_id": 7}, {"text": "text"}),
    ],
)  # fmt: skip
def test_feedback_layouts(columns, expected):
    assert find(FEEDBACK, **columns) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"InvoiceNo": 1, "StockCode": "A", "Description": "x", "Quantity": 1, "UnitPrice": 2.0,
          "InvoiceDate": "2011-01-31", "CustomerID": 5},
         {"customer": "CustomerID", "date": "InvoiceDate", "quantity": "Quantity",
          "unit_price": "UnitPrice", "order": "InvoiceNo", "product": "StockCode"}),
        ({"Bestellnummer": 1, "Kundennummer": 2, "Bestelldatum": "2011-01-31", "Betrag": "3,00",
          "Artikel": "x", "Warengruppe": "y"},
         {"customer": "Kundennummer", "date": "Bestelldatum", "amount": "Betrag",
          "order": "Bestellnummer", "product": "Artikel", "category": "Warengruppe"}),
        ({"cliente": 1, "fecha": "2011-01-31", "importe": "1", "pedido": 4},
         {"customer": "cliente", "date": "fecha", "amount": "importe", "order": "pedido"}),
    ],
)  # fmt: skip
def test_order_layouts(columns, expected):
    assert find(TRANSACTIONS, **columns) == expected


@pytest.mark.parametrize(
    "name", ["response", "reply", "agent_comment", "answer", "Antwort", "réponse"]
)
def test_answers_of_agents_are_never_the_text(name):
    assert "text" not in find(FEEDBACK, **{name: WORDS})
    assert find(FEEDBACK, {"text": name}, **{name: WORDS}) == {"text": name}


@pytest.mark.parametrize(
    ("kind", "columns", "message", "hint"),
    [
        (FEEDBACK, {"review": WORDS, "comment": WORDS},
         "The frame t: the columns 'review' and 'comment' could both be the text.",
         "Say which: --text COL (feedback.text in the settings)"),
        (FEEDBACK, {"text": WORDS, "user_id": 1, "account_id": 2},
         "The frame t: the columns 'user_id' and 'account_id' could both be the customer.",
         "Say which: --customer COL (feedback.customer in the settings)"),
        (TRANSACTIONS, {"customer_id": 1, "revenue": 2, "sales": 3},
         "The frame t: the columns 'revenue' and 'sales' could both be the amount.",
         "Say which: --set transactions.amount=COL"),
    ],
)  # fmt: skip
def test_two_candidates_stop_and_name_the_option(kind, columns, message, hint):
    with pytest.raises(InputError) as error:
        find(kind, **columns)
    assert (error.value.message, error.value.hint) == (message, hint)


def test_a_column_told_that_does_not_exist():
    with pytest.raises(InputError, match=r"has no column 'custmer', which feedback.customer names"):
        find(FEEDBACK, {"customer": "custmer"}, text=WORDS, customer=1)


def test_content_decides_between_like_names():
    assert find(FEEDBACK, text=WORDS, bewertung="gut", rating__total=4) == {"text": "text"}
    assert find(FEEDBACK, kommentar=WORDS, bewertung="4,5")["rating"] == "bewertung"
    assert "date" not in find(FEEDBACK, text=WORDS, time="soon")


def test_an_id_that_repeats_is_no_key():
    frame = pd.DataFrame({"text": [WORDS] * 4, "ticket_id": [1, 1, 1, 2]})
    assert "id" not in find_columns(read_table(frame, "t"), FEEDBACK, {})

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.columns import FEEDBACK, TRANSACTIONS, Kind, find_columns
from textseg.ingest.read import Raw, read_table


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


REVIEWS = {
    "en": {"Review ID": "id", "Customer No.": "customer", "Created on": "date",
           "Review Title": "title", "Review Text": "text", "Star Rating": "rating",
           "Contact Channel": "channel"},
    "de": {"Bewertungs-ID": "id", "Kundennummer": "customer", "Erstellt am": "date",
           "Überschrift": "title", "Rückmeldung": "text", "Anzahl Sterne": "rating",
           "Kontaktkanal": "channel"},
    "fr": {"ID de l'avis": "id", "Numéro de client": "customer", "Date de création": "date",
           "Titre": "title", "Commentaire": "text", "Nombre d'étoiles": "rating",
           "Canal de contact": "channel"},
    "es": {"ID reseña": "id", "Número de cliente": "customer", "Fecha de creación": "date",
           "Título": "title", "Reseña": "text", "Puntuación": "rating",
           "Canal de contacto": "channel"},
    "pt": {"ID avaliação": "id", "Código do cliente": "customer", "Data de criação": "date",
           "Assunto": "title", "Comentário": "text", "Classificação": "rating",
           "Canal de atendimento": "channel"},
}  # fmt: skip

ORDERS = {
    "en": {"Order No": "order", "Customer Number": "customer", "Order Date": "date",
           "Line Total": "amount", "Qty": "quantity", "Unit Price": "unit_price",
           "Currency Code": "currency", "Product Name": "product", "Category": "category"},
    "de": {"Bestell-Nr.": "order", "Kunden-Nr.": "customer", "Bestelldatum": "date",
           "Positionsbetrag": "amount", "Stückzahl": "quantity", "Stückpreis": "unit_price",
           "Währung": "currency", "Artikelnummer": "product", "Warengruppe": "category"},
    "fr": {"Numéro de commande": "order", "Identifiant client": "customer",
           "Date de commande": "date", "Montant": "amount", "Quantité": "quantity",
           "Prix unitaire": "unit_price", "Devise": "currency", "Produit": "product",
           "Catégorie": "category"},
    "es": {"Número de pedido": "order", "Código de cliente": "customer",
           "Fecha del pedido": "date", "Importe": "amount", "Cantidad": "quantity",
           "Precio unitario": "unit_price", "Moneda": "currency", "Artículo": "product",
           "Categoría": "category"},
    "pt": {"Número do pedido": "order", "ID do cliente": "customer", "Data da compra": "date",
           "Valor": "amount", "Quantidade": "quantity", "Preço unitário": "unit_price",
           "Moeda": "currency", "Produto": "product", "Categoria": "category"},
}  # fmt: skip

CELLS = {
    "id": [f"r{i}" for i in range(30)],
    "customer": [f"c{i % 20}" for i in range(30)],
    "date": [f"2024-01-{i + 1:02}" for i in range(30)],
    "title": [f"A word {i}" for i in range(30)],
    "text": [f"These are more than four words, {i}" for i in range(30)],
    "rating": ["4", "5", "1"] * 10,
    "channel": ["web", "shop", "app"] * 10,
    "order": [f"o{i // 2}" for i in range(30)],
    "amount": [f"{i}.50" for i in range(30)],
    "quantity": ["1", "2", "3"] * 10,
    "unit_price": ["9.50", "0.20"] * 15,
    "currency": ["EUR"] * 30,
    "product": [f"Mug {i}" for i in range(30)],
    "category": ["home", "toys"] * 15,
}


def table(header: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({column: CELLS[meaning] for column, meaning in header.items()})


def found_in(kind: Kind, frame: pd.DataFrame, **told: str) -> dict[str, str]:
    return find_columns(read_table(frame, "t"), kind, told)


HEADERS = [(FEEDBACK, header) for header in REVIEWS.values()] + [
    (TRANSACTIONS, header) for header in ORDERS.values()
]


@pytest.mark.parametrize(("kind", "header"), HEADERS)
def test_five_languages(kind, header):
    assert found_in(kind, table(header)) == {meaning: name for name, meaning in header.items()}


def spelled(name: str, draw: st.DrawFn) -> str:
    """Spell a name in another way that a reader would take for the same."""
    name = draw(st.sampled_from([str, str.upper, str.lower, str.title]))(name)
    name = name.replace(" ", draw(st.sampled_from([" ", "_", "-", "  ", "."])))
    plain = unicodedata.normalize("NFKD", name)
    if draw(st.booleans()):
        name = "".join(letter for letter in plain if not unicodedata.combining(letter))
    elif draw(st.booleans()):
        name = plain  # the same letters, composed of two characters each
    return draw(st.sampled_from(["", " ", "\ufeff"])) + name + draw(st.sampled_from(["", " "]))


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_order_and_spelling_of_names_never_change_the_result(data):
    kind, header = data.draw(st.sampled_from(HEADERS))
    draw = data.draw
    columns = draw(st.permutations(list(header)))
    names = {column: spelled(column, draw) for column in columns}
    frame = table({column: header[column] for column in columns}).rename(columns=names)
    raw = Raw("t", None, "t", frame)
    assert find_columns(raw, kind, {}) == {
        meaning: names[column] for column, meaning in header.items()
    }


@pytest.mark.parametrize(
    ("columns", "customer"),
    [
        (["E-Mail-Adresse", "Kundennummer"], "Kundennummer"),
        (["email"], "email"),
        (["Correo electrónico"], "Correo electrónico"),
        (["Courriel"], "Courriel"),
        (["customer_email", "billing_email"], "customer_email"),
        (["agent_email"], None),
        (["assignee_email"], None),
    ],
)
def test_an_address_stands_in_where_there_is_no_id(columns, customer):
    cells = [f"a{i}@example.com" for i in range(30)]
    frame = pd.DataFrame({"text": CELLS["text"]} | dict.fromkeys(columns, cells))
    assert found_in(FEEDBACK, frame).get("customer") == customer


def test_a_column_called_email_without_addresses_is_no_customer():
    frame = pd.DataFrame({"text": CELLS["text"], "email": ["yes", "no"] * 15})
    assert "customer" not in found_in(FEEDBACK, frame)


def test_an_account_that_all_rows_share_is_no_customer():
    frame = pd.DataFrame({"text": CELLS["text"], "account_id": ["shop-1"] * 30})
    assert "customer" not in found_in(FEEDBACK, frame)


def test_a_label_is_no_text():
    frame = pd.DataFrame({"feedback": ["positive", "negative"] * 30, "q7": CELLS["text"] * 2})
    assert found_in(FEEDBACK, frame) == {"text": "q7"}


@pytest.mark.parametrize(
    "name", ["product_name", "Adresse", "review tags", "internal notes", "URL", "Antworttext"]
)
def test_words_that_no_customer_wrote_are_not_the_text(name):
    assert "text" not in found_in(FEEDBACK, pd.DataFrame({name: CELLS["text"]}))


@pytest.mark.parametrize("name", ["order_date", "Bestelldatum", "updated_at", "closed at"])
def test_a_date_of_something_else_is_not_the_feedbacks(name):
    frame = pd.DataFrame({"text": CELLS["text"], name: CELLS["date"]})
    assert "date" not in found_in(FEEDBACK, frame)


def test_a_conversation_has_an_author_and_a_ticket_that_repeats():
    frame = pd.DataFrame(
        {
            "ticket id": [f"t{i // 3}" for i in range(30)],
            "message id": CELLS["id"],
            "message": CELLS["text"],
            "sender": ["customer", "agent", "customer"] * 10,
        }
    )
    assert found_in(FEEDBACK, frame) == {
        "text": "message", "id": "message id", "author": "sender", "conversation": "ticket id",
    }  # fmt: skip


def test_a_reviewers_name_is_no_author_of_a_conversation():
    frame = pd.DataFrame({"text": CELLS["text"], "author": [f"Ada {i}" for i in range(30)]})
    assert found_in(FEEDBACK, frame) == {"text": "text"}


@pytest.mark.parametrize("role", ["casual", "guest"])
def test_sorts_of_customers_are_no_sides_of_a_conversation(role):
    frame = pd.DataFrame({"text": CELLS["text"], "user type": ["member", role] * 15})
    assert found_in(FEEDBACK, frame) == {"text": "text"}
    sides = frame.assign(**{"user type": ["member", "chatbot"] * 15})
    assert found_in(FEEDBACK, sides)["author"] == "user type"


def test_a_price_that_is_told_settles_what_a_line_is_worth():
    frame = table(ORDERS["en"]).rename(columns={"Line Total": "Order Total"})
    found = found_in(TRANSACTIONS, frame, unit_price="Unit Price")
    assert "amount" not in found
    assert found["unit_price"] == "Unit Price"


def test_a_lines_amount_comes_before_that_of_the_order():
    frame = table(ORDERS["en"]).assign(**{"Order Total": CELLS["amount"]})
    assert found_in(TRANSACTIONS, frame)["amount"] == "Line Total"


@pytest.mark.parametrize(
    "cell", ["3 May 2024", "May 3, 2024", "24.12.2024", "2024-12-24T18:00:00Z", "24 décembre 2024"]
)
def test_dates_are_found_by_content(cell):
    frame = pd.DataFrame({"text": CELLS["text"], "when": [cell] * 30, "code": ["12 w7"] * 30})
    assert found_in(FEEDBACK, frame) == {"text": "text", "date": "when"}

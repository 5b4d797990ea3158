"""The customer table: which of its columns are attributes, and which name persons."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from textseg.ingest import names
from textseg.ingest.columns import CUSTOMERS, find_columns
from textseg.ingest.contents import is_personal
from textseg.ingest.customers import read_customers
from textseg.ingest.quality import Log, Quality
from textseg.ingest.read import read_table

SHOPIFY = Path(__file__).parent / "layouts" / "shopify_customers.csv"

PERSONS = ["Ada Berg", "Bo Lind", "Cy Marsh"]
STREETS = ["1 Lane", "Hauptstr. 2", "12 rue Verte"]
PHONES = ["+49 731 0100 55", "'0228/0100-55", "(555) 010-0199"]
MAILS = ["ada@example.com", "bo@example.com", None]
FLAGS = ["yes", "no", "yes"]

PERSONAL = {
    "en": {"First Name": PERSONS, "billing_last_name": PERSONS, "Name": PERSONS,
           "Default Address Phone": PHONES, "Default Address Address1": STREETS,
           "Address 1&2 (Billing)": STREETS, "mobileNumber": PHONES, "EmailAddress": MAILS,
           "Contact": MAILS, "phone_2": PHONES, "landline": PHONES, "address_line_3": STREETS,
           "fname": PERSONS, "last ip": ["192.0.2.1", "198.51.100.7", None]},
    "de": {"Vorname": PERSONS, "NACHNAME": PERSONS, "Strasse": STREETS, "Straße und Hausnummer":
           STREETS, "Rechnungsadresse": STREETS, "Telefon-Nr.": PHONES, "Handynummer": PHONES},
    "fr": {"Prénom": PERSONS, "Nom": PERSONS, "Adresse de livraison": STREETS, "rue": STREETS,
           "Téléphone": PHONES},
    "es": {"Nombre": PERSONS, "Apellidos": PERSONS, "Dirección de envío": STREETS,
           "Teléfono móvil": PHONES},
    "pt": {"Nome completo": PERSONS, "Sobrenome": PERSONS, "Endereço": STREETS,
           "Telemóvel": PHONES},
}  # fmt: skip

IMPERSONAL = {
    "Accepts Email Marketing": FLAGS,
    "has_phone": FLAGS,
    "Téléphone": ["oui", "non", "oui"],
    "Segment name": ["gold", "silver", "gold"],
    "Nom du segment": ["or", "argent", "or"],
    "nombre": ["3", "12", "4"],  # French for a number
    "Mobile": ["iOS", "Android", "iOS"],
    "City": ["Ulm", "Bonn", "Kiel"],
    "Zip": ["89073", "53111", "24103"],
    "Country Code": ["DE", "FR", "DE"],
    "Total Spent": ["54.90", "34.90", "12.00"],
    "account number": ["1", "1", "1"],
    "revenue_mobile": ["1234.56", "0.123456", "99,123456"],
    "product display name": ["Red dress", "Blue coat", "Red dress"],
}


@pytest.mark.parametrize("language", PERSONAL)
def test_columns_that_name_or_locate_persons_are_known_in_five_languages(language):
    columns = PERSONAL[language]
    frame = pd.DataFrame(columns)
    assert [name for name in columns if not is_personal(name, frame[name])] == []


@pytest.mark.parametrize("name", IMPERSONAL)
def test_a_column_that_only_sounds_like_it_is_kept(name):
    assert not is_personal(name, pd.Series(IMPERSONAL[name]))


def test_an_empty_column_names_nobody():
    assert not is_personal("First Name", pd.Series([None, None]))


def read(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    quality = Quality()
    raw = read_table(frame, "crm")
    quality.read("crm", len(frame))
    columns = find_columns(raw, CUSTOMERS, {})
    return read_customers(raw, columns, Log(quality, "crm")), quality.notes


def test_of_a_shopify_export_no_person_can_be_told():
    frame, notes = read(pd.read_csv(SHOPIFY, dtype="string"))
    assert set(frame.columns) == {
        "row", "customer_id", "Accepts Email Marketing", "Default Address Company",
        "Default Address City", "Default Address Province Code",
        "Default Address Country Code", "Default Address Zip", "Accepts SMS Marketing",
        "Total Spent", "Total Orders", "Note", "Tax Exempt", "Tags",
    }  # fmt: skip
    assert notes == [
        "crm: not kept, as they name or locate persons: 'Customer ID', 'First Name', 'Last Name', "
        "'Default Address Address1', 'Default Address Address2', 'Default Address Phone', 'Phone'."
    ]
    personal = {"Ada", "Berg", "1 Lane", "Flat 2", "+49 731 0100 55", "'7701"}
    assert personal.isdisjoint(frame.drop(columns="customer_id").astype("string").stack())


def test_without_personal_columns_nothing_is_said():
    frame, notes = read(pd.DataFrame({"customer_id": ["1", "2"], "plan": ["a", "b"]}))
    assert list(frame.columns) == ["plan", "row", "customer_id"]
    assert notes == []


def test_the_order_of_rows_and_columns_makes_no_difference():
    frame = pd.read_csv(SHOPIFY, dtype="string")
    turned = frame.iloc[::-1, ::-1].reset_index(drop=True)
    assert set(read(turned)[0].columns) == set(read(frame)[0].columns)


def test_no_name_is_both_a_text_and_a_number():
    assert names.PHONE.isdisjoint(names.PERSONAL_TEXT | names.PERSONAL_WHOLE)


def test_attributes_that_are_called_as_our_own_columns_are_renamed():
    frame = pd.DataFrame({"customer": ["A1", "A2"], "row": [7, 8], "row_": ["x", "y"]})
    found, _ = read(frame)
    assert found["row"].to_list() == [1, 2]
    assert found["row__"].to_list() == [7, 8]
    assert found["row_"].to_list() == ["x", "y"]

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.ingest.masking import mask

PLANTED = {
    "e-mail address": [
        ("write to anna.b+shop@mail.example please", "write to [EMAIL] please"),
        ("mail: A_B@sub.mail.example.", "mail: [EMAIL]."),
        ("anna @ mail.example", "[EMAIL]"),
        ("anna (at) mail (dot) example now", "[EMAIL] now"),
        ("anna at gmail dot com", "[EMAIL]"),
    ],
    "web address": [
        ("see https://shop.example/o?id=1&u=anna now", "see [LINK] now"),
        ("see www.shop.example, thanks a lot", "see [LINK] thanks a lot"),
        ("see shop.example/orders/anna", "see [LINK]"),
        ("bought at shop.com yesterday", "bought at [LINK] yesterday"),
    ],
    "handle": [("ask @anna_b or @x.y", "ask [HANDLE] or [HANDLE]")],
    "digits": [
        ("call +49 (0)30 / 123-45 67 now", "call [NUMBER] now"),
        ("card 4111 1111 1111 1111 declined", "card [NUMBER] declined"),
        ("born 24.12.1980 in", "born [NUMBER] in"),
        ("12345 and ١٢٣٤٥", "[NUMBER] and [NUMBER]"),
        ("12\u200b34\u200b5", "[NUMBER]"),
    ],
    "account": [
        ("to DE89 3704 0044 0532 0130 00 please", "to [ACCOUNT] please"),
        ("GB82WEST12345698765432", "[ACCOUNT]"),
    ],
    "code": [
        ("my order 4711 and Bestellnummer: A-12", "my order [CODE] and Bestellnummer: [CODE]"),
        ("order no. 881 #17 RX-2041", "order no. [CODE] [CODE] [CODE]"),
        ("parcel 1Z99AA10 lost", "parcel [CODE] lost"),
    ],
    "address": [
        ("I live at 12 Baker Street, London NW1 6XE", "I live at [ADDRESS], London [ADDRESS]"),
        ("Hauptstraße 12a, 10115 Berlin", "[ADDRESS], [NUMBER] Berlin"),
        ("12 rue de la Paix", "[ADDRESS]"),
        ("1012 AB Amsterdam", "[ADDRESS] Amsterdam"),
    ],
    "name": [
        ("Hi Anna, it is late", "Hi [NAME], it is late"),
        ("hello anna,\nit is late", "hello [NAME],\nit is late"),
        ("Sehr geehrte Frau Dr. Müller-Lüdenscheidt, es", "Sehr geehrte Frau Dr. [NAME], es"),
        ("Late.\nBest regards,\nJan van der Berg", "Late.\nBest regards,\n[NAME]"),
        ("Too late. Thanks Анна", "Too late. Thanks [NAME]"),
        ("my name is anna Berg and", "my name is [NAME] and"),
        ("Mr. Jones was rude", "Mr. [NAME] was rude"),
    ],
}
PLAIN = [
    "",
    "The card is not working in 3 shops, 24/7, since 2011",
    "Thanks for the help, I love the 128GB model",
    "Liefen 2 Tage, weg 3 Wochen",
    "50 % off @ the till",
    "no 100% cotton",
    "Hello, I want to return it.Good bye",
]


@pytest.mark.parametrize(("text", "masked"), [case for own in PLANTED.values() for case in own])
def test_planted(text, masked):

    assert mask(text) == masked


@pytest.mark.parametrize("text", PLAIN)
def test_plain_texts_stay(text):
    assert mask(text) == text


pieces = st.lists(
    st.emails()
    | st.from_regex(r"[+(]?\d{2,4}[ )/.-]{0,2}\d{3,9}", fullmatch=True)
    | st.from_regex(
        r"(https?://|www\.)[a-z]{1,9}\.[a-z]{2,3}(/[a-zA-Z0-9?=]{0,9})?", fullmatch=True
    )
    | st.from_regex(r"@\w{1,12}", fullmatch=True)
    | st.text(max_size=12)
    | st.sampled_from(["Hi", "order", "no.", "Thanks,", "Anna", "\n", "[NUMBER]", "Dr.", "Straße"]),
    max_size=8,
)


@given(pieces, st.sampled_from(["", " ", ", ", "\n"]))
def test_no_digits_in_a_row_and_no_address_survive(parts, between):
    masked = mask(between.join(parts))
    assert not re.search(r"\d{5}", masked)
    assert not re.search(r"\d([ ./()-]{0,2}\d){4}", masked)
    assert not re.search(r"\w@\w", masked)
    assert not re.search(r"@\w", masked)
    assert not re.search(r"(://|www\.)\w", masked)


@given(st.emails())
def test_addresses_are_gone_as_a_whole(address):
    assert mask(f"I wrote to {address} twice") == "I wrote to [EMAIL] twice"


@given(st.integers(10_000, 10**25), st.sampled_from(["", " ", "-", "."]))
def test_numbers_are_gone_as_a_whole(number, separator):
    assert mask(f"It says {separator.join(str(number))} here") == "It says [NUMBER] here"

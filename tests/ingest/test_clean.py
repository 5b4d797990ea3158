from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.ingest.clean import clean_texts, has_words, is_informative, join_titles

QUICK = settings(deadline=None, max_examples=25)


def clean(text: object) -> object:
    return clean_texts(pd.Series([text])).text[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("I <3 this, 2 < 3 &c.", "I <3 this, 2 < 3 &c."),
        ("AT&T &amp; R&D", "AT&T & R&D"),
        ("<p>one</p><p>t<b>w</b>o</p>", "one two"),
        ("&lt;br&gt;so &amp;amp; so", "so & so"),
        ("<script>var a = 1 < 2;</script>hi<!-- no -->", "hi"),
        ("mail <me@example.org>", "mail <me@example.org>"),
        ("schÃ¶ne GrÃ¼ÃŸe", "schöne Grüße"),
        ("Ein schöner Größenvergleich", "Ein schöner Größenvergleich"),
        (" a\u00a0\n b\u200bc\x07 ", "a b c"),
        ("👨\u200d👩\u200d👧 ok", "👨\u200d👩\u200d👧 ok"),
        ("cafe\u0301", "café"),
        (12.0, "12"),
        ("  ", pd.NA),
        (None, pd.NA),
    ],
)
def test_texts_as_they_were_meant(raw, expected):
    assert clean(raw) is pd.NA if expected is pd.NA else clean(raw) == expected


@QUICK
@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text):
    once = clean(text)
    assert once is pd.NA or clean(once) == once


@QUICK
@given(st.text(st.sampled_from("ab <>&;/brplt#8 "), max_size=30))
def test_markup_is_cleaned_once_for_all(text):
    once = clean(text)
    assert once is pd.NA or clean(once) == once


def test_what_was_mended_is_told():
    cleaned = clean_texts(pd.Series(["plain", "schÃ¶n", "<b>x</b>", None], index=[3, 5, 7, 9]))
    assert cleaned.encoding.to_list() == [False, True, False, False]
    assert cleaned.markup.to_list() == [False, False, True, False]
    assert cleaned.text.index.to_list() == [3, 5, 7, 9]


def test_titles_stand_in_front_once():
    title = pd.Series(["Nice", "Why?", "Great shirt", "Too sm...", None, "Alone"], dtype="string")
    text = pd.Series(
        ["It fits.", "No idea.", "great shirt, really", "Too small for me", "Text", None],
        dtype="string",
    )
    joined, added = join_titles(title, text)
    assert joined.to_list() == [
        "Nice. It fits.", "Why? No idea.", "great shirt, really", "Too small for me", "Text", pd.NA
    ]  # fmt: skip
    assert added.to_list() == [True, True, False, False, False, False]


def test_symbols_are_no_words_but_feelings_are():
    cells = ["!!!", "-", "…", "→", ":-)", "👍👍", "❤️", "★★", "ok", "日本", "5"]
    assert has_words(pd.Series(cells, dtype="string")).to_list() == [False] * 4 + [True] * 7


@pytest.mark.parametrize(
    "text",
    ["ok", "OK!", "n/a", "N / A", "n.a.", "no comment.", "None", "TEST", "nothing", "Thanks!!",
     "keine", "k.A.", "nichts", "Keine Angabe", "rien", "R.A.S.", "merci", "nada", "Gracias",
     "sin comentarios", "nenhum", "obrigada", "não", "10", "x", "👍"],
)  # fmt: skip
def test_empty_answers_are_not_informative(text):
    assert is_informative(pd.Series([text], dtype="string")).to_list() == [False]


@pytest.mark.parametrize(
    "text", ["too small", "Lieferung", "nothing arrived", "ok but late", "日本"]
)
def test_other_answers_are(text):
    assert is_informative(pd.Series([text], dtype="string")).to_list() == [True]


def test_links_alone_say_nothing():
    texts = ["https://shop.example/p/4711?from=mail", "see www.shop.example", "http://x.example ok"]
    assert is_informative(pd.Series(texts, dtype="string")).to_list() == [False, True, False]

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.ingest.language import LANGUAGES, detect_languages

ENGLISH = [
    "The zip broke after two days and nobody answers my emails.",
    "I love the colour, and the fabric feels much better than I expected.",
    "Why does it take three weeks to send me a refund?",
    "Great service, the parcel arrived one day early.",
    "The sleeves are far too long for somebody of my height.",
    "Could you please tell me where my order is?",
]
GERMAN = [
    "Der Reißverschluss ist nach zwei Tagen kaputtgegangen.",
    "Ich warte seit drei Wochen auf die Erstattung meiner Bestellung.",
    "Die Farbe ist wunderschön und der Stoff fühlt sich gut an.",
    "Leider wurde mir die falsche Größe geschickt.",
    "Schnelle Lieferung, sehr freundliche Beratung am Telefon.",
]
SPANISH = [
    "El vestido me queda demasiado grande y la tela es muy fina.",
    "Llevo dos semanas esperando el reembolso de mi pedido.",
    "Muy buena atención, el paquete llegó antes de lo previsto.",
]
SHORT = ["Wore it once", "Runs small", "No pockets", "Fits well", "Soft fabric", "Too long for me"]


def languages(texts: list[str | None]) -> list[str | None]:
    return [None if code is pd.NA else code for code in detect(texts)]


def detect(texts: list[str | None]) -> pd.Series:
    return detect_languages(pd.Series(texts, dtype="string"))


def test_each_text_has_its_own_language():
    texts = [*ENGLISH, *GERMAN, *SPANISH]
    expected = ["en"] * len(ENGLISH) + ["de"] * len(GERMAN) + ["es"] * len(SPANISH)
    assert languages(texts) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Je n'ai toujours pas reçu mon remboursement depuis deux semaines.", "fr"),
        ("De maat valt veel te klein uit en de kleur is heel anders.", "nl"),
        ("Платье оказалось слишком маленьким, и ткань очень тонкая.", "ru"),
        ("服の色が写真と違っていて、とても残念です。", "ja"),
        ("Kargo çok geç geldi ve kimse telefonlara cevap vermiyor.", "tr"),
        ("التوصيل تأخر كثيرا ولم يرد أحد على رسائلي", "ar"),
    ],
)
def test_a_sentence_is_enough_on_its_own(text, code):
    assert languages([text]) == [code]
    assert code in LANGUAGES


@pytest.mark.parametrize(
    "text",
    ["ok", "5/5", "👍👍", "!!!", "no", "https://example.com/where-is-my-order", "@you #ok 12"],
)
def test_what_is_not_words_has_no_language(text):
    assert languages([*ENGLISH, text])[-1] is None


def test_a_few_words_take_the_language_of_the_texts_around_them():
    many = [f"{text} {more}" for text in ENGLISH for more in ENGLISH]
    assert languages([*many, *SHORT]) == ["en"] * (len(many) + len(SHORT))
    alone = [languages([text])[0] for text in SHORT]
    assert set(alone) <= {"en", None}
    assert None in alone


def test_a_few_words_of_another_language_are_not_taken_for_the_common_one():
    many = [f"{text} {more}" for text in ENGLISH for more in ENGLISH]
    foreign = ["Sehr schöne Hose", "Muy bonito vestido", "Viel zu klein", "Très belle robe"]
    assert "en" not in languages([*many, *foreign])[len(many) :]


def test_shouting_and_links_change_nothing():
    shouted = [text.upper() for text in GERMAN]
    linked = [f"https://example.com/the/best/shop/of/all {text} @somebody" for text in GERMAN]
    half = [f"Bitte um Antwort. {text.upper()}" for text in GERMAN]
    assert languages([*ENGLISH, *shouted, *linked, *half])[len(ENGLISH) :] == ["de"] * 15


@settings(deadline=None, max_examples=15)
@given(
    order=st.permutations([*ENGLISH, *GERMAN[:2], *SHORT, "meh", "naja"]),
    again=st.lists(st.sampled_from([*GERMAN[:2], *SHORT]), max_size=8),
)
def test_neither_order_nor_repeats_change_the_answer(order, again):
    plain = dict(zip(sorted(order), languages(sorted(order)), strict=True))
    given_ = [*order, *again]
    assert languages(given_) == [plain[text] for text in given_]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=5))
def test_any_text_gets_a_known_code_or_null(texts):
    frame = pd.Series(texts, index=range(7, 7 + len(texts)), dtype="string")
    found = detect_languages(frame)
    assert found.dtype == "string"
    assert found.index.equals(frame.index)
    assert set(found.dropna()) <= LANGUAGES.keys()
    assert found[frame.isna()].isna().all()


def test_of_very_many_texts_some_tell_how_common_the_languages_are(monkeypatch):
    texts = [*ENGLISH, *GERMAN, *SPANISH, "!!", *SHORT]
    whole = languages(texts)
    monkeypatch.setattr("textseg.ingest.language._SAMPLE", len(texts) - 6)
    assert languages(texts) == whole
    assert languages(texts[::-1]) == whole[::-1]
    monkeypatch.setattr("textseg.ingest.language._SAMPLE", 1)
    clear = [*ENGLISH, *GERMAN, *SPANISH]
    assert languages(clear) == whole[: len(clear)]


def test_progress_counts_the_distinct_texts():
    told: list[tuple[str, int | None, int]] = []

    class Watcher:
        @contextmanager
        def stage(self, name, total=None):
            done: list[int] = []
            yield done.append
            told.append((name, total, sum(done)))

    detect_languages(pd.Series([*ENGLISH, *ENGLISH, "!!"], dtype="string"), Watcher())
    assert told == [("Reading languages", len(ENGLISH) + 1, len(ENGLISH) + 1)]


def test_ingest_fills_the_column_over_all_sources(run):
    first = pd.DataFrame({"text": [*ENGLISH, "Runs small", "ok"]})
    second = pd.DataFrame({"text": [*GERMAN, "!!!"]})
    feedback = run([first, second], as_of="2025-01-01").feedback
    by_text = feedback.set_index("text")["language"]
    assert (by_text[ENGLISH] == "en").all()
    assert (by_text[GERMAN] == "de").all()
    assert pd.isna(by_text["ok"])


def test_the_example_shop_is_read_as_it_was_planted():
    folder = Path(__file__).parents[2] / "examples" / "data"
    texts = pd.read_csv(folder / "feedback.csv", dtype="string")
    truth = pd.read_csv(folder / "feedback_truth.csv", dtype="string")
    joined = texts.merge(truth, on="feedback_id").dropna(subset="text")
    found = detect_languages(joined["text"])
    known = found.notna()
    assert (found[known] == joined["language"][known]).all()
    assert known.mean() > 0.97
    assert known[joined["language"] == "de"].mean() > 0.95


def test_english_reviews_have_no_foreign_ones_among_them(data):
    reviews = pd.read_parquet(data / "womens_clothing" / "reviews.parquet")["text"]
    sample = reviews.dropna().sample(150, random_state=4)
    cut = sample.str.split().str[:3].str.join(" ")
    found = detect_languages(pd.concat([sample, cut]).astype("string"))
    assert set(found.dropna()) == {"en"}
    assert found.isna().mean() < 0.1


def test_tweets_of_four_languages(data):
    tweets = pd.read_parquet(data / "xlmt_sentiment" / "tweets.parquet")
    sample = tweets.groupby("language").sample(100, random_state=4)
    names = pd.Series(LANGUAGES).str.lower()
    found = detect_languages(sample["text"].astype("string"))
    right = found.map(names) == sample["language"]
    assert right.mean() > 0.88
    assert (~right & found.notna()).mean() < 0.01

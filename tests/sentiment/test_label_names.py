from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.config import make_config
from textseg.errors import ConfigError, ModelError
from textseg.sentiment.label_names import class_of_labels

STARS = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["negative", "neutral", "positive"], [0, 1, 2]),
        (["POS", "NEU", "NEG"], [2, 1, 0]),
        (["NEGATIVE", "POSITIVE"], [0, 2]),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], [0, 0, 1, 2, 2]),
        (["very_negative", "slightly-negative", " positive "], [0, 0, 2]),
        (["negativ", "neutral", "positiv", "sehr positiv"], [0, 1, 2, 2]),
        (["Négatif", "neutre", "positif", "très négatif"], [0, 1, 2, 0]),
        (["negativa", "neutra", "positiva", "muy positivo"], [0, 1, 2, 2]),
        (["negativo", "neutro", "positivo", "muito negativo"], [0, 1, 2, 0]),
        (STARS, [0, 0, 1, 2, 2]),
        (["5", "4", "3", "2", "1"], [2, 2, 1, 0, 0]),
        (["1_STAR", "2_STARS", "3_STARS", "4_STARS", "5_STARS"], [0, 0, 1, 2, 2]),
        (["1 Stern", "2 Sterne", "3 étoiles", "4 estrellas", "5 estrelas"], [0, 0, 1, 2, 2]),
    ],
)
def test_names_say_the_class(labels: list[str], classes: list[int]) -> None:
    found = class_of_labels(labels, {})
    assert found.dtype == np.int64
    assert found.tolist() == classes


def test_the_settings_go_first_and_names_fill_the_rest() -> None:
    labels = ["positive", "meh", "negative"]
    assert class_of_labels(labels, {"meh": "neutral"}).tolist() == [2, 1, 0]
    assert class_of_labels(labels, {"MEH": "negative"}).tolist() == [2, 0, 0]
    upside_down = {"positive": "negative", "negative": "positive", "meh": "neutral"}
    assert class_of_labels(labels, upside_down).tolist() == [0, 1, 2]
    assert class_of_labels(STARS, {"3 stars": "negative"}).tolist() == [0, 0, 0, 2, 2]


def test_a_label_as_it_is_written_wins_over_its_other_case() -> None:
    explicit = {"Good": "positive", "good": "neutral", "bad": "negative"}
    assert class_of_labels(["good", "Good", "BAD"], explicit).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("labels", "rest"),
    [
        (["LABEL_0", "LABEL_1", "LABEL_2"], "they mean"),
        (["0", "1", "2"], "they mean"),
        (["joy", "anger", "sadness"], "they mean"),
        (["1 star", "2 stars", "3 stars"], "they mean"),
        (["1 star", "5 stars"], "they mean"),
        (["-1", "-2", "-3", "-4", "-5"], "they mean"),
        (["0", "1", "2", "3", "4", "5"], "these mean: '0'"),
        (["not negative", "negative", "positive"], "these mean: 'not negative'"),
    ],
)
def test_nothing_else_is_guessed(labels: list[str], rest: str) -> None:
    with pytest.raises(ModelError) as caught:
        class_of_labels(labels, {})
    listed = ", ".join(map(repr, labels))
    assert caught.value.message == (
        f"The labels of the sentiment model are {listed}; it is not known what {rest}."
    )


def test_the_hint_is_a_template_for_the_settings() -> None:
    with pytest.raises(ModelError) as caught:
        class_of_labels(["positive", 'say "no"', "C:\\x"], {})
    hint = caught.value.hint or ""
    assert hint == (
        "In textseg.toml, under [sentiment], write negative, neutral or positive for each: "
        'labels = { "say \\"no\\"" = "…", "C:\\\\x" = "…" }'
    )
    written = "[sentiment]\n" + hint.partition("each: ")[2].replace("…", "negative")
    labels = make_config(tomllib.loads(written)).sentiment.labels
    assert class_of_labels(["positive", 'say "no"', "C:\\x"], labels).tolist() == [2, 0, 0]


def test_the_template_of_many_labels_is_short() -> None:
    with pytest.raises(ModelError) as caught:
        class_of_labels([f"LABEL_{i}" for i in range(30)], {})
    assert "'LABEL_29'" in caught.value.message
    assert (caught.value.hint or "").endswith('"LABEL_3" = "…", … }')


@pytest.mark.parametrize(
    ("labels", "missing"),
    [(["neutral", "negative"], "positive"), (["1"], "negative"), (["positive"], "negative")],
)
def test_negative_and_positive_must_be_there(labels: list[str], missing: str) -> None:
    with pytest.raises(ModelError) as caught:
        class_of_labels(labels, {"1": "positive"} if labels == ["1"] else {})
    listed = ", ".join(map(repr, labels))
    assert caught.value.message == (
        f"The labels of the sentiment model are {listed}; none is {missing}."
    )
    assert f'"{labels[0]}" = "…"' in (caught.value.hint or "")


def test_a_setting_for_a_label_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        class_of_labels(["LABEL_0", "LABEL_1"], {"LABEL_0": "negative", "LABEL_2": "positive"})
    assert caught.value.message == (
        "sentiment.labels names 'LABEL_2', but the labels of the sentiment model are "
        "'LABEL_0', 'LABEL_1'."
    )
    assert caught.value.hint == "Write the labels as the model does."


@given(st.permutations([*STARS, "neutral", "NEG", "joy"]))
def test_the_order_of_labels_does_not_matter(labels: list[str]) -> None:
    wanted = {**dict(zip(STARS, [0, 0, 1, 2, 2], strict=True)), "neutral": 1, "NEG": 0, "joy": 2}
    found = class_of_labels(labels, {"joy": "positive"})
    assert dict(zip(labels, found.tolist(), strict=True)) == wanted


@given(st.text(max_size=12))
def test_any_text_is_a_label_that_the_settings_may_name(label: str) -> None:
    labels = [label, "a label for good", "a label for bad"]
    explicit = {label: "neutral", "a label for good": "positive", "a label for bad": "negative"}
    assert class_of_labels(labels, explicit).tolist()[1:] == [2, 0]
    assert class_of_labels(labels, explicit)[0] == 1

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from textseg.config import (
    Config,
    SegmentWeights,
    assign_setting,
    load_config,
    make_config,
    with_inputs_read,
)
from textseg.errors import ConfigError

RANGES = "textseg init writes a file with every setting and its range."


def complaint(settings: dict) -> tuple[str, str | None]:
    with pytest.raises(ConfigError) as caught:
        make_config(settings)
    return caught.value.message, caught.value.hint


# Settings that are not right


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"topcs": {}}, "There is no setting topcs.", "Did you mean 'topics'?"),
        (
            {"topics": {"numbr": 3}},
            "There is no setting topics.numbr.",
            "Did you mean 'number'?",
        ),
        (
            {"segments": {"weights": {"valu": 1}}},
            "There is no setting segments.weights.valu.",
            "Did you mean 'value'?",
        ),
        (
            {"feedback": [{"text": "t"}, {"custmer": "c"}]},
            "There is no setting feedback.1.custmer.",
            "Did you mean 'customer'?",
        ),
        (
            {"constants": 1},
            "There is no setting constants.",
            "There are: seed, feedback, transactions, customers, encoder, sentiment, scales, "
            "topics, rollup, segments.",
        ),
        ({"rollup": {"int": 1}}, "There is no setting rollup.int.", None),
        ({"rollup": {"constraint": 1}}, "There is no setting rollup.constraint.", None),
    ],
)
def test_unknown_key(settings, message, hint):
    got, advice = complaint(settings)
    assert got == message
    assert advice == (hint or "There are: half_life_days, shrinkage.")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": -1}, "The setting seed is -1. Input should be greater than or equal to 0."),
        (
            {"topics": {"outliers": 0.7}},
            "The setting topics.outliers is 0.7. Input should be less than or equal to 0.5.",
        ),
        (
            {"segments": {"min_share": 0.5}},
            "The setting segments.min_share is 0.5. Input should be less than 0.5.",
        ),
        (
            {"rollup": {"half_life_days": 0}},
            "The setting rollup.half_life_days is 0. Input should be greater than 0.",
        ),
        (
            {"rollup": {"shrinkage": float("inf")}},
            "The setting rollup.shrinkage is inf. Input should be a finite number.",
        ),
        (
            {"segments": {"weights": {"value": float("nan")}}},
            "The setting segments.weights.value is nan. Input should be a finite number.",
        ),
        (
            {"segments": {"method": "kmeans"}},
            "The setting segments.method is 'kmeans'. Input should be 'auto', 'k-means', 'ward', "
            "'gaussian-mixture' or 'density'.",
        ),
        (
            {"topics": {"number": 1}},
            "The setting topics.number is 1. "
            "Input should be 'auto'; or Input should be greater than or equal to 2.",
        ),
        (
            {"segments": {"number": "many"}},
            "The setting segments.number is 'many'. Input should be 'auto'; "
            "or Input should be a valid integer, unable to parse string as an integer.",
        ),
        (
            {"topics": {"sample": 10.5}},
            "The setting topics.sample is 10.5. "
            "Input should be a valid integer, got a number with a fractional part.",
        ),
        (
            {"encoder": {"device": "gpu"}},
            "The setting encoder.device is 'gpu'. Input should be 'auto', 'cpu' or 'cuda'.",
        ),
        (
            {"feedback": [{"text": 1}]},
            "The setting feedback.0.text is 1. Input should be a valid string.",
        ),
        (
            {"segments": {"weights": {"sentiment": "x", "value": -1}}},
            "The setting segments.weights.sentiment is 'x'. "
            "Input should be a valid number, unable to parse string as a number.",
        ),
    ],
)
def test_wrong_value_is_named_with_its_key(settings, message):
    assert complaint(settings) == (message, RANGES)


def test_some_block_of_features_must_weigh_something():
    nothing = dict.fromkeys(SegmentWeights.model_fields, 0.0)
    message, _ = complaint({"segments": {"weights": nothing}})
    assert "one of the weights of segments.weights must be above 0" in message
    assert make_config({"segments": {"weights": {**nothing, "mood": 0.1}}})


def test_settings_are_fixed_once_made():
    config = make_config({"seed": 3})
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 4  # type: ignore[misc]


# Files


def write(path, text: str | bytes):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_file_and_assignments_on_top_of_it(tmp_path):
    path = write(tmp_path / "t.toml", "seed = 7\n[topics]\nnumber = 12\nkeywords = 5\n")
    config = load_config(path, ["topics.number=20", "segments.weights.value=0.3"])
    assert config.seed == 7
    assert (config.topics.number, config.topics.keywords) == (20, 5)
    assert config.segments.weights.value == 0.3
    assert config.segments.weights.sentiment == Config().segments.weights.sentiment


def test_file_with_a_byte_order_mark(tmp_path):
    assert load_config(write(tmp_path / "t.toml", b"\xef\xbb\xbfseed = 7\n")).seed == 7


def test_no_file_is_the_defaults():
    assert load_config(None) == Config()


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "t.toml")
    assert caught.value.message == f"The config file {tmp_path / 't.toml'} does not exist."
    assert caught.value.hint == "textseg init writes one."


def test_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    assert str(caught.value) == f"The config file {tmp_path} cannot be read: Is a directory."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"seed = \n", r"Invalid value \(at line 1, column 8\)\.$"),
        (b"seed = 1\nseed = 2\n", r"Cannot overwrite a value \(at line 2, column 9\)\.$"),
        (b"seed = '\xff'\n", r"'utf-8' codec can't decode byte 0xff in position 8"),
    ],
)
def test_file_that_is_no_toml(tmp_path, text, reason):
    path = write(tmp_path / "t.toml", text)
    with pytest.raises(ConfigError, match=reason) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"The config file {path} is not valid TOML: ")
    assert "\n" not in str(caught.value)


# Assignments


@pytest.mark.parametrize(
    ("assignment", "settings"),
    [
        ("topics.number=20", {"topics": {"number": 20}}),
        (" topics.number = auto ", {"topics": {"number": "auto"}}),
        ('transactions.customer="Kunde = Nr."', {"transactions": {"customer": "Kunde = Nr."}}),
        ("transactions.customer=Kunde Nr.", {"transactions": {"customer": "Kunde Nr."}}),
        ("transactions.date=a=b", {"transactions": {"date": "a=b"}}),
        ("seed=1", {"seed": 1}),
        ("rollup.shrinkage=1e-1", {"rollup": {"shrinkage": 0.1}}),
        ("feedback.text=Body", {"feedback": [{"text": "Body"}]}),
    ],
)
def test_assignment(assignment, settings):
    got: dict = {}
    assign_setting(got, assignment)
    assert got == settings


@pytest.mark.parametrize("assignment", ["topics.number", "=3", " =3", ""])
def test_assignment_without_key_or_value(assignment):
    with pytest.raises(ConfigError) as caught:
        load_config(None, [assignment])
    assert caught.value.message == f"--set expects key=value, got {assignment!r}."
    assert caught.value.hint == "Example: topics.number=20"


def test_assignment_below_a_value():
    with pytest.raises(ConfigError) as caught:
        load_config(None, ["seed=1", "seed.more=2"])
    assert str(caught.value) == "seed.more cannot be set: seed is a value, not a section."


def test_an_assignment_into_a_list_is_refused():
    settings = {"scales": [{"name": "trust"}], "feedback": [1]}
    with pytest.raises(ConfigError) as caught:
        assign_setting(settings, "scales.name=b")
    assert str(caught.value) == "scales.name cannot be set: scales is a list of sections."
    assign_setting(settings, "feedback.text=t")
    assert settings["feedback"] == [1, {"text": "t"}]


def test_one_table_of_feedback_columns_needs_no_list():
    assert make_config({"feedback": {"text": "t"}}).feedback[0].text == "t"


def test_what_may_be_a_secret_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        make_config({"topics": {"llm": {"key_env": "sk-secret!"}}})
    assert "sk-secret" not in str(caught.value)
    assert str(caught.value).startswith("The setting topics.llm.key_env is not right.")


def test_unknown_key_of_an_assignment():
    with pytest.raises(ConfigError) as caught:
        load_config(None, ["feedback.txt=Body"])
    assert caught.value.message == "There is no setting feedback.0.txt."


def test_feedback_assignments_go_to_the_table_for_all_files(tmp_path):
    path = write(tmp_path / "t.toml", '[[feedback]]\nfile = "a.csv"\ntext = "Body"\n')
    config = load_config(path, ["feedback.text=Text", "feedback.customer=Kunde"])
    own, every = config.feedback
    assert (own.file, own.text, own.customer) == ("a.csv", "Body", None)
    assert (every.file, every.text, every.customer) == (None, "Text", "Kunde")


def test_feedback_assignments_change_the_table_for_all_files_in_place(tmp_path):
    path = write(tmp_path / "t.toml", '[[feedback]]\ntext = "Body"\nid = "Nr"\n')
    (every,) = load_config(path, ["feedback.text=Text"]).feedback
    assert (every.text, every.id) == ("Text", "Nr")


# Round trips

settings = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(0, 10**9),
        "feedback": st.lists(
            st.fixed_dictionaries({}, optional={"file": st.text(), "text": st.text()}), max_size=3
        ),
        "topics": st.fixed_dictionaries(
            {},
            optional={
                "number": st.just("auto") | st.integers(2, 500),
                "outliers": st.floats(0, 0.5),
            },
        ),
        "segments": st.fixed_dictionaries(
            {},
            optional={
                "weights": st.fixed_dictionaries({}, optional={"value": st.floats(0, 9)}),
                "max_number": st.integers(2, 50),
            },
        ),
    },
)


@given(settings)
def test_dump_makes_the_same_config(given_settings):
    config = make_config(given_settings)
    assert make_config(config.model_dump()) == config
    assert make_config(config.model_dump(mode="json")) == config
    short = config.model_dump(exclude_unset=True, mode="json")
    assert make_config(short) == config
    assert short == given_settings


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_plain_text_of_an_assignment_arrives(text):
    got: dict = {}
    assign_setting(got, f"transactions.customer={text}")
    value = got["transactions"]["customer"]
    try:
        expected = tomllib.loads(f"v = {text.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        expected = text.strip()
    assert value == expected or value != value


def test_how_inputs_are_read_changes_and_all_else_stays():
    settings = {"seed": 7, "topics": {"number": 20}, "feedback": {"text": "body"}}
    stored = make_config(make_config(settings).model_dump(mode="json"))
    changed = with_inputs_read(stored, ["feedback.date_order=dmy", "customers.customer=uid"])
    assert [table.text for table in changed.feedback if table.text] == ["body"]
    assert [table.date_order for table in changed.feedback if table.date_order] == ["dmy"]
    assert (changed.seed, changed.topics, changed.customers.customer) == (7, stored.topics, "uid")
    assert with_inputs_read(stored, []) == make_config(settings)

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.errors import (
    ConfigError,
    InputError,
    ModelError,
    TextsegError,
    WorkspaceError,
    did_you_mean,
)

KINDS = [InputError, ConfigError, ModelError, WorkspaceError]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_caught_as_one(kind):
    with pytest.raises(TextsegError) as caught:
        raise kind("orders.csv has no rows.", hint="Export it again.")
    assert str(caught.value) == "orders.csv has no rows. Export it again."
    assert not any(isinstance(caught.value, other) for other in KINDS if other is not kind)


def test_error_without_hint_is_its_message():
    error = InputError("orders.csv has no rows.")
    assert str(error) == error.message == "orders.csv has no rows."
    assert error.hint is None


def test_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(ModelError("No model.", hint="Install it.")))
    assert (type(error), error.message, error.hint) == (ModelError, "No model.", "Install it.")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("custmer", ["customer", "date"], "Did you mean 'customer'?"),
        ("date", ["date_a", "date_b", "x"], "Did you mean 'date_b' or 'date_a'?"),
        ("zzz", ["customer", "date"], "There are: customer, date."),
        ("zzz", [], "There are none."),
        ("zzz", [*"abcdefghijklmn"], f"There are: {', '.join('abcdefghijkl')} and 2 more."),
        ("custmer", (name for name in ["customer"]), "Did you mean 'customer'?"),
    ],
)
def test_did_you_mean(name, options, sentence):
    assert did_you_mean(name, options) == sentence


@given(st.text(), st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_suggestions_are_options(name, options):
    sentence = did_you_mean(name, options)
    assert sentence.endswith(("?", "."))
    assert any(option in sentence or repr(option) in sentence for option in options)


@given(st.lists(st.text("abcdefgh", min_size=3, max_size=6), min_size=1, unique=True))
def test_what_exists_is_suggested_to_itself(options):
    assert repr(options[0]) in did_you_mean(options[0], options)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from textseg.explain.notes import notes

NEAR, FAR = np.array([1.0, 2.0]), np.array([2.0, 1.0])


@pytest.fixture
def said(make_case):
    """Notes on a customer whom the run put into segment 0 with a confidence of one half."""
    case = make_case()
    record = replace(case.record, customer={**case.record.customer, "segment_confidence": 0.5})

    def say(distances=NEAR, confidence=0.5, **changes):
        features = replace(case.features, **changes)
        return notes(record, features, distances, 1, "Dressers", confidence)

    return say


def test_where_all_is_as_it_was_nothing_is_noted(said):
    assert said() == said(confidence=0.5 + 1e-6) == []


def test_another_confidence_is_told_with_both(said):
    assert said(confidence=0.25) == [
        "The run gave a confidence of 0.50, now it is 0.25: their feedback or the topics have "
        "been changed since the segments were found."
    ]


def test_another_segment_is_told_by_name(said):
    (note,) = said(FAR, 0.0)
    assert note.startswith("As the run is stored now, they would be in “Dressers”: their feedback")


def test_what_a_run_does_not_keep_is_the_cause_where_something_is_missing(said):
    assert said(FAR, 0.0, missing=("purchases",)) == [
        "A run does not keep purchases.",
        "As the run is stored now, they would be in “Dressers”: what is not kept counts as "
        "average here.",
    ]


def test_texts_that_say_nothing_and_encodings_that_are_gone(said):
    first, second = said(informative=np.zeros(4, dtype=bool), n_encoded=1)
    assert first.startswith("None of their texts says anything by itself")
    assert second == "Encodings that were gone and made again: 1."

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from search.planted import planted_frames

from textseg.cluster import Centroids
from textseg.errors import ModelError
from textseg.explain import Explainer, Explanation
from textseg.explain.page import MOST, term_rows
from textseg.explain.quotes import quotes
from textseg.explain.table import term_table
from textseg.fitted import Fitted
from textseg.search.runs import HeldRun
from textseg.topics.model import TopicModel

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def explanation(make_case):
    case = make_case(1)
    told = pd.DataFrame(
        {
            "text": [HOSTILE, "Lovely."],
            "topic_name": pd.array(["Fit", None], dtype="string"),
            "sentiment": [-0.5, 0.75],
            "sentiment_label": ["negative", "positive"],
            "created_at": pd.to_datetime(["2026-01-01", None]),
        }
    )
    return Explanation(
        "C-1",
        0,
        "Waiting",
        ("C-1 is in “Waiting”.",),
        notes=("Mind the gap.",),
        rival_id=1,
        rival_name="Dressers",
        confidence=0.25,
        distance=1.5,
        rival_distance=2.0,
        terms=term_table(case.contest, case.features, case.record, case.average, ()),
        quotes=quotes(told, np.array([0.5, -0.5])),
    )


def test_it_becomes_json_and_back(explanation):
    document = json.loads(json.dumps(explanation.to_dict(), allow_nan=False))
    assert document == explanation.to_dict()
    assert document["quotes"][0] == {
        "side": "for", "text": HOSTILE, "topic": "Fit", "sentiment": -0.5,
        "sentiment_label": "negative", "date": "2026-01-01", "term": 0.5,
    }  # fmt: skip
    assert document["quotes"][1]["date"] is None
    assert len(document["terms"]) == len(explanation.terms)
    assert document["rival_name"] == "Dressers"


def test_it_prints_sentences_terms_quotes_and_notes(explanation):
    lines = str(explanation).splitlines()
    assert lines[0] == "C-1 is in “Waiting”."
    assert lines[2].split() == [
        "what", "share", "this", "customer", "typical", "here", "typical", "there",
    ]  # fmt: skip
    assert f"for: “{HOSTILE}” (Fit, negative, 2026-01-01)" in lines
    assert "against: “Lovely.” (positive)" in lines
    assert lines[-1] == "Note: Mind the gap."
    assert max(map(len, lines)) <= 110


def test_it_shows_itself_in_a_notebook_with_all_escaped(explanation):
    page = explanation._repr_html_()
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert page.count("<tr>") == 1 + len(term_rows(explanation))


def test_many_terms_are_put_together(make_case, explanation):
    rows = term_rows(explanation)
    assert len(rows) == min(len(explanation.terms), MOST + 1)
    longer = pd.concat([explanation.terms] * 3, ignore_index=True)
    many = Explanation("C-1", 0, "Waiting", (), terms=longer)
    assert len(term_rows(many)) == MOST + 1
    assert term_rows(many)[-1][0] == f"{len(longer) - MOST} smaller ones"


def test_without_terms_and_quotes_only_sentences_are_left():
    silent = Explanation("C-7", 3, "Silent", ("C-7 has written nothing.",))
    assert str(silent) == "C-7 has written nothing."
    assert "<table>" not in silent._repr_html_()
    assert silent.to_dict()["terms"] == silent.to_dict()["quotes"] == []


@pytest.fixture
def without_segments():
    """A run that found topics, and no segments that it could keep."""
    centroids = Centroids(np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32))
    run = HeldRun(planted_frames(), {"config": {}})
    return Explainer(run, Fitted(TopicModel(centroids)), pd.Timestamp("2026-02-28"), None)


def test_a_customer_of_a_run_without_segments_is_told_why(without_segments):
    why = without_segments("C4")
    assert (why.segment_id, why.segment_name) == (-1, None)
    assert why.sentences == (
        "C4 is in no segment: segments need at least 30 customers with text, and this run has "
        "fewer.",
    )


def test_a_run_that_kept_no_segments_must_be_made_again(without_segments):
    with pytest.raises(ModelError, match="kept no means of the segments") as caught:
        without_segments("C1")
    assert caught.value.hint == "Run again: only what is new is encoded."

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

import textseg.explain
from textseg.errors import InputError
from textseg.explain import Explanation
from textseg.explain.table import COLUMNS

FIT = ("preference", "topic: Fit", "what they write about Fit", 1.0, 0.5, 0.1, 4.0, 1.0)
LAST = ("value", "recency_days", "the last order", 12.0, 80.0, 15.0, -1.0, -0.25)
QUOTE = {
    "side": "for",
    "text": "Too\x1b[2J small.",
    "topic": "Fit",
    "sentiment": -0.5,
    "sentiment_label": "negative",
    "date": pd.Timestamp("2026-01-02 10:00"),
    "term": 4.0,
}
FOUND = Explanation(
    "C-1042",
    0,
    "Sizing complaints",
    ("C-1042 is in “Sizing complaints”.", "Against it speaks the last order."),
    rival_id=1,
    rival_name="Dress praise",
    confidence=0.5,
    distance=1.0,
    rival_distance=2.0,
    terms=pd.DataFrame([FIT, LAST], columns=list(COLUMNS)),
    quotes=pd.DataFrame([QUOTE]),
)


@pytest.fixture
def found(monkeypatch):
    """Stand in for the explanation; keep what was asked."""
    calls = []

    def explain_workspace(path, customer, *, run_id, progress):
        calls.append((path, customer, run_id))
        if customer == "nobody":
            raise InputError("There is no customer 'nobody' among the 4.", hint="Look again.")
        return "0001-2026-03-31", replace(FOUND, notes=("Mind the gap.",))

    monkeypatch.setattr(textseg.explain, "explain_workspace", explain_workspace)
    return calls


def test_explain_prints_sentences_terms_and_quotes(cli, found, tmp_path):
    result = cli("explain", tmp_path, "C-1042")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "C-1042 is in “Sizing complaints”.",
        "Against it speaks the last order.",
        "",
        "What speaks for it (+) and against it (−)",
        "what                        share   this customer   typical here   typical there",
        "what they write about Fit   +100%            100%            50%             10%",
        "the last order               −25%     12 days ago             80              15",
        "",
        "In their own words",
        "speaks   about                       text",
        "for      Fit, negative, 2026-01-02   Too [2J small.",
    ]
    assert result.stderr == "Note: Mind the gap.\n"
    assert found == [(tmp_path, "C-1042", None)]


def test_explain_gives_one_json_document(cli, found, tmp_path):
    document = json.loads(
        cli("explain", tmp_path, "C-1042", "--run", "0001-2026-03-31", "--json").stdout
    )
    assert document["run_id"] == "0001-2026-03-31"
    assert document["confidence"] == 0.5
    assert document["terms"][1] == dict(zip(COLUMNS, LAST, strict=True))
    assert document["quotes"][0]["date"] == "2026-01-02 10:00:00"
    assert document["notes"] == ["Mind the gap."]
    assert found[0][2] == "0001-2026-03-31"


def test_an_unknown_customer_is_1(cli, found, tmp_path):
    result = cli("explain", tmp_path, "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no customer 'nobody' among the 4.\nLook again.\n"


def test_a_missing_customer_is_wrong_usage(cli, tmp_path):
    result = cli("explain", tmp_path)
    assert result.exit_code == 2
    assert "CUSTOMER" in result.stderr


def test_a_missing_workspace_is_1(cli, tmp_path):
    result = cli("explain", tmp_path / "nowhere", "C-1")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'nowhere'} does not exist.\n")

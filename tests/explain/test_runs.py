"""Explanations of a run of the shipped model on a small simulated shop."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import textseg
from textseg.cli.app import app
from textseg.explain import explain_workspace
from textseg.simulate import simulate

BRIEF = "C-BRIEF"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A run with undated feedback, one customer who says nothing, and some without orders."""
    shop = simulate(80)
    feedback = shop.feedback.copy()
    feedback.loc[feedback.index[::5], "created_at"] = pd.NaT
    brief = feedback.iloc[:2].assign(
        customer_id=BRIEF, text=["ok", "n/a"], feedback_id=["b1", "b2"]
    )
    feedback = pd.concat([feedback, brief], ignore_index=True)
    path = tmp_path_factory.mktemp("explained") / "ws"
    segmenter = textseg.Segmenter(
        segments={"number": 3, "subsamples": 4}, topics={"stability": False}
    )
    seg = segmenter.fit(feedback, shop.transactions, encodings=path / "encodings")
    seg.save(path)
    return seg, path


@pytest.fixture(scope="module")
def writers(fitted):
    customers = fitted[0].customers
    return customers[customers["n_feedback"] > 0].set_index("customer_id")


def test_customers_with_text_are_placed_as_in_the_run(fitted, writers):
    seg, _ = fitted
    for customer, row in writers.iloc[::4].iterrows():
        why = seg.explain(customer)
        assert (why.segment_id, why.segment_name) == (row["segment_id"], row["segment_name"])
        assert why.confidence == pytest.approx(row["segment_confidence"], abs=1e-5)
        assert why.rival_id != why.segment_id
        difference = why.rival_distance**2 - why.distance**2
        assert why.terms["term"].sum() == pytest.approx(difference, rel=1e-6)
        assert not [note for note in why.notes if "changed" in note]


def test_the_workspace_and_the_command_say_the_same_as_the_object(fitted, writers):
    seg, path = fitted
    loaded = textseg.load(path)
    for customer in writers.index[:1]:
        expected = seg.explain(customer).to_dict()
        assert loaded.explain(customer).to_dict() == expected
        assert explain_workspace(path, customer)[1].to_dict() == expected
        result = CliRunner().invoke(app, ["explain", str(path), customer, "--json"])
        document = json.loads(result.stdout)
        assert document.pop("run_id").startswith("0001-")
        assert document == expected


def test_quotes_are_the_customers_own_words(fitted, writers):
    seg, _ = fitted
    for customer in writers.index[:5]:
        own = seg.feedback.loc[seg.feedback["customer_id"] == customer, "text"]
        own = [" ".join(text.split()) for text in own]
        quoted = seg.explain(customer).quotes
        for text in quoted["text"]:
            assert any(each.startswith(text.removesuffix(" …")) for each in own)
        assert (quoted["side"].eq("for") == quoted["term"].gt(0)).all()


def test_only_missing_texts_of_the_customer_are_encoded(fitted, writers, tmp_path, monkeypatch):
    seg, path = fitted
    customer = writers["n_feedback"].idxmax()
    expected = seg.explain(customer)
    passages = []
    encoder = type(seg._explainer._reader.encoder)
    run = encoder.tokenize

    def tokenize(self, some):
        passages.extend(passage.text for passage in some)
        return run(self, some)

    monkeypatch.setattr(encoder, "tokenize", tokenize)
    again = explain_workspace(path, customer)[1]
    assert passages == []
    gone = textseg.load(path)
    gone._encodings = tmp_path
    why = gone.explain(customer)
    own = seg.feedback.loc[seg.feedback["customer_id"] == customer, "text"]
    assert len(passages) == own.nunique()
    assert f"Encodings that were gone and made again: {len(passages)}." in why.notes
    assert list(tmp_path.iterdir()) == []
    assert again.to_dict() == expected.to_dict()
    assert why.terms["term"].sum() == pytest.approx(expected.terms["term"].sum(), rel=0.01)


def test_a_customer_who_says_nothing_is_told_so(fitted):
    why = fitted[0].explain(BRIEF)
    assert "None of their texts says anything by itself, such as “ok” or “thanks”." in why.notes
    assert {"unclustered", "average"} <= set(why.terms["feature"])
    assert "no known orders, which counts as average" in set(why.terms["words"])


def test_silent_customers_are_explained_by_what_they_spent(fitted):
    seg, _ = fitted
    silent = seg.customers[seg.customers["is_silent"]]
    for row in silent.head(5).itertuples():
        why = seg.explain(row.customer_id)
        assert why.segment_id == row.segment_id
        assert why.terms.empty
        assert f"which is {row.value_tier} value" in why.sentences[1]


def test_feedback_that_was_changed_after_the_run_is_told(fitted, writers):
    seg, _ = fitted
    customer = writers["segment_confidence"].idxmax()
    other = writers[writers["segment_id"] != writers.at[customer, "segment_id"]]
    model = other["segment_confidence"].idxmax()
    feedback = seg._frames["feedback"].copy()
    texts = feedback.loc[feedback["customer_id"] == model, "text"]
    mine = feedback["customer_id"] == customer
    feedback.loc[mine, "text"] = [texts.iloc[i % len(texts)] for i in range(mine.sum())]
    changed = textseg.segmentation.Segmentation(
        {**seg._frames, "feedback": feedback},
        seg._fitted,
        seg.config,
        seg.manifest,
        seg._metadata,
        quality=seg.quality,
        encodings=seg._encodings,
    )
    why = changed.explain(customer)
    assert why.segment_id == writers.at[customer, "segment_id"]
    assert any("have been changed since" in note for note in why.notes)
    difference = why.rival_distance**2 - why.distance**2
    assert why.terms["term"].sum() == pytest.approx(difference, rel=1e-6)

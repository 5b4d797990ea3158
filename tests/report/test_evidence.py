from __future__ import annotations

import pandas as pd
import pytest

from textseg.report import Report
from textseg.report.evidence import evidence_lines, evidence_of_segments
from textseg.report.groups import in_groups, ordered

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"


def said(frames, measured):
    return " ".join(Report(frames, {"figures": {"segments": measured}}).html.split())


def product(name, segment=0, lift=3.0):
    return {
        "segment_id": segment,
        "product": name,
        "n_customers": 8,
        "share": 0.8,
        "rest": 0.04,
        "lift": lift,
        "lower": 1.5,
        "upper": 6.0,
    }


def micro(*parents, name="Tight fit"):
    return pd.DataFrame(
        {
            "micro_segment_id": range(len(parents)),
            "segment_id": parents,
            "name": [f"{name} {n}" for n in range(len(parents))],
            "n_customers": 5,
            "share": 0.1,
            "stability": 0.93,
            "sentiment": [None, *[-0.25] * (len(parents) - 1)],
        }
    )


def test_cards_tell_what_is_typical_and_the_rule(frames, measured):
    html = said(frames, measured)
    for each in (
        "<li>Writes more about Fit and size (90% against 5%)</li>",
        "<p>Sentiment above 0.1.</p>",
        "86% of those it selects are in the segment (precision); it selects 92% of the segment",
        "they put 85% of the customers who write into their own segment (84% of customers left "
        "out of their making; the largest segment alone would be right for 24%)",
        "exports/rules.sql and exports/rules.json",
        "No product stands out in a segment beyond how much its customers buy.",
    ):
        assert each in html
    assert html.count("The rule that finds them") == 1
    # Segment 0 has phrases, the others are told by their topics.
    assert html.count("Talks about") == 2


def test_older_runs_have_cards_without_evidence(frames):
    html = said(frames, {"n_segments": 3})
    for word in ("The rule", "The rules below", "micro-segments", "resemble", "No product"):
        assert word not in html
    assert html.count("Talks about") == 3
    assert evidence_lines(None) == {"rules": None, "products": None, "lookalike": None}


def test_products_that_stand_out_are_listed_surest_first(frames, measured):
    measured["products"] = [product(f"lamp {n}") for n in range(12)]
    html = said(frames, measured)
    assert "lamp 0: 80% against 4% of the other buyers, 3.0 times as often (1.5 to 6.0)" in html
    assert "9 more products that stand out" in html
    assert "lamp 9:" in html
    assert "lamp 10:" not in html
    assert "No product stands out" not in html


def test_without_orders_products_are_not_spoken_of(frames, measured):
    measured["products"] = None
    assert "No product" not in said(frames, measured)


def test_micro_segments_are_listed_in_their_segment(frames, measured):
    frames["micro_segments"] = micro(1, 1, 2)
    segments = Report(frames, {}).to_dict()["segments"]
    assert [len(row["micro"]) for row in segments] == [0, 2, 1, 0]
    html = said(frames, measured)
    assert "2 micro-segments" in html
    assert (
        'Tight fit 1: <span class="dim">5 customers, sentiment −0.25, stability 93%</span>' in html
    )
    assert 'Tight fit 0: <span class="dim">5 customers, sentiment –, stability 93%</span>' in html


def lookalikes(frames, ids):
    silent = frames["customers"]["is_silent"]
    frames["customers"].loc[silent, "lookalike_segment_id"] = ids


def test_silent_customers_resemble_segments_with_the_measured_accuracy(frames, measured):
    lookalikes(frames, [2, 1, 2])
    html = said(frames, measured)
    assert (
        "Which segment they resemble is only a prediction: 35% right for customers who write and "
        "were left out of its making; the largest segment alone would be right for 24%." in html
    )
    assert (
        "Most resemble</span> Occasional, stuck with cards (67%); Big spenders let down by "
        "delivery (33%)" in html
    )


def test_rare_look_alikes_are_left_out_unless_there_is_no_other(frames):
    customers = pd.concat([frames["customers"].tail(1)] * 40, ignore_index=True)
    customers["lookalike_segment_id"] = pd.array([0] * 39 + [1], dtype="Int64")
    found = evidence_of_segments(None, micro(0), customers)
    assert found[3]["lookalike"] == [{"segment_id": 0, "share": 39 / 40}]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"accuracy": 0.25, "base_rate": 0.24}, "is withheld: 25% right for customers who write"),
        ({"accuracy": None, "base_rate": None}, "is withheld: there is too little to learn it"),
    ],
)
def test_withheld_look_alikes_are_said_to_be(frames, measured, figures, words):
    measured["lookalike"] = {"offered": False, **figures}
    html = said(frames, measured)
    assert words in html
    assert "Most resemble" not in html


def test_what_comes_from_texts_and_files_is_never_markup(frames, measured):
    frames["segments"]["macro_id"] = pd.array([0, 0, 1, None], dtype="Int64")
    frames["segments"]["macro_name"] = HOSTILE
    frames["segments"]["stability_kind"] = HOSTILE
    frames["micro_segments"] = micro(1, 1, name=HOSTILE)
    measured["phrases"] = {"0": [HOSTILE]}
    measured["rules"][0]["rule"] = HOSTILE
    measured["products"] = [product(HOSTILE), product(HOSTILE)]
    measured["method"] = measured["kind"] = HOSTILE
    measured["candidates"][0]["method"] = HOSTILE
    html = said(frames, measured)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == html.count("{{ 7*7 }}") >= 9


def segment(number, macro, size, kind="text"):
    return {
        "segment_id": number,
        "number": number + 1,
        "kind": kind,
        "macro_id": macro,
        "macro_name": None if macro is None else f"Macro {macro}",
        "n_customers": size,
        "share": size / 100,
    }


def test_segments_of_a_macro_segment_stand_together_the_largest_first():
    rows = [
        segment(0, 0, 30),
        segment(1, 1, 25),
        segment(2, 1, 20),
        segment(3, None, 50, "value"),
        segment(4, 2, 10),
        segment(5, 2, 5),
    ]
    placed = ordered(rows)
    assert [row["segment_id"] for row in placed] == [1, 2, 4, 5, 0, 3]
    groups = in_groups(placed)
    assert [group["name"] for group in groups] == [
        "Macro 1",
        "Macro 2",
        "A macro-segment of its own",
        "Silent customers",
    ]
    assert groups[0]["note"] == "Macro-segment of 2 segments: 45 customers (45%)."
    assert [group["numbers"] for group in groups] == [[2, 3], [5, 6], [1], [4]]


def test_without_macro_segments_there_are_no_headings(frames):
    for macros in ([0, 1, 2, None], [None] * 4):
        frames["segments"]["macro_id"] = pd.array(macros, dtype="Int64")
        groups = Report(frames, {}).to_dict()["groups"]
        assert [group["name"] for group in groups] == [None, "Silent customers"]


def test_cards_come_under_the_heading_of_their_macro_segment(frames):
    frames["segments"]["macro_id"] = pd.array([0, 1, 0, None], dtype="Int64")
    frames["segments"]["macro_name"] = ["Content", "Angry", "Content", None]
    html = said(frames, {})
    headings = (
        '<h3 class="group">Content</h3>',
        "</span>Loyal, pleased with the fit</h4>",
        "</span>Occasional, stuck with cards</h4>",
        '<h3 class="group">A macro-segment of its own</h3>',
        "</span>Big spenders let down by delivery</h4>",
        '<h3 class="group">Silent customers</h3>',
        "</span>Silent, low value</h4>",
    )
    places = [html.index(each) for each in headings]
    assert places == sorted(places)

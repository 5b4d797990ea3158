from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.report import Report
from textseg.report.stability import FOUND_AGAIN, kind_in_words, stability_view
from textseg.segments.selection import VALID


def rows(*stabilities, kind="natural"):
    return [
        {"number": number, "kind": "text", "stability": value, "stability_kind": kind}
        for number, value in enumerate(stabilities, start=1)
    ]


def page(frames, measured):
    return Report(frames, {"figures": {"segments": measured}}).html


def words(html):
    return " ".join(html.split())


def test_bound_is_that_of_the_choice():
    assert FOUND_AGAIN == VALID


def test_stability_heads_the_page_after_the_tiles(frames, measured):
    frames["segments"].loc[1, "stability"] = 0.91
    html = page(frames, measured)
    places = [html.index(each) for each in ('class="tiles"', "stand apart", 'class="findings"')]
    assert places == sorted(places)
    said = words(html)
    for each in (
        '<strong class="kind natural">Natural</strong> The 3 segments stand apart by themselves',
        "<dt>Bootstrap samples</dt><dd>0.94 ",
        "<dt>Other seeds</dt><dd>1.00 ",
        "<dt>Halves</dt><dd>0.91 ",
        "<dt>Weakest segment</dt><dd>0.91 <small>overlap, segment 2 in subsamples</small>",
        "3 are taken, the best balance of many segments and a weakest one that is found again; "
        "with 4 the weakest overlaps 0.87 instead of 0.98.",
        "Diamonds: dense groups.",
        "3 segments, k-means: 0.98 (taken);",
        "<title>3 segments, dense groups: 0.66</title>",
    ):
        assert each in said


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["natural"] * 3, "The 3 segments stand apart by themselves"),
        (["reproducible"] * 2, "but they are cut out of a continuum: customers near a border may"),
        (["natural", "reproducible"], "but 1 of them is cut out of a continuum"),
        (["reproducible", "natural"] * 2, "but 2 of them are cut out of a continuum"),
        (["constructive", "natural"], "1 of the 2 segments would look different in other custo"),
        (["constructive", "reproducible", "constructive"], "customers: use them with care."),
        (["constructive"] * 4, "The 4 segments would look different in other customers: they are"),
    ],
)
def test_each_case_is_said_in_words(kinds, said):
    assert said in kind_in_words(kinds)


@pytest.mark.parametrize("missing", ["kind", "bootstrap"])
def test_older_runs_show_nothing_of_it(frames, measured, missing):
    del measured[missing]
    assert "Stability of the segments" not in page(frames, measured)
    assert stability_view(None, rows(0.9, 0.9)) is None


def test_no_segments_have_no_stability(frames, measured):
    assert stability_view({"n_segments": 0}, []) is None
    assert stability_view(measured, [{**rows(0.9)[0], "kind": "value"}]) is None


def test_a_single_segment_is_said_to_be_one(measured):
    view = stability_view(measured, rows(1.0))
    assert view is not None
    assert view["words"].startswith("The customers who write are one segment")
    assert (view["kind"], view["measures"], view["chart"]) == (None, [], None)


def test_two_candidates_make_no_chart(measured):
    measured["candidates"] = measured["candidates"][:2]
    view = stability_view(measured, rows(0.9, 0.9, 0.9))
    assert view is not None
    assert view["chart"] is None


@pytest.mark.parametrize(
    ("weakest", "said"),
    [
        ([0.5, 0.6, 0.7], "No candidate has only segments that are found again, from 0.75 on; 3 "),
        ([0.5, 0.6, 0.8], "3 are taken: candidates above 0.75 have segments that are too small"),
        ([0.8, 0.9, 0.95], "a weakest one that is found again."),
    ],
)
def test_reading_says_why_this_number(measured, weakest, said):
    measured["candidates"] = [
        {"method": "k-means", "n_segments": n, "weakest": w} for n, w in enumerate(weakest, start=2)
    ]
    view = stability_view(measured, rows(0.9, 0.9, 0.9))
    assert view is not None
    assert said in view["chart"]["reading"]


@given(st.lists(st.floats(-0.2, 1.0), min_size=3, max_size=60))
def test_chart_stays_inside_its_frame_and_marks_one(weakest):
    candidates = [
        {"method": "k-means", "n_segments": n, "weakest": w} for n, w in enumerate(weakest, start=2)
    ]
    figures = {"kind": "natural", "bootstrap": 1.0, "seeds": 1.0, "halves": None}
    figures |= {"method": "k-means", "n_segments": 3, "candidates": candidates}
    view = stability_view(figures, rows(0.9, None))
    assert view is not None
    marks, ticks = view["chart"]["marks"], view["chart"]["ticks_x"]
    assert len(marks) == len(weakest)
    assert all(42 <= mark["x"] <= 348 and 22 <= mark["y"] <= 172 for mark in marks)
    assert [mark["title"][:2] for mark in marks if mark["chosen"]] == ["3 "]
    assert len(ticks) <= 12

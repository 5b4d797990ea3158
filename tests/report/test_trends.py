from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from textseg.report import Report
from textseg.report.trends import MOST, change_in_words, trends_view
from textseg.topics.trends import find_trends

PERIODS = {"recent": {"weeks": 4}, "before": {"weeks": 20}}
FLAG = {
    "flag": "steady", "n_recent": 40, "n_before": 80, "ratio": 2.41, "ratio_low": 1.88,
    "ratio_high": 3.1, "sentiment_flag": "steady", "sentiment_change": -0.4,
    "sentiment_change_low": -0.6, "sentiment_change_high": -0.2,
}  # fmt: skip


def spread_out(frames, *, rising=True):
    """The frames with more feedback, over 24 whole weeks; topic 0 rises, or nothing does."""
    base = frames["feedback"]
    parts = []
    for week in range(24):
        n = [6, 6, 6] if not (rising and week >= 20) else [30, 6, 6]
        for topic, number in enumerate(n):
            mine = base[base["topic_id"] == topic]
            chosen = mine.iloc[[row % len(mine) for row in range(number)]].copy()
            days = pd.to_timedelta([7 * week + row % 7 for row in range(number)], unit="D")
            chosen["created_at"] = pd.Timestamp("2026-01-05") + days.as_unit("ns")
            chosen["feedback_id"] = [f"{week}-{topic}-{row}" for row in range(number)]
            parts.append(chosen)
    parts[-1].iloc[-1, base.columns.get_loc("created_at")] = pd.Timestamp("2026-06-21")
    return {**frames, "feedback": pd.concat(parts, ignore_index=True)}


def manifest_of(frames):
    trends = find_trends(frames["feedback"], frames["topics"]).to_json()
    return {"figures": {"trends": json.loads(json.dumps(trends, allow_nan=False))}}


def words(html):
    html = re.sub(r"<style>.*?</style>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def changed(frames):
    return spread_out(frames)


def test_page_tells_what_rises_with_quotes_and_false_alarms(changed):
    text = words(Report(changed, manifest_of(changed)).html)
    for said in (
        "The 4 weeks from 2026-05-25 to 2026-06-21 against the 20 weeks before",
        "Late delivery rising",
        "times as often as in the 20 weeks before,",
        "at most 0.15 of these flags are expected to be false alarms.",
        "My customer story number",
    ):
        assert said in text


def test_a_topic_with_a_flag_has_a_picture_that_says_its_numbers(changed):
    view = Report(changed, manifest_of(changed)).to_dict()["trends"]
    (row,) = (row for row in view["rows"] if row["name"] == "Late delivery")
    bars = row["spark"]["bars"]
    assert len(bars) == 24
    assert [bar["kind"] for bar in bars] == ["neu"] * 20 + ["accent"] * 4
    assert bars[-1]["title"].startswith("Week of 2026-06-15: 30, ")
    assert row["spark"]["peak"] == 30
    assert max(bar["height"] for bar in bars) == bars[-1]["height"] == 44.0
    heights = [44 - float(point.split(",")[1]) for point in row["spark"]["line"].split()]
    assert heights[-1] < bars[-1]["height"]
    assert heights[0] == pytest.approx(bars[0]["height"], rel=0.05)
    assert len(row["quotes"]) == 3


def test_without_flags_the_largest_topics_are_drawn(frames):
    calm = spread_out(frames, rising=False)
    report = Report(calm, manifest_of(calm))
    view = report.to_dict()["trends"]
    assert len(view["rows"]) == 3
    assert not any(row["flags"] for row in view["rows"])
    assert "Of 3 topics tested by share none is flagged." in words(report.html)
    assert "no change found" in report.html


def test_too_few_weeks_are_said(frames):
    report = Report(frames, manifest_of(frames))
    assert "dated texts are needed" in words(report.html)
    assert report.to_dict()["trends"]["lines"] == []


@pytest.mark.parametrize("manifest", [{}, {"figures": {}}, {"figures": {"trends": None}}])
def test_without_trends_the_page_does_not_speak_of_them(frames, manifest):
    report = Report(frames, manifest)
    assert report.to_dict()["trends"] is None
    assert "against the" not in words(report.html)


def test_without_dates_there_is_nothing_over_time(frames):
    frames["feedback"]["created_at"] = pd.NaT
    report = Report(frames, manifest_of(frames))
    assert report.to_dict()["trends"] is None
    assert "Over time" not in words(report.html)


def test_what_was_forgotten_is_not_quoted(changed):
    manifest = manifest_of(changed)
    flags = manifest["figures"]["trends"]["flags"]
    gone = {key for flag in flags for _, key in flag["keys"]}
    feedback = changed["feedback"]
    left = {**changed, "feedback": feedback[~feedback["feedback_id"].isin(gone)]}
    view = Report(left, manifest).to_dict()["trends"]
    assert view["rows"]
    assert all(row["quotes"] == [] for row in view["rows"])


def test_a_topic_that_was_hidden_since_is_not_shown(changed):
    manifest = manifest_of(changed)
    changed["topics"]["hidden"] = pd.array([True, False, None], dtype="boolean")
    view = Report(changed, manifest).to_dict()["trends"]
    assert "Late delivery" not in {row["name"] for row in view["rows"]}


def test_a_new_group_is_told_with_escaped_texts(changed):
    manifest = manifest_of(changed)
    feedback = changed["feedback"]
    feedback.loc[0, "text"] = "<script>alert(1)</script>"
    key = [str(feedback.loc[0, "source"]), str(feedback.loc[0, "feedback_id"])]
    group = {"n": 9, "expected": 1.5, "n_before": 0, "p": 0.005, "keywords": "<b>", "keys": [key]}
    manifest["figures"]["trends"]["emerging"] = [group]
    html = Report(changed, manifest).html
    assert "<script" not in html
    text = words(html)
    assert "No topic yet: &lt;b&gt; new" in text
    assert "9 close texts where 1.5 would be usual; none in the 20 weeks before." in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_only_the_strongest_flags_are_shown(changed):
    trends = manifest_of(changed)["figures"]["trends"]
    (flag,) = (flag for flag in trends["flags"] if flag["topic_id"] == 0)
    (series,) = (each for each in trends["series"]["topics"] if each["topic_id"] == 0)
    many = range(MOST + 3)
    trends["flags"] = [{**flag, "topic_id": key, "p": 1e-3 / (key + 1)} for key in many]
    trends["series"]["topics"] = [{**series, "topic_id": key} for key in many]
    topics = pd.DataFrame({"topic_id": list(many), "name": [f"Topic {key}" for key in many]})
    view = trends_view(trends, changed["feedback"], topics)
    assert view["more"] == 3
    assert [row["name"] for row in view["rows"]] == [f"Topic {key}" for key in many][:2:-1]


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ({"flag": "rising"}, ["2.4 times as often as in the 20 weeks before, 1.9 to 3.1."]),
        (
            {"flag": "fading", "ratio": 0.34, "ratio_low": 0.2, "ratio_high": 0.561},
            ["0.34 times as often as in the 20 weeks before, 0.2 to 0.56."],
        ),
        ({"flag": "new", "n_before": 0}, ["40 in the last 4 weeks, none in the 20 weeks."]),
        (
            {"sentiment_flag": "worse"},
            ["Sentiment −0.40 against the 20 weeks before, −0.60 to −0.20."],
        ),
        ({}, []),
    ],
)
def test_changes_in_words(flag, said):
    assert change_in_words({**FLAG, **flag}, PERIODS) == said

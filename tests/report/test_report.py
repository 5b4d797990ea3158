from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.report import Report
from textseg.report.content import content
from textseg.report.figures import segment_map, timeline
from textseg.report.numbers import amount, count, percent, signed
from textseg.report.quotes import segment_quotes, topic_quotes
from textseg.report.scales import scales_of_segments
from textseg.schema import EXPORTS, checked
from textseg.sentiment.ratings import check_ratings

MANIFEST = {
    "as_of": pd.Timestamp("2026-03-31"),
    "run_id": "0001-2026-03-31",
    "seed": 0,
    "versions": {"textseg": "0.1.0"},
    "timings": {"encode": 12.34},
    "match_rate": 0.9,
    "notes": ["No rating column: drivers of the rating cannot be computed."],
    "data_quality": {
        "totals": {"feedback.csv": {"read": 62, "kept": 60, "dropped": 2}},
        "findings": [
            {
                "table": "feedback.csv",
                "reason": "no text",
                "rows": 2,
                "action": "dropped",
                "example": 7,
            }
        ],
    },
}
VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"


class Page(HTMLParser):
    """The tags and the text of a page; fails where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.text += " "
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def empty_frames():
    return {name: checked(pd.DataFrame(), schema) for name, schema in EXPORTS.items()}


def test_page_is_well_formed_and_tells_everything(frames):
    text = " ".join(Page(Report(frames, MANIFEST).html).text.split())
    for said in (
        "as of 2026-03-31",
        "Customers 33 3 silent",
        "Feedback 60 67% negative",
        "Revenue 30,685",
        "Match rate 90%",
        "“Big spenders let down by delivery” brings 70% of the revenue with 30% of the customers.",
        "“Big spenders let down by delivery” is the least satisfied segment (sentiment −0.55).",
        "“Late delivery” draws more negative feedback than others: 100% of 20.",
        "They talk about Late delivery.",
        "Segments 4 1 of them silent",
        "Silent customers Grouped by what they buy.",
        "No rating column: drivers of the rating cannot be computed.",
        "no text: 2 dropped (first in row 7)",
        "0001-2026-03-31",
        "Seconds: encode 12.3",
    ):
        assert said in text


def test_page_opens_offline(frames):
    html = Report(frames, MANIFEST).html
    tags = Page(html).tags
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    assert not {"src", "href", "srcset"} & {name for _, attributes in tags for name in attributes}
    assert "url(" not in html
    assert "@import" not in html
    assert len(html) < 200_000
    policy = [a["content"] for tag, a in tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_what_customers_wrote_is_never_markup(frames):
    for name, columns in (
        ("segments", ["name", "description", "top_topics", "stability_kind", "action"]),
        ("topics", ["name", "keywords"]),
        ("feedback", ["text", "topic_name"]),
    ):
        for column in columns:
            frames[name][column] = HOSTILE
    feedback = frames["feedback"].assign(rating=[1.0, 5.0, 5.0] * 20, source=HOSTILE)
    frames["feedback"] = feedback
    manifest = {
        "figures": {"sentiment": {"ratings": check_ratings(feedback)}},
        "notes": [HOSTILE],
        "run_id": HOSTILE,
        "versions": {HOSTILE: HOSTILE},
        "data_quality": {
            "totals": {HOSTILE: {"read": 1, "kept": 1, "dropped": 0}},
            "findings": [
                {"table": HOSTILE, "reason": HOSTILE, "rows": 1, "action": "kept", "example": None}
            ],
        },
    }
    page = Page(Report(frames, manifest).html)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name[:2] == "on"]
    assert page.text.count(HOSTILE) >= 10
    assert "49" not in page.text
    assert "<script" not in Report(frames, manifest)._repr_html_()


def test_every_picture_says_its_numbers_in_words(frames):
    tags = Page(Report(frames, MANIFEST).html).tags
    pictures = [attributes for tag, attributes in tags if tag == "svg"]
    assert pictures
    for attributes in pictures:
        assert {"aria-label", "aria-labelledby", "aria-hidden"} & set(attributes)


def test_empty_run_has_a_page(frames):
    report = Report(empty_frames(), {})
    assert "There are no segments" in Page(report.html).text
    assert report.to_dict()["findings"] == []


def test_without_orders_and_dates_nothing_is_made_up(frames):
    frames["customers"]["monetary"] = float("nan")
    frames["segments"][["monetary_mean", "revenue_share"]] = float("nan")
    frames["feedback"]["created_at"] = pd.NaT
    report = Report(frames, {})
    said = report.to_dict()
    assert said["segment_map"] is None
    assert said["timeline"] is None
    assert "Revenue" not in {tile["label"] for tile in said["headline"]}
    assert "nan" not in Page(report.html).text.lower().replace("finance", "")


def rated(frames, ratings):
    """A manifest with the check of these ratings, repeated over the feedback."""
    feedback = frames["feedback"]
    feedback["rating"] = [float(ratings[row % len(ratings)]) for row in range(len(feedback))]
    return {**MANIFEST, "figures": {"sentiment": {"ratings": check_ratings(feedback)}}}


def test_ratings_are_set_against_the_texts(frames):
    # Every third customer is pleased; rows 0 and 1 of six are theirs, row 0 is rated 1.
    manifest = rated(frames, [1, 5, 1, 1, 1, 5])
    page = Page(Report(frames, manifest).html)
    text = " ".join(page.text.split())
    for said in (
        "Do the ratings agree with the texts?",
        "Of 60 texts with a rating, 67% are in the class of their rating (macro-F1 0.62).",
        "no text is scored by them.",
        "feedback.csv: from 1 to 5; up to 2 is negative, from 4 positive.",
        "negative 40 30 75% 0 0% 10 25%",
        "neutral 0 0 – 0 – 0 –",
        "positive 20 10 50% 0 0% 10 50%",
        "The text is better than its rating",
        "The text is worse than its rating",
        "Fit and size · rated 1 · sentiment +0.48",
        "Card not working · rated 5 · sentiment −0.31",
    ):
        assert said in text
    sides = Report(frames, manifest).to_dict()["ratings"]["quotes"]
    assert [len(side["quotes"]) for side in sides] == [5, 5]


def test_without_ratings_the_page_does_not_speak_of_them(frames):
    for manifest in (MANIFEST, {"figures": {"sentiment": {"ratings": None}}}, {"figures": {}}):
        report = Report(frames, manifest)
        assert report.to_dict()["ratings"] is None
        assert "Do the ratings agree" not in report.html


def test_page_says_when_the_sentiment_has_learned_from_the_ratings(frames):
    manifest = rated(frames, [1, 5])
    sentiment = manifest["figures"]["sentiment"]
    for kept, said in ((True, "was fitted to these ratings"), (False, "are only compared")):
        html = Report(
            frames, {"figures": {"sentiment": {**sentiment, "adapt": {"kept": kept}}}}
        ).html
        assert said in html
    assert "was fitted" not in html


def test_ratings_that_all_agree_need_no_quotes(frames):
    manifest = rated(frames, [5, 5, 1, 1, 1, 1])
    said = Report(frames, manifest).to_dict()["ratings"]
    assert (said["agreement"], said["quotes"]) == (1.0, [])
    assert "disagree most" not in Report(frames, manifest).html


def test_what_was_forgotten_is_not_quoted(frames):
    manifest = rated(frames, [1, 5, 1, 1, 1, 5])
    listed = manifest["figures"]["sentiment"]["ratings"]["text_better"]
    gone = [row["feedback_id"] for row in listed]
    feedback = frames["feedback"]
    frames["feedback"] = feedback[~feedback["feedback_id"].isin(gone)]
    (side,) = Report(frames, manifest).to_dict()["ratings"]["quotes"]
    assert side["title"] == "The text is worse than its rating"


def test_dictionary_is_json(frames):
    said = Report(frames, rated(frames, [1, 2, 3, 4, 5])).to_dict()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert [segment["number"] for segment in said["segments"]] == [1, 2, 3, 4]
    assert said["segments"][-1]["kind"] == "value"


def test_the_same_frames_in_any_order_give_the_same_page(frames):
    shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in frames.items()}
    assert Report(shuffled, MANIFEST).html == Report(frames, MANIFEST).html


def test_save_replaces_at_once_or_not_at_all(frames, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")
    report = Report(frames, MANIFEST)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        report.save(path)
    assert path.read_text() == "old"
    monkeypatch.undo()
    assert report.save(str(path)) == path
    assert path.read_bytes() == report.html.encode()
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_save_follows_links_keeps_the_mode_and_names_the_path(frames, tmp_path):
    report = Report(frames, MANIFEST)
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    assert report.save(link) == link
    assert link.is_symlink()
    assert target.read_bytes() == report.html.encode()
    assert target.stat().st_mode & 0o777 == 0o600
    missing = tmp_path / "no" / "r.html"
    with pytest.raises(FileNotFoundError) as caught:
        report.save(missing)
    assert caught.value.filename == str(missing)
    with pytest.raises(OSError, match="directory"):
        report.save(tmp_path)


def test_notebook_shows_the_page_in_a_frame_of_its_own(frames):
    report = Report(frames, MANIFEST)
    (tag, attributes), *rest = Page(report._repr_html_()).tags
    assert tag == "iframe"
    assert rest == []
    assert attributes["srcdoc"] == report.html
    assert "sandbox" in attributes


def test_unclustered_feedback_is_counted_but_no_topic(frames):
    frames["feedback"].loc[:29, "topic_id"] = -1
    assert content(frames, {})["unclustered"] == 0.5
    assert "50% of the feedback" in Report(frames, {}).html


def test_quotes_are_typical_short_and_from_different_customers(frames):
    feedback = frames["feedback"]
    feedback.loc[feedback["topic_confidence"] == 0.9, "text"] = "long " * 200
    quotes = segment_quotes(feedback, frames["customers"], frames["segments"])
    assert sorted(quotes) == [0, 1, 2]
    told = dict(zip(feedback["text"], feedback["customer_id"], strict=True))
    for items in quotes.values():
        assert len(items) == 3
        assert len({told[item["text"]] for item in items}) == 3
        assert all(len(item["text"]) <= 280 for item in items)


def test_quotes_take_each_topic_of_a_segment_first(frames):
    feedback = frames["feedback"]
    mine = feedback["customer_id"].isin(["C00", "C03"])
    feedback.loc[mine, "topic_id"] = 2
    feedback.loc[mine, "topic_name"] = "Card not working"
    segments = frames["segments"]
    segments.loc[0, "top_topics"] = "Fit and size, Card not working"
    topics = [item["topic"] for item in segment_quotes(feedback, frames["customers"], segments)[0]]
    assert topics == ["Fit and size", "Card not working", "Fit and size"]
    segments.loc[0, "top_topics"] = "Card not working"
    topics = [item["topic"] for item in segment_quotes(feedback, frames["customers"], segments)[0]]
    assert set(topics) == {"Card not working"}


def test_long_text_is_cut_at_a_word_when_there_is_no_shorter_one(frames):
    feedback = frames["feedback"]
    feedback["text"] = "word " * 100 + feedback["feedback_id"]
    quote = topic_quotes(feedback)[0][0]["text"]
    assert len(quote) <= 282
    assert quote.endswith("word …")


def test_map_places_by_sentiment_and_value():
    rows = [
        {"number": 1, "name": "a", "sentiment": -1.0, "monetary_mean": 0.0, "n_customers": 1},
        {"number": 2, "name": "b", "sentiment": 1.0, "monetary_mean": 400.0, "n_customers": 4},
        {"number": 3, "name": "c", "sentiment": None, "monetary_mean": 9.0, "n_customers": 9},
    ]
    placed = segment_map(rows)
    assert placed is not None
    assert [(b["number"], b["x"], b["y"], b["r"]) for b in placed["bubbles"]] == [
        (2, 1.0, 1.0, 1.0),
        (1, 0.0, 0.0, 0.5),
    ]
    assert [tick["label"] for tick in placed["ticks"]] == ["0", "100", "200", "300", "400"]
    assert segment_map(rows[1:]) is None


def test_map_zooms_in_where_all_segments_feel_alike():
    rows = [
        {"number": n, "name": "", "sentiment": n / 10, "monetary_mean": 1.0, "n_customers": 1}
        for n in (-1, 2)
    ]
    placed = segment_map(rows)
    assert placed is not None
    assert placed["limit"] == 0.25
    assert [round(bubble["x"], 6) for bubble in placed["bubbles"]] == [0.3, 0.9]


@given(st.lists(st.floats(-1e6, 1e9), min_size=2, max_size=8))
def test_map_stays_inside_its_frame(values):
    rows = [
        {"number": n, "name": "", "sentiment": 0.0, "monetary_mean": value, "n_customers": n}
        for n, value in enumerate(values, start=1)
    ]
    placed = segment_map(rows)
    assert placed is not None
    assert all(0 <= bubble["y"] <= 1 and 0 < bubble["r"] <= 1 for bubble in placed["bubbles"])


@pytest.mark.parametrize(
    ("days", "period", "bars"),
    [(2, "day", 2), (60, "day", 60), (61, "week", 9), (900, "month", 30)],
)
def test_timeline_counts_every_feedback_in_the_finest_period_that_fits(days, period, bars):
    feedback = pd.DataFrame(
        {
            "created_at": pd.date_range("2024-01-01", periods=days, unit="ns"),
            "sentiment_label": ["negative", "positive"] * (days // 2) + ["neutral"] * (days % 2),
        }
    )
    line = timeline(feedback)
    assert line is not None
    assert (line["period"], len(line["bars"])) == (period, bars)
    assert sum(bar["total"] for bar in line["bars"]) == days
    assert sum(bar["neutral"] for bar in line["bars"]) == days % 2
    assert line["peak"] == max(bar["total"] for bar in line["bars"])


def test_timeline_shows_the_last_years_of_a_long_history():
    times = pd.to_datetime(["1990-01-01", "2026-01-05", "2026-01-06"])
    line = timeline(pd.DataFrame({"created_at": times, "sentiment_label": "neutral"}))
    assert line is not None
    assert line["bars"][-1] == {
        "label": "2026-01",
        "total": 2,
        "negative": 0,
        "neutral": 2,
        "positive": 0,
    }
    assert len(line["bars"]) == 60


@given(st.floats(-1, 1))
def test_signed_has_a_sign_exactly_if_it_is_not_zero(value):
    text = signed(value)
    assert (text[0] in "+−") == bool(re.search("[1-9]", text))


def test_what_is_not_known_is_a_dash():
    assert {write(None) for write in (amount, count, percent, signed)} == {"–"}


def test_segments_are_told_apart_on_scales() -> None:
    customers = pd.DataFrame({"segment_id": [0, 0, 1, 1, 1, -1]})
    customers["scale_urgency"] = [2.0, 2.0, 0.0, 0.0, 0.1, 9.0]
    customers["scale_churn_intent"] = [0.0, 1.0, 1.0, 0.0, 0.5, np.nan]
    assert scales_of_segments(customers) == {0: {"higher": "urgency"}, 1: {"lower": "urgency"}}
    assert scales_of_segments(customers[["segment_id"]]) == {0: {}, 1: {}}

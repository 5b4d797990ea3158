from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from textseg.ingest.clean import clean_texts
from textseg.ingest.tickets.cut import cut
from textseg.ingest.tickets.templates import find_templates, without_templates

TEMPLATE = (
    "We have received your request number {} and will come back to you within two working days."
)
NOBODY = pd.Series([pd.NA] * 40, dtype="string")


def findings(done) -> dict[str, int]:
    return {f.reason: f.rows for f in done.quality.findings}


def tickets(n: int, *, customers: int = 40, template: str = TEMPLATE) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{place % customers}" for place in range(n)],
            "text": [f"Part {place} broke.\n\n{template.format(place)}" for place in range(n)],
        }
    )


def test_cuts_are_counted_with_an_example(run):
    frame = pd.DataFrame(
        {
            "ticket_id": ["a", "b", "c"],
            "subject": ["Zip", "Fwd: Sole", "Late"],
            "text": [
                "the zip broke.",
                "Hello,\n\nthe sole came off.\n\nBest regards\nBob\n\nSent from my iPhone",
                "Hallo zusammen,<br><br>zu spät.<br>Am 3.3.2025 um 10:02 schrieb Shop:<br>Hallo",
            ],
        }
    )
    done = run(frame)
    assert done.feedback["text"].to_list() == [
        "Zip. the zip broke.",
        "Sole. the sole came off.",
        "Late. zu spät.",
    ]
    records = {
        r["reason"]: (r["rows"], r["action"], r["example"]) for r in done.quality.to_records()
    }
    assert records == {
        "HTML removed": (1, "changed", 3),
        "quoted reply cut": (1, "changed", 3),
        "footer cut": (1, "changed", 2),
        "signature cut": (1, "changed", 2),
        "greeting cut": (2, "changed", 2),
        "Re:, Fwd: or ticket number cut from the title": (1, "changed", 2),
        "title put in front": (3, "changed", 1),
    }


def test_line_breaks_that_an_export_wrote_out_are_line_breaks(run):
    text = "Liebes Team,\\n\\ndie Sohle ist ab.\\n\\nMit freundlichen Grüßen\\n<name>"
    assert run(pd.DataFrame({"text": [text]})).feedback["text"][0] == "die Sohle ist ab."


def test_paths_and_formulas_keep_their_backslashes(run):
    text = r"It wants C:\new\notes and then it stops."
    assert run(pd.DataFrame({"text": [text]})).feedback["text"][0] == text


def test_the_subject_repeated_in_the_text_stands_once(run):
    frame = pd.DataFrame(
        {"subject": ["Re: Zip broken"], "text": ["Subject: Zip broken\nIt broke."]}
    )
    assert run(frame).feedback["text"][0] == "Zip broken It broke."


def test_what_is_cut_does_not_change_the_key(run):
    frame = pd.DataFrame({"customer_id": ["c1"], "text": ["Hi, the zip broke."]})
    short = frame.assign(text="the zip broke.")
    longer = run(frame).feedback
    assert longer["text"][0] == "the zip broke."
    assert longer["feedback_id"][0] != run(short).feedback["feedback_id"][0]


def test_a_template_of_the_company_goes(run):
    done = run(tickets(40))
    assert done.feedback["text"].to_list() == [f"Part {place} broke." for place in range(40)]
    assert findings(done) == {"company's template cut": 40}


@pytest.mark.parametrize(
    "frame",
    [
        tickets(9),
        tickets(40, customers=9),
        tickets(40, template="Is broken, too."),
        tickets(40).assign(text=[TEMPLATE.format(place) for place in range(40)]),
    ],
    ids=["few tickets", "few customers", "a short sentence", "all that is said"],
)
def test_what_many_say_stays(run, frame):
    before = frame["text"].str.replace("\n\n", " ").to_list()
    assert run(frame.assign(shop=range(len(frame)))).feedback["text"].to_list() == before


def test_templates_do_not_depend_on_the_order_of_the_texts():
    texts = tickets(40)["text"].astype("string")
    found = find_templates(texts, NOBODY)
    assert len(found) == 1
    assert find_templates(texts.sample(frac=1, random_state=1), NOBODY) == found
    alone = TEMPLATE.format(99)
    assert without_templates(alone, found) == alone
    assert without_templates(f"{alone}\nNo news since.", found) == "No news since."


@pytest.mark.parametrize(
    ("name", "most"),
    [("womens_clothing/reviews", 0.002), ("amazon_musical_instruments/reviews", 0.005)],
)
def test_reviews_keep_their_words(data: Path, name, most):
    texts = pd.read_parquet(data / f"{name}.parquet")["text"].dropna().sample(2000, random_state=0)
    texts = clean_texts(texts, lines=True).text
    lost = {text: left for text, (left, kinds) in ((text, cut(text)) for text in texts) if kinds}
    assert len(lost) <= most * len(texts)
    assert all(len(text) - len(left) <= 40 for text, left in lost.items())
    assert not find_templates(texts, pd.Series(pd.NA, index=texts.index, dtype="string"))


def test_large_tables_give_what_small_ones_give(run, monkeypatch):
    whole = run(tickets(60, customers=60)).feedback
    monkeypatch.setattr("textseg.ingest.cells._PART", 7)
    monkeypatch.setattr("textseg.ingest.tickets.templates._SAMPLE", 20)
    pd.testing.assert_frame_equal(run(tickets(60, customers=60)).feedback, whole)


def test_sentences_of_texts_that_repeat_as_a_whole_are_no_templates():
    """Where people choose among answers, or a generator wrote, every sentence repeats."""
    long = "I have been looking at what others offer since the bill is never clear to me at all."
    texts = [f"{start} {long}" for start in ("Fast.", "Slow.", "Dear.")] * 40
    found = find_templates(pd.Series(texts, dtype="string"), pd.Series(range(120), dtype="string"))
    assert found == frozenset()
    distinct = pd.Series([f"Ticket {n} is broken. {long}" for n in range(120)], dtype="string")
    assert len(find_templates(distinct, pd.Series(range(120), dtype="string"))) == 1

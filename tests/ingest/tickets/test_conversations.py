from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.config import Config, FeedbackColumns
from textseg.errors import InputError
from textseg.ingest import names
from textseg.ingest.quality import Log, Quality
from textseg.ingest.tickets.conversations import fold_conversations
from textseg.ingest.tickets.roles import written_by_company

CHAT = pd.DataFrame(
    [
        ("t1", "agent", "c1", "2025-03-02 10:00", "Which zip is it?", None, "mail"),
        ("t1", "customer", "c1", "2025-03-03 09:00", "Hi,\nthe left one.\nThanks,\nAnna", 2, None),
        ("t1", "customer", "c1", "2025-03-01 08:00", "Hello team,\nthe zip broke", None, "mail"),
        ("t2", "bot", "c2", "2025-03-01 08:00", "How can I help?", None, "chat"),
        ("t2", "end-user", "c2", "2025-03-01 08:01", "Where is my parcel?", 5, "chat"),
        ("t2", "end-user", "c2", "2025-03-01 08:01", "Where is my parcel?", 5, "chat"),
        ("t3", "agent", "c3", "2025-03-04 08:00", "We have closed your ticket.", None, "mail"),
        (None, "customer", "c4", "2025-03-04 09:00", "No ticket yet, but slow.", 1, "chat"),
    ],
    columns=["ticket_id", "author", "customer_id", "created_at", "text", "rating", "channel"],
)  # fmt: skip
TOLD = Config(feedback=(FeedbackColumns(author="author", conversation="ticket_id"),))


def findings(done) -> dict[str, tuple[int, str]]:
    return {f.reason: (f.rows, f.action) for f in done.quality.findings}


def test_a_conversation_becomes_the_customers_words_in_time(run):
    done = run(CHAT, config=TOLD)
    kept = done.feedback.set_index("feedback_id")
    assert kept["text"].to_dict() == {
        "t1": "the zip broke. the left one.",
        "t2": "Where is my parcel?",
    } | {key: "No ticket yet, but slow." for key in kept.index if key not in ("t1", "t2")}
    assert len(kept) == 3
    first = kept.loc["t1"]
    assert first["created_at"] == pd.Timestamp("2025-03-01 08:00")
    assert (first["customer_id"], first["channel"], first["rating"], first["row"]) == (
        "c1", "mail", 2.0, 3
    )  # fmt: skip
    assert findings(done) == {
        "agent's message": (3, "dropped"),
        "signature cut": (1, "changed"),
        "greeting cut": (2, "changed"),
        "same as another row": (1, "dropped"),
        "folded into the first message of its ticket": (1, "dropped"),
        "no id: a hash stands in": (1, "changed"),
    }
    assert done.quality.totals() == {"feedback": {"read": 8, "kept": 3, "dropped": 5}}


def test_the_columns_of_a_conversation_are_found_out(run):
    found = run(CHAT).mappings["feedback"]
    assert (found["author"], found["conversation"]) == ("author", "ticket_id")


def test_messages_after_the_as_of_date_are_not_in_the_ticket(run):
    done = run(CHAT, config=TOLD, as_of="2025-03-02")
    assert done.feedback.set_index("feedback_id")["text"]["t1"] == "the zip broke"


def test_conversations_do_not_depend_on_the_order_of_the_rows(run):
    texts = run(CHAT, config=TOLD).feedback.set_index("feedback_id")["text"]
    for seed in range(3):
        mixed = run(CHAT.sample(frac=1, random_state=seed), config=TOLD).feedback
        assert mixed.set_index("feedback_id")["text"].to_dict() == texts.to_dict()


def test_without_an_author_the_rows_of_a_ticket_stay_apart(run):
    done = run(CHAT.drop(columns="author"))
    assert "agent's message" not in findings(done)
    assert len(done.feedback) == 7


def test_the_subject_stands_once_in_front_of_a_conversation(run):
    frame = CHAT.assign(subject="Re: Order 4711").drop(columns="rating")
    done = run(frame, config=TOLD)
    assert done.feedback["text"][0] == "Order 4711. the zip broke. the left one."
    reason = "Re:, Fwd: or ticket number cut from the title"
    assert findings(done)[reason] == (3, "changed")


@pytest.mark.parametrize(
    ("authors", "company"),
    [
        (["End-User", "AGENT", "Admin"], [False, True, True]),
        (["Kunde", "Mitarbeiter", None], [False, True, False]),
        (["cliente", "agente", "robot"], [False, True, True]),
        (["utilisateur", "conseiller", "system"], [False, True, True]),
        (["usuário", "atendente", "x"], [False, True, True]),
        (["incoming", "outgoing", "incoming"], [False, True, False]),
        (["Anna Smith", "agent", "Bob"], [False, True, False]),
        (["C1", "77", "c3"], [False, True, False]),
        (["shopper", "AI agent", "Chatbot"], [False, True, True]),
        (["Member", "internal note", "trigger"], [False, True, True]),
        (["question", "answer", "question"], [False, True, False]),
        (["Käuferin", "Händler", "Benutzer:in"], [False, True, False]),
        (["acheteur", "vendeur", "note interne"], [False, True, True]),
        (["comprador", "vendedor", "robot"], [False, True, True]),
        (["assinante", "lojista", "robô"], [False, True, True]),
        (["Ada", "owner", "Bo"], [False, True, False]),
        ([None, None, None], [False, False, False]),
    ],
)
def test_who_wrote_what(authors, company):
    customers = pd.Series(["c1", "c2", "c3"], dtype="string")
    assert written_by_company(pd.Series(authors), customers, "x").to_list() == company


@pytest.mark.parametrize(
    ("column", "cells", "company"),
    [
        ("incoming", [True, False, True], [False, True, False]),
        ("Incoming", ["true", "FALSE", None], [False, True, False]),
        ("is_inbound", [1.0, 0.0, 1.0], [False, True, False]),
        ("is agent", ["no", "yes", "no"], [False, True, False]),
        ("outgoing", ["f", "t", "f"], [False, True, False]),
    ],
)
def test_yes_and_no_say_who_wrote_what_by_the_name_of_the_column(run, column, cells, company):
    nobody = pd.Series([pd.NA] * 3, dtype="string")
    assert written_by_company(pd.Series(cells, name=column), nobody, "x").to_list() == company
    chat = pd.DataFrame(
        {"ticket_id": ["t1"] * 3, "body": ["It broke.", "Which one?", "The left."], column: cells}
    )
    done = run(chat)
    assert done.mappings["feedback"]["author"] == column
    assert done.feedback["text"].to_list() == ["It broke. The left."]


def test_yes_and_no_in_a_column_of_another_name_say_nothing():
    nobody = pd.Series([pd.NA] * 2, dtype="string")
    with pytest.raises(InputError, match="no known roles"):
        written_by_company(pd.Series(["true", "false"], name="public"), nobody, "x")


def test_no_word_is_on_both_sides():
    assert names.CUSTOMER_AUTHORS.isdisjoint(names.COMPANY_AUTHORS)
    assert names.INCOMING.isdisjoint(names.OUTGOING)


@pytest.mark.parametrize("word", ["host", "partner", "caller", "true", "author", "person"])
def test_a_word_that_may_be_either_side_is_on_none(word):
    assert word not in names.CUSTOMER_AUTHORS | names.COMPANY_AUTHORS


def test_authors_that_nobody_knows_stop(run):
    frame = CHAT.assign(author=["Anna", "Bob"] * 4)
    with pytest.raises(InputError) as stop:
        run(frame, config=TOLD)
    assert str(stop.value) == (
        "The frame feedback: the column 'author' should say who wrote each message, "
        "but 'Anna', 'Bob' are no known roles. "
        "Expected are words such as customer, end-user, agent, bot, or the customer's id."
    )


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3", None]),
        st.integers(0, 5) | st.none(),
        st.sampled_from(["one", "two!", "three"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=25)
@given(MESSAGES)
def test_folding_loses_no_words_and_keeps_the_books(messages):
    messages = [*messages, ("t1", 0, "one")]  # it is called where a conversation is
    rows = len(messages)
    frame = pd.DataFrame(messages, columns=["conversation", "hour", "text"])
    frame = pd.DataFrame(
        {
            "row": range(1, rows + 1),
            "conversation": frame["conversation"].astype("string"),
            "created_at": pd.Timestamp("2025-01-01") + pd.to_timedelta(frame["hour"], unit="h"),
            "text": frame["text"].astype("string"),
            "customer_id": pd.Series(["c"] * rows, dtype="string"),
            "channel": pd.Series(["mail"] * rows, dtype="string"),
            "rating": pd.Series(range(rows), dtype="float64"),
            "id": pd.Series([pd.NA] * rows, dtype="string"),
        }
    )
    frame["created_at"] = frame["created_at"].astype("datetime64[ns]")
    quality = Quality()
    quality.read("x", rows)
    folded = fold_conversations(frame, Log(quality, "x"))
    assert quality.totals()["x"]["kept"] == len(folded)
    assert folded.dtypes.equals(frame.dtypes)
    tickets = frame.dropna(subset="conversation").groupby("conversation")
    assert len(folded) == len(tickets) + int(frame["conversation"].isna().sum())
    for key, messages_of in tickets:
        one = folded[folded["id"] == key].iloc[0]
        assert {word.strip(".!") for word in one["text"].split()} == {
            word.strip("!") for word in messages_of["text"]
        }
        assert one["created_at"] == messages_of["created_at"].min() or pd.isna(one["created_at"])

from __future__ import annotations

import pandas as pd
import pytest

from textseg.config import Config, FeedbackColumns
from textseg.errors import InputError


def findings(done, table: str = "feedback") -> dict[str, int]:
    return {f.reason: f.rows for f in done.quality.findings if f.table == table}


def test_rows_without_words_are_dropped_and_empty_answers_stay(run):
    done = run(pd.DataFrame({"text": ["Too small", None, " ", "!!!", "n/a", "👍"]}))
    assert done.feedback["text"].to_list() == ["Too small", "n/a", "👍"]
    assert done.feedback["row"].to_list() == [1, 5, 6]
    assert done.feedback["informative"].to_list() == [True, False, False]
    assert findings(done) == {
        "no text": 2,
        "symbols only": 1,
        "says nothing (such as ok, n/a, none)": 2,
    }


def test_repeats_of_a_known_customer_go_and_of_strangers_only_if_the_row_is_the_same(run):
    frame = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, None, None, None],
            "date": ["2011-01-01", "2011-01-01 09:00", "2011-01-02"] + ["2011-01-01"] * 3,
            "text": ["Too small"] * 6,
            "shop": ["a", "b", "c", "a", "a", "b"],
        }
    )
    done = run(frame)
    assert done.feedback["row"].to_list() == [1, 3, 4, 6]
    assert findings(done)["same customer, day and text as another row"] == 1
    assert findings(done)["same as another row"] == 1
    assert findings(done)["no customer"] == 2


def test_of_rows_with_one_id_the_last_stays(run):
    frame = pd.DataFrame({"feedback_id": [1.0, 2.0, 1.0], "text": ["old text", "b b", "new text"]})
    done = run(frame)
    assert done.feedback[["feedback_id", "text"]].to_numpy().tolist() == [
        ["2", "b b"],
        ["1", "new text"],
    ]
    assert findings(done)["same id as a later row"] == 1


def test_keys_do_not_depend_on_the_order_of_rows_or_on_other_rows(run):
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", None, None, "a"],
            "date": ["2011-01-01", "2011-01-02", "2011-01-01", "2011-01-01", "2011-01-01", None],
            "text": ["x y", "x y", "x y", "x y", "x y", "z z"],
            "shop": list("pqrstu"),
        }
    )
    keys = set(run(frame).feedback["feedback_id"])
    assert len(keys) == 6
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in keys)
    assert set(run(frame.sample(frac=1, random_state=3)).feedback["feedback_id"]) == keys
    assert set(run(frame.iloc[:3]).feedback["feedback_id"]) < keys


def test_keys_do_not_change_when_another_row_has_a_time_of_day(run):
    frame = pd.DataFrame({"customer_id": [1, 2], "date": ["2011-01-01"] * 2, "text": ["a b"] * 2})
    later = pd.DataFrame({"customer_id": [3], "date": ["2011-01-02 12:30:01"], "text": ["a b"]})
    keys = run(frame).feedback["feedback_id"].to_list()
    assert run(pd.concat([frame, later])).feedback["feedback_id"].to_list()[:2] == keys


def test_which_of_two_texts_that_are_cut_alike_stays_does_not_depend_on_their_order(run):
    texts = ["Great jacket, fits well.\n\nSent from my iPhone", "Great jacket, fits well."]
    frame = pd.DataFrame({"customer_id": 1, "date": "2011-01-01", "text": texts})
    (key,) = run(frame).feedback["feedback_id"]
    assert run(frame.iloc[::-1]).feedback["feedback_id"].to_list() == [key]


def test_a_ticket_has_its_title_though_its_first_message_has_no_text(run):
    frame = pd.DataFrame(
        {
            "ticket_id": ["7", "7"],
            "created_at": ["2011-01-01", "2011-01-02"],
            "subject": "Broken zip",
            "author": "customer",
            "text": [None, "It went after two days"],
        }
    )
    assert run(frame).feedback["text"].to_list() == ["Broken zip. It went after two days"]


def test_the_frame_of_the_caller_stays_as_it_was(run):
    frame = pd.DataFrame({"customer": [1, 2], "text": ["a b", "c d"]})
    before = frame.copy()
    run([frame, frame])
    pd.testing.assert_frame_equal(frame, before)


def test_categories_are_read_as_what_they_are(run):
    frame = pd.DataFrame({"customer_id": pd.Categorical([1, 2, None]), "text": ["a", "b b", "c"]})
    assert run(frame).feedback["customer_id"].to_list() == ["1", "2", pd.NA]


def test_a_missing_id_is_replaced_and_counted(run):
    done = run(pd.DataFrame({"feedback_id": ["k1", None], "text": ["a a", "b b"]}))
    assert done.feedback["feedback_id"][0] == "k1"
    assert len(done.feedback["feedback_id"][1]) == 16
    assert findings(done)["no id: a hash stands in"] == 1


def test_channel_is_the_column_or_the_name_of_the_file(run, write):
    path = write("tickets.csv.gz".removesuffix(".gz"), "text,channel\na a,phone\nb b,\n")
    assert run(path).feedback["channel"].to_list() == ["phone", "tickets"]


def test_titles_ratings_and_dates_that_cannot_be_read(run):
    frame = pd.DataFrame(
        {
            "title": ["Nice"] * 20,
            "text": [f"text {n}" for n in range(20)],
            "rating": ["4/5"] * 19 + ["??"],
            "date": ["2011-01-01"] * 19 + ["soon"],
        }
    )
    done = run(frame)
    assert done.feedback["text"][0] == "Nice. text 0"
    assert done.feedback["rating"].to_list()[:19] == [4.0] * 19
    assert done.feedback.iloc[19][["rating", "created_at"]].isna().all()
    assert findings(done) == {
        "title put in front": 20,
        "unreadable rating set to null": 1,
        "unreadable date set to null": 1,
    }


def test_settings_for_one_file_go_over_those_for_all(run, write):
    one = write("one.csv", "a,b,who\nfirst text,second text,7\n")
    two = write("two.csv", "a,b,who\nthird text,fourth text,8\n")
    tables = (FeedbackColumns(text="a", customer="who"), FeedbackColumns(file="two.csv", text="b"))
    done = run([one, two], config=Config(feedback=tables))
    assert done.feedback["text"].to_list() == ["first text", "fourth text"]
    assert done.feedback["customer_id"].to_list() == ["7", "8"]
    assert done.feedback["source"].to_list() == ["one", "two"]


def test_no_text_names_the_columns_and_the_answer(run):
    with pytest.raises(InputError, match="'reply' looks like the company's answer"):
        run(pd.DataFrame({"reply": ["We are very sorry to hear that"], "n": [1]}))

"""New rows laid over stored ones: by hand, as properties, and through ``ingest``."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.ingest.clean import is_informative
from textseg.ingest.quality import Log, Quality
from textseg.ingest.upsert import (
    Stored,
    Upserted,
    drop_retold,
    moments,
    upsert_customers,
    upsert_feedback,
    upsert_orders,
)
from textseg.schema import FEEDBACK, ORDERS, checked

DAYS = [pd.Timestamp(day) for day in ("2025-01-01", "2025-01-01 10:30", "2025-01-02")]


def feedback(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "source": "s", "feedback_id": "1", "row": 1, "text": "fits", "customer_id": "C1",
        "created_at": DAYS[0], "channel": "shop", "rating": 4.0, "language": "en",
        "informative": True,
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows], columns=list(usual))
    frame["created_at"] = pd.to_datetime(frame["created_at"]).astype("datetime64[ns]")
    return checked(frame, FEEDBACK)


def orders(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "customer_id": "C1", "order_id": None, "date": DAYS[0], "amount": 9.0, "quantity": 1.0,
        "product": "mug", "category": None, "is_return": False,
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows], columns=list(usual))
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[ns]")
    frame["customer_id"] = frame["customer_id"].astype("string")
    frame["order_id"] = frame["order_id"].astype("string").fillna(moments(frame))
    return checked(frame, ORDERS)


def people(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns).astype({"customer_id": "string"})


def lines(frame: pd.DataFrame) -> Counter[tuple[Any, ...]]:
    cells = frame.assign(date=[day.isoformat() for day in frame["date"]])
    return Counter(cells.astype("string").fillna("").itertuples(index=False, name=None))


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other)


# Feedback


def test_feedback_is_replaced_in_its_place_and_the_rest_follows():
    stored = feedback({"feedback_id": "a"}, {"feedback_id": "b"}, {"feedback_id": "c"})
    new = feedback(
        {"feedback_id": "z"}, {"feedback_id": "b", "text": "tears", "language": "fr"},
        {"feedback_id": "a"}, {"feedback_id": "a", "source": "other"},
    )  # fmt: skip
    found, counts = upsert_feedback(new, stored)
    assert counts == Upserted(new=2, changed=1, same=1)
    keys = list(zip(found["source"], found["feedback_id"], found["text"], strict=True))
    assert keys == [
        ("s", "a", "fits"), ("s", "b", "tears"), ("s", "c", "fits"), ("s", "z", "fits"),
        ("other", "a", "fits"),
    ]  # fmt: skip
    assert found["language"].to_list() == ["en", "fr", "en", "en", "en"]
    same(found, checked(found, FEEDBACK))


def test_the_language_of_a_text_stays_and_is_no_change():
    stored = feedback({"language": "nl"}, {"feedback_id": "2", "language": None})
    new = feedback({"language": "de", "rating": 5.0}, {"feedback_id": "2", "language": "de"})
    found, counts = upsert_feedback(new, stored)
    assert counts == Upserted(new=0, changed=1, same=1)
    assert found["language"].fillna("none").to_list() == ["nl", "none"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "tears"},
        {"customer_id": None},
        {"created_at": DAYS[1]},
        {"channel": "web"},
        {"rating": np.nan},
    ],
)
def test_what_is_told_counts_as_a_change(change):
    stored = feedback({})
    found, counts = upsert_feedback(feedback(change), stored)
    assert counts == Upserted(0, 1, 0)
    same(found, feedback(change))


def test_the_number_of_the_row_is_no_change():
    assert upsert_feedback(feedback({"row": 7}), feedback({}))[1] == Upserted(0, 0, 1)


ROWS = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["fits", "tears", "späť 😀"]),
        "customer_id": st.sampled_from([None, "C1", "007"]),
        "created_at": st.sampled_from([pd.NaT, *DAYS]),
        "rating": st.sampled_from([np.nan, 1.0, 4.5]),
        "language": st.sampled_from([None, "en"]),
    }
)
TOLD = st.dictionaries(st.tuples(st.sampled_from("st"), st.sampled_from("abcdef")), ROWS)


def of_told(told: dict[tuple[str, str], dict[str, Any]]) -> pd.DataFrame:
    return feedback(*({"source": s, "feedback_id": i, **row} for (s, i), row in told.items()))


@settings(max_examples=20)
@given(told=TOLD.filter(bool))
def test_feedback_over_itself_changes_nothing(told):
    frame = of_told(told)
    found, counts = upsert_feedback(frame, frame)
    same(found, frame)
    assert counts == Upserted(0, 0, len(frame))


@settings(max_examples=20)
@given(stored=TOLD, new=TOLD)
def test_feedback_is_what_a_dictionary_would_hold(stored, new):
    found, counts = upsert_feedback(of_told(new), of_told(stored))
    assert found.index.equals(pd.RangeIndex(len(found)))
    assert list(zip(found["source"], found["feedback_id"], strict=True)) == list(stored | new)
    columns = ["text", "customer_id", "created_at", "rating"]
    same(found[columns], of_told(stored | new)[columns])
    assert counts.new + counts.changed + counts.same == len(new)
    assert counts.new == len(new.keys() - stored.keys())


@settings(max_examples=20)
@given(told=TOLD.filter(lambda told: len(told) > 1), data=st.data())
def test_parts_one_after_another_are_the_whole(told, data):
    whole, order = of_told(told), data.draw(st.permutations(range(len(told))))
    cut = data.draw(st.integers(1, len(told) - 1))
    first, second = whole.iloc[order[:cut]], whole.iloc[order[cut:]]
    found, counts = upsert_feedback(second, first)
    assert counts == Upserted(len(second), 0, 0)
    same(
        found.sort_values(["source", "feedback_id"], ignore_index=True),
        whole.sort_values(["source", "feedback_id"], ignore_index=True),
    )


def test_no_new_feedback_leaves_it():
    stored = feedback({}, {"feedback_id": "2"})
    found, counts = upsert_feedback(stored.iloc[:0], stored)
    same(found, stored)
    assert counts == Upserted(0, 0, 0)


# Feedback under another key


def retold(new: pd.DataFrame, stored: pd.DataFrame) -> tuple[list[str], Quality]:
    quality = Quality()
    left = drop_retold(new.drop(columns="language"), stored, Log(quality, "new"))
    return left["feedback_id"].to_list(), quality


def test_the_same_customer_day_and_text_is_dropped():
    stored = feedback({"feedback_id": "old"})
    new = feedback(
        {"feedback_id": "a", "source": "new", "row": 1},
        {"feedback_id": "b", "source": "new", "row": 2, "created_at": DAYS[1]},
        {"feedback_id": "c", "source": "new", "row": 3, "created_at": DAYS[2]},
        {"feedback_id": "d", "source": "new", "row": 4, "text": "Fits"},
        {"feedback_id": "e", "source": "new", "row": 5, "customer_id": "C2"},
        {"feedback_id": "old", "source": "new", "row": 6, "channel": "mail"},
    )
    left, quality = retold(new, stored)
    assert left == ["c", "d", "e"]
    (finding,) = quality.findings
    assert (finding.reason, finding.rows, finding.action, finding.example) == (
        "same customer, day and text as stored feedback", 3, "dropped", 1
    )  # fmt: skip


def test_of_unknown_customers_nothing_is_retold():
    row = {"customer_id": None}
    assert retold(feedback({"feedback_id": "2", **row}), feedback(row))[0] == ["2"]


def test_without_dates_the_customer_and_the_text_decide():
    row = {"created_at": pd.NaT}
    assert retold(feedback({"feedback_id": "2", **row}), feedback(row))[0] == []


def test_the_same_key_is_no_retelling():
    assert retold(feedback({}), feedback({}))[0] == ["1"]


def test_what_a_replaced_text_said_may_be_said_again():
    """The stored text of "1" goes; "2", which says it now, must not go with it."""
    new = feedback({"text": "tears"}, {"feedback_id": "2"})
    left, _ = retold(new, feedback({}))
    assert left == ["1", "2"]


# Orders


def test_lines_of_an_order_and_product_are_replaced():
    stored = orders(
        {"order_id": "7"}, {"order_id": "7", "product": "pot"}, {"order_id": "8"},
        {"order_id": "7", "amount": -9.0, "is_return": True},
    )  # fmt: skip
    new = orders({"order_id": "7", "amount": 8.0}, {"order_id": "8"}, {"order_id": "9"})
    found, counts = upsert_orders(new, stored)
    assert counts == Upserted(new=1, changed=1, same=1)
    told = Counter(zip(found["order_id"], found["product"], found["amount"], strict=True))
    assert told == Counter(
        [("7", "mug", 8.0), ("7", "pot", 9.0), ("7", "mug", -9.0), ("8", "mug", 9.0),
         ("9", "mug", 9.0)]
    )  # fmt: skip
    same(found, checked(found, ORDERS))


def test_several_lines_of_a_product_are_replaced_together():
    stored = orders({"order_id": "7"}, {"order_id": "7", "amount": 5.0})
    found, counts = upsert_orders(orders({"order_id": "7", "amount": 5.0}), stored)
    assert found["amount"].to_list() == [5.0]
    assert counts == Upserted(0, 0, 1)


def test_an_order_without_products_is_replaced_whole():
    stored = orders(*({"order_id": "7", "product": None, "amount": a} for a in (1.0, 2.0)))
    new = orders(*({"order_id": "7", "product": None, "amount": a} for a in (1.0, 3.0, 4.0)))
    found, counts = upsert_orders(new, stored)
    assert found["amount"].to_list() == [1.0, 3.0, 4.0]
    assert counts == Upserted(new=0, changed=2, same=1)


def test_lines_without_an_order_are_counted_as_often_as_the_side_with_more_has_them():
    two, three = orders({}, {}, {"amount": 5.0}), orders({}, {}, {}, {"amount": 6.0})
    for new, stored, counts in ((two, three, (1, 0, 2)), (three, two, (2, 0, 2))):
        found, told = upsert_orders(new, stored)
        assert Counter(found["amount"]) == {9.0: 3, 5.0: 1, 6.0: 1}
        assert told == Upserted(*counts)


def test_a_line_without_an_order_that_changes_is_another_line():
    for change in ({"amount": 8.0}, {"quantity": 2.0}, {"date": DAYS[1]}, {"category": "x"}):
        found, counts = upsert_orders(orders(change), orders({}))
        assert len(found) == 2
        assert counts == Upserted(1, 0, 0)


def test_amounts_are_the_same_in_whatever_company():
    """Whole numbers are spelled alike, whether the others of their table are whole or not."""
    stored = orders({"amount": 9.0}, {"amount": 0.1 + 0.2}, {"amount": 1e17})
    for row in range(3):
        assert upsert_orders(stored.iloc[[row]], stored)[1] == Upserted(0, 0, 1)


@pytest.mark.parametrize("upsert", [upsert_orders, upsert_customers])
def test_tables_that_only_one_side_has(upsert):
    frame = orders({}, {"order_id": "7"}).drop_duplicates("customer_id")
    assert upsert(None, None) == (None, None)
    found, counts = upsert(None, frame)
    assert (found is frame, counts) == (True, None)
    found, counts = upsert(frame, None)
    assert (found is frame, counts) == (True, Upserted(1, 0, 0))


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["C1", "C2"]),
            "order_id": st.sampled_from([None, "7", "8"]),
            "date": st.sampled_from([DAYS[0], DAYS[1]]),
            "amount": st.sampled_from([-9.0, 9.0, 0.1]),
            "product": st.sampled_from([None, "mug"]),
        }
    ),
    max_size=8,
)


def of_lines(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return orders(*({**row, "is_return": row["amount"] < 0} for row in rows))


@settings(max_examples=20)
@given(rows=LINES)
def test_orders_over_themselves_change_nothing(rows):
    frame = of_lines(rows)
    found, counts = upsert_orders(frame, frame)
    assert lines(found) == lines(frame)
    assert counts == Upserted(0, 0, len(frame))


@settings(max_examples=20)
@given(new=LINES, stored=LINES)
def test_orders_are_laid_over_once_and_for_all(new, stored):
    new, stored = of_lines(new), of_lines(stored)
    found, counts = upsert_orders(new, stored)
    assert counts.new + counts.changed + counts.same == len(new)
    assert not lines(new) - lines(found)
    assert not lines(found) - lines(new) - lines(stored)
    again, more = upsert_orders(new, found)
    assert lines(again) == lines(found)
    assert more == Upserted(0, 0, len(new))
    loose = [~frame["order_id"].isin(["7", "8"]) for frame in (new, stored, found)]
    assert lines(found[loose[2]]) == lines(new[loose[0]]) | lines(stored[loose[1]])


# Customers


def test_customers_are_replaced_in_their_place():
    stored = people(customer_id=["b", "a", "d"], country=["DE", "FR", None])
    new = people(customer_id=["c", "a", "d"], country=["CH", "AT", None])
    found, counts = upsert_customers(new, stored)
    assert counts == Upserted(new=1, changed=1, same=1)
    same(found, people(customer_id=["b", "a", "d", "c"], country=["DE", "AT", None, "CH"]))


def test_columns_that_only_one_side_has_are_null_in_the_other():
    stored = people(customer_id=["a", "b"], consent=[True, False], age=[30, 40])
    new = people(customer_id=["b", "c"], country=["AT", "CH"])
    found, counts = upsert_customers(new, stored)
    assert counts == Upserted(new=1, changed=1, same=0)
    assert list(found) == ["customer_id", "consent", "age", "country"]
    assert found["consent"].to_list() == [True, pd.NA, pd.NA]
    assert found["age"].to_list() == [30, pd.NA, pd.NA]
    assert found["country"].fillna("none").to_list() == ["none", "AT", "CH"]
    assert (str(found["consent"].dtype), str(found["age"].dtype)) == ("boolean", "Int64")
    again, counts = upsert_customers(new, found)
    same(again, found)
    assert counts == Upserted(0, 0, 2)


@pytest.mark.parametrize(
    ("old", "new", "cells", "dtype"),
    [
        ([1.5, 2.0], ["x", "y"], ["1.5", "x", "y"], "string"),
        ([1.5, 2.0], pd.array([None, None], dtype="string"), [1.5, None, None], "float64"),
        (pd.array([None, None], dtype="string"), [1.5, 2.0], [None, 1.5, 2.0], "float64"),
        ([1, 2], [3.0, None], [1.0, 3.0, None], "float64"),
        ([1, 2], pd.array([3, None], dtype="Int64"), [1, 3, None], "Int64"),
        ([True, False], pd.array([True, None], dtype="boolean"), [True, True, None], "boolean"),
        ([True, False], ["yes", "no"], ["True", "yes", "no"], "string"),
        (pd.to_datetime(["2025-01-01"] * 2), [None, None], [pd.Timestamp("2025-01-01")], None),
    ],
)
def test_a_column_of_another_type(old, new, cells, dtype):
    stored = people(customer_id=["a", "b"], x=old)
    laid = people(customer_id=["b", "c"], x=new)
    found, counts = upsert_customers(laid, stored)
    cells = cells + [None] * (3 - len(cells))
    assert [None if pd.isna(cell) else cell for cell in found["x"]] == cells
    assert str(found["x"].dtype) == (dtype or str(stored["x"].dtype))
    assert counts.new + counts.changed + counts.same == 2
    same(upsert_customers(laid, found)[0], found)


TABLES = st.dictionaries(
    st.sampled_from("abcd"),
    st.fixed_dictionaries({"age": st.sampled_from([None, 30, 40.5]), "x": st.sampled_from("xy")}),
)


@settings(max_examples=20)
@given(new=TABLES, stored=TABLES)
def test_customers_are_what_a_dictionary_would_hold(new, stored):
    def table(told: dict[str, dict[str, Any]]) -> pd.DataFrame:
        frame = people(
            customer_id=list(told),
            age=[row["age"] for row in told.values()],
            x=[row["x"] for row in told.values()],
        )
        return frame.astype({"age": "float64", "x": "string"})

    found, counts = upsert_customers(table(new), table(stored))
    same(found, table(stored | new))
    assert counts.new == len(new.keys() - stored.keys())
    assert counts.same == sum(stored.get(key) == row for key, row in new.items())
    assert counts.new + counts.changed + counts.same == len(new)


# Through ingest


def stored_of(done) -> Stored:
    return Stored(done.feedback, done.orders, done.customers, done.as_of, done.mappings)


REVIEWS = pd.DataFrame(
    {
        "id": ["1", "2", "3"],
        "customer": ["C1", "C2", None],
        "date": ["2025-03-13", "2025-03-14 10:00", "2025-03-15"],
        "text": ["The zip broke", "Too late again", "Lovely colour"],
    }
)
LINES_OF = pd.DataFrame(
    {"order": ["7", "8"], "customer": ["C1", "C2"], "date": "2025-03-10", "amount": [5.0, 7.0]}
)


def test_ingest_over_its_own_rows_changes_nothing(run):
    first = run(REVIEWS, LINES_OF)
    again = run(REVIEWS, LINES_OF, stored=stored_of(first))
    assert again.changes == {"feedback": Upserted(0, 0, 3), "orders": Upserted(0, 0, 2)}
    same(again.feedback, first.feedback)
    same(again.orders, first.orders)
    assert (again.as_of, again.mappings) == (first.as_of, first.mappings)


def test_ids_are_the_same_with_and_without_zeros_behind_the_point(run):
    first = run(REVIEWS, LINES_OF)
    numbers = REVIEWS.iloc[:2].assign(id=[1.0, 2.0])
    assert run(numbers, stored=stored_of(first)).changes["feedback"] == Upserted(0, 0, 2)


def test_the_same_rows_in_a_file_of_another_name_and_without_times(run, write):
    first = run(REVIEWS)
    days = REVIEWS.assign(date=REVIEWS["date"].str[:10])
    again = run(write("other.csv", days.to_csv(index=False)), stored=stored_of(first))
    assert again.changes["feedback"] == Upserted(new=1, changed=0, same=0)  # nobody's is kept
    assert again.quality.totals()["other"] == {"read": 3, "kept": 1, "dropped": 2}
    assert set(again.mappings) == {"feedback", "other"}


def test_a_ticket_with_another_message_is_one_ticket(run):
    rows = [
        ("T1", "C1", "customer", "2025-03-01 10:00", "My parcel is late."),
        ("T1", "C1", "agent", "2025-03-01 11:00", "We look for it."),
        ("T1", "C1", "customer", "2025-03-04 10:00", "It has come."),
    ]
    columns = ["ticket_id", "customer_id", "author", "created_at", "text"]
    first = run(pd.DataFrame(rows[:2], columns=columns))
    again = run(pd.DataFrame(rows, columns=columns), stored=stored_of(first))
    assert again.changes["feedback"] == Upserted(0, 1, 0)
    assert again.feedback["text"].to_list() == ["My parcel is late. It has come."]


def test_the_day_goes_forward_only(run):
    first = run(REVIEWS, as_of="2025-03-14")
    assert len(first.feedback) == 2
    early = run(REVIEWS.iloc[:1], stored=stored_of(first))
    assert early.as_of == first.as_of
    late = run(REVIEWS, stored=stored_of(first))
    assert late.as_of == pd.Timestamp("2025-03-15")
    assert late.changes["feedback"] == Upserted(1, 0, 2)
    with pytest.raises(InputError) as caught:
        run(REVIEWS, stored=stored_of(first), as_of="2025-03-13")
    assert caught.value.message == (
        "The as-of date 2025-03-13 is before the 2025-03-14 of the run that is to be refreshed."
    )


def test_orders_may_be_of_customers_who_wrote_before(run):
    stored = stored_of(run(REVIEWS, LINES_OF))
    night = REVIEWS.assign(id=["4", "5", "6"], customer="C9", text=["One", "Two", "Three words"])
    lines_of_night = LINES_OF.assign(order=["9", "10"])
    done = run(night, lines_of_night, stored=stored)
    assert (done.match.feedback, done.match.orders, done.match.both) == (3, 2, 2)
    with pytest.raises(InputError, match="No customer of the feedback is in the orders"):
        run(night, lines_of_night)


@pytest.mark.parametrize("kind", ["frame", "file"])
def test_tables_without_rows_are_a_quiet_night(run, write, kind):
    first = run(REVIEWS, LINES_OF, people(customer_id=["C1"], x=["a"]))
    tables = [REVIEWS.iloc[:0], LINES_OF.iloc[:0], people(customer_id=[], x=[])]
    if kind == "file":
        names = ["feedback.csv", "orders.csv", "people.csv"]
        tables = [
            write(name, table.to_csv(index=False))
            for name, table in zip(names, tables, strict=True)
        ]
    done = run(*tables, stored=stored_of(first))
    assert done.changes == {"feedback": Upserted(0, 0, 0)}
    same(done.feedback, first.feedback)
    same(done.orders, first.orders)
    same(done.customers, first.customers)
    assert (done.as_of, done.mappings, done.match) == (first.as_of, first.mappings, first.match)
    told = [note for note in done.notes if note.endswith("has column names but no rows.")]
    assert len(told) == 3
    with pytest.raises(InputError, match="has column names but no rows"):
        run(*tables)


def test_a_table_without_rows_beside_one_with_some(run):
    first = run(REVIEWS)
    done = run([REVIEWS.iloc[:0], REVIEWS.assign(id=["a", "b", "c"])], stored=stored_of(first))
    assert done.changes["feedback"] == Upserted(1, 0, 0)  # of the others the customer is known
    assert done.feedback["source"].to_list() == ["feedback"] * 3 + ["feedback2"]


def test_a_table_without_columns_is_a_mistake_also_at_night(run, write):
    first = run(REVIEWS)
    with pytest.raises(InputError, match="is empty"):
        run(write("nothing.csv", ""), stored=stored_of(first))


def test_rows_that_say_nothing_readable_add_nothing(run):
    first = run(REVIEWS)
    done = run(REVIEWS.assign(id=["a", "b", "c"], text=["!!!", None, "?"]), stored=stored_of(first))
    assert done.changes["feedback"] == Upserted(0, 0, 0)
    same(done.feedback, first.feedback)


def test_the_paragraphs_of_the_company_stay_known(run):
    first = run(REVIEWS, templates=["a paragraph", "another"])
    assert first.templates == ("a paragraph", "another")
    again = run(REVIEWS, stored=stored_of(first), templates=first.templates)
    assert again.templates == first.templates


def test_a_short_text_is_read_among_the_stored_ones(run):
    texts = [f"De rits van jas {n} is kapot en ik wil mijn geld terug." for n in range(60)]
    first = run(pd.DataFrame({"id": range(60), "text": texts}))
    assert set(first.feedback["language"]) == {"nl"}
    night = pd.DataFrame({"id": [60], "text": ["Is in de winkel"]})
    whole = run(pd.DataFrame({"id": range(61), "text": [*texts, *night["text"]]}))
    done = run(night, stored=stored_of(first))
    assert done.feedback["language"].iloc[-1] == whole.feedback["language"].iloc[-1] == "nl"


def test_informative_is_the_same_from_the_store(run):
    first = run(REVIEWS.assign(text=["ok", "The zip broke", "n/a"]))
    again = is_informative(first.feedback["text"])
    assert again.to_list() == first.feedback["informative"].to_list() == [False, True, False]

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from search.planted import planted_frames

from textseg.errors import InputError
from textseg.explain.record import Record
from textseg.search.runs import HeldRun

AS_OF = pd.Timestamp("2026-02-28")


def read(customer, frames=None):
    with HeldRun(frames or planted_frames(), {}).opened() as connection:
        return Record.read(connection, customer)


def numbered(ids):
    """The planted run, with other customer ids."""
    frames = planted_frames()
    for name in ("customers", "feedback"):
        ids_of = frames[name]["customer_id"].map(ids).astype("string")
        frames[name] = frames[name].assign(customer_id=ids_of)
    return frames


def test_only_the_texts_of_the_customer_are_read():
    record = read("C1")
    assert record.feedback["text"].tolist() == [
        "My parcel has still not arrived after two weeks.",
        "Thanks!",
    ]
    assert (record.customer_id, record.segment_id) == ("C1", 0)
    assert record.segments == {0: "Waiting", 1: "Dressers"}
    assert record.topics[1] == "Fit"


def test_topic_shares_are_those_of_the_segments():
    # Of the two customers in "Waiting", two texts of three are about delivery.
    shares = read("C3").topic_shares
    assert shares[0, 0] == pytest.approx(2 / 3)
    assert shares[0, -1] == pytest.approx(1 / 3)
    assert (0, 1) not in shares


@pytest.mark.parametrize(
    "customer", [1042, "1042", " 1042 ", "1042.0", "\u00a01042.0 ", 1042.0, np.int64(1042)]
)
def test_ids_may_be_numbers(customer):
    frames = numbered({"C1": "1042", "C2": "0042", "C3": "7", "C4": "8"})
    assert read(customer, frames).customer_id == "1042"


@pytest.mark.parametrize(("customer", "found"), [("7.0", "7.0"), (" 8.0", "8"), ("7", "7")])
def test_an_id_that_ends_in_a_zero_is_found_among_texts(customer, found):
    frames = numbered({"C1": "7.0", "C2": "guest", "C3": "8", "C4": "7"})
    assert read(customer, frames).customer_id == found


def test_an_unknown_id_is_told_with_the_nearest():
    with pytest.raises(InputError) as caught:
        read("C11")
    assert caught.value.message == "There is no customer 'C11' among the 4 of this run."
    assert caught.value.hint.startswith("Did you mean 'C1'")


def test_an_unknown_id_that_is_like_no_other_is_told_what_ids_look_like():
    frames = planted_frames()
    row = frames["customers"].iloc[[0]]
    ids = pd.array([f"C-{n:04}" for n in range(2000)], dtype="string")
    frames["customers"] = row.loc[row.index.repeat(2000)].assign(customer_id=ids)
    with pytest.raises(InputError) as caught:
        read("zzzzzzzzzz", frames)
    assert "among the 2,000 of this run" in caught.value.message
    assert caught.value.hint == "Ids look like 'C-0000', 'C-0001', 'C-0002'."


@pytest.mark.parametrize("customer", ["", None, float("nan"), "'; DROP TABLE x; --"])
def test_what_is_no_id_is_an_unknown_customer(customer):
    with pytest.raises(InputError, match="There is no customer"):
        read(customer)

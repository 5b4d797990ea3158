from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from textseg.combine.other import read_other
from textseg.errors import InputError

PLAIN = {"7": "loyal", "8": "new"}


def message(other, **columns):
    with pytest.raises(InputError) as caught:
        read_other(other, **columns)
    return str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        {7: "loyal", 8: "new"},
        {"7": "loyal", " 8 ": " new"},
        pd.Series(["loyal", "new"], index=[7, 8]),
        pd.Series(["loyal", "new"], index=[7.0, 8.0]),
        pd.Series(["loyal", "new"], index=["7.0", "8.0"], dtype="category"),
        pd.DataFrame({"customerID": [7, 8], "rfm_segment": ["loyal", "new"]}),
        pd.DataFrame({"Kunden-Nr.": ["7", "8"], "Typ": ["loyal", "new"]}),
        pd.DataFrame({"segment": ["loyal", "new"]}, index=pd.Index([7, 8], name="customer_id")),
    ],
)
def test_shapes_of_the_same_segments(other):
    read = read_other(other)
    assert read.segments.to_dict() == PLAIN
    assert (read.n_without_segment, read.n_without_id) == (0, 0)


@pytest.mark.parametrize("ending", ["csv", "parquet", "csv.gz"])
def test_files(tmp_path, ending):
    frame = pd.DataFrame({"customer_id": ["07", "8"], "age": [30, 40], "segment": ["a", "b"]})
    path = tmp_path / f"crm.{ending}"
    frame.to_parquet(path) if ending == "parquet" else frame.to_csv(path, index=False)
    for given in (path, str(path)):
        assert read_other(given).segments.to_dict() == {"07": "a", "8": "b"}


def test_columns_as_told():
    frame = pd.DataFrame({"customer_id": [1], "partner": [2], "segment": ["a"], "tier": ["b"]})
    read = read_other(frame, customer="partner", segment="tier")
    assert read.segments.to_dict() == {"2": "b"}


def test_a_name_is_taken_before_an_id():
    frame = pd.DataFrame({"customer_id": [1], "segment_id": [3], "segment_name": ["a"]})
    assert read_other(frame).segments.to_dict() == {"1": "a"}


def test_order_of_ordered_categories_and_of_numbers_is_kept():
    tiers = pd.Categorical(["high", "low"], ["low", "mid", "high"], ordered=True)
    assert read_other(pd.Series(tiers, index=[1, 2])).order == ["low", "mid", "high"]
    assert read_other({1: 10, 2: 9, 3: None}).order == ["9", "10"]
    assert read_other({1: "b", 2: "a"}).order is None
    bins = pd.cut(pd.Series([0.5, 1.5, 1.7]), [0, 1, 2])
    assert read_other(bins).order == ["(0, 1]", "(1, 2]"]
    assert read_other(bins).segments.to_list() == ["(0, 1]", "(1, 2]", "(1, 2]"]


def test_rows_without_segment_or_customer_are_counted():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b", "b", "c", None, "a"],
            "segment": ["x", None, "y", "n/a", "x", "x"],
        }
    )
    read = read_other(frame)
    assert read.segments.to_dict() == {"a": "x", "b": "y"}
    assert (read.n_without_segment, read.n_without_id) == (1, 1)


def test_two_segments_of_one_customer():
    frame = pd.DataFrame({"customer_id": [7, "7 ", 8, 9, 9], "segment": ["b", "a", "c", "a", "b"]})
    assert message(frame) == (
        "The frame of purchase segments has customer '7' in two segments: 'a' and 'b' (and 1 more "
        "such customer). Give each customer one segment."
    )


def test_ambiguous_columns():
    frame = pd.DataFrame({"customer_id": [1], "rfm_segment": ["a"], "value_segment": ["b"]})
    assert message(frame) == (
        "The frame of purchase segments: the columns 'rfm_segment' and 'value_segment' could both "
        'be the segment. Say which: segment="COL"'
    )
    frame = pd.DataFrame({"user_id": [1], "client_id": [2], "segment": ["b"]})
    assert message(frame).endswith('could both be the customer. Say which: customer="COL"')


def test_columns_that_are_not_found():
    frame = pd.DataFrame({"customer_id": [1], "age": [3], "country": ["b"]})
    assert message(frame) == (
        "The frame of purchase segments: no column with the segment was found among "
        "'customer_id', 'age', 'country'. Say which: segment=\"COL\""
    )
    assert message(frame[["age", "country"]]).endswith(
        "no column with the customer id was found among 'age', 'country'. "
        'Say which: customer="COL"'
    )
    assert "has no column 'segmnt'" in message(frame, segment="segmnt")


def test_what_holds_no_segments():
    spend = pd.DataFrame({"customer_id": np.arange(200), "spend": np.arange(200) / 7})
    assert message(spend) == (
        "The frame of purchase segments: column 'spend' has 200 different values; at most 100 "
        "segments were expected. Check that it holds segments, or put the small ones together."
    )
    assert message({}) == "The mapping has no customer with a segment."
    assert message({1: None}) == "The mapping has no customer with a segment."
    assert message([("a", 1)]) == (
        "Segments cannot be read from list. Give a Series indexed by customer id, a DataFrame, a "
        "mapping or a path."
    )
    double = pd.Series(["a"], index=pd.MultiIndex.from_tuples([(1, 2)]))
    assert message(double).startswith("The Series has an index of 2 levels")
    assert message({1: "a"}, segment="tier") == (
        "customer and segment name columns, and only a table has columns."
    )


def test_missing_file(tmp_path):
    assert message(tmp_path / "crm.csv").startswith(f"{tmp_path / 'crm.csv'} does not exist.")

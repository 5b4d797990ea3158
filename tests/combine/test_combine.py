from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from textseg.combine import combine
from textseg.errors import ConfigError, InputError
from textseg.schema import EXPORTS, exported

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "combining.md"


def made(n: int = 300, k: int = 3, seed: int = 0) -> pd.DataFrame:
    """Customers of a run, the last tenth silent."""
    rng = np.random.default_rng(seed)
    silent = np.arange(n) >= n * 0.9
    segments = np.where(silent, k, rng.integers(0, k, n))
    return exported(
        "customers",
        pd.DataFrame(
            {
                "customer_id": [f"C{i:05d}" for i in range(n)],
                "segment_id": segments,
                "segment_name": [f"Topic {i} praise" for i in segments],
                "is_silent": silent,
                "n_feedback": (~silent).astype(int),
                "sentiment": np.where(silent, np.nan, rng.uniform(-1, 1, n)),
                "monetary": rng.gamma(2, 50, n),
            }
        ),
    )


def tiers(customers: pd.DataFrame, *, same: float = 0.0, k: int = 4, seed: int = 1) -> pd.Series:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, k, len(customers))
    ours = customers["segment_id"].to_numpy("int64") % k
    values = np.where(rng.random(len(customers)) < same, ours, drawn)
    return pd.Series([f"tier {v}" for v in values], index=customers["customer_id"].to_numpy())


def test_counts_are_the_crosstab():
    customers = made()
    other = tiers(customers)
    found = combine(customers, other)
    heard = customers[~customers["is_silent"]]
    truth = pd.crosstab(heard["segment_name"].to_numpy(), other[heard["customer_id"]].to_numpy())
    aligned = found.counts.loc[truth.index, truth.columns]
    assert (aligned.to_numpy() == truth.to_numpy()).all()
    np.testing.assert_allclose(found.lift * found.expected, found.counts)


def test_independent_segments_say_so():
    found = [combine(made(600), tiers(made(600), seed=seed)) for seed in range(1, 21)]
    assert sum(result.cramers_v_interval[0] == 0 for result in found) >= 18
    assert sum("hardly connected" in result.findings[0] for result in found) >= 18
    assert np.mean([result.cramers_v for result in found]) < 0.05
    quiet = [result for result in found if result.outstanding.empty]
    assert len(quiet) >= 17
    assert {result.findings[1] for result in quiet} == {
        "No pair of segments stands out beyond chance."
    }


def test_the_planted_pair_stands_out():
    customers = made(900)
    other = tiers(customers)
    ours = customers.loc[(customers["segment_id"] == 1), "customer_id"]
    other[ours[: len(ours) // 3]] = "tier 2"
    found = combine(customers, other)
    first = found.outstanding.iloc[0]
    assert (first["segment_name"], first["other_segment"]) == ("Topic 1 praise", "tier 2")
    assert first["residual"] > 3
    assert first["lift"] > 1.2
    assert (
        "Clearly more customers than chance would bring: “Topic 1 praise” × “tier 2”"
        in (found.findings[1])
    )


def test_same_segments_are_the_same_grouping():
    customers = made()
    found = combine(customers, customers.set_index("customer_id")["segment_id"])
    assert found.cramers_v == pytest.approx(1)
    assert found.adjusted_mutual_information == pytest.approx(1)
    assert found.adjusted_rand == pytest.approx(1)
    assert "nearly the same grouping" in found.findings[0]
    assert len(found.segments) == 3


def test_joint_segments_describe_their_customers():
    customers = made()
    found = combine(customers, tiers(customers), min_customers=18)
    assert found.segments["n_customers"].sum() == found.overlap.counted == 270
    assert found.segments["share"].sum() == pytest.approx(1)
    joined = found.customers.assign(
        sentiment=customers["sentiment"], monetary=customers["monetary"]
    ).dropna(subset=["joint_segment_id"])
    means = joined.groupby("joint_segment_id")[["sentiment", "monetary"]].mean()
    np.testing.assert_allclose(means["sentiment"], found.segments["sentiment"])
    np.testing.assert_allclose(means["monetary"], found.segments["monetary_mean"])
    whole = found.segments.dropna(subset=["segment_name", "other_segment"])
    assert (whole["joint_segment"] == whole["segment_name"] + " × " + whole["other_segment"]).all()
    cells = [found.lift.loc[row.segment_name, row.other_segment] for row in whole.itertuples()]
    np.testing.assert_allclose(whole["lift"], cells)


def test_every_customer_of_the_run_comes_back_in_order():
    customers = made().set_axis(range(1000, 1300))
    found = combine(customers, tiers(customers)[:200])
    pd.testing.assert_index_equal(found.customers.index, customers.index)
    pd.testing.assert_series_equal(found.customers["customer_id"], customers["customer_id"])
    joined = found.customers["joint_segment_id"].notna()
    assert (joined == found.customers["other_segment"].notna() & ~customers["is_silent"]).all()
    assert (found.customers["joint_segment"].notna() == joined).all()


def test_row_order_changes_nothing():
    customers, other = made(), tiers(made())
    one = combine(customers, other)
    again = combine(customers.sample(frac=1, random_state=1), other.sample(frac=1, random_state=2))
    for name in ("counts", "lift", "residuals", "p_values", "stands_out", "segments"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(again, name), check_exact=True)
    assert one.findings == again.findings
    assert one.html == again.html
    pd.testing.assert_frame_equal(one.customers, again.customers.sort_index())


def test_names_do_not_change_figures():
    customers, other = made(), tiers(made(), same=0.4)
    one = combine(customers, other)
    renamed = customers.assign(segment_name=customers["segment_name"].str.replace("Topic", "Ä"))
    two = combine(renamed, other.map({f"tier {i}": f"z{9 - i}" for i in range(4)}))
    assert two.cramers_v == pytest.approx(one.cramers_v)
    assert two.cramers_v_interval == pytest.approx(one.cramers_v_interval)
    assert two.adjusted_rand == pytest.approx(one.adjusted_rand)
    assert sorted(two.residuals.to_numpy().ravel()) == pytest.approx(
        sorted(one.residuals.to_numpy().ravel())
    )


def test_ids_meet_as_numbers_and_as_text():
    customers = made()
    numbers = customers.assign(customer_id=range(300))
    texts = customers.assign(customer_id=[str(i) for i in range(300)])
    floats = pd.Series(tiers(customers).to_numpy(), index=np.arange(300.0))
    one, two = combine(numbers, floats), combine(texts, floats)
    pd.testing.assert_frame_equal(one.counts, two.counts)
    assert one.customers["customer_id"].dtype == numbers["customer_id"].dtype


def test_who_is_left_out_is_counted_and_told():
    customers = made()
    customers.loc[:9, "segment_id"] = -1
    customers.loc[:9, "segment_name"] = pd.NA
    other = tiers(customers)[5:].to_dict() | {"X1": "tier 1", "X2": "tier 1", "C00000": None}
    found = combine(customers, other)
    assert dataclasses.asdict(found.overlap) == {
        "counted": 260,
        "silent": 30,
        "without_text_segment": 5,
        "only_run": 5,
        "only_other": 2,
        "without_other_segment": 1,
        "rows_without_id": 0,
    }
    assert found.notes == (
        "30 customers on both sides without feedback: silent segments are made from orders alone, "
        "so they are left out (silent=True takes them in).",
        "5 customers on both sides without a text segment: left out.",
        "5 customers of the run without a purchase segment.",
        "2 customers with a purchase segment who cannot be found in the run.",
        "1 customer listed without a purchase segment.",
    )
    assert found.customers["segment_name"].isna().sum() == 10


def test_silent_customers_on_request():
    customers = made()
    found = combine(customers, tiers(customers), silent=True)
    assert found.overlap.counted == 300
    assert "Topic 3 praise" in found.counts.index


def test_order_of_segments():
    customers = made()
    other = tiers(customers).astype(
        pd.CategoricalDtype([f"tier {i}" for i in (3, 1, 0, 2)], ordered=True)
    )
    found = combine(customers, other)
    assert list(found.counts.columns) == ["tier 3", "tier 1", "tier 0", "tier 2"]
    assert list(found.counts.index) == [f"Topic {i} praise" for i in range(3)]
    sizes = combine(customers, tiers(customers)).counts.sum()
    assert sizes.is_monotonic_decreasing


def test_text_segments_of_the_same_name_stay_apart():
    customers = made().assign(segment_name="Praise")
    found = combine(customers, tiers(customers))
    assert list(found.counts.index) == ["Praise (0)", "Praise (1)", "Praise (2)"]


def test_no_common_customer():
    with pytest.raises(InputError) as caught:
        combine(made(), {"00001": "a", "00002": "b"})
    assert str(caught.value) == (
        "No customer of the run is in the purchase segments: the run has 'C00000', 'C00001', "
        "'C00002'; the mapping has '00001', '00002'. Ids are compared as text, leading zeros count."
    )


def test_only_silent_customers_in_common():
    customers = made(20)
    with pytest.raises(InputError) as caught:
        combine(customers, tiers(customers)[18:])
    assert str(caught.value) == (
        "None of the 2 customers on both sides has a text segment: 2 have written nothing, 0 are "
        "in no segment. silent=True counts those who have written nothing, by their value."
    )


def test_wrong_arguments():
    customers = made(20)
    with pytest.raises(ConfigError, match=r"^min_customers must be 1 or more, got 0\.$"):
        combine(customers, tiers(customers), min_customers=0)
    with pytest.raises(InputError, match=r"^The frame of customers has no column 'segment_id'\."):
        combine(customers.drop(columns="segment_id"), tiers(customers))
    with pytest.raises(InputError, match="one row per customer"):
        combine(pd.concat([customers, customers]), tiers(customers))


@pytest.mark.parametrize(
    "other",
    [
        {"C00000": "only"},
        {f"C{i:05d}": "only" for i in range(100)},
        {f"C{i:05d}": "xy"[i % 2] for i in range(2)},
        {f"C{i:05d}": str(i) for i in range(90)},
    ],
)
def test_very_little_works(other):
    found = combine(made(100), other)
    assert found.findings
    assert found.segments["n_customers"].sum() == found.overlap.counted
    assert "nan" not in found.html
    assert "None" not in found.html


def test_without_sentiment_and_orders():
    customers = made()[["customer_id", "segment_id", "segment_name"]]
    found = combine(customers, tiers(customers))
    assert found.overlap.counted == 300
    assert found.segments[["sentiment", "monetary_mean"]].isna().all(axis=None)
    assert "nan" not in found.html


class Reader(HTMLParser):
    """Collects the elements, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def test_page_escapes_names_and_loads_nothing():
    evil = '<script>alert(1)</script>" onload="x'
    customers = made().assign(segment_name=lambda f: f["segment_name"] + evil)
    found = combine(customers, tiers(customers) + evil, label=f"tier {evil}")
    read = Reader()
    read.feed(found.html)
    assert "script" not in read.tags
    assert evil in read.text
    names = {name for name, _ in read.attributes}
    assert not names & {"onload", "src", "href"}
    assert "url(" not in found.html
    assert "://" not in found.html
    assert "<script" not in found._repr_html_()
    assert read.tags.count("svg") >= 2


def test_page_shows_every_count_and_name():
    customers = made(2000, k=20)
    found = combine(customers, tiers(customers, k=12, same=0.2), label="tier")
    read = Reader()
    read.feed(found.html)
    for name in (*found.counts.index, *found.counts.columns, *found.segments["joint_segment"]):
        assert name in read.text
    cells = re.findall(r'<text class="n"[^>]*>([\d,]+)</text>', found.html)
    assert [int(cell) for cell in cells] == found.counts.to_numpy().ravel().tolist()
    assert found.html.count("<path ") == int((found.counts.to_numpy() > 0).sum())
    widths = [float(value) for value in re.findall(r'<svg class="drawn" width="(\d+)"', found.html)]
    assert max(widths) <= 1000


def test_labels_of_the_flows_do_not_overlap():
    from textseg.combine.picture import flows

    customers = made(4000, k=20)
    picture = flows(combine(customers, tiers(customers, k=12)))
    for anchor in ("start", "end"):
        side = [node for node in picture["nodes"] if node["anchor"] == anchor]
        assert (np.diff([node["middle"] for node in side]) >= 15).all()
        assert (np.diff([node["y"] for node in side]) > 0).all()
        assert side[-1]["y"] + side[-1]["height"] <= picture["height"]
        assert side[0]["y"] >= 0


def test_save_writes_the_page(tmp_path):
    customers = made()
    found = combine(customers, tiers(customers))
    path = found.save(tmp_path / "combined.html")
    assert path.read_text(encoding="utf-8") == found.html
    assert [entry.name for entry in tmp_path.iterdir()] == ["combined.html"]
    assert repr(found).startswith("Combination(3 x 4 segments, customers=270, cramers_v=0.")


def test_it_cannot_be_changed():
    customers = made(30)
    found = combine(customers, tiers(customers))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.cramers_v = 1.0


def test_customers_export_has_what_is_needed():
    assert {"customer_id", "segment_id", "segment_name", "is_silent", "sentiment", "monetary"} <= (
        set(EXPORTS["customers"].columns)
    )


def test_the_example_in_the_docs_prints_what_it_says(capsys):
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.partition("## An example that runs")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    shown = re.search(r"```text\n(.*?)```", section, re.DOTALL)
    assert code is not None
    assert shown is not None
    exec(code[1], {})
    printed = capsys.readouterr().out
    assert [line.rstrip() for line in printed.splitlines()] == shown[1].splitlines()

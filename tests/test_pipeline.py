from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import textseg
from textseg.config import Config, SegmentsConfig, make_config
from textseg.errors import ConfigError, InputError
from textseg.ingest import as_tables
from textseg.simulate import simulate


def test_settings_are_the_defaults_with_what_is_given():
    config = textseg.Segmenter(seed=3, segments={"number": 4, "weights": {"value": 0.5}}).config
    assert config == make_config({"seed": 3, "segments": {"number": 4, "weights": {"value": 0.5}}})
    assert config.segments.weights.sentiment == Config().segments.weights.sentiment


def test_settings_lie_over_a_config_section_by_section():
    base = make_config({"seed": 3, "segments": {"number": 4, "weights": {"value": 0.5}}})
    config = textseg.Segmenter(base, segments={"weights": {"sentiment": 0.1}}, seed=5).config
    assert config.seed == 5
    assert config.segments.number == 4
    assert config.segments.weights.model_dump(exclude_unset=True) == {
        "value": 0.5,
        "sentiment": 0.1,
    }
    assert base.seed == 3


def test_a_section_may_be_given_as_an_object():
    config = textseg.Segmenter(segments=SegmentsConfig(number=4)).config
    assert config.segments.number == 4


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_of_settings(tmp_path, kind):
    path = tmp_path / "textseg.toml"
    path.write_text("seed = 9\n[topics]\nnumber = 7\n")
    config = textseg.Segmenter(kind(path), topics={"keywords": 5}).config
    assert (config.seed, config.topics.number, config.topics.keywords) == (9, 7, 5)


def test_settings_that_do_not_exist_are_named():
    with pytest.raises(ConfigError) as caught:
        textseg.Segmenter(segments={"subsample": 3})
    assert caught.value.message == "There is no setting segments.subsample."
    assert caught.value.hint == "Did you mean 'subsamples'?"


def test_the_representation_can_be_read_back():
    segmenter = textseg.Segmenter(seed=1, topics={"number": 20})
    assert repr(segmenter) == "Segmenter(seed=1, topics={'number': 20})"
    assert eval(repr(segmenter), {"Segmenter": textseg.Segmenter}).config == segmenter.config
    assert repr(textseg.Segmenter()) == "Segmenter()"


def test_one_input_or_several():
    frame = pd.DataFrame({"text": ["a"]})
    assert as_tables("reviews.csv") == ["reviews.csv"]
    assert as_tables(Path("reviews.csv")) == [Path("reviews.csv")]
    (only,) = as_tables(frame)
    assert only is frame
    assert as_tables(("a.csv", "b.csv")) == ["a.csv", "b.csv"]


def test_bad_input_is_said_before_anything_is_encoded(monkeypatch):
    monkeypatch.setattr("textseg.encode.Reader.load", lambda *args, **more: pytest.fail("encoded"))
    with pytest.raises(InputError, match="no column with the customer's text"):
        textseg.Segmenter().fit(pd.DataFrame({"customer_id": ["1"], "stars": [5]}))
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        textseg.Segmenter().fit("nowhere.csv")


def test_silent_customers_resemble_segments_by_the_attributes_of_the_caller(tmp_path):
    shop = simulate(120)
    segmenter = textseg.Segmenter(
        segments={"number": 3, "subsamples": 2}, topics={"stability": False}
    )
    before = segmenter.fit(shop.feedback, shop.transactions, encodings=tmp_path).customers
    silent = before.index[before["is_silent"]]
    assert len(silent) >= 10
    clubs = before["segment_id"].copy()
    sizes = clubs.drop(silent).value_counts()
    learned = sizes.index[sizes >= 15]  # of fewer, nothing can be learned
    assert len(learned) >= 2
    clubs[silent] = [learned[n % len(learned)] for n in range(len(silent))]
    customers = before[["customer_id"]].assign(club="club " + clubs.astype("string"))
    seg = segmenter.fit(shop.feedback, shop.transactions, customers, encodings=tmp_path)
    after = seg.customers
    # Attributes tell about silent customers; the segments are made without them.
    pd.testing.assert_series_equal(after["segment_id"], before["segment_id"])
    figures = seg.manifest["figures"]["segments"]["lookalike"]
    assert figures["offered"]
    assert figures["accuracy"] > 0.9 > figures["base_rate"]
    assert any(note.startswith("Look-alike segments of silent") for note in seg.notes)
    assert after["lookalike_segment_id"][silent].tolist() == clubs[silent].tolist()
    assert after["lookalike_probability"][silent].between(0.5, 1).all()
    assert after["lookalike_segment_id"].drop(silent).isna().all()


def test_settings_in_the_place_of_a_config_are_refused():
    with pytest.raises(textseg.TextsegError, match=r"^config is a Config or the path .* got dict"):
        textseg.Segmenter({"seed": 1})

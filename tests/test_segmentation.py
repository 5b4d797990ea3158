from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.errors
import pytest

import textseg
from textseg.cluster import Centroids
from textseg.config import make_config
from textseg.customers.view import Baseline
from textseg.errors import WorkspaceError
from textseg.fitted import Fitted
from textseg.ingest import Quality
from textseg.schema import EXPORTS, exported
from textseg.segmentation import Segmentation
from textseg.segments.fusion import Block, Fusion
from textseg.segments.model import SegmentModel
from textseg.topics.model import TopicModel

IDS = ["12", "7", None]


def frames_of(ids):
    known = [name for name in ids if name is not None]
    feedback = pd.DataFrame(
        {
            "feedback_id": [f"f{n}" for n in range(len(ids))],
            "source": "feedback",
            "row": [len(ids), *range(1, len(ids))],
            "text": "Late",
            "customer_id": ids,
            "topic_id": 0,
            "topic_name": "Delivery",
            "topic_confidence": 0.123456789,
            "is_core": True,
            "sentiment": -0.5,
            "sentiment_label": "negative",
            "p_negative": 0.6,
            "p_neutral": 0.3,
            "p_positive": 0.1,
        }
    )
    customers = pd.DataFrame(
        {"customer_id": known, "segment_id": 0, "is_silent": False, "n_feedback": 1}
    )
    own = pd.DataFrame(
        {"customer_id": known, "topic_id": 0, "share": 1.0, "sentiment": -0.5, "n": 1}
    )
    frames = {"feedback": feedback, "customers": customers, "customer_topics": own}
    return {name: exported(name, frames.get(name, pd.DataFrame())) for name in EXPORTS}


def fitted_model():
    block = Block(np.zeros(2), np.eye(2))
    blocks = dict.fromkeys(("preference", "sentiment", "value"), block)
    return Fitted(
        TopicModel(
            Centroids(np.eye(1, 2, dtype=np.float32), np.zeros(1, dtype=np.float32)), ("a",)
        ),
        SegmentModel(Fusion(blocks), np.zeros((1, 6))),
        Baseline({"preference": np.zeros(2)}, (1.0, 2.0)),
        ("General",),
        {1: ("high", "mid")},
    )


def segmentation(ids=IDS, inputs=(), as_of="2025-03-31"):
    """A result put together by hand; ``inputs`` are the caller's frames."""
    config, fitted = make_config({"seed": 4}), fitted_model()
    quality = Quality()
    quality.read("feedback", 5)
    quality.add("feedback", "no text", 2, "dropped", example=1)
    profile = {"segment_id": [0], "feature": ["orders"], "mean": [1.0], "rest": [2.0]}
    metadata = {
        **fitted.metadata(),
        "encoder": {"name": "tiny", "weights": "0" * 64, "fingerprint": "tiny"},
        "config": config.model_dump(mode="json"),
        "profiles": {**profile, "effect": [float("nan")]},
    }
    names = [f"feedback {n}" for n in range(len(inputs) or 1)]
    manifest = {
        "as_of": as_of,
        "mappings": {name: {"text": "words", "customer": "who"} for name in names},
        "match_rate": 0.5,
        "notes": ["No rating column."],
        "counts": {"feedback": 3, "customers": 2, "topics": 1, "segments": 1},
        "data_quality": {"totals": quality.totals(), "findings": quality.to_records()},
    }
    return Segmentation(
        frames_of(ids), fitted, config, manifest, metadata, quality=quality, inputs=inputs
    )


def given(ids, dtype, index=None):
    return pd.DataFrame({"who": pd.array(ids, dtype=dtype), "words": "Late"}, index=index)


@pytest.mark.parametrize(
    ("dtype", "missing"), [("float64", np.nan), ("Int64", pd.NA), ("Float64", pd.NA)]
)
def test_numbers_for_customers_come_back_as_the_caller_had_them(dtype, missing):
    seg = segmentation(inputs=[given([7, missing, 12], dtype)])
    assert seg.feedback["customer_id"].dtype == dtype
    assert seg.feedback["customer_id"].dropna().tolist() == [12, 7]
    assert seg.customers["customer_id"].tolist() == [12, 7]
    assert seg.customers["customer_id"].dtype == seg.customer_topics["customer_id"].dtype == dtype


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint16"])
def test_whole_numbers_stay_whole(dtype):
    seg = segmentation(["12", "7"], [given([12, 7], dtype)])
    assert seg.feedback["customer_id"].dtype == dtype
    assert seg.customers["customer_id"].tolist() == [12, 7]


def test_large_numbers_lose_nothing():
    large = 2**53 + 1
    seg = segmentation([str(large), "7"], [given([large, 7], "int64")])
    assert seg.customers["customer_id"].tolist() == [large, 7]


def test_texts_stay_texts():
    seg = segmentation(inputs=[given(["12", "7", None], "string")])
    assert seg.customers["customer_id"].tolist() == ["12", "7"]
    assert segmentation().customers["customer_id"].dtype == "string"


def test_customers_of_the_orders_that_are_no_numbers_keep_all_as_text():
    seg = segmentation(["12", "GUEST", "7"], [given([12, 7, 9], "int64")])
    assert seg.customers["customer_id"].tolist() == ["12", "GUEST", "7"]


def test_several_frames_share_a_dtype():
    whole, holed = given([12, 7], "int32"), given([12.0, np.nan], "float64")
    assert segmentation(["12", "7"], [whole, whole]).customers["customer_id"].dtype == "int32"
    assert segmentation(["12", "7"], [whole, holed]).customers["customer_id"].dtype == "float64"
    as_text = given(["12", "7"], "string")
    assert segmentation(["12", "7"], [whole, as_text]).customers["customer_id"].dtype == "string"


def test_the_index_is_the_callers_row_by_row():
    index = pd.Index(["x", "y", "z"], name="mine")
    frame = given(["7", "8", None], "string", index)
    feedback = segmentation(inputs=[frame]).feedback
    assert feedback.index.tolist() == ["z", "x", "y"]
    assert feedback.index.name == "mine"
    both = segmentation(inputs=[frame, frame]).feedback
    assert both.index.tolist() == [0, 1, 2]
    assert segmentation(inputs=["reviews.csv"]).feedback.index.tolist() == [0, 1, 2]


def test_what_is_handed_out_is_a_copy():
    seg = segmentation()
    for name in ("feedback", "customers", "customer_topics", "topics", "segments", "clauses"):
        before = getattr(seg, name)
        getattr(seg, name).insert(0, "mine", 1)
        pd.testing.assert_frame_equal(getattr(seg, name), before)
    seg.notes.append("mine")
    seg.mappings.clear()
    assert seg.notes == ["No rating column."]
    assert seg.mappings == {"feedback 0": {"text": "words", "customer": "who"}}


def test_it_shows_itself_in_a_line():
    assert repr(segmentation()) == (
        "Segmentation(as_of=2025-03-31, feedback=3, customers=2, topics=1, segments=1)"
    )


def test_a_saved_run_is_loaded_as_it_was(tmp_path):
    seg = segmentation()
    record = seg.save(tmp_path / "ws")
    loaded = textseg.load(tmp_path / "ws")
    for name in EXPORTS:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(seg, name), check_exact=True)
    pd.testing.assert_frame_equal(loaded.profiles, seg.profiles)
    assert record.run_id == "0001-2025-03-31"
    assert (loaded.config, loaded.as_of) == (seg.config, seg.as_of)
    assert (loaded.notes, loaded.match_rate, loaded.mappings) == (
        seg.notes,
        seg.match_rate,
        seg.mappings,
    )
    assert loaded.quality.totals() == seg.quality.totals()
    assert loaded.quality.findings == seg.quality.findings
    assert repr(loaded) == repr(seg)


def test_any_run_can_be_loaded_and_the_latest_is_the_default(tmp_path):
    old = segmentation().save(tmp_path / "ws")
    segmentation(as_of="2025-04-30").save(tmp_path / "ws")
    assert textseg.load(tmp_path / "ws").as_of == pd.Timestamp("2025-04-30")
    assert textseg.load(tmp_path / "ws", old.run_id).as_of == pd.Timestamp("2025-03-31")


def test_what_cannot_be_loaded_is_said(tmp_path):
    with pytest.raises(WorkspaceError, match=r"ws does not exist\."):
        textseg.load(tmp_path / "ws")
    assert not (tmp_path / "ws").exists()
    segmentation().save(tmp_path / "ws")
    with pytest.raises(WorkspaceError, match="0007"):
        textseg.load(tmp_path / "ws", "0007-2025-03-31")


def test_saving_into_a_foreign_folder_is_refused_and_changes_nothing(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(WorkspaceError):
        segmentation().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_export_has_the_columns_in_order_and_six_decimals():
    frame = pd.DataFrame({"n": [1], "topic_id": [0], "customer_id": ["a"], "mine": [1]})
    result = exported("customer_topics", frame.assign(sentiment=1 / 3, share=1 / 7))
    assert list(result.columns) == list(EXPORTS["customer_topics"].columns)
    assert result.iloc[0].tolist() == ["a", 0, 0.142857, 0.333333, 1]
    assert str(result["n"].dtype) == "Int64"


def test_an_export_that_breaks_the_promise_is_an_error():
    frame = pd.DataFrame({"customer_id": ["a"], "topic_id": [0], "n": [1], "sentiment": [0.0]})
    with pytest.raises(pandera.errors.SchemaError):
        exported("customer_topics", frame.assign(share=1.5))

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pandera.errors
import pytest
from made import made_encodings

import textseg
from textseg.cluster import Centroids
from textseg.config import make_config
from textseg.customers.view import Baseline
from textseg.errors import WorkspaceError
from textseg.fitted import Fitted
from textseg.ingest import Quality
from textseg.manifest import model_facts
from textseg.schema import EXPORTS, exported
from textseg.segmentation import Segmentation
from textseg.segments.evidence import rules_of
from textseg.segments.fusion import Block, Fusion
from textseg.segments.levels import Micro
from textseg.segments.lookalike import fit_lookalike
from textseg.segments.lookalike_features import lookalike_features
from textseg.segments.model import SegmentModel
from textseg.sentiment.classes import LABELS
from textseg.topics.model import TopicModel

IDS = ["12", "7", None]
FRAMES = ("feedback", "customers", "customer_topics", "topics", "segments", "clauses")


LATE, LOVELY = "My parcel is late again", "Such a lovely soft fabric"
MOODS = {LATE: (0.8, 0.1, 0.1), LOVELY: (0.1, 0.1, 0.8)}


class MadeReader:
    """Reads two texts only; takes the place of the encoder."""

    folder = None
    encoder = SimpleNamespace(name="tiny", weights="0" * 64, fingerprint="tiny", source="")
    scorer = SimpleNamespace(fingerprint="s", head=SimpleNamespace(fingerprint="h"))

    def read(self, texts, progress=None):
        index = [list(MOODS).index(text) for text in texts]
        return made_encodings(np.eye(2), list(MOODS.values()), index)


def frames_of(ids):
    known = [name for name in ids if name is not None]
    feedback = pd.DataFrame(
        {
            "feedback_id": [f"f{n}" for n in range(len(ids))],
            "source": "feedback",
            "row": [len(ids), *range(1, len(ids))],
            "text": LATE,
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
    return exports_of({"feedback": feedback, "customers": customers, "customer_topics": own})


def frames_of_a_shop(n=12):
    """n customers who complain, n who praise, and three silent ones."""
    frames = frames_of([f"c{number:02}" for number in range(2 * n)])
    praise = pd.Series(range(2 * n)) >= n
    topic, felt = praise.astype("Int64"), praise.map({False: -0.7, True: 0.7})
    new = {"topic_id": topic, "sentiment": felt, "text": praise.map({False: LATE, True: LOVELY})}
    new["topic_name"] = praise.map({False: "Delivery", True: "Fabric"})
    frames["feedback"] = frames["feedback"].assign(**new)
    frames["customer_topics"] = frames["customer_topics"].assign(topic_id=topic, sentiment=felt)
    silent = {"is_silent": True, "n_feedback": 0, "segment_id": 2, "value_tier": "high"}
    quiet = pd.DataFrame({"customer_id": ["s1", "s2", "s3"], **silent, "monetary": 30.0})
    writers = frames["customers"].assign(segment_id=topic, sentiment=felt)
    customers = pd.concat([writers, quiet], ignore_index=True)
    names = pd.DataFrame({"segment_id": [0, 1, 2], "name": fitted_model().segment_names})
    frames["customers"] = customers.assign(segment_name=customers["segment_id"].map(names["name"]))
    sizes = {"n_customers": [n, n, 3], "share": [0.4, 0.4, 0.2], "description": ""}
    frames["segments"] = names.assign(kind=["text", "text", "value"], **sizes)
    frames["topics"] = pd.DataFrame(
        {
            "topic_id": [0, 1],
            "name": ["Delivery", "Fabric"],
            "keywords": ["late", "soft"],
            "n_feedback": n,
            "share": 0.5,
            "example_ids": "",
            "kind": "topic",
        }
    )
    return exports_of(frames)


def exports_of(frames):
    return {name: exported(name, frames.get(name, pd.DataFrame())) for name in EXPORTS}


def fitted_model():
    """Two topics and two segments: of those who complain of delivery, and of those who praise."""
    blocks = {
        "preference": Block(np.zeros(2), np.eye(2)),
        "sentiment": Block(np.zeros(3), np.eye(3)),
    }
    fusion = Fusion.beside(blocks, {"preference": ["0", "1"], "sentiment": LABELS})
    means = {"preference": np.eye(2), "sentiment": np.array(list(MOODS.values()))}
    parts = np.array([[0.8, 0.2, 0.6, 0.2, 0.2], [0.5, 0.5, 0.45, 0.2, 0.35]])
    topics = TopicModel(
        Centroids(np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32)),
        ("Delivery", "Fabric"),
        (("late",), ("soft",)),
    )
    averages = {
        "preference": np.full(2, 0.5),
        "sentiment": np.full(3, 1 / 3),
        "undated": np.ones(1),
    }
    return Fitted(
        topics,
        SegmentModel(fusion, means, Micro(parts, np.array([0, 0]), np.full(2, 0.9))),
        Baseline(averages, (10.0, 20.0)),
        ("Delivery complaints", "Fabric praise", "Silent"),
        {2: ("high", "mid", "low")},
        lookalike_of_a_shop(),
    )


def lookalike_of_a_shop():
    """Who spends much resembles those who complain."""
    index = [f"c{number:02}" for number in range(80)]
    spent = np.r_[np.linspace(50, 90, 40), np.linspace(1, 10, 40)]
    features = lookalike_features(pd.DataFrame({"monetary": spent}, index=index), None)
    lookalike, figures = fit_lookalike(features, np.repeat([0, 1], 40), seed=0)
    assert figures.offered
    return lookalike


def segmentation(ids=IDS, inputs=(), as_of="2025-03-31", frames=None):
    """A result put together by hand; ``inputs`` are the caller's frames."""
    config, fitted = make_config({"seed": 4}), fitted_model()
    frames = frames_of(ids) if frames is None else frames
    quality = Quality()
    quality.read("feedback", 5)
    quality.add("feedback", "no text", 2, "dropped", example=1)
    profile = {"segment_id": 0, "feature": ["orders", "returns"], "mean": 1.0, "rest": 2.0}
    interval = {"effect": [-0.5, np.nan], "lower": [-0.7, np.nan], "upper": [-0.3, np.nan]}
    metadata = {
        **fitted.metadata(),
        "encoder": model_facts(MadeReader()),
        "config": config.model_dump(mode="json"),
        "profiles": pd.DataFrame({**profile, **interval}).to_dict("list"),
        "rules": rules_of(frames, config.seed).to_json(),
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
    return Segmentation(frames, fitted, config, manifest, metadata, quality=quality, inputs=inputs)


def given(ids, dtype, index=None):
    return pd.DataFrame({"who": pd.array(ids, dtype=dtype), "words": LATE}, index=index)


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


@pytest.mark.parametrize(
    ("ids", "dtype"), [(["257", "1"], "int8"), (["007", "7"], "int64"), (["12.5", "7"], "int64")]
)
def test_ids_that_the_callers_dtype_cannot_hold_stay_texts(ids, dtype):
    seg = segmentation(ids, [given([1, 7], dtype)])
    assert seg.customers["customer_id"].tolist() == ids


def test_customers_in_the_index_and_names_with_blanks_are_found():
    frame = given([12, 7], "int64")
    for spelled in (frame.set_index("who"), frame.rename(columns={"who": " who"})):
        seg = segmentation(["12", "7"], [spelled])
        assert seg.customers["customer_id"].dtype == "int64"


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
    for name in FRAMES:
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
    frames = frames_of_a_shop()
    seg = segmentation(frames=frames)
    record = seg.save(tmp_path / "ws")
    loaded = textseg.load(tmp_path / "ws")
    for name in EXPORTS:
        pd.testing.assert_frame_equal(record.frames[name], frames[name], check_exact=True)
    for name in FRAMES:
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


@pytest.fixture
def fitted_and_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("textseg.encode.Reader.load", lambda *_, **__: MadeReader())
    seg = segmentation(frames=frames_of_a_shop())
    seg.save(tmp_path / "ws")
    return seg, textseg.load(tmp_path / "ws")


def test_a_loaded_run_assigns_as_the_fitted_one(fitted_and_loaded):
    feedback = pd.DataFrame({"customer_id": [*"aaabbccc"], "date": "2025-03-31"})
    feedback["text"] = [LATE] * 3 + [LOVELY] * 3 + [LATE] * 2
    feedback["id"] = range(8)
    orders = pd.DataFrame({"customer_id": ["a", "s8", "s9"], "amount": [9.0, 15.0, 70.0]})
    orders["date"] = "2025-03-30"
    new, again = (seg.assign(feedback, orders) for seg in fitted_and_loaded)
    for name in ("feedback", "customers", "clauses"):
        pd.testing.assert_frame_equal(getattr(new, name), getattr(again, name), check_exact=True)
    customers = new.customers.set_index("customer_id")
    assert customers["segment_id"].to_dict() == {"a": 0, "b": 1, "c": 0, "s8": 2, "s9": 2}
    assert customers["segment_name"]["b"] == "Fabric praise"
    assert customers["segment_confidence"]["a"] > customers["segment_confidence"]["c"]
    assert customers["micro_segment_id"].dropna().to_dict() == {"a": 0, "c": 1}
    assert customers["lookalike_segment_id"].dropna().to_dict() == {"s8": 1, "s9": 0}
    assert customers["lookalike_probability"].dropna().between(0.5, 1).all()


def test_a_loaded_run_explains_as_the_fitted_one(fitted_and_loaded):
    for customer, segment, rival in (("c00", 0, 1), ("c20", 1, 0), ("s1", 2, None)):
        new, again = (seg.explain(customer) for seg in fitted_and_loaded)
        assert again.to_dict() == new.to_dict()
        assert (new.segment_id, new.rival_id) == (segment, rival)
        if rival is not None:
            difference = new.rival_distance**2 - new.distance**2
            assert new.terms["term"].sum() == pytest.approx(difference, abs=1e-6)


def test_a_loaded_run_has_the_rules_of_the_fitted_one(fitted_and_loaded):
    new, again = (seg.rules for seg in fitted_and_loaded)
    assert again == new
    table = new.table
    assert table["segment_name"].tolist() == ["Delivery complaints", "Fabric praise", "Silent"]
    assert table["precision"].tolist() == table["recall"].tolist() == [1.0, 1.0, 1.0]
    customers, customer_topics = (getattr(fitted_and_loaded[1], name) for name in FRAMES[1:3])
    with duckdb.connect() as connection:
        for name, frame in (("customers", customers), ("customer_topics", customer_topics)):
            connection.register(name, frame)
        found = dict(connection.sql(new.to_sql()).fetchall())
    assert found == customers.set_index("customer_id")["segment_id"].to_dict()


def test_a_loaded_run_combines_as_the_fitted_one(fitted_and_loaded):
    tiers = {f"c{number:02}": "gold" if number < 12 else "basic" for number in range(24)}
    new, again = (seg.combine({**tiers, "s1": "gold"}) for seg in fitted_and_loaded)
    pd.testing.assert_frame_equal(again.counts, new.counts)
    assert again.findings == new.findings
    counts = new.counts
    assert counts.loc["Delivery complaints"].to_dict() == {"gold": 12, "basic": 0}
    assert counts.loc["Fabric praise"].to_dict() == {"gold": 0, "basic": 12}
    assert new.cramers_v > 0.9


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

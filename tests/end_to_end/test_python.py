from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import textseg
from textseg.errors import ModelError
from textseg.schema import EXPORTS

SCALES = ["scale_urgency", "scale_churn_intent", "scale_effort", "scale_price_sensitivity"]
PARTS = ("feedback", "customers", "customer_topics", "topics", "segments", "clauses")


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """With customers as numbers; nobody is nobody still."""
    ids = pd.to_numeric(frame["customer_id"].str.removeprefix("C-"))
    return frame.assign(customer_id=ids.astype("int64"))


@pytest.fixture(scope="module")
def shuffled(frames):
    """The sample in another order, with numbers for customers and an index of its own."""
    result = {}
    for seed, name in enumerate(("feedback", "transactions", "customers")):
        frame = numbered(frames[name]).sample(frac=1, random_state=seed)
        result[name] = frame.set_axis([f"{name}-{n}" for n in range(len(frame))])
    return result


@pytest.fixture(scope="module")
def fitted(shuffled, encodings):
    return textseg.Segmenter().fit(
        shuffled["feedback"], shuffled["transactions"], shuffled["customers"], encodings=encodings
    )


def test_the_order_of_rows_changes_no_topic(fitted, first):
    columns = ["feedback_id", "topic_id", "topic_name", "is_core", "sentiment"]
    expected = first.export("feedback")[columns].set_index("feedback_id").sort_index()
    found = fitted.feedback[columns].set_index("feedback_id").sort_index()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_index_type=False)


def test_the_order_of_rows_and_the_spelling_of_ids_change_no_segment(fitted, first):
    expected = numbered(first.export("customers"))
    pd.testing.assert_frame_equal(fitted.customers, expected, check_dtype=False, atol=2e-6)
    pd.testing.assert_frame_equal(
        fitted.segments, first.export("segments"), check_dtype=False, atol=2e-6
    )


def test_the_callers_ids_and_index_come_back(fitted, shuffled):
    for name in ("feedback", "customers", "customer_topics"):
        assert getattr(fitted, name)["customer_id"].dtype == np.int64
    given = shuffled["feedback"]
    found = fitted.feedback
    assert found.index.isin(given.index).all()
    assert found.index.is_unique
    assert (given.loc[found.index, "feedback_id"] == found["feedback_id"]).all()
    assert (given.loc[found.index, "customer_id"] == found["customer_id"]).all()


def test_frames_that_were_handed_out_can_be_changed(fitted):
    for name in PARTS:
        before = getattr(fitted, name)
        getattr(fitted, name).insert(0, "mine", 1)
        pd.testing.assert_frame_equal(getattr(fitted, name), before)


def test_nothing_known_is_encoded_again(fitted):
    assert fitted.manifest["encoding"]["encoded"] == 0


def test_fitted_feedback_is_assigned_exactly_what_it_was_fitted_with(fitted, shuffled):
    again = fitted.assign(shuffled["feedback"], shuffled["transactions"])
    pd.testing.assert_frame_equal(
        again.feedback.drop(columns="is_core"), fitted.feedback.drop(columns="is_core")
    )
    own = fitted.customers.set_index("customer_id")
    people = again.customers.set_index("customer_id")
    assert own.index.difference(people.index).isin(own.index[own["n_feedback"] == 0]).all()
    pd.testing.assert_frame_equal(people, own.loc[people.index])


def test_clauses_are_the_feedback_cut_into_parts(fitted):
    clauses, feedback = fitted.clauses, fitted.feedback
    assert clauses.groupby("feedback_id")["clause"].max().sum() == len(clauses)
    assert set(clauses["feedback_id"]) == set(feedback["feedback_id"])
    texts = clauses.groupby("feedback_id")["text"].agg("".join).str.replace(" ", "")
    whole = feedback.set_index("feedback_id")["text"].str.replace(" ", "")
    assert (texts == whole[texts.index]).all()
    alone = clauses[clauses.groupby("feedback_id")["clause"].transform("size") == 1]
    own = feedback.set_index("feedback_id").loc[alone["feedback_id"]]
    for column in ("topic_id", "sentiment", "sentiment_label"):
        assert (alone[column].to_numpy() == own[column].to_numpy()).all()
    assert 1.5 < len(clauses) / len(feedback) < 5


def test_shares_of_customers_are_over_their_clauses(fitted):
    clauses = fitted.clauses.merge(fitted.feedback[["feedback_id", "customer_id"]])
    counts = clauses.groupby("customer_id").size()
    n = clauses[clauses["topic_id"] >= 0].groupby(["customer_id", "topic_id"]).size()
    topics = fitted.customer_topics.set_index(["customer_id", "topic_id"])
    assert (topics["n"] == n.loc[topics.index]).all()
    share = topics["n"] / counts.loc[topics.index.get_level_values(0)].to_numpy()
    assert np.allclose(topics["share"], share, atol=1e-6)


def test_scales_are_standardised_and_shown_in_profiles(fitted):
    distinct = fitted.feedback.drop_duplicates("text")[SCALES]
    assert (distinct.mean().abs() < 0.02).all()
    assert ((distinct.std() - 1).abs() < 0.02).all()
    assert set(SCALES) <= set(fitted.profiles["feature"])


def test_languages_are_found_and_told(fitted, frames):
    assert set(fitted.feedback["language"].dropna()) == {"en", "de"}
    (note,) = [note for note in fitted.notes if "German" in note]
    assert 'Set encoder.model = "paraphrase-multilingual-MiniLM-L12-v2"' in note
    assert fitted.manifest["figures"]["languages"]["en"] > 400


def test_ratings_are_compared_with_the_texts(fitted):
    ratings = fitted.manifest["figures"]["sentiment"]["ratings"]
    assert ratings["spearman"] > 0.4
    assert sum(map(sum, ratings["confusion"])) == ratings["rated"]
    assert "Do the ratings agree with the texts?" in fitted.report().html


def test_what_the_ratings_teach_is_saved_and_used_again(frames, encodings, tmp_path):
    few = frames["feedback"].head(600)
    seg = textseg.Segmenter(sentiment={"adapt": True}).fit(few, encodings=encodings)
    adapt = seg.manifest["figures"]["sentiment"]["adapt"]
    assert adapt["n_train"] + adapt["n_test"] > 100
    assert adapt["before"].keys() == adapt["after"].keys() == {"log_loss", "macro_f1"}
    assert any(note.startswith("Sentiment was ") for note in seg.notes)
    seg.save(tmp_path / "ws")
    again = textseg.load(tmp_path / "ws").assign(few)
    columns = ["feedback_id", "topic_id", "sentiment_label"]
    expected = seg.feedback[columns].sort_values("feedback_id")
    found = again.feedback[columns].sort_values("feedback_id")
    assert (found.to_numpy() == expected.to_numpy()).all()


def test_a_feedback_alone_gets_the_topic_it_has_among_all(fitted, shuffled):
    for place in (0, 100, 400):
        own = fitted.feedback.iloc[place]
        (alone,) = fitted.assign(shuffled["feedback"].loc[[own.name]]).feedback.itertuples()
        assert alone.Index == own.name
        assert (alone.topic_id, alone.sentiment) == (own["topic_id"], own["sentiment"])


def test_without_orders_new_customers_are_placed_by_what_they_say(fitted, shuffled):
    placed = fitted.assign(shuffled["feedback"]).customers
    own = fitted.customers.set_index("customer_id")["segment_id"]
    assert placed["value_tier"].isna().all()
    assert placed["segment_id"].ge(0).all()
    same = placed["segment_id"].to_numpy() == own[placed["customer_id"]].to_numpy()
    assert same.mean() > 0.9


def test_a_loaded_workspace_is_the_run(first):
    loaded = textseg.load(first.workspace)
    for name in PARTS:
        frame = getattr(loaded, name)
        scales = SCALES if name in ("feedback", "customers") else []
        assert list(frame.columns) == [*EXPORTS[name].columns, *scales]
        pd.testing.assert_frame_equal(frame, first.export(name), check_dtype=False)
    assert f"{loaded.as_of:%Y-%m-%d}" == first.manifest["as_of"]
    assert loaded.match_rate == first.manifest["match_rate"]
    assert loaded.notes == first.manifest["notes"]
    assert loaded.config == textseg.Segmenter().config


def test_what_is_saved_is_loaded_and_assigns_the_same(fitted, shuffled, tmp_path):
    record = fitted.save(tmp_path / "ws")
    loaded = textseg.load(tmp_path / "ws", record.run_id)
    for name in PARTS:
        one, other = getattr(fitted, name), getattr(loaded, name)
        pd.testing.assert_frame_equal(
            one.reset_index(drop=True).astype(other.dtypes.to_dict()), other, check_exact=True
        )
    pd.testing.assert_frame_equal(loaded.profiles, fitted.profiles, atol=1e-6)
    assert repr(loaded) == repr(fitted)
    some = shuffled["feedback"].iloc[:40]
    one, other = fitted.assign(some), loaded.assign(some)
    columns = ["feedback_id", "topic_id", "sentiment_label"]
    pd.testing.assert_frame_equal(one.feedback[columns], other.feedback[columns])
    pd.testing.assert_series_equal(one.customers["segment_id"], other.customers["segment_id"])


def test_feedback_of_nobody_has_topics_and_says_what_is_lost(frames, encodings, fitted):
    bare = frames["feedback"][["feedback_id", "created_at", "text"]]
    seg = textseg.Segmenter().fit(bare, encodings=encodings)
    assert "No customer column: topics and sentiment only." in seg.notes
    assert (len(seg.customers), len(seg.segments), len(seg.customer_topics)) == (0, 0, 0)
    assert list(seg.customers.columns) == [*EXPORTS["customers"].columns, *SCALES]
    assert len(seg.topics) >= 2
    assert seg.feedback["customer_id"].isna().all()
    assert len(seg.assign(bare.head(3)).customers) == 0
    assert seg.report().html.startswith("<!")


def test_feedback_without_orders_has_segments_without_value(frames, encodings):
    seg = textseg.Segmenter().fit(frames["feedback"], encodings=encodings)
    assert "No orders: customers have no value, and none is silent." in seg.notes
    assert seg.match_rate is None
    assert set(seg.segments["kind"]) == {"text"}
    assert len(seg.segments) >= 2
    customers = seg.customers
    assert customers["segment_id"].ge(0).all()
    assert customers[["frequency", "monetary", "value_tier"]].isna().all(axis=None)
    assert not customers["is_silent"].any()
    assert not seg.segments["name"].str.contains("value").any()


def test_a_workspace_that_another_encoder_made_is_refused(fitted, shuffled, monkeypatch):
    monkeypatch.setitem(fitted._metadata, "encoder", {"name": "other", "weights": "f" * 64})
    with pytest.raises(ModelError, match="made with the encoder other") as caught:
        fitted.assign(shuffled["feedback"])
    assert caught.value.hint is not None

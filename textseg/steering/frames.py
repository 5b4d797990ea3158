"""The exports after an edit, by the same functions that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.customers.view import Baseline, CustomerView, build_view, customer_topics
from textseg.schema import exported
from textseg.segments.table import segment_table, text_traits
from textseg.topics.clauses import clause_table
from textseg.topics.edits import followers
from textseg.topics.stage import label_feedback
from textseg.topics.table import topic_table

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.fitted import Fitted
    from textseg.steering.texts import Texts
    from textseg.topics.model import TopicModel
    from textseg.workspace import RunRecord

Frames = dict[str, pd.DataFrame]
_PROFILE = "topic: "


def moved_frames(
    run: RunRecord,
    texts: Texts,
    model: TopicModel,
    baseline: Baseline | None,
    config: Config,
    is_core: NDArray[np.bool_],
    stability: NDArray[np.float64],
) -> tuple[Frames, Baseline | None]:
    """Assign all texts anew and count again; customers keep their segments.

    Parameters
    ----------
    run : RunRecord
    texts : Texts
        Of the run.
    model : TopicModel
        After the edit.
    baseline : Baseline or None
        Of the run.
    config : Config
        Of the run.
    is_core : ndarray of bool, shape (n_feedback,)
        Feedback that lay in a dense core when the topics were found.
    stability : ndarray of float64, shape (n_topics,)
        Of each topic, NaN where it is not known.

    Returns
    -------
    frames : dict of str to DataFrame
        ``feedback``, ``clauses``, ``topics``, ``customer_topics`` and ``customers``.
    baseline : Baseline or None
        With the average share of each topic.
    """
    labelled = label_feedback(model, texts.feedback, texts.encodings, texts.distinct_marks(is_core))
    clauses = clause_table(labelled, texts.encodings, model, texts.informative)
    columns = ["topic_id", "topic_name", "topic_confidence", "is_core"]
    feedback = run.frames["feedback"].assign(**{name: labelled[name] for name in columns})
    known = {} if baseline is None else baseline.averages
    view = build_view(
        labelled,
        clauses,
        texts.encodings,
        model.of_theme,
        scores=pd.DataFrame(index=labelled.index),
        orders=None,
        customers=None,
        as_of=run.as_of,
        config=config.rollup,
        baseline=Baseline({k: known[k] for k in ("preference", "sentiment") if k in known}, None),
    )
    if baseline is not None:
        counted = {name: view.baseline.averages[name] for name in ("topics", "themes")}
        baseline = replace(baseline, averages={**known, **counted})
    customers = run.frames["customers"]
    dominant = customers["customer_id"].map(view.table["dominant_topic_id"]).astype("Int64")
    frames = {
        "feedback": feedback,
        "clauses": clauses,
        "topics": topic_table(model, feedback, stability),
        "customer_topics": customer_topics(labelled, clauses),
        "customers": customers.assign(dominant_topic_id=dominant),
    }
    return {name: exported(name, frame) for name, frame in frames.items()}, baseline


def named_frames(
    run: RunRecord,
    frames: Mapping[str, pd.DataFrame],
    fitted: Fitted,
    model: TopicModel,
    top_topics: Sequence[str | None] | None = None,
) -> Frames:
    """Bring names and marks into all frames, and leave out those that stay the same.

    Parameters
    ----------
    run : RunRecord
    frames : mapping of str to DataFrame
        Those that have changed already.
    fitted : Fitted
        Of the run, before the edit.
    model : TopicModel
        After the edit.
    top_topics : sequence of str or None, optional
        What the segments talk about, one text per segment; default: what they talked about, by the
        names of now and without hidden topics.

    Returns
    -------
    dict of str to DataFrame
    """
    every = {**run.frames, **frames}
    every["topics"] = _named_topics(every["topics"], model)
    ids = every["feedback"]["topic_id"].to_numpy(dtype="int64")
    names = pd.array(np.array([*model.names, None], dtype=object)[ids], dtype="string")
    every["feedback"] = every["feedback"].assign(topic_name=names)
    before = _lists(run.frames["segments"]["top_topics"], {*fitted.topics.names})
    if top_topics is None:
        after = _renamed_lists(before, fitted.topics, model)
    else:
        after = _lists(top_topics, {*model.names})
    if after != before:
        every["segments"] = _segments(every, fitted, after)
        known = every["segments"].set_index("segment_id")["name"]
        of_customer = every["customers"]["segment_id"].map(known)
        every["customers"] = every["customers"].assign(segment_name=of_customer.astype("string"))
    return {name: frame for name, frame in every.items() if not frame.equals(run.frames[name])}


def renamed_profiles(
    profiles: Mapping[str, list[Any]], before: TopicModel, after: TopicModel
) -> dict[str, list[Any]]:
    """Call the topics in the segments' profiles by their names of now."""
    names = {
        _PROFILE + before.names[old]: _PROFILE + after.names[new]
        for old, new in followers(before, after).items()
        if old == new
    }
    return {**profiles, "feature": [names.get(each, each) for each in profiles["feature"]]}


def _named_topics(topics: pd.DataFrame, model: TopicModel) -> pd.DataFrame:
    """Take what does not depend on the texts from the model."""
    nothing = pd.DataFrame(
        {
            "topic_id": np.zeros(0, dtype=np.int64),
            "topic_confidence": np.zeros(0),
            "sentiment": np.zeros(0),
            **dict.fromkeys(("sentiment_label", "source", "feedback_id", "text"), np.zeros(0, str)),
        }
    )
    now = exported("topics", topic_table(model, nothing))
    columns = ["name", "keywords", "kind", "hidden"]
    return topics.assign(**{name: now[name] for name in columns})


def _renamed_lists(
    lists: list[list[str] | None], before: TopicModel, after: TopicModel
) -> list[list[str] | None]:
    """Put today's names in the place of the old ones; a hidden topic is not talked about."""
    now = {
        before.names[old]: "" if new in after.hidden else after.names[new]
        for old, new in followers(before, after).items()
    }
    return [
        None
        if names is None
        else list(dict.fromkeys(now.get(name, name) for name in names if now.get(name, name)))
        for names in lists
    ]


def _segments(
    frames: Mapping[str, pd.DataFrame], fitted: Fitted, lists: list[list[str] | None]
) -> pd.DataFrame:
    """Name and describe the segments by other topics; who is in them stays."""
    table, feedback = frames["segments"], frames["feedback"]
    customers = frames["customers"].set_index("customer_id")
    n_text = int((table["kind"] == "text").sum())
    with_text = customers.index[customers["n_feedback"] > 0]
    ids = customers.loc[with_text, "segment_id"].to_numpy(dtype="int64")
    nothing = np.zeros((len(with_text), 0))
    view = CustomerView(customers, with_text, {"topics": pd.DataFrame(nothing)}, Baseline({}, None))
    traits = [
        replace(trait, topics=names or [])
        for trait, names in zip(
            text_traits(view, ids, n_text, (), feedback), lists[:n_text], strict=True
        )
    ]
    jaccard = table["stability"].to_list()
    kinds = table["stability_kind"].to_list()
    again = segment_table(customers, traits, jaccard, kinds, dict(fitted.silent))
    columns = ["name", "description", "top_topics"]
    return exported("segments", table.assign(**{name: again[name] for name in columns}))


def _lists(texts: Sequence[str | None] | pd.Series, known: set[str]) -> list[list[str] | None]:
    """Cut the lists of the export into the names of topics, some of which have a comma."""
    return [None if pd.isna(text) else _names_in(text.split(", "), known) for text in texts]


def _names_in(parts: list[str], known: set[str]) -> list[str]:
    names = []
    while parts:
        ends = (end for end in range(len(parts), 1, -1) if ", ".join(parts[:end]) in known)
        end = next(ends, 1)
        names.append(", ".join(parts[:end]))
        parts = parts[end:]
    return [name for name in names if name]

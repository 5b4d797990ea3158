"""The exports after an edit, by the same functions that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.customers.view import Baseline, build_view, customer_topics
from textseg.schema import exported
from textseg.steering.talk import Talk, told
from textseg.topics.clauses import clause_table
from textseg.topics.stage import label_feedback
from textseg.topics.table import topic_table

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.fitted import Fitted
    from textseg.steering.texts import Texts
    from textseg.topics.model import TopicModel
    from textseg.workspace import RunRecord

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Moved:
    """What is counted again where texts have another topic.

    Attributes
    ----------
    frames : dict of str to DataFrame
        ``feedback``, ``clauses``, ``topics``, ``customer_topics`` and ``customers``.
    baseline : Baseline or None
        With the average share of each topic.
    shares : DataFrame of float64, shape (n, n_topics)
        Of the customers with text.
    """

    frames: Frames
    baseline: Baseline | None
    shares: pd.DataFrame


def moved_frames(
    run: RunRecord,
    texts: Texts,
    model: TopicModel,
    baseline: Baseline | None,
    config: Config,
    is_core: NDArray[np.bool_],
    stability: NDArray[np.float64],
) -> Moved:
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
    Moved
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
        baseline=Baseline(
            {k: known[k] for k in ("preference", "sentiment", "undated") if k in known}, None
        ),
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
    exports = {name: exported(name, frame) for name, frame in frames.items()}
    return Moved(exports, baseline, view.features["topics"])


def named_frames(
    run: RunRecord,
    frames: Mapping[str, pd.DataFrame],
    fitted: Fitted,
    model: TopicModel,
    before: Mapping[str, Any] | None = None,
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
    before : mapping, optional
        What was kept by the edit that is undone, with what the segments talked about then; default:
        what they talk about, by the names of now and without hidden topics.

    Returns
    -------
    dict of str to DataFrame
    """
    every = {**run.frames, **frames}
    every["topics"] = _named_topics(every["topics"], model)
    ids = every["feedback"]["topic_id"].to_numpy(dtype="int64")
    names = pd.array(np.array([*model.names, None], dtype=object)[ids], dtype="string")
    every["feedback"] = every["feedback"].assign(topic_name=names)
    talk = Talk.read(told(run.frames), fitted.topics.names)
    now = talk.after(fitted.topics, model)
    after = now if before is None else Talk.read(before, model.names)
    if after != talk:
        every.update(after.named(every, dict(fitted.silent)))
    return {name: frame for name, frame in every.items() if not frame.equals(run.frames[name])}


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

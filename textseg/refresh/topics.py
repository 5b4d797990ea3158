"""Old and new feedback under the topics of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.topics.clauses import clause_table
from textseg.topics.stage import Topics, label_feedback, over_budget
from textseg.topics.table import topic_table

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.encode import Encodings
    from textseg.topics.model import TopicModel


def follow_topics(
    model: TopicModel,
    feedback: pd.DataFrame,
    encodings: Encodings,
    before: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Any],
    config: Config,
) -> Topics:
    """Assign all feedback to topics that stay as they are, and count again.

    Parameters
    ----------
    model : TopicModel
        Of the run that is refreshed, with the edits made since.
    feedback : DataFrame
        ``schema.FEEDBACK``, old and new.
    encodings : Encodings
        Of its texts.
    before : mapping of str to DataFrame
        The exports of the run that is refreshed.
    figures : mapping
        The figures of its topics stage; those of finding topics stay.
    config : Config

    Returns
    -------
    Topics
    """
    core = _core(before["feedback"], feedback["text"], encodings)
    labelled = label_feedback(model, feedback, encodings, core)
    informative = feedback["informative"].to_numpy(dtype=bool)
    distinct = np.unique(encodings.index[informative])
    now = {
        "unclustered_share": float((labelled["topic_id"] < 0).mean()),
        "core_share": float(core[distinct].mean()),
        "distinct_texts": len(distinct),
    }
    return Topics(
        model,
        labelled,
        topic_table(model, labelled, _stability(before["topics"], len(model))),
        clause_table(labelled, encodings, model, informative),
        {**figures, **now},
        tuple(over_budget(labelled[informative], config.topics.max_unclustered)),
    )


def _core(before: pd.DataFrame, texts: pd.Series, encodings: Encodings) -> NDArray[np.bool_]:
    """Mark the distinct texts that lay in a dense core when the topics were found."""
    known = texts.isin(before.loc[before["is_core"], "text"]).to_numpy(dtype=bool)
    core = np.zeros(encodings.n_unique, dtype=bool)
    core[encodings.index[known]] = True
    return core


def _stability(table: pd.DataFrame, n_topics: int) -> NDArray[np.float64]:
    known = table[table["kind"].fillna("topic") == "topic"].set_index("topic_id")["stability"]
    return known.reindex(range(n_topics)).to_numpy(dtype=np.float64)

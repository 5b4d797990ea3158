"""Old and new customers in the segments of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from textseg.customers.view import CustomerView, customer_topics
from textseg.segments.profile import profiles
from textseg.segments.stage import Segments, readable_features
from textseg.segments.table import customer_table, micro_table, segment_table, text_traits

if TYPE_CHECKING:
    from textseg.fitted import Fitted
    from textseg.topics.stage import Topics


def follow_segments(
    view: CustomerView,
    topics: Topics,
    fitted: Fitted,
    before: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Any],
    attributes: pd.DataFrame | None,
) -> Segments:
    """Put all customers into segments that stay as they are, and describe them again.

    Parameters
    ----------
    view : CustomerView
        Made with the baseline of ``fitted``.
    topics : Topics
        Of :func:`textseg.refresh.topics.follow_topics`.
    fitted : Fitted
        Of the run that is refreshed.
    before : mapping of str to DataFrame
        Its exports: names, stability and macro-segments are taken from there.
    figures : mapping
        The figures of its segments stage, which are about finding segments and stay.
    attributes : DataFrame or None
        ``schema.CUSTOMERS``.

    Returns
    -------
    Segments
    """
    placed = fitted.place(view, attributes)
    ids = placed.loc[view.with_text, "segment_id"].to_numpy(dtype=np.int64)
    shown = _without(view, topics.model.hidden)
    readable = readable_features(shown, topics.model.names)
    unsaid = {*range(len(topics.model.names))} - {*topics.model.ids} | topics.model.hidden
    unsaid_features = [f"topic: {topics.model.names[topic]}" for topic in sorted(unsaid)]
    return Segments(
        fitted=replace(fitted, baseline=view.baseline),  # the first orders bring tiers of value
        customers=customer_table(placed, fitted.segment_names),
        customer_topics=customer_topics(topics.feedback, topics.clauses),
        table=_segments(shown, placed, topics, fitted, before["segments"]),
        micro=_micro(shown, placed, topics, before["micro_segments"]),
        profiles=profiles(readable.drop(columns=unsaid_features), ids),
        figures=dict(figures),
        notes=_notes(view, fitted),
    )


def _segments(
    view: CustomerView,
    placed: pd.DataFrame,
    topics: Topics,
    fitted: Fitted,
    before: pd.DataFrame,
) -> pd.DataFrame:
    """Count and describe the segments of now; names and what was measured stay."""
    own = before[before["kind"] == "text"]
    ids = placed.loc[view.with_text, "segment_id"].to_numpy(dtype=np.int64)
    traits = text_traits(view, ids, len(own), topics.model.names, topics.feedback)
    jaccard, kinds = own["stability"].to_list(), own["stability_kind"].to_list()
    table = segment_table(placed, traits, jaccard, kinds, dict(fitted.silent))
    columns = ["name", "macro_id", "macro_name"]
    return table.assign(**{name: before[name].array for name in columns})


def _micro(
    view: CustomerView, placed: pd.DataFrame, topics: Topics, before: pd.DataFrame
) -> pd.DataFrame:
    if before.empty:
        return pd.DataFrame()
    ids = placed.loc[view.with_text, "micro_segment_id"].fillna(-1).to_numpy(dtype=np.int64)
    traits = text_traits(view, ids, len(before), topics.model.names, topics.feedback)
    parents, stability = before["segment_id"].to_list(), before["stability"].to_list()
    return micro_table(placed, traits, parents, stability).assign(name=before["name"].array)


def _without(view: CustomerView, hidden: frozenset[int]) -> CustomerView:
    """Take what a person has hidden out of what segments are said to talk about."""
    shares = view.features["topics"].copy()
    shares.iloc[:, sorted(hidden)] = 0.0
    return replace(view, features={**view.features, "topics": shares})


def _notes(view: CustomerView, fitted: Fitted) -> list[str]:
    notes = []
    if fitted.segments is None and len(view.with_text):
        notes.append(
            "The run that was refreshed found no segments: run again once there are customers "
            "enough."
        )
    if not fitted.silent and view.table["is_silent"].any():
        notes.append(
            "Silent customers have no segment, as there were none when the segments were found: "
            "run again to give them one."
        )
    return notes

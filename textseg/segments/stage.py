"""The segments stage: the customer view in, named segments out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textseg.config import Config
from textseg.customers.view import CustomerView, customer_topics
from textseg.fitted import Fitted
from textseg.progress import SILENT, Progress
from textseg.segments.model import MIN_CUSTOMERS, SegmentModel, fit_segments
from textseg.segments.profile import profiles
from textseg.segments.selection import Candidate
from textseg.segments.silent import silent_segments
from textseg.segments.table import customer_table, segment_table, text_traits
from textseg.topics.stage import Topics


@dataclass(frozen=True)
class Segments:
    """What the stage gives.

    Attributes
    ----------
    fitted : Fitted
        Topics and segments, ready to assign.
    customers, customer_topics, table : DataFrame
        ``customers``, ``customer_topics`` and ``segments`` of the exports.
    profiles : DataFrame
        See :func:`textseg.segments.profile.profiles`.
    figures : dict
        Quality figures for the manifest.
    notes : list of str
        What could not be done, and why.
    """

    fitted: Fitted
    customers: pd.DataFrame
    customer_topics: pd.DataFrame
    table: pd.DataFrame
    profiles: pd.DataFrame
    figures: dict[str, Any]
    notes: list[str]


def find_segments(
    view: CustomerView, topics: Topics, config: Config, progress: Progress = SILENT
) -> Segments:
    """Find, name and describe the segments.

    Parameters
    ----------
    view : CustomerView
    topics : Topics
    config : Config
    progress : Progress

    Returns
    -------
    Segments
        Without segments where there are too few customers; the notes say so.
    """
    n_text = len(view.with_text)
    tiers = _silent_tiers(view)
    share = config.segments.min_share
    _, silent = silent_segments(tiers, len(view.table), first_id=0, min_share=share)
    model: SegmentModel | None = None
    chosen: Candidate | None = None
    candidates: list[Candidate] = []
    notes: list[str] = []
    if n_text >= MIN_CUSTOMERS:
        at_most = max(2, config.segments.max_number - len(silent))
        model, chosen, candidates = fit_segments(
            view.features, config.segments, seed=config.seed, at_most=at_most, progress=progress
        )
    elif len(view.table):
        notes.append(f"Segments need at least {MIN_CUSTOMERS} customers with text, got {n_text}.")
    n_segments = len(model) if model is not None else 0
    _, silent = silent_segments(tiers, len(view.table), first_id=n_segments, min_share=share)
    ids = model.assign(view.features)[0] if model is not None else np.full(n_text, -1)
    traits = text_traits(view, ids, n_segments, topics.model.names, topics.feedback)
    fitted = Fitted(topics.model, model, view.baseline, (), silent)
    placed = fitted.place(view)
    table = segment_table(placed, traits, chosen.jaccard.tolist() if chosen else [], silent)
    names = tuple(table["name"]) if len(table) else ()
    return Segments(
        fitted=Fitted(topics.model, model, view.baseline, names, silent),
        customers=customer_table(placed, names),
        customer_topics=customer_topics(topics.feedback, topics.clauses),
        table=table,
        profiles=profiles(_profile_features(view, topics.model.names), ids),
        figures=_figures(model, chosen, candidates),
        notes=notes,
    )


def _silent_tiers(view: CustomerView) -> pd.Series:
    if "value_tier" not in view.table:
        return pd.Series(dtype="string")
    tiers: pd.Series = view.table.loc[view.table["is_silent"], "value_tier"]
    return tiers


def _profile_features(view: CustomerView, topics: tuple[str, ...]) -> pd.DataFrame:
    """Collect the features that a person can read, one row per customer with text."""
    own = view.table.loc[view.with_text]
    numbers = own.select_dtypes("number").drop(columns="dominant_topic_id").astype("float64")
    shares = pd.DataFrame(
        view.topic_shares, index=view.with_text, columns=[f"topic: {name}" for name in topics]
    )
    return numbers.join(shares)


def _figures(
    model: SegmentModel | None, chosen: Candidate | None, candidates: list[Candidate]
) -> dict[str, Any]:
    if model is None or chosen is None:
        return {"n_segments": 0}
    return {
        "n_segments": chosen.number,
        "method": chosen.method,
        "stability": round(chosen.stability, 6),
        "candidates": [
            {
                "method": candidate.method,
                "n_segments": candidate.number,
                "stability": round(candidate.stability, 6),
                "smallest_share": round(candidate.smallest_share, 6),
            }
            for candidate in candidates
        ],
    }

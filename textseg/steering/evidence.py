"""Profiles, rules and phrases of the segments after an edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from textseg.segments.evidence import rule_figures, rules_of
from textseg.segments.profile import COLUMNS, profiles
from textseg.topics.edits import followers
from textseg.topics.model import TopicModel

Profiles: TypeAlias = dict[str, list[Any]]

_PROFILE = "topic: "


def renamed_profiles(
    stored: Mapping[str, list[Any]], before: TopicModel, after: TopicModel
) -> Profiles:
    """Call the topics in the segments' profiles by their names of now."""
    names = {
        _PROFILE + before.names[old]: _PROFILE + after.names[new]
        for old, new in followers(before, after).items()
        if old == new
    }
    return {**stored, "feature": [names.get(each, each) for each in stored["feature"]]}


def moved_profiles(
    stored: Mapping[str, list[Any]],
    shares: pd.DataFrame,
    customers: pd.DataFrame,
    model: TopicModel,
) -> Profiles:
    """Compare the segments again in their shares of the topics; all else stays.

    Parameters
    ----------
    stored : mapping of str to list
        The profiles of the run, by column.
    shares : DataFrame of float64, shape (n, n_topics)
        Of the customers with text, after the edit.
    customers : DataFrame
        ``customers`` of the exports.
    model : TopicModel
        After the edit.
    """
    ids = customers.set_index("customer_id")["segment_id"].reindex(shares.index)
    topics = shares[model.ids].set_axis([_PROFILE + model.names[n] for n in model.ids], axis=1)
    found = profiles(topics, ids.to_numpy(dtype="int64"))
    old = _frame(stored)
    both = pd.concat([old[~old["feature"].str.startswith(_PROFILE)], found.round(6)])
    both["size"] = -both["effect"].abs().fillna(0.0)
    ordered = both.sort_values(["segment_id", "size"], kind="stable")
    return {str(name): ordered[name].to_list() for name in COLUMNS}


def new_evidence(
    metadata: Mapping[str, Any],
    profiles: Profiles,
    frames: Mapping[str, pd.DataFrame],
    model: TopicModel,
    seed: int,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Find the rules of the segments again, in the words of now.

    Parameters
    ----------
    metadata : mapping
        Of the run; one of an earlier version has no rules, and gets none.
    profiles : dict of str to list
        After the edit.
    frames : mapping of str to DataFrame
        The exports after the edit.
    model : TopicModel
        After the edit; what is hidden is not said.
    seed : int
        Of the run.

    Returns
    -------
    metadata : dict
        ``profiles``, and ``rules`` where there are any.
    figures : dict
        What changes among the figures of the segments.
    """
    if "rules" not in metadata:
        return {"profiles": profiles}, {}
    rules = rules_of(frames, seed)
    said = _frame(profiles)
    said = said[~said["feature"].isin([_PROFILE + model.names[topic] for topic in model.hidden])]
    return {"profiles": profiles, "rules": rules.to_json()}, rule_figures(rules, said)


def _frame(stored: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Make a table again of what is stored; what has no interval yet has none."""
    frame = pd.DataFrame(stored).reindex(columns=list(COLUMNS))
    return frame.astype({"feature": "object", **dict.fromkeys(COLUMNS[2:], "float64")})

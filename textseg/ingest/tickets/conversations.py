"""The messages of one ticket folded into one feedback."""

from __future__ import annotations

import pandas as pd

from textseg.ingest.quality import Log


def in_time(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort messages by their time; those without follow, and ties keep the order of the rows.

    Parameters
    ----------
    frame : DataFrame
        With ``created_at`` and ``row``.

    Returns
    -------
    DataFrame
    """
    return frame.sort_values(["created_at", "row"], kind="stable", na_position="last")


def is_later_message(frame: pd.DataFrame) -> pd.Series:
    """Mark all messages of a ticket but the first.

    Parameters
    ----------
    frame : DataFrame
        With ``conversation``, ``created_at`` and ``row``.

    Returns
    -------
    Series of bool
        In the order of the frame.
    """
    ordered = in_time(frame)
    later = ordered.duplicated("conversation") & ordered["conversation"].notna()
    return later.reindex(frame.index)


def fold_conversations(frame: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Join the messages of a ticket in the order of time, each distinct one once.

    Parameters
    ----------
    frame : DataFrame
        ``conversation``, and what ``read_feedback`` gives; only the customers' messages.
    log : Log
        Where the number of folded rows goes.

    Returns
    -------
    DataFrame
        One row per ticket, at the place of its first message: the first date, customer and
        channel, the last rating; ``id`` is the ticket's. Messages without a ticket stay.
    """
    ordered = in_time(frame)
    later = is_later_message(ordered)
    groups = ordered.groupby("conversation", sort=False)
    whole = pd.DataFrame(
        {name: groups[name].first() for name in ("created_at", "customer_id", "channel")}
        | {"rating": groups["rating"].last(), "text": groups["text"].agg(_joined)}
    )
    folded = log.drop(ordered, later, "folded into the first message of its ticket").copy()
    inside = folded["conversation"].notna()
    for name in whole.columns:
        shared = folded["conversation"].map(whole[name]).astype(folded[name].dtype)
        folded[name] = folded[name].where(~inside, shared)
    folded["id"] = folded["conversation"].fillna(folded["id"])
    return folded


def _joined(messages: pd.Series) -> str:
    said = ""
    for message in dict.fromkeys(messages):
        said += (" " if said[-1:] in ".!?…:;" else ". ") * bool(said) + message
    return said

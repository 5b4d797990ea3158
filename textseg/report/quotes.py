"""Which feedback is quoted: typical for its topic, short enough to read, each customer once."""

from __future__ import annotations

from typing import Any

import pandas as pd

PER_SEGMENT = 3
PER_TOPIC = 3
_READABLE = (25, 280)
_CLEAR = 0.3


def segment_quotes(
    feedback: pd.DataFrame, customers: pd.DataFrame, segments: pd.DataFrame
) -> dict[int, list[dict[str, Any]]]:
    """Quote each segment on the topics that are typical of it, in the mood it is mostly in.

    Parameters
    ----------
    feedback, customers, segments : DataFrame
        The exports of those names.

    Returns
    -------
    dict of int to list of dict
        Up to three quotes per segment id: text, topic, sentiment.
    """
    members = customers.loc[customers["segment_id"] != -1, ["customer_id", "segment_id"]]
    told = _readable(feedback[feedback["topic_id"] != -1]).merge(members, on="customer_id")
    if told.empty:
        return {}
    told = _on_typical_topics(told, segments)
    topic = ["segment_id", "topic_id"]
    told["size"] = told.groupby(topic)["feedback_id"].transform("size")
    told["mood"] = told.groupby([*topic, "sentiment_label"])["feedback_id"].transform("size")
    told = _typical_first(told, ["segment_id", "size", "topic_id", "mood"])
    told = told.drop_duplicates(["segment_id", "customer_id"])
    # One quote of each topic first, then the second ones.
    told["turn"] = told.groupby(topic).cumcount()
    told = told.sort_values(["segment_id", "turn"], kind="stable")
    return _quotes(told, "segment_id", PER_SEGMENT)


def topic_quotes(feedback: pd.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """Quote each topic by its most typical feedback.

    Parameters
    ----------
    feedback : DataFrame
        The export of that name.

    Returns
    -------
    dict of int to list of dict
        Up to three quotes per topic id: text, topic, sentiment.
    """
    told = _readable(feedback[feedback["topic_id"] != -1])
    told = _typical_first(told, ["topic_id"])
    has_author = told["customer_id"].notna()
    repeated = told.duplicated(["topic_id", "customer_id"]) & has_author
    return _quotes(told[~repeated], "topic_id", PER_TOPIC)


def _on_typical_topics(told: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Leave out what a segment says of topics that it is not known for."""
    typical = segments.set_index("segment_id")["top_topics"].fillna("")
    known = {segment: topics.split(", ") for segment, topics in typical.items()}
    pairs = zip(told["segment_id"], told["topic_name"], strict=True)
    return told[[topic in known.get(segment, []) for segment, topic in pairs]]


def _readable(feedback: pd.DataFrame) -> pd.DataFrame:
    """Mark texts that can be read at a glance and are clear in mood; they are preferred."""
    short = feedback["text"].str.len().between(*_READABLE).astype("bool")
    clear = (feedback["sentiment_label"] == "neutral") | (feedback["sentiment"].abs() >= _CLEAR)
    told = feedback.assign(readable=short.astype("int64") + clear.astype("bool"))
    return told.drop_duplicates(["topic_id", "text"])


def _typical_first(told: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Order by groups (large first), then readable, then typical; ties by key."""
    ascending = [name in {"segment_id", "topic_id"} for name in groups]
    return told.sort_values(
        [*groups, "readable", "topic_confidence", "source", "feedback_id"],
        ascending=[*ascending, False, False, True, True],
        kind="stable",
    )


def _quotes(told: pd.DataFrame, group: str, most: int) -> dict[int, list[dict[str, Any]]]:
    columns = told[[group, "text", "topic_name", "sentiment"]].groupby(group).head(most)
    quotes: dict[int, list[dict[str, Any]]] = {}
    for key, text, topic, sentiment in columns.itertuples(index=False):
        quote = {"text": short(str(text)), "topic": _or_none(topic), "sentiment": float(sentiment)}
        quotes.setdefault(int(key), []).append(quote)
    return quotes


def _or_none(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def short(text: str) -> str:
    """Cut a long text at a word.

    Examples
    --------
    >>> from textseg.report.quotes import short
    >>> short("It works.")
    'It works.'
    """
    text = " ".join(text.split())
    if len(text) <= _READABLE[1]:
        return text
    return text[: _READABLE[1]].rsplit(" ", 1)[0] + " …"

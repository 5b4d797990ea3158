"""Topics over time: volume and sentiment per week, and which topics rise, fade or are new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.topics.change import LEVEL, Change, Reals, mean_change, rate_change
from textseg.topics.emerging import find_emerging
from textseg.topics.weeks import (
    Calendar,
    WeeklyCounts,
    count_weeks,
    dated_feedback,
    weekly_table,
    weekly_totals,
)

RECENT, BEFORE = 4, 52
"""Complete weeks that are compared; fewer before them where the data has fewer."""
FEWEST_WEEKS, FEWEST_DATED = 8, 100
QUOTED = 3
NEW_RATIO = 10.0
"""A topic that rises is new if it was at most a tenth as frequent before."""
_DRAWN = 8
_LAID_OUT = BEFORE + RECENT + 2


@dataclass(frozen=True)
class Trends:
    """How the topics went over time.

    Attributes
    ----------
    weekly : DataFrame
        One row per topic and week: topic_id, week (its Monday, UTC), days (of the week that the
        data covers; 7 but for the first and the last), n, low, high (95 % interval of the expected
        n), share (of all dated feedback of the week), sentiment, sentiment_low, sentiment_high
        (of the mean; NaN in a week without texts).
    flags : DataFrame
        One row per topic: topic_id, name, flag (rising, fading, new or steady; null where it has
        too few texts), n_recent, n_before, ratio (of the shares), ratio_low, ratio_high (95 %), p,
        sentiment_flag (better, worse or steady), sentiment_change, sentiment_change_low,
        sentiment_change_high, sentiment_p, and of those with a flag ``texts`` and ``keys``, up to
        three quotes and their (source, feedback_id). Empty where nothing could be tested.
    emerging : DataFrame
        One row per dense group of recent unclustered texts: n, expected, n_before, p, keywords,
        texts, keys.
    alarms : dict
        Per kind of flag how many were tested and flagged, the level, and how many of the flags are
        expected to be false at most.
    notes : tuple of str
    periods : dict
        Of ``recent`` and ``before``: how many weeks, their first and their last day.
    totals : Series
        All dated feedback per week, whatever its topic; the Mondays are the index.
    """

    weekly: pd.DataFrame
    flags: pd.DataFrame
    emerging: pd.DataFrame
    alarms: dict[str, Any]
    notes: tuple[str, ...]
    periods: dict[str, Any]
    totals: pd.Series

    def to_json(self) -> dict[str, Any]:
        """Give what the manifest keeps; texts are named by their keys and not repeated."""
        flags = self.flags
        marked = flags[
            flags["flag"].isin(["rising", "fading", "new"])
            | flags["sentiment_flag"].isin(["better", "worse"])
        ]
        return {
            "periods": self.periods,
            "flags": _records(marked),
            "emerging": _records(self.emerging),
            "series": self._series(marked["topic_id"].to_list()),
            "alarms": self.alarms,
            "notes": list(self.notes),
        }

    def _series(self, topics: list[int]) -> dict[str, Any]:
        """Give the weeks of these topics, or of the largest."""
        weekly, totals = self.weekly, self.totals.iloc[-_LAID_OUT:]
        weekly = weekly[weekly["week"].isin(totals.index)]
        sizes = weekly.groupby("topic_id")["n"].sum().sort_values(ascending=False, kind="stable")
        chosen = topics or sizes[sizes > 0].index[:_DRAWN].to_list()
        days = weekly.drop_duplicates("week").sort_values("week")["days"]
        return {
            "weeks": [str(week)[:10] for week in totals.index] if len(sizes) else [],
            "days": days.to_list(),
            "totals": totals.to_list() if len(sizes) else [],
            "topics": [
                {
                    "topic_id": int(topic),
                    **{
                        name: _plain(rows[name])
                        for name in ("n", "low", "high", "share", "sentiment")
                    },
                }
                for topic in chosen
                for rows in [weekly[weekly["topic_id"] == topic].sort_values("week")]
            ],
        }


def find_trends(
    feedback: pd.DataFrame,
    topics: pd.DataFrame,
    embeddings: NDArray[np.floating] | None = None,
    *,
    rows: NDArray[np.integer] | None = None,
    as_of: pd.Timestamp | None = None,
    recent: int = RECENT,
    before: int = BEFORE,
    seed: int = 0,
) -> Trends:
    """Follow the topics week by week, and flag those that have changed of late.

    Parameters
    ----------
    feedback : DataFrame
        Columns of the export ``feedback``: feedback_id, source, text, created_at, topic_id,
        topic_confidence, sentiment, and customer_id and is_core where they are there. In any order.
    topics : DataFrame
        The export ``topics``: topic_id and name. Themes (``kind``) are left out; hidden topics
        (``hidden``) are counted and not flagged.
    embeddings : ndarray, shape (n, d), optional
        Unit length; without it nothing is said of what is emerging.
    rows : ndarray of int, shape (n_feedback,), optional
        Row of each feedback in ``embeddings``; default: one each, in order.
    as_of : Timestamp, optional
        Last day that counts: the last week with feedback is complete if it reaches its Sunday.
        Default: the day of the latest feedback.
    recent, before : int, default 4 and 52
        Complete weeks that are compared; ``before`` at most.
    seed : int, default 0

    Returns
    -------
    Trends

    Notes
    -----
    A topic is flagged by its share of the week's feedback, so that growth of everything flags
    nothing: see :func:`textseg.topics.change.rate_change`, for the sentiment
    :func:`~textseg.topics.change.mean_change`, for what is emerging
    :func:`~textseg.topics.emerging.dense_groups`.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.topics.trends import find_trends
    >>> days = pd.date_range("2026-01-05", periods=140)
    >>> rows = [(day, topic) for day in days for topic in (0, 0, 1)]
    >>> rows += [(day, 1) for day in days[-28:]] * 2
    >>> feedback = pd.DataFrame(rows, columns=["created_at", "topic_id"]).assign(
    ...     feedback_id=lambda f: f.index.astype("string"), source="a.csv", text="text",
    ...     topic_confidence=1.0, sentiment=0.0)
    >>> topics = pd.DataFrame({"topic_id": [0, 1], "name": ["Delivery", "Refund"]})
    >>> find_trends(feedback, topics).flags["flag"].to_list()
    ['fading', 'rising']
    """
    dated, notes = dated_feedback(feedback)
    if rows is not None:
        dated = dated.assign(position=rows[dated["position"]])
    topics = _only_topics(topics)
    flags, found, alarms = _flags(None), _emerging([]), dict[str, Any]()
    if dated.empty:
        return Trends(weekly_table(None), flags, found, alarms, notes, {}, weekly_totals(None))
    ids = topics["topic_id"].to_numpy(dtype=np.int64)
    counts = count_weeks(dated, ids, as_of=as_of, recent=recent, before=before)
    if obstacle := _obstacle(counts):
        notes = (*notes, obstacle)
    else:
        flags, alarms = _flagged(counts, topics, dated)
        found, alarms["emerging"] = _newly(dated, counts.calendar, embeddings, seed)
    periods, totals = counts.calendar.periods(), weekly_totals(counts)
    return Trends(weekly_table(counts), flags, found, alarms, notes, periods, totals)


def _only_topics(topics: pd.DataFrame) -> pd.DataFrame:
    """Leave out the themes; what has no kind is a topic."""
    if "kind" in topics:
        topics = topics[topics["kind"].fillna("topic") == "topic"]
    hidden = pd.Series(False, index=topics.index)
    if "hidden" in topics:
        hidden = topics["hidden"].astype("boolean").fillna(False).astype("bool")
    return topics[["topic_id", "name"]].assign(hidden=hidden).sort_values("topic_id")


def _obstacle(counts: WeeklyCounts) -> str | None:
    """Say why nothing can be flagged, if so."""
    calendar, totals = counts.calendar, counts.totals
    weeks, texts = int(calendar.compared.sum()), int(totals[calendar.compared].sum())
    nothing = "No topic is flagged as rising, fading or new: "
    if weeks < FEWEST_WEEKS or not calendar.before.any():
        return f"{nothing}{FEWEST_WEEKS} complete weeks are needed, the dates cover {weeks}."
    if texts < FEWEST_DATED:
        return (
            f"{nothing}{FEWEST_DATED} dated texts are needed, "
            f"the {weeks} weeks that are compared have {texts}."
        )
    for mask, name in ((calendar.recent, "last"), (calendar.before, "earlier")):
        if not totals[mask].sum():
            return f"{nothing}the {name} {int(mask.sum())} complete weeks have no texts."
    return None


def _flagged(
    counts: WeeklyCounts, topics: pd.DataFrame, dated: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, Any]]:
    shown = ~topics["hidden"].to_numpy()
    calendar = counts.calendar
    compared = calendar.compared
    rate = rate_change(
        counts.n[shown][:, compared], counts.totals[compared], calendar.recent[compared]
    )
    early, late = counts.moments(calendar.before), counts.moments(calendar.recent)
    sizes, means, variances = (
        (was[shown], now[shown]) for was, now in zip(early, late, strict=True)
    )
    mood = mean_change(sizes, means, variances)
    changed, felt = rate.found(1.0), mood.found(0.0)
    new = (sizes[0] == 0) | (rate.value >= NEW_RATIO)
    volume = np.where(rate.value < 1, "fading", np.where(new, "new", "rising"))
    frame = _flags(
        {
            "topic_id": topics["topic_id"].to_numpy(dtype=np.int64)[shown],
            "name": topics["name"].to_numpy(dtype=object)[shown],
            "flag": _words(changed, volume, rate),
            "n_recent": sizes[1].astype(np.int64),
            "n_before": sizes[0].astype(np.int64),
            **_columns(rate, "ratio", "p"),
            "sentiment_flag": _words(felt, np.where(mood.value > 0, "better", "worse"), mood),
            **_columns(mood, "sentiment_change", "sentiment_p"),
        }
    )
    alarms = {
        "volume": _alarms(rate, changed),
        "sentiment": _alarms(mood, felt),
    }
    return _with_quotes(frame, changed | felt, dated, calendar), alarms


def _words(found: NDArray[np.bool_], word: NDArray[np.str_], change: Change) -> NDArray[np.object_]:
    said = np.where(found, word, "steady").astype(object)
    said[~np.isfinite(change.p)] = None
    return said


def _columns(change: Change, name: str, p: str) -> dict[str, Reals]:
    return {
        name: change.value.round(6),
        f"{name}_low": change.low.round(6),
        f"{name}_high": change.high.round(6),
        p: change.p,
    }


def _alarms(change: Change, found: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "tested": int(np.isfinite(change.p).sum()),
        "flagged": int(found.sum()),
        "level": LEVEL,
        "false_at_most": round(LEVEL * int(found.sum()), 6),
    }


_FLAGS = {
    "topic_id": "int64", "name": "string", "flag": "string", "n_recent": "int64",
    "n_before": "int64", "ratio": "float64", "ratio_low": "float64", "ratio_high": "float64",
    "p": "float64", "sentiment_flag": "string", "sentiment_change": "float64",
    "sentiment_change_low": "float64", "sentiment_change_high": "float64",
    "sentiment_p": "float64", "texts": "object", "keys": "object",
}  # fmt: skip
_EMERGING = {
    "n": "int64", "expected": "float64", "n_before": "int64", "p": "float64",
    "keywords": "string", "texts": "object", "keys": "object",
}  # fmt: skip


def _flags(columns: Mapping[str, Any] | None) -> pd.DataFrame:
    return pd.DataFrame(columns, columns=list(_FLAGS)).astype(_FLAGS)


def _emerging(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(_EMERGING)).astype(_EMERGING)


def _with_quotes(
    flags: pd.DataFrame, marked: NDArray[np.bool_], dated: pd.DataFrame, calendar: Calendar
) -> pd.DataFrame:
    """Quote the most confident recent texts; where the mood has changed, those that show it."""
    told = dated[dated["topic_id"].isin(flags["topic_id"][marked])]
    told = told[calendar.compared[told["week"]]]
    moods = dict(zip(flags["topic_id"], flags["sentiment_flag"], strict=True))
    sign = told["topic_id"].map(lambda topic: {"better": 1, "worse": -1}.get(moods[topic], 0))
    told = told.assign(
        old=~calendar.recent[told["week"]],
        against=told["sentiment"] * sign.astype("float64") < 0,
        same=told["text"].str.strip().str.lower(),
    )
    told = told.sort_values(
        ["topic_id", "old", "against", "topic_confidence", "source", "feedback_id"],
        ascending=[True, True, True, False, True, True],
        kind="stable",
    )
    told = told.drop_duplicates(["topic_id", "same"]).groupby("topic_id").head(QUOTED)
    quotes = {topic: _quotes(rows) for topic, rows in told.groupby("topic_id")}
    both = [quotes.get(topic, ((), ())) for topic in flags["topic_id"]]
    for column, name in enumerate(("texts", "keys")):
        flags[name] = pd.Series([pair[column] for pair in both], index=flags.index, dtype=object)
    return flags


def _quotes(rows: pd.DataFrame) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    keys = zip(rows["source"].astype(str), rows["feedback_id"].astype(str), strict=True)
    return tuple(rows["text"].astype(str)), tuple(keys)


def _newly(
    dated: pd.DataFrame,
    calendar: Calendar,
    embeddings: NDArray[np.floating] | None,
    seed: int,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """List what is emerging, and what that is worth."""
    if embeddings is None:
        return _emerging([]), {"tested": 0, "flagged": 0, "level": LEVEL, "false_at_most": 0.0}
    found = find_emerging(dated, calendar, embeddings, seed)
    rows = []
    for group, keywords in zip(found.groups, found.keywords, strict=True):
        texts, keys = _quotes(found.texts.iloc[group.members[:QUOTED]])
        rows.append(
            {
                "n": len(group.members), "expected": group.expected, "n_before": group.before,
                "p": group.p, "keywords": keywords, "texts": texts, "keys": keys,
            }
        )  # fmt: skip
    return _emerging(rows), {
        "tested": found.n_recent,
        "flagged": len(rows),
        "level": LEVEL,
        "false_at_most": LEVEL,
        "similarity": found.similarity,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """List rows for JSON: no texts, None for what is not known or has no bound."""
    rows = frame.drop(columns="texts").to_dict("records")
    return [{str(name): _value(value) for name, value in row.items()} for row in rows]


def _plain(column: pd.Series) -> list[Any]:
    return [_value(value) for value in column.to_list()]


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [list(each) for each in value]
    if pd.isna(value) or value in (float("inf"), float("-inf")):
        return None
    return value

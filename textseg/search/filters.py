"""Which feedback of a run may be found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Filters:
    """What a feedback must be to be found; None asks for nothing.

    Parameters
    ----------
    segment : str or int, optional
        Name or id of the customer's segment.
    topic : str or int, optional
        Name or id of the topic, or of a theme, which stands for its topics; −1 or "unclustered".
    sentiment : str, optional
        "negative", "neutral" or "positive".
    channel : str, optional
        In small or capital letters.
    since, until : str, date or Timestamp, optional
        First and last day, UTC; feedback without a date is then left out.

    Examples
    --------
    >>> from textseg.search import Filters
    >>> Filters(sentiment="negative", until="2026-03-31") == Filters()
    False
    """

    segment: str | int | None = None
    topic: str | int | None = None
    sentiment: str | None = None
    channel: str | None = None
    since: str | date | pd.Timestamp | None = None
    until: str | date | pd.Timestamp | None = None

    def positions(self, run: DuckDBPyConnection) -> NDArray[np.int64] | None:
        """Find the feedback that passes.

        Parameters
        ----------
        run : DuckDBPyConnection
            With the relations that :mod:`textseg.search.runs` names.

        Returns
        -------
        ndarray of int64, shape (n,), or None
            Positions in the run; None if nothing is asked for.

        Raises
        ------
        InputError
            The run has no such segment, topic, sentiment or channel, or a day is none.
        """
        if all(getattr(self, each.name) is None for each in fields(self)):
            return None
        conditions, values = self._conditions(run)
        rows = run.execute(
            f"SELECT position FROM run_feedback WHERE {' AND '.join(conditions)}", values
        ).fetchnumpy()
        return np.asarray(rows["position"], dtype=np.int64)

    def _conditions(self, run: DuckDBPyConnection) -> tuple[list[str], list[Any]]:
        found: list[tuple[str, Any]] = []
        if self.segment is not None:
            members = "SELECT customer_id FROM run_customers WHERE list_contains(?, segment_id)"
            found.append((f"customer_id IN ({members})", _ids(run, "segment", self.segment)))
        if self.topic is not None:
            # A theme may be called like one of its topics, which come first.
            ids = _ids(run, "topic", self.topic)[:1]
            found.append(("list_contains(?, topic_id)", ids + _topics_of(run, ids)))
        if self.sentiment is not None:
            labels = _alike("sentiment", self.sentiment, SENTIMENTS)
            found.append(("list_contains(?, sentiment_label)", labels))
        if self.channel is not None:
            rows = run.execute("SELECT DISTINCT channel FROM run_feedback ORDER BY ALL").fetchall()
            channels = [channel for (channel,) in rows if channel is not None]
            found.append(("list_contains(?, channel)", _alike("channel", self.channel, channels)))
        return _with_days(found, self.since, self.until)


def _with_days(found: list[tuple[str, Any]], since: Any, until: Any) -> tuple[list[str], list[Any]]:
    first = None if since is None else _day("since", since)
    last = None if until is None else _day("until", until)
    if first is not None and last is not None and first > last:
        raise InputError(
            f"since is {first:%Y-%m-%d}, after until, which is {last:%Y-%m-%d}.",
            hint="Swap them.",
        )
    if first is not None:
        found.append(("created_at >= make_timestamp_ns(?)", first.value))
    if last is not None:
        end = last + pd.Timedelta(days=1)
        found.append(("created_at < make_timestamp_ns(?)", end.value))
    return [condition for condition, _ in found], [value for _, value in found]


def _day(name: str, value: Any) -> pd.Timestamp:
    from textseg.ingest.clock import read_as_of

    try:
        return read_as_of(value)
    except InputError:
        raise InputError(f"{name} should be a day such as 2026-03-31, got {value!r}.") from None


def _ids(run: DuckDBPyConnection, kind: str, wanted: str | int) -> list[int]:
    """Return the ids of what has the name, else the id."""
    known = run.execute(f"SELECT {kind}_id, name FROM run_{kind}s ORDER BY 1").fetchall()
    known.append((-1, "unclustered" if kind == "topic" else "none"))
    text = str(wanted).strip()
    for column in (1, 0):
        found = [row[0] for row in known if str(row[column]).casefold() == text.casefold()]
        if found:
            return found
    raise _unknown(kind, text, [name for _, name in known])


def _topics_of(run: DuckDBPyConnection, themes: list[int]) -> list[int]:
    rows = run.execute(
        "SELECT topic_id FROM run_topics WHERE list_contains(?, parent_id)", [themes]
    ).fetchall()
    return [topic for (topic,) in rows]


def _alike(kind: str, wanted: str, options: Iterable[str]) -> list[str]:
    """Return the options that differ in small and capital letters at most."""
    options = list(options)
    found = [each for each in options if each.casefold() == wanted.strip().casefold()]
    if not found:
        raise _unknown(kind, wanted, options)
    return found


def _unknown(kind: str, wanted: str, options: list[str]) -> InputError:
    return InputError(
        f"The run has no {kind} {wanted!r}.", hint=did_you_mean(wanted, dict.fromkeys(options))
    )

"""Feedback: texts with what is known of them, cleaned, without repeats, each with a lasting key."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import as_text, parse_ratings, repeated_rows, without_missing
from textseg.ingest.clean import clean_texts, has_words, is_informative, join_titles
from textseg.ingest.columns import FEEDBACK, is_agents
from textseg.ingest.dates import parse_dates
from textseg.ingest.ids import normalise_ids
from textseg.ingest.quality import Log
from textseg.ingest.read import Raw


def read_feedback(raw: Raw, columns: Mapping[str, str], log: Log) -> pd.DataFrame:
    """Read and clean one source; rows without words and repeated rows are dropped.

    Parameters
    ----------
    raw : Raw
        The table.
    columns : mapping of str to str
        Meaning to column.
    log : Log
        Where findings go.

    Returns
    -------
    DataFrame
        ``row``, ``text``, ``customer_id``, ``created_at``, ``channel``, ``rating`` and ``id``
        (null where the table has none).

    Raises
    ------
    InputError
        There is no text column, or the dates cannot be read.
    """
    if "text" not in columns:
        raise _no_text(raw)
    frame = pd.DataFrame({"row": range(1, len(raw.frame) + 1)}, index=raw.frame.index)
    frame["text"] = _texts(raw, columns, frame, log)
    frame["customer_id"] = _ids(raw, columns.get("customer"))
    frame["created_at"] = _times(raw, columns.get("date"), frame, log)
    frame["channel"] = _channels(raw, columns.get("channel"))
    frame["rating"] = _ratings(raw, columns.get("rating"), frame, log)
    frame["id"] = _ids(raw, columns.get("id"))
    frame = log.drop(frame, frame["text"].isna(), "no text")
    frame = log.drop(frame, ~has_words(frame["text"]), "symbols only")
    frame = log.drop(frame, repeated_rows(raw.frame)[frame.index], "same as another row")
    if "customer" in columns:
        log.kept(frame, frame["customer_id"].isna(), "no customer")
    return frame


def settle_feedback(frame: pd.DataFrame, source: str, *, has_ids: bool, log: Log) -> pd.DataFrame:
    """Drop repeats and give every feedback its key.

    Parameters
    ----------
    frame : DataFrame
        From :func:`read_feedback`, cut at the as-of date.
    source : str
        Name of the source.
    has_ids : bool
        Whether the table has an id column.
    log : Log
        Where findings go.

    Returns
    -------
    DataFrame
        The columns of ``schema.FEEDBACK`` without ``language``, in the order of the rows.
    """
    again = frame["id"].notna() & frame.duplicated("id", keep="last")
    frame = log.drop(frame, again, "same id as a later row")
    # Which of the repeats stays depends on what they say, not on where they stand.
    content = ["created_at", "id", "channel", "rating", "row"]
    frame = frame.sort_values(content, kind="stable")
    said = frame.assign(day=frame["created_at"].dt.normalize())
    repeats = said.duplicated(["customer_id", "day", "text"]) & frame["customer_id"].notna()
    frame = log.drop(frame, repeats, "same customer, day and text as another row")
    if has_ids:
        log.changed(frame, frame["id"].isna(), "no id: a hash stands in")
    frame = frame.assign(
        feedback_id=frame["id"].fillna(_hashes(frame)).astype("string"),
        source=source,
        informative=is_informative(frame["text"]),
    )
    log.kept(frame, ~frame["informative"], "says nothing (such as ok, n/a, none)")
    return frame.drop(columns="id").sort_values("row")


def _no_text(raw: Raw) -> InputError:
    answers = [column for column in raw.frame.columns if is_agents(column)]
    others = f" ({answers[0]!r} looks like the company's answer)" if answers else ""
    listed = ", ".join(map(repr, raw.frame.columns[:12]))
    return InputError(
        f"{raw.label}: no column with the customer's text was found among {listed}{others}.",
        hint=f"Say which: {FEEDBACK.option('text')}",
    )


def _texts(raw: Raw, columns: Mapping[str, str], frame: pd.DataFrame, log: Log) -> pd.Series:
    cleaned = clean_texts(raw.frame[columns["text"]])
    log.changed(frame, cleaned.encoding, "broken characters mended")
    log.changed(frame, cleaned.markup, "HTML removed")
    if "title" not in columns:
        return cleaned.text
    text, added = join_titles(clean_texts(raw.frame[columns["title"]]).text, cleaned.text)
    log.changed(frame, added, "title put in front")
    return text


def _ids(raw: Raw, column: str | None) -> pd.Series:
    if column is None:
        return pd.Series(pd.NA, index=raw.frame.index, dtype="string")
    return normalise_ids(raw.frame[column])


def _times(raw: Raw, column: str | None, frame: pd.DataFrame, log: Log) -> pd.Series:
    if column is None:
        return pd.Series(pd.NaT, index=raw.frame.index, dtype="datetime64[ns]")
    dates = parse_dates(raw.frame[column], label=raw.label, column=column)
    log.changed(frame, dates.unreadable, "unreadable date set to null")
    return dates.values


def _channels(raw: Raw, column: str | None) -> pd.Series:
    default = raw.stem
    if column is None:
        return pd.Series(default, index=raw.frame.index, dtype="string")
    return without_missing(as_text(raw.frame[column])).fillna(default)


def _ratings(raw: Raw, column: str | None, frame: pd.DataFrame, log: Log) -> pd.Series:
    if column is None:
        return pd.Series(float("nan"), index=raw.frame.index, dtype="float64")
    ratings = parse_ratings(raw.frame[column])
    given = without_missing(as_text(raw.frame[column])).notna()
    log.changed(frame, given & ratings.isna(), "unreadable rating set to null")
    return ratings


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """16 hexadecimal digits of customer, date, channel, text and occurrence."""
    parts = ["customer_id", "created_at", "channel", "text"]
    occurrence = frame.groupby(parts, dropna=False, sort=False).cumcount()
    fields = [frame[name].astype("string").fillna("\0").to_list() for name in parts]
    keys = zip(*fields, occurrence.astype("string").to_list(), strict=True)
    digests = [
        blake2b("\x1f".join(key).encode(), digest_size=8, person=b"feedback").hexdigest()
        for key in keys
    ]
    return pd.Series(digests, index=frame.index, dtype="string")

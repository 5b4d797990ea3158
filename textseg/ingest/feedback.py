"""Feedback: texts with what is known of them, cleaned, without repeats, each with a lasting key."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import as_text, in_parts, parse_ratings, without_missing
from textseg.ingest.clean import has_words, is_informative
from textseg.ingest.columns import FEEDBACK, is_agents
from textseg.ingest.date_layouts import Order
from textseg.ingest.dates import parse_dates
from textseg.ingest.ids import log_lost_digits, normalise_ids
from textseg.ingest.quality import Log
from textseg.ingest.read import Raw
from textseg.ingest.row_digests import digest_texts
from textseg.ingest.tickets.conversations import fold_conversations, is_later_message
from textseg.ingest.tickets.roles import written_by_company
from textseg.ingest.tickets.templates import Templates
from textseg.ingest.tickets.texts import read_texts


def read_feedback(
    raw: Raw,
    columns: Mapping[str, str],
    log: Log,
    templates: Templates | None = None,
    date_order: Order | None = None,
) -> pd.DataFrame:
    """Read and clean one source.

    Rows without words, repeated rows and agents' messages are dropped; quoted mails, footers,
    signatures, greetings and the company's templates are cut.

    Parameters
    ----------
    raw : Raw
        The table.
    columns : mapping of str to str
        Meaning to column.
    log : Log
        Where findings go.
    templates : Templates, optional
        The company's paragraphs; found out by default.
    date_order : {"dmy", "mdy", "ymd"}, optional
        Order of day, month and year; found out by default.

    Returns
    -------
    DataFrame
        ``row``, ``customer_id``, ``created_at``, ``channel``, ``rating``, ``id`` (null where the
        table has none), ``conversation`` (null where its messages are not folded), ``text``,
        and ``uncut``: a digest of the text before anything was cut from it.

    Raises
    ------
    InputError
        There is no text column, the dates cannot be read, or nobody can tell who wrote what.
    """
    if "text" not in columns:
        raise _no_text(raw)
    frame = pd.DataFrame({"row": range(1, len(raw.frame) + 1)}, index=raw.frame.index)
    frame["customer_id"] = _ids(raw, columns.get("customer"))
    frame["created_at"] = _times(raw, columns.get("date"), frame, log, date_order)
    frame["channel"] = _channels(raw, columns.get("channel"))
    frame["rating"] = _ratings(raw, columns.get("rating"), frame, log)
    frame["id"] = _ids(raw, columns.get("id"))
    frame["conversation"] = _conversations(raw, columns)
    frame = log.drop(frame, _is_agents(raw, columns, frame), "agent's message")
    repeated = raw.repeated()
    titles, texts = _titles(raw, columns, frame), raw.take(columns["text"])
    frame = read_texts(frame, texts, titles, log, templates or Templates())
    frame = log.drop(frame, frame["text"].isna(), "no text")
    frame = log.drop(frame, ~has_words(frame["text"]), "symbols only")
    frame = log.drop(frame, repeated[frame.index], "same as another row")
    log_lost_digits(frame, "customer_id", log)
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
        The columns of ``schema.FEEDBACK`` without ``language``, in the order of the rows; the
        messages of a conversation are one feedback.
    """
    if frame["conversation"].notna().any():
        frame = fold_conversations(frame, log)
        has_ids = True
    again = frame["id"].notna() & frame.duplicated("id", keep="last")
    frame = log.drop(frame, again, "same id as a later row")
    # Which of the repeats stays depends on what they say, not on where they stand.
    content = ["created_at", "id", "channel", "rating", "uncut", "row"]
    order = frame[content].sort_values(content, kind="stable").index
    said = frame[["customer_id"]].assign(
        day=frame["created_at"].dt.normalize(), text=digest_texts(frame["text"])
    )
    repeats = said.loc[order].duplicated().reindex(frame.index) & said["customer_id"].notna()
    frame = log.drop(frame, repeats, "same customer, day and text as another row")
    if has_ids:
        log.changed(frame, frame["id"].isna(), "no id: a hash stands in")
    keys = _hashes(frame.drop(columns="text").loc[order[order.isin(frame.index)]])
    frame = frame.assign(
        feedback_id=frame["id"].fillna(keys).astype("string"),
        source=source,
        informative=is_informative(frame["text"]),
    )
    log.kept(frame, ~frame["informative"], "says nothing (such as ok, n/a, none)")
    return frame.drop(columns=["id", "conversation", "uncut"]).sort_values("row")


def _no_text(raw: Raw) -> InputError:
    answers = [column for column in raw.columns if is_agents(column)]
    others = f" ({answers[0]!r} looks like the company's answer)" if answers else ""
    listed = ", ".join(map(repr, raw.columns[:12]))
    return InputError(
        f"{raw.label}: no column with the customer's text was found among {listed}{others}.",
        hint=f"Say which: {FEEDBACK.option('text')}",
    )


def _conversations(raw: Raw, columns: Mapping[str, str]) -> pd.Series:
    """Give the conversation of every message; only an author column makes messages of rows."""
    told = columns.get("conversation", columns.get("id"))
    return _ids(raw, told if "author" in columns else None)


def _is_agents(raw: Raw, columns: Mapping[str, str], frame: pd.DataFrame) -> pd.Series:
    if "author" not in columns:
        return pd.Series(False, index=frame.index)
    place = f"{raw.label}: the column {columns['author']!r}"
    return written_by_company(raw.frame[columns["author"]], frame["customer_id"], place)


def _titles(raw: Raw, columns: Mapping[str, str], frame: pd.DataFrame) -> pd.Series | None:
    """Give the titles; a conversation has its title once."""
    if "title" not in columns:
        return None
    titles: pd.Series = raw.frame[columns["title"]].loc[frame.index]
    said = frame[raw.frame[columns["text"]].notna()[frame.index]]
    return titles.mask(is_later_message(said).reindex(frame.index, fill_value=False))


def _ids(raw: Raw, column: str | None) -> pd.Series:
    if column is None:
        return pd.Series(pd.NA, index=raw.frame.index, dtype="string")
    return normalise_ids(raw.frame[column])


def _times(
    raw: Raw, column: str | None, frame: pd.DataFrame, log: Log, order: Order | None
) -> pd.Series:
    if column is None:
        return pd.Series(pd.NaT, index=raw.frame.index, dtype="datetime64[ns]")
    dates = parse_dates(raw.frame[column], label=raw.label, column=column, order=order)
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
    # What is cut may change with the phrases that are known; the key must not.
    parts = ["customer_id", "created_at", "channel", "uncut"]
    occurrence = frame.groupby(parts, dropna=False, sort=False).cumcount()
    # As numbers, since pandas writes the time of a day only if another row of the column has one.
    moments = frame["created_at"].to_numpy(dtype="datetime64[ns]").astype("int64")
    keys = frame[parts].assign(created_at=moments, occurrence=occurrence)
    digests: pd.Series = pd.concat([_digests(part) for part in in_parts(keys)])
    return digests.set_axis(frame.index)


def _digests(keys: pd.DataFrame) -> pd.Series:
    fields = [keys[name].astype("string").fillna("\0").to_list() for name in keys.columns]
    cells = [
        blake2b("\x1f".join(key).encode(), digest_size=8, person=b"feedback").hexdigest()
        for key in zip(*fields, strict=True)
    ]
    return pd.Series(cells, dtype="string")

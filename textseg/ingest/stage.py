"""The ingest stage: inputs in, checked frames and the ledger of what happened out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow

from textseg import schema
from textseg.config import Config, FeedbackColumns, Section
from textseg.errors import InputError
from textseg.ingest.clock import latest_day, leave_out_later, read_as_of, reject_future
from textseg.ingest.columns import CUSTOMERS, FEEDBACK, TRANSACTIONS, Kind, find_columns
from textseg.ingest.customers import read_customers
from textseg.ingest.feedback import read_feedback, settle_feedback
from textseg.ingest.language import detect_languages
from textseg.ingest.layouts.facts import columns_needed, left_out, mend_cells
from textseg.ingest.layouts.layout import layout_of
from textseg.ingest.matching import Match, match_customers, match_notes, refuse_strangers
from textseg.ingest.notes import collect_notes
from textseg.ingest.nothing_left import nothing_left
from textseg.ingest.orders import Spelling, read_orders
from textseg.ingest.quality import Log, Quality
from textseg.ingest.read import (
    STANDARD_INPUT,
    NoRowsError,
    Raw,
    Table,
    describe,
    open_table,
    source_names,
)
from textseg.ingest.sources.reading import Reading
from textseg.ingest.tickets.templates import Templates
from textseg.ingest.upsert import (
    Stored,
    Upserted,
    drop_retold,
    upsert_customers,
    upsert_feedback,
    upsert_orders,
)
from textseg.progress import SILENT, Progress

_NO_COLUMNS = ("encoding", "sheet", "decimal")


@dataclass(frozen=True)
class Ingested:
    """What the stages after ingest work on.

    Parameters
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK``.
    orders : DataFrame or None
        ``schema.ORDERS``.
    customers : DataFrame or None
        ``schema.CUSTOMERS``.
    as_of : Timestamp
        The as-of date (midnight); the whole day, UTC, is included.
    quality : Quality
        What was read, dropped and changed, by table and reason.
    mappings : dict
        Source to meaning to column. Orders and customers are called "transactions" and
        "customers" ("... table" where a feedback source has that name).
    match_rate : float or None
        Share of the feedback's customers that are in the orders; None where either has none.
    notes : list of str
        What was taken for granted, and what is lost without columns that are missing.
    match : Match or None
        The numbers of customers behind the match rate.
    templates : tuple of str
        The company's paragraphs that were cut.
    changes : dict of str to Upserted
        By table, how many rows met which stored ones; empty where nothing was stored.
    """

    feedback: pd.DataFrame
    orders: pd.DataFrame | None
    customers: pd.DataFrame | None
    as_of: pd.Timestamp
    quality: Quality
    mappings: dict[str, dict[str, str]]
    match_rate: float | None
    notes: list[str]
    match: Match | None = None
    templates: tuple[str, ...] = ()
    changes: Mapping[str, Upserted] = field(default_factory=dict)


@dataclass
class _Work:
    """One table on its way: what it is called, its log, its columns and its frame so far."""

    label: str
    log: Log
    columns: dict[str, str]
    frame: pd.DataFrame
    notes: list[str]


def ingest(
    feedback: Sequence[Table],
    transactions: Table | None,
    customers: Table | None,
    *,
    config: Config,
    as_of: str | date | pd.Timestamp | None = None,
    now: pd.Timestamp | None = None,
    templates: Iterable[str] | None = None,
    stored: Stored | None = None,
    progress: Progress = SILENT,
) -> Ingested:
    """Read, clean and check all inputs of a run.

    Parameters
    ----------
    feedback : sequence of str, Path or DataFrame
        Files, folders, patterns, ``URL::table``, "-" for standard input, or frames; stacked.
    transactions, customers : str, Path, DataFrame or None
        Order lines, and a table with one row per customer.
    config : Config
        ``feedback``, ``transactions`` and ``customers`` say which column means what; what they
        do not say is found out.
    as_of : str, date or Timestamp, optional
        Last UTC day that is included; default: the latest day of orders or feedback.
    now : Timestamp, optional
        The clock, UTC; later dates are rejected.
    templates : iterable of str, optional
        The company's paragraphs as an earlier run found them; default: found out.
    stored : Stored, optional
        What is there already; the inputs are laid over it.
    progress : Progress
        Told of every table.

    Returns
    -------
    Ingested

    Raises
    ------
    InputError
        An input cannot be read, a column cannot be decided, or nothing is left.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.config import Config
    >>> from textseg.ingest import ingest
    >>> reviews = pd.DataFrame({"text": ["Too small", "!!!"], "date": ["2011-12-09", "2011-12-08"]})
    >>> done = ingest([reviews], None, None, config=Config())
    >>> done.feedback["text"].to_list(), done.as_of
    (['Too small'], Timestamp('2011-12-09 00:00:00'))
    >>> done.quality.totals()
    {'feedback': {'read': 2, 'kept': 1, 'dropped': 1}}
    """
    if not feedback:
        raise InputError("At least one feedback input is needed, got none.")
    _refuse_two_inputs([*feedback, transactions, customers])
    quality = Quality()
    clock = _utc(now if now is not None else pd.Timestamp.now("UTC"))
    sources = source_names(feedback)
    company = Templates(None if templates is None else frozenset(templates))
    with progress.stage("ingest", len(feedback) + (transactions is not None)) as advance:
        read = partial(_if_rows, stored, quality)
        works = []
        for source, table in zip(sources, feedback, strict=True):
            work = read(_feedback, source, table, config, quality, clock, company)
            works += [] if work is None else [work]
            advance(1)
        orders = read(_orders, transactions, sources, config, quality, clock)
        people = read(_customers, customers, sources, config, quality)
        advance(transactions is not None)
    day = _day(as_of, works, orders, clock, stored)
    done = _finish(works, orders, people, day, quality, stored, progress)
    return replace(done, templates=tuple(sorted(company.known or company.found)))


def _finish(
    works: list[_Work],
    orders: _Work | None,
    people: _Work | None,
    day: pd.Timestamp,
    quality: Quality,
    stored: Stored | None,
    progress: Progress,
) -> Ingested:
    if orders is not None:  # before the cut, which must not look like ids that differ
        refuse_strangers(
            _ids([*(work.frame for work in works), stored.feedback if stored else None]),
            _ids([orders.frame, stored.orders if stored else None]),
        )
    for work in works:
        cut = leave_out_later(work.frame, "created_at", day, work.log)
        settled = settle_feedback(cut, work.log.table, has_ids="id" in work.columns, log=work.log)
        work.frame = settled if stored is None else drop_retold(settled, stored.feedback, work.log)
    if orders is not None:
        orders.frame = leave_out_later(orders.frame, "date", day, orders.log)
    if stored is None:
        _refuse_nothing_left(works, orders, quality, day)
    tables = [*works, *(work for work in (orders, people) if work is not None)]
    nothing = [] if stored is None else [stored.feedback.iloc[:0]]
    stacked = pd.concat([work.frame for work in works] or nothing, ignore_index=True)
    _release_memory()
    stacked["language"] = _languages(stacked["text"], stored, progress)
    said, bought, known, changes = _laid_over(
        stored,
        schema.checked(stacked, schema.FEEDBACK),
        _checked(orders, schema.ORDERS),
        _checked(people, schema.CUSTOMERS),
    )
    mappings = {work.log.table: work.columns for work in tables}
    writers, buyers = _ids([said]), _ids([bought])
    match = match_customers(writers, buyers)
    return Ingested(
        feedback=said,
        orders=bought,
        customers=known,
        as_of=day,
        quality=quality,
        mappings=mappings if stored is None else {**stored.mappings, **mappings},
        match_rate=match.rate if match else None,
        notes=[note for work in tables for note in work.notes]
        + quality.notes
        + match_notes(writers, buyers)
        + collect_notes(
            {work.log.table: work.columns for work in works},
            orders.columns if orders is not None else None,
            has_orders=bought is not None,
        ),
        match=match,
        changes=changes,
    )


def _laid_over(
    stored: Stored | None,
    feedback: pd.DataFrame,
    orders: pd.DataFrame | None,
    customers: pd.DataFrame | None,
) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None, dict[str, Upserted]]:
    """Lay what was read over what is stored, and count by table what was new."""
    if stored is None:
        return feedback, orders, customers, {}
    feedback, of_feedback = upsert_feedback(feedback, stored.feedback)
    orders, of_orders = upsert_orders(orders, stored.orders)
    customers, of_customers = upsert_customers(customers, stored.customers)
    changes = {"feedback": of_feedback, "orders": of_orders, "customers": of_customers}
    checked = schema.checked(feedback, schema.FEEDBACK)
    return checked, orders, customers, {k: v for k, v in changes.items() if v is not None}


def _languages(texts: pd.Series, stored: Stored | None, progress: Progress) -> pd.Series:
    """Find the languages of the new texts, among stored ones that tell which are common."""
    if stored is None:
        return detect_languages(texts, progress)
    among = pd.concat([texts, stored.language_sample()], ignore_index=True)
    return detect_languages(among, progress).iloc[: len(texts)]


def _if_rows(
    stored: Stored | None, quality: Quality, read: Callable[..., _Work | None], *about: Any
) -> _Work | None:
    """Read a table; where rows are stored already, it is nothing unusual that none is new."""
    try:
        return read(*about)
    except NoRowsError as error:
        if stored is None:
            raise
        quality.notes.append(error.message)
        return None


def _feedback(
    source: str,
    table: Table,
    config: Config,
    quality: Quality,
    clock: pd.Timestamp,
    templates: Templates,
) -> _Work:
    settings = _for_file(config.feedback, describe(table, source), source)
    order = settings.pop("date_order", None)
    read = partial(read_feedback, templates=templates, date_order=order)
    work = _read(source, table, source, FEEDBACK, settings, read, quality)
    work.frame = reject_future(work.frame, "created_at", clock, work.log)
    return work


def _orders(
    table: Table | None, sources: Sequence[str], config: Config, quality: Quality, now: pd.Timestamp
) -> _Work | None:
    if table is None:
        return None
    source, settings = _free_name("transactions", sources), _set(config.transactions)
    spelling = Spelling(
        date_order=settings.pop("date_order", None),
        decimal=settings.get("decimal"),
        rates=settings.pop("rates", {}),
    )
    read = partial(read_orders, spelling=spelling)
    work = _read(source, table, "transactions", TRANSACTIONS, settings, read, quality)
    work.frame = reject_future(work.frame, "date", now, work.log)
    return work


def _customers(
    table: Table | None, sources: Sequence[str], config: Config, quality: Quality
) -> _Work | None:
    if table is None:
        return None
    source, settings = _free_name("customers", sources), _set(config.customers)
    return _read(source, table, "customers", CUSTOMERS, settings, read_customers, quality)


def _read(
    source: str,
    table: Table,
    name: str,
    kind: Kind,
    settings: Mapping[str, Any],
    read: Callable[[Raw, Mapping[str, str], Log], pd.DataFrame],
    quality: Quality,
) -> _Work:
    """Find the columns in the first rows, and read what is needed of all rows."""
    reading = Reading(kind.section, settings.get("encoding"), settings.get("sheet"))
    told = {key: column for key, column in settings.items() if key not in _NO_COLUMNS}
    with open_table(table, name, reading) as opened:
        columns = find_columns(opened.head, kind, told)
        layout = layout_of(columns)
        wanted = columns_needed(opened.head.columns, columns, layout)
        raw = opened.load(None if kind is CUSTOMERS else wanted)
    decimal = settings.get("decimal")
    mended = mend_cells(raw.frame, columns, layout, label=raw.label, decimal=decimal)
    raw = replace(raw, frame=mended)
    quality.read(source, len(raw.frame))
    log = Log(quality, source)
    rules = list(left_out(raw.frame, layout))  # before the texts are taken out of the frame
    frame = read(raw, columns, log)
    for reason, where in rules:
        frame = log.drop(frame, where[frame.index], reason)
    _release_memory()
    return _Work(raw.label, log, columns, frame, reading.notes)


def _release_memory() -> None:
    """Give back what Arrow keeps of columns that are gone."""
    pyarrow.default_memory_pool().release_unused()


def _free_name(name: str, sources: Sequence[str]) -> str:
    return f"{name} table" if name in sources else name


def _for_file(tables: Sequence[FeedbackColumns], about: Raw, source: str) -> dict[str, Any]:
    """Join what is set for all files, and over it what is set for this file."""
    told: dict[str, Any] = {}
    for own in (False, True):
        for table in tables:
            named = table.file is not None and (
                table.file == source or Path(table.file).name in (about.file, about.stem)
            )
            if named == own and (own or table.file is None):
                told |= _set(table)
    told.pop("file", None)
    return told


def _set(section: Section) -> dict[str, Any]:
    return section.model_dump(exclude_none=True)


def _refuse_two_inputs(tables: Sequence[Table | None]) -> None:
    if sum(isinstance(table, str | Path) and str(table) == STANDARD_INPUT for table in tables) > 1:
        raise InputError(
            "Standard input can be read once, but - was given twice.",
            hint="Save one of the tables to a file.",
        )


def _utc(moment: pd.Timestamp) -> pd.Timestamp:
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo is not None else moment


def _day(
    as_of: str | date | pd.Timestamp | None,
    works: list[_Work],
    orders: _Work | None,
    now: pd.Timestamp,
    stored: Stored | None,
) -> pd.Timestamp:
    """Read the as-of date, or take the latest day there is."""
    before = None if stored is None else stored.as_of
    if as_of is None:
        times = [work.frame["created_at"] for work in works]
        times += [orders.frame["date"]] if orders is not None else []
        return latest_day(times, now) if before is None else max(latest_day(times, before), before)
    day = read_as_of(as_of)
    if before is not None and day < before:
        raise InputError(
            f"The as-of date {day:%Y-%m-%d} is before the {before:%Y-%m-%d} of the run that is to "
            "be refreshed.",
            hint="A refresh goes forward; textseg run can look back.",
        )
    return day


def _refuse_nothing_left(
    works: list[_Work], orders: _Work | None, quality: Quality, day: pd.Timestamp
) -> None:
    if all(work.frame.empty for work in works):
        raise nothing_left("No feedback", [work.log.table for work in works], quality, day)
    if orders is not None and orders.frame.empty:
        raise nothing_left(f"{orders.label}: no order line", [orders.log.table], quality, day)


def _ids(frames: Iterable[pd.DataFrame | None]) -> pd.Series:
    """Stack the customer ids of frames, of which some may be missing."""
    known = [frame["customer_id"] for frame in frames if frame is not None]
    return pd.concat(known) if known else pd.Series(dtype="string")


def _checked(work: _Work | None, frame_schema: pa.DataFrameSchema) -> pd.DataFrame | None:
    if work is None:
        return None
    frame = work.frame.drop(columns="row").reset_index(drop=True)
    return schema.checked(frame, frame_schema)

"""New rows into a run: only they are encoded, topics and segments stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.assembly import Heard, assemble
from textseg.encode import Reader
from textseg.ingest import as_tables, ingest
from textseg.ingest.clean import is_informative
from textseg.ingest.upsert import Stored
from textseg.manifest import check_models
from textseg.progress import SILENT, Progress, Stopwatch
from textseg.refresh.changes import change_notes, find_changes
from textseg.refresh.segments import follow_segments
from textseg.refresh.topics import follow_topics
from textseg.schema import FEEDBACK, checked
from textseg.sentiment.stage import Sentiment
from textseg.topics.edits import MOVING, SEGMENTS_STAY

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.encode import Encodings
    from textseg.fitted import Fitted
    from textseg.ingest import Ingested, Table
    from textseg.segmentation import Segmentation


@dataclass(frozen=True)
class Base:
    """The run that is refreshed.

    Attributes
    ----------
    name : str
        What to call it.
    frames : mapping of str to DataFrame
        Its exports.
    kept : mapping of str to (DataFrame or None)
        Its ``orders`` and ``customers``.
    fitted : Fitted
    config : Config
    manifest, metadata : mapping
    encodings : Path or None
        Folder of the encodings.
    """

    name: str
    frames: Mapping[str, pd.DataFrame]
    kept: Mapping[str, pd.DataFrame | None]
    fitted: Fitted
    config: Config
    manifest: Mapping[str, Any]
    metadata: Mapping[str, Any]
    encodings: Path | None

    @property
    def stored(self) -> Stored:
        """The tables that new rows are laid over."""
        said = self.frames["feedback"]
        columns = [name for name in FEEDBACK.columns if name != "informative"]
        feedback = said[columns].assign(informative=is_informative(said["text"]))
        return Stored(
            checked(feedback, FEEDBACK),
            self.kept.get("orders"),
            self.kept.get("customers"),
            pd.Timestamp(self.manifest["as_of"]),
            self.manifest["mappings"],
        )


def refresh(
    base: Base,
    feedback: Table | Sequence[Table],
    transactions: Table | None = None,
    customers: Table | None = None,
    as_of: str | date | pd.Timestamp | None = None,
    *,
    progress: Progress = SILENT,
) -> Segmentation:
    """Lay new rows over a run, and count everything again under its topics and segments.

    Parameters
    ----------
    base : Base
    feedback, transactions, customers, as_of
        As for :meth:`textseg.Segmentation.refresh`.
    progress : Progress

    Returns
    -------
    Segmentation

    Raises
    ------
    InputError
        An input is not what it should be, or the as-of date is before the run's.
    ModelError
        The encoder or the sentiment head is not the one of the run.
    """
    config, fitted, clock = base.config, base.fitted, Stopwatch()
    with clock("ingest"):
        data = ingest(
            as_tables(feedback),
            transactions,
            customers,
            config=config,
            as_of=as_of,
            templates=base.metadata.get("templates", ()),
            stored=base.stored,
            progress=progress,
        )
    with clock("encode"):
        reader = Reader.load(config, base.encodings, head=fitted.head)
        check_models(reader, base.metadata["encoder"])
        texts = reader.read(data.feedback["text"].to_list(), progress)
    figures = base.manifest["figures"]
    with clock("topics"):
        topics = follow_topics(
            fitted.topics, data.feedback, texts, base.frames, figures["topics"], config
        )
    find = partial(
        follow_segments,
        topics=topics,
        fitted=fitted,
        before=base.frames,
        figures=figures["segments"],
        attributes=data.customers,
    )
    result = assemble(
        Heard(data, reader, _sentiment(fitted, texts, figures["sentiment"]), topics),
        find,
        config=config,
        clock=clock,
        baseline=fitted.baseline,
        encodings=base.encodings,
    )
    return _with_changes(result, base, data)


def _sentiment(fitted: Fitted, texts: Encodings, figures: Mapping[str, Any]) -> Sentiment:
    assert fitted.scales is not None  # only runs of an earlier version have none
    stay = {name: value for name, value in figures.items() if name != "ratings"}
    return Sentiment(texts, fitted.head, fitted.scales, stay, [])


def _with_changes(result: Segmentation, base: Base, data: Ingested) -> Segmentation:
    """Note what the run goes out from, what is new, and the edits that are still in effect."""
    manifest = result.manifest
    found_by = base.manifest.get("refresh", {}).get("found_by", base.name)
    changes = find_changes(
        base.frames, {"feedback": result.feedback, "customers": result.customers}, data
    )
    edits = base.manifest.get("edits", [])
    manifest["refresh"] = {"from": base.name, "found_by": found_by, **changes}
    manifest["notes"] = [*change_notes(changes, found_by), *manifest["notes"]]
    if edits:
        manifest["edits"] = edits
    if any(edit["kind"] in MOVING for edit in edits):
        manifest["notes"].append(SEGMENTS_STAY)
    return result

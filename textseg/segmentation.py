"""The result of a run: frames to look at, a model to assign with, a record to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.caller import Caller
from textseg.config import Config, make_config
from textseg.errors import InputError
from textseg.fitted import Fitted
from textseg.progress import SILENT, Progress
from textseg.schema import exported
from textseg.segments.profile import COLUMNS as PROFILE_COLUMNS

if TYPE_CHECKING:
    from textseg.combine import Combination, OtherSegments
    from textseg.explain import Explainer, Explanation
    from textseg.ingest import Quality, Table
    from textseg.report import Report
    from textseg.search import Search
    from textseg.segments.rules import Rules
    from textseg.workspace import RunRecord


@dataclass(frozen=True)
class Assignment:
    """Topics, sentiment and segments of new data.

    Attributes
    ----------
    feedback, customers, clauses : DataFrame
        The columns of the exports of the same name.
    """

    feedback: pd.DataFrame
    customers: pd.DataFrame
    clauses: pd.DataFrame


@dataclass(frozen=True)
class Origin:
    """Where a run is stored: the workspace, its id, and the last edit to it, 0 before the first."""

    workspace: Path
    run_id: str
    revision: int


class Segmentation:
    """What a run found. Made by :meth:`textseg.Segmenter.fit` and :func:`textseg.load`.

    Attributes
    ----------
    as_of : Timestamp
        The last day that counted, UTC.
    config : Config
    quality : Quality
        What ingest read, dropped and changed.
    manifest : dict
        Seed, versions, settings, hashes, counts, timings and quality figures, as JSON.
    profiles : DataFrame
        What is typical of each text segment; see :func:`textseg.segments.profile.profiles`.

    Examples
    --------
    >>> import textseg
    >>> from textseg.simulate import simulate
    >>> shop = simulate(40)
    >>> seg = textseg.Segmenter(segments={"number": 3}).fit(shop.feedback, shop.transactions)
    >>> seg.feedback["sentiment"].between(-1, 1).all()
    np.True_
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        fitted: Fitted,
        config: Config,
        manifest: Mapping[str, Any],
        metadata: Mapping[str, Any],
        *,
        quality: Quality,
        kept: Callable[[], Mapping[str, pd.DataFrame | None]] = dict,
        origin: Origin | None = None,
        encodings: Path | None = None,
        inputs: Sequence[Table] = (),
    ) -> None:
        self._frames = dict(frames)
        self._fitted = fitted
        self._metadata = dict(metadata)
        self._kept = kept
        self._origin = origin
        self._base: Origin | None = None
        self._encodings = encodings
        self._caller = Caller.of(inputs, manifest["mappings"])
        self.config = config
        self.manifest = dict(manifest)
        self.quality = quality
        self.as_of = pd.Timestamp(manifest["as_of"])
        # A column of nulls only is object when it comes from JSON; older runs have no intervals.
        self.profiles = (
            pd.DataFrame(metadata["profiles"])
            .reindex(columns=list(PROFILE_COLUMNS))
            .astype(dict.fromkeys(PROFILE_COLUMNS[2:], "float64"))
        )

    def __repr__(self) -> str:
        counts = self.manifest["counts"]
        return (
            f"Segmentation(as_of={self.as_of:%Y-%m-%d}, feedback={counts['feedback']}, "
            f"customers={counts['customers']}, topics={counts['topics']}, "
            f"segments={counts['segments']})"
        )

    def _repr_html_(self) -> str:
        return self.report()._repr_html_()

    @property
    def feedback(self) -> pd.DataFrame:
        """One row per feedback, with its topic and sentiment, and the caller's index."""
        return self._caller.with_index(self._caller.with_ids(self._frames["feedback"]))

    @property
    def customers(self) -> pd.DataFrame:
        """One row per customer, with their segment."""
        return self._caller.with_ids(self._frames["customers"])

    @property
    def customer_topics(self) -> pd.DataFrame:
        """One row per customer and topic."""
        return self._caller.with_ids(self._frames["customer_topics"])

    @property
    def topics(self) -> pd.DataFrame:
        """One row per topic, the largest first, then one per theme (``kind``)."""
        return self._frames["topics"].copy()

    @property
    def micro_segments(self) -> pd.DataFrame:
        """One row per smaller group inside a segment."""
        return self._frames["micro_segments"].copy()

    @property
    def segments(self) -> pd.DataFrame:
        """One row per segment: those from text, the largest first, then the silent ones."""
        return self._frames["segments"].copy()

    @property
    def clauses(self) -> pd.DataFrame:
        """One row per clause, with its topic and sentiment; feedback by feedback, in order."""
        return self._frames["clauses"].copy()

    @property
    def mappings(self) -> dict[str, dict[str, str]]:
        """Which column of each input was taken for what."""
        return dict(self.manifest["mappings"])

    @property
    def match_rate(self) -> float | None:
        """Share of the customers with feedback who are found in the orders."""
        rate: float | None = self.manifest["match_rate"]
        return rate

    @property
    def notes(self) -> list[str]:
        """What could not be done with these inputs, and why."""
        return list(self.manifest["notes"])

    def assign(
        self,
        feedback: Table | Sequence[Table],
        transactions: Table | None = None,
        *,
        progress: Progress = SILENT,
    ) -> Assignment:
        """Give new feedback the topics, and new customers the segments, of this run.

        Parameters
        ----------
        feedback : DataFrame or path, or a sequence of them
        transactions : DataFrame or path, optional
            Order lines of the same customers.
        progress : Progress

        Returns
        -------
        Assignment

        Raises
        ------
        InputError
            An input is not what it should be.
        ModelError
            The encoder or the sentiment head is not the one of the run.
        """
        from textseg.customers.view import build_view
        from textseg.encode import Reader
        from textseg.ingest import as_tables, ingest
        from textseg.manifest import check_models
        from textseg.segments.table import customer_table
        from textseg.sentiment.stage import scale_scores
        from textseg.topics.clauses import clause_table
        from textseg.topics.stage import label_feedback

        tables = as_tables(feedback)
        data = ingest(
            tables,
            transactions,
            None,
            config=self.config,
            templates=self._metadata.get("templates", ()),
            progress=progress,
        )
        fitted = self._fitted
        reader = Reader.load(self.config, self._encodings, read_only=True, head=fitted.head)
        check_models(reader, self._metadata["encoder"])
        texts = reader.read(data.feedback["text"].to_list(), progress)
        labelled = label_feedback(fitted.topics, data.feedback, texts)
        informative = data.feedback["informative"].to_numpy(dtype=bool)
        clauses = clause_table(labelled, texts, fitted.topics, informative)
        scores = pd.DataFrame(index=labelled.index)
        if fitted.scales is not None:
            scores = scale_scores(fitted.scales, texts, labelled.index)
        view = build_view(
            labelled,
            clauses,
            texts,
            fitted.topics.of_theme,
            scores=scores,
            orders=data.orders,
            customers=None,
            as_of=data.as_of,
            config=self.config.rollup,
            baseline=fitted.baseline,
        )
        customers = customer_table(fitted.place(view), fitted.segment_names)
        caller = Caller.of(tables, data.mappings)
        return Assignment(
            caller.with_index(caller.with_ids(exported("feedback", labelled.join(scores)))),
            caller.with_ids(exported("customers", customers)),
            exported("clauses", clauses),
        )

    def refresh(
        self,
        feedback: Table | Sequence[Table],
        transactions: Table | None = None,
        customers: Table | None = None,
        as_of: str | date | pd.Timestamp | None = None,
        *,
        progress: Progress = SILENT,
    ) -> Segmentation:
        """Lay new rows over those of this run; topics, segments and their names stay.

        Only texts that are new are encoded. Feedback of the same source and id is replaced, and so
        are order lines of the same order and product, and customers of the same id; what is not
        given stays. Then all is counted again, as of the latest day.

        Parameters
        ----------
        feedback : DataFrame or path, or a sequence of them
        transactions : DataFrame or path, optional
            Order lines that are new or have changed.
        customers : DataFrame or path, optional
            Customers who are new or have changed.
        as_of : date, optional
            Last day that counts, UTC, not before this run's; default: the latest date there is.
        progress : Progress

        Returns
        -------
        Segmentation
            ``manifest["refresh"]`` says what was new, who moved to another segment, and how much of
            the new feedback has no topic.

        Raises
        ------
        InputError
            An input is not what it should be, or the as-of date is before this run's.
        ModelError
            The encoder or the sentiment head is not the one of the run.
        WorkspaceError
            This run was loaded, and is not the latest of its workspace.

        Examples
        --------
        >>> import textseg
        >>> from textseg.simulate import simulate
        >>> shop = simulate(40)
        >>> old, new = shop.feedback.iloc[:-10], shop.feedback.iloc[-10:]
        >>> seg = textseg.Segmenter(segments={"number": 3}).fit(old, shop.transactions)
        >>> seg.refresh(new).manifest["refresh"]["rows"]["feedback"]["new"]
        10
        """
        from textseg.refresh.refresh import Base, refresh

        base = Base(
            "the run before" if self._origin is None else f"run {self._origin.run_id}",
            self._frames,
            self._kept(),
            self._fitted,
            self.config,
            self.manifest,
            self._metadata,
            self._encodings,
        )
        result = refresh(base, feedback, transactions, customers, as_of, progress=progress)
        result._caller = Caller(self._caller.id_dtype, None)
        result._base = self._origin
        return result

    def search(
        self,
        query: str,
        n: int = 10,
        *,
        segment: str | int | None = None,
        topic: str | int | None = None,
        sentiment: str | None = None,
        channel: str | None = None,
        since: str | date | pd.Timestamp | None = None,
        until: str | date | pd.Timestamp | None = None,
    ) -> pd.DataFrame:
        """Find feedback by meaning.

        Parameters
        ----------
        query : str
            What it should be about, in one's own words.
        n : int
            Most rows to return.
        segment, topic : str or int, optional
            Name or id; a theme stands for its topics.
        sentiment : {"negative", "neutral", "positive"}, optional
        channel : str, optional
        since, until : date, optional
            First and last day, UTC.

        Returns
        -------
        DataFrame
            The nearest first: rank, similarity in [−1, 1], and the feedback; a text that came
            several times is one row, ``n_feedback`` says how often.

        Raises
        ------
        InputError
            There is no such segment, topic or channel, or a date cannot be read.
        """
        from textseg.search import Filters

        filters = Filters(segment, topic, sentiment, channel, since, until)
        return self._caller.with_ids(self._search(query, n, filters).feedback)

    @cached_property
    def _search(self) -> Search:
        from textseg.search import Search
        from textseg.search.runs import HeldRun

        return Search(HeldRun(self._frames, self._metadata), self._encodings)

    @cached_property
    def rules(self) -> Rules:
        """A rule for each segment over the exported columns, in words, as SQL and as JSON.

        Raises
        ------
        InputError
            The run is of an earlier version, which made none.

        Examples
        --------
        >>> import textseg
        >>> from textseg.simulate import simulate
        >>> shop = simulate(40)
        >>> seg = textseg.Segmenter(segments={"number": 3}).fit(shop.feedback, shop.transactions)
        >>> "AS segment_id" in seg.rules.to_sql()
        True
        """
        from textseg.segments.rules import Rules

        if "rules" not in self._metadata:
            raise InputError(
                "This run is of an earlier version and has no rules.", hint="Run again."
            )
        return Rules.from_json(self._metadata["rules"])

    def combine(
        self,
        purchase_segments: OtherSegments,
        *,
        customer: str | None = None,
        segment: str | None = None,
        silent: bool = False,
        min_customers: int | None = None,
        label: str = "purchase segment",
    ) -> Combination:
        """Cross the text segments with segments from elsewhere.

        Parameters
        ----------
        purchase_segments : Series, DataFrame, mapping, str or Path
            A Series indexed by customer id, a table with a column of ids and one of segments, a
            mapping of id to segment, or the path of a table.
        customer, segment : str, optional
            Columns of a table; by default they are found by their names.
        silent : bool, default False
            Whether silent customers count; their segments are made from orders alone.
        min_customers : int, optional
            Customers a joint segment needs. Default: 1 % of those crossed, at least 5.
        label : str
            What to call one of the other segments.

        Returns
        -------
        Combination
            Counts, lift, residuals, Cramér's V, joint segments; it shows itself in a notebook.

        Raises
        ------
        InputError
            They cannot be read, a column is ambiguous, a customer has two segments, or no
            customer is on both sides.
        ConfigError
            ``min_customers`` is below 1.

        Examples
        --------
        >>> import textseg
        >>> from textseg.simulate import simulate
        >>> shop = simulate(40)
        >>> seg = textseg.Segmenter(segments={"number": 3}).fit(shop.feedback, shop.transactions)
        >>> country = shop.customers.set_index("customer_id")["country"]
        >>> found = seg.combine(country, label="country")
        >>> int(found.counts.to_numpy().sum()) == found.overlap.counted
        True
        """
        from textseg.combine import combine

        return combine(
            self.customers,
            purchase_segments,
            customer=customer,
            segment=segment,
            silent=silent,
            min_customers=min_customers,
            label=label,
        )

    def explain(self, customer: str | int) -> Explanation:
        """Say why a customer is in their segment and not in the next.

        Parameters
        ----------
        customer : str or int
            Their id.

        Returns
        -------
        Explanation
            It prints itself, and shows itself in a notebook: sentences, the terms that the
            difference of the distances to the two segments is made of, and the customer's own
            words.

        Raises
        ------
        InputError
            There is no such customer.
        ModelError
            The encoder or the sentiment head is not the one of the run.

        Examples
        --------
        >>> import textseg
        >>> from textseg.simulate import simulate
        >>> shop = simulate(40)
        >>> seg = textseg.Segmenter(segments={"number": 3}).fit(shop.feedback, shop.transactions)
        >>> why = seg.explain(seg.customers["customer_id"].iloc[0])
        >>> why.sentences[0].startswith(why.customer_id)
        True
        """
        return self._explainer(customer)

    @cached_property
    def _explainer(self) -> Explainer:
        from textseg.explain import Explainer
        from textseg.search.runs import HeldRun

        run = HeldRun(self._frames, self._metadata)
        return Explainer(run, self._fitted, self.as_of, self._encodings)

    def report(self) -> Report:
        """Return the report; it shows itself in a notebook and saves itself as one file."""
        from textseg.report import Report

        return Report(self._frames, self.manifest)

    def save(self, path: str | Path) -> RunRecord:
        """Add this run to a workspace, and publish its exports, model, report and manifest.

        Parameters
        ----------
        path : str or Path
            A folder that is missing, empty or a workspace.

        Returns
        -------
        RunRecord

        Raises
        ------
        WorkspaceError
            The folder is something else, is locked, or cannot be written; or this is a refresh of a
            run of the same workspace that is no longer its latest.
        """
        from textseg.workspace import Workspace
        from textseg.workspace.store import NotKeptError

        folder = Path(path).resolve()
        base = self._base if self._base is not None and self._base.workspace == folder else None
        try:
            kept = self._kept()
        except NotKeptError:  # loaded, and not the latest of its workspace: a copy is as it is
            kept = {}
        record = Workspace.create(path).commit(
            as_of=self.as_of,
            frames=self._frames,
            arrays=self._fitted.to_arrays(),
            metadata=self._metadata,
            manifest=self.manifest,
            report=self.report().html,
            kept=kept,
            base=None if base is None else (base.run_id, base.revision),
        )
        self._origin = Origin(folder, record.run_id, 0)
        return record


def load(path: str | Path, run: str | None = None) -> Segmentation:
    """Load a run from a workspace; no code is run from it.

    Parameters
    ----------
    path : str or Path
        The workspace.
    run : str, optional
        Id of the run; default: the latest.

    Returns
    -------
    Segmentation

    Raises
    ------
    WorkspaceError
        There is no such workspace or run.
    """
    from textseg.errors import WorkspaceError
    from textseg.ingest import Quality
    from textseg.workspace import Workspace

    workspace = Workspace.open(path)
    record = workspace.latest() if run is None else workspace.load(run)
    if record is None:
        raise WorkspaceError(f"{path} has no run yet.", hint="textseg run makes one.")
    return Segmentation(
        record.frames,
        Fitted.from_arrays(record.arrays, record.metadata),
        make_config(record.metadata["config"]),
        record.manifest,
        record.metadata,
        quality=Quality.from_records(**record.manifest["data_quality"]),
        kept=partial(workspace.kept, record.run_id),
        origin=Origin(Path(path).resolve(), record.run_id, record.manifest.get("revision", 0)),
        encodings=workspace.encodings,
    )

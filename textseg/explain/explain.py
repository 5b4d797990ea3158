"""Explain one customer of a run."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from textseg.config import make_config
from textseg.errors import ModelError
from textseg.explain.contest import Contest, nearest_rival
from textseg.explain.explanation import Explanation
from textseg.explain.features import Features
from textseg.explain.notes import notes
from textseg.explain.quotes import quotes
from textseg.explain.record import Record
from textseg.explain.sentences import reasons, value_reasons
from textseg.explain.table import term_table, text_terms
from textseg.progress import SILENT, Progress
from textseg.segments.model import MIN_CUSTOMERS, SegmentModel

if TYPE_CHECKING:
    from textseg.encode import Reader
    from textseg.fitted import Fitted
    from textseg.search.runs import Run


class Explainer:
    """Explains customers of one run; the encoder stays for the next one.

    Parameters
    ----------
    run : Run
        A stored one or one in memory.
    fitted : Fitted
        What the run has learned.
    as_of : Timestamp
    encodings : Path or None
        Where the run's encodings are kept.
    """

    def __init__(
        self, run: Run, fitted: Fitted, as_of: pd.Timestamp, encodings: Path | None
    ) -> None:
        self._run = run
        self._fitted = fitted
        self._as_of = as_of
        self._encodings = encodings
        self._config = make_config(run.metadata["config"])

    @cached_property
    def _reader(self) -> Reader:
        from textseg.encode import Reader
        from textseg.manifest import check_models

        reader = Reader.load(self._config, self._encodings, read_only=True, head=self._fitted.head)
        check_models(reader, self._run.metadata["encoder"])
        return reader

    def __call__(self, customer: object, progress: Progress = SILENT) -> Explanation:
        """Say why a customer is in a segment and not in the next.

        Parameters
        ----------
        customer : str or int
            Their id.
        progress : Progress
            Told of texts that must be encoded again.

        Returns
        -------
        Explanation

        Raises
        ------
        InputError
            There is no such customer.
        ModelError
            The encoder or the sentiment head is not the one of the run, or the run was made by an
            older version of textseg.
        """
        rollup = self._config.rollup
        with self._run.opened() as connection:
            record = Record.read(connection, customer)
        model = self._fitted.segments
        if record.feedback.empty or record.segment_id < 0:
            return self._without_text(record)
        if model is None:
            raise ModelError(
                "The run was made by a version of textseg that kept no means of the segments.",
                hint="Run again: only what is new is encoded.",
            )
        wanted = list(model.fusion.blocks)
        features = Features.rebuild(
            record, wanted, self._fitted, self._reader, self._as_of, rollup, progress
        )
        return self._with_text(record, model, features)

    def _without_text(self, record: Record) -> Explanation:
        customer, segment = record.customer_id, record.segments.get(record.segment_id)
        if len(record.feedback):
            sentences = [
                f"{customer} is in no segment: segments need at least {MIN_CUSTOMERS} customers "
                "with text, and this run has fewer."
            ]
        else:
            baseline = self._fitted.baseline
            borders = baseline.tier_borders if baseline is not None else None
            sentences = value_reasons(customer, segment, record.customer, borders, record.segments)
        return Explanation(customer, record.segment_id, segment, tuple(sentences))

    def _with_text(self, record: Record, model: SegmentModel, features: Features) -> Explanation:
        own = record.segment_id
        distances = np.linalg.norm(model.centers - model.fusion.transform(features.blocks), axis=1)
        rival = nearest_rival(distances, own)
        customer, name = record.customer_id, record.segments[own]
        if rival is None:
            only = f"{customer} is in “{name}”, the only segment of customers with text."
            return Explanation(customer, own, name, (only,))
        contest = Contest(model, own, rival)
        averages = self._fitted.baseline.averages if self._fitted.baseline is not None else {}
        themes = self._fitted.topics.theme_names
        table = term_table(contest, features, record, averages.get("preference"), themes)
        confidence = max(0.0, 1 - float(distances[own] / max(distances[rival], 1e-12)))
        other = record.segments[rival]
        return Explanation(
            customer_id=customer,
            segment_id=own,
            segment_name=name,
            sentences=tuple(reasons(customer, name, other, table, confidence)),
            notes=tuple(notes(record, features, distances, rival, other, confidence)),
            rival_id=rival,
            rival_name=other,
            confidence=confidence,
            distance=float(distances[own]),
            rival_distance=float(distances[rival]),
            terms=table,
            quotes=quotes(record.feedback, text_terms(contest, features)),
        )


def explain_workspace(
    path: str | Path,
    customer: object,
    *,
    run_id: str | None = None,
    progress: Progress = SILENT,
) -> tuple[str, Explanation]:
    """Explain a customer of a run of a workspace; only their own texts are read.

    Parameters
    ----------
    path : str or Path
        The workspace.
    customer : str or int
        Their id.
    run_id : str, optional
        Default: the latest run.
    progress : Progress

    Returns
    -------
    run_id : str
    explanation : Explanation

    Raises
    ------
    WorkspaceError
        There is no such workspace or run.
    InputError, ModelError
        See :class:`Explainer`.

    Examples
    --------
    >>> from textseg.errors import WorkspaceError
    >>> from textseg.explain import explain_workspace
    >>> try:
    ...     explain_workspace("nowhere", "C-1042")
    ... except WorkspaceError as error:
    ...     print(error.message)
    nowhere does not exist.
    """
    from textseg.fitted import Fitted
    from textseg.search.runs import StoredRun
    from textseg.workspace import Workspace
    from textseg.workspace.folder import ENCODINGS
    from textseg.workspace.rows import read_arrays

    workspace = Workspace.open(path)
    run = StoredRun.find(workspace, run_id)
    with run.opened() as connection:
        arrays = read_arrays(connection, run.run_id)
        ((as_of,),) = connection.execute(
            "SELECT epoch_ns(as_of) FROM runs WHERE run_id = ?", [run.run_id]
        ).fetchall()
    explainer = Explainer(
        run,
        Fitted.from_arrays(arrays, run.metadata),
        pd.Timestamp(as_of, unit="ns"),
        workspace.path / ENCODINGS,
    )
    return run.run_id, explainer(customer, progress)

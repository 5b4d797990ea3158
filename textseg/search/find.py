"""The search itself: a query in, the feedback nearest in meaning out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import make_config
from textseg.errors import InputError
from textseg.progress import SILENT, Progress
from textseg.search.filters import Filters
from textseg.search.index import Index
from textseg.search.runs import Run, StoredRun

if TYPE_CHECKING:
    from textseg.encode import Encoder

FOLDER = "search"
"""Inside the folder of the encodings; it may be deleted at any time, and is made again."""

_BEST = """
SELECT w.similarity, f.feedback_id, f.source, f.customer_id, f.created_at AS date, f.channel,
    f.topic_name, f.sentiment_label, count(*) OVER text AS n_feedback, f.text
FROM wanted w JOIN run_feedback f USING (position)
WINDOW text AS (PARTITION BY w.row)
QUALIFY row_number() OVER (PARTITION BY w.row ORDER BY f.source, f.feedback_id) = 1
ORDER BY w.similarity DESC, f.source, f.feedback_id
LIMIT ?
"""


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes
    ----------
    feedback : DataFrame
        rank (from 1), similarity [−1, 1], feedback_id, source, customer_id, date (UTC), channel,
        topic_name, sentiment_label, n_feedback and text. A text that several feedback share is
        there once: with the first of them by source and id, and their number.
    n_encoded : int
        Texts of the run whose stored encodings were gone, so that they were encoded again.
    """

    feedback: pd.DataFrame
    n_encoded: int


class Search:
    """Searches one run; the encoder and the embeddings stay for the next query.

    Parameters
    ----------
    run : Run
        A stored one or one in memory.
    encodings : Path or None
        Where the run's encodings are kept.

    Raises
    ------
    ModelError
        When searching: the encoder is not the one of the run.
    """

    def __init__(self, run: Run, encodings: Path | None) -> None:
        self._run = run
        self._encodings = encodings
        self._index: Index | None = None
        self._n_encoded = 0

    def __call__(
        self,
        query: str,
        n: int = 10,
        filters: Filters | None = None,
        progress: Progress = SILENT,
    ) -> Found:
        """Find the feedback nearest to a query.

        Parameters
        ----------
        query : str
            Free text.
        n : int
            Distinct texts to return.
        filters : Filters, optional
        progress : Progress
            Told of texts that must be encoded.

        Returns
        -------
        Found

        Raises
        ------
        InputError
            The query is empty, ``n`` is below 1, or a filter names what the run has not.
        """
        if not query.strip():
            raise InputError("The text to search for is empty.")
        if n < 1:
            raise InputError(f"n should be at least 1, got {n}.")
        with self._run.opened() as connection:
            positions = (filters or Filters()).positions(connection)
            stamp = self._run.stamp(connection)
        vector = self._embed(query)
        index = self._indexed(stamp, progress)
        rows, similarity = index.nearest(vector, n, positions)
        return Found(self._describe(index, rows, similarity, positions, n), self._n_encoded)

    @cached_property
    def _encoder(self) -> Encoder:
        from textseg.encode import load_encoder
        from textseg.manifest import check_encoder

        config = make_config(self._run.metadata["config"])
        encoder = load_encoder(config.encoder, sentiment=config.sentiment.model == "default")
        check_encoder(encoder, self._run.metadata["encoder"])
        return encoder

    def _embed(self, query: str) -> NDArray[np.float64]:
        from textseg.encode.spans import Passage

        text = query.encode("utf-8", "replace").decode()
        tokens = self._encoder.tokenize([Passage.of(text, ())])
        embedding = self._encoder.run(tokens, np.array([0])).embedding[0].astype(np.float64)
        return np.asarray(embedding / max(float(np.linalg.norm(embedding)), 1e-12))

    def _indexed(self, stamp: str | None, progress: Progress) -> Index:
        if self._index is None:
            kept = None
            if stamp is not None and self._encodings is not None:
                kept = self._encodings / FOLDER / f"{stamp}-{self._encoder.weights[:16]}"
                self._index = Index.load(kept, self._encoder.dim)
            if self._index is None:
                self._index, self._n_encoded = self._build(progress)
                if kept is not None:
                    self._index.save(kept)
        return self._index

    def _build(self, progress: Progress) -> tuple[Index, int]:
        from textseg.encode import Reader
        from textseg.search.build import build_index, shelf_names
        from textseg.sentiment import load_scorer

        config = make_config(self._run.metadata["config"])
        reader = Reader(self._encoder, load_scorer(config, self._encoder), None, read_only=True)
        with self._run.opened() as connection:
            table = connection.sql("SELECT position, text FROM run_feedback").to_arrow_table()
        return build_index(
            table["text"].to_pylist(),
            table["position"].to_numpy(),
            reader,
            self._encodings,
            shelf_names(self._encodings, self._run.metadata["encoder"]),
            progress,
        )

    def _describe(
        self,
        index: Index,
        rows: NDArray[np.int64],
        similarity: NDArray[np.float64],
        among: NDArray[np.int64] | None,
        n: int,
    ) -> pd.DataFrame:
        import pyarrow as pa

        from textseg.workspace.rows import query_frame

        positions = index.positions(rows, among)
        own = index.rows[positions]
        order = np.argsort(rows)
        place = order[np.searchsorted(rows[order], own)]
        wanted = {"position": positions, "row": own, "similarity": similarity[place]}
        with self._run.opened() as connection:
            connection.register("wanted", pa.table(wanted))
            found = query_frame(connection, _BEST, [n])
        found.insert(0, "rank", np.arange(1, len(found) + 1))
        return found


def search_workspace(
    path: str | Path,
    query: str,
    n: int = 10,
    filters: Filters | None = None,
    *,
    run_id: str | None = None,
    progress: Progress = SILENT,
) -> tuple[str, Found]:
    """Find feedback by meaning in a run of a workspace.

    Parameters
    ----------
    path : str or Path
        The workspace.
    query, n, filters, progress
        See :meth:`Search.__call__`.
    run_id : str, optional
        Default: the latest run.

    Returns
    -------
    run_id : str
    found : Found

    Raises
    ------
    WorkspaceError
        There is no such workspace or run.
    InputError, ModelError
        See :class:`Search`.

    Examples
    --------
    >>> from textseg.errors import WorkspaceError
    >>> from textseg.search import search_workspace
    >>> try:
    ...     search_workspace("nowhere", "the parcel never came")
    ... except WorkspaceError as error:
    ...     print(error.message)
    nowhere does not exist.
    """
    from textseg.workspace import Workspace
    from textseg.workspace.folder import ENCODINGS

    workspace = Workspace.open(path)
    run = StoredRun.find(workspace, run_id)
    return run.run_id, Search(run, workspace.path / ENCODINGS)(query, n, filters, progress)

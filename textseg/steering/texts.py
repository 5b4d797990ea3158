"""The texts of a run with their stored encodings, for edits that move texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import Config
from textseg.encode import Encodings, Reader
from textseg.ingest.clean import is_informative
from textseg.manifest import check_models
from textseg.progress import Progress
from textseg.schema import FEEDBACK, checked
from textseg.topics.corpus import Corpus

if TYPE_CHECKING:
    from textseg.fitted import Fitted
    from textseg.workspace import RunRecord


@dataclass(frozen=True)
class Texts:
    """The texts of a run, as the topics stage takes them.

    Attributes
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK``.
    encodings : Encodings
    embed : callable
        Takes texts and gives their embeddings.
    """

    feedback: pd.DataFrame
    encodings: Encodings
    embed: Callable[[list[str]], NDArray[Any]]

    @classmethod
    def read(
        cls, run: RunRecord, fitted: Fitted, config: Config, folder: Path, progress: Progress
    ) -> Texts:
        """Look the encodings up; what is missing is encoded again and not kept.

        Raises
        ------
        ModelError
            The encoder or the sentiment head is not the one of the run.
        """
        stored = run.frames["feedback"]
        feedback = stored[[name for name in FEEDBACK.columns if name != "informative"]]
        feedback = feedback.assign(informative=is_informative(stored["text"]))
        reader = Reader.load(config, folder, read_only=True, head=fitted.head)
        check_models(reader, run.metadata["encoder"])
        encodings = reader.read(stored["text"].to_list(), progress)
        return cls(checked(feedback, FEEDBACK), encodings, reader.embed)

    @property
    def informative(self) -> NDArray[np.bool_]:
        """Feedback that may have a topic, shape (n_feedback,)."""
        return self.feedback["informative"].to_numpy(dtype=bool)

    def corpus(self, n_keywords: int) -> Corpus:
        """Return the distinct informative texts, in the order of their hashes."""
        return Corpus.of(self.feedback, self.encodings, self.embed, n_keywords)

    def distinct_marks(self, marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Bring marks of feedback, shape (n_feedback,), to the distinct texts."""
        of_text = np.zeros(self.encodings.n_unique, dtype=bool)
        of_text[self.encodings.index[marks]] = True
        return of_text

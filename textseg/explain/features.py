"""One customer's features, made again from what a run has stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import RollupConfig
from textseg.customers.rollup import Rollup
from textseg.customers.view import VALUE_FEATURES, Baseline, build_view
from textseg.encode import Encodings, Reader
from textseg.explain.record import Record
from textseg.explain.words import FROM_ORDERS
from textseg.ingest.clean import is_informative
from textseg.progress import SILENT, Progress
from textseg.sentiment.stage import scale_scores
from textseg.topics.clauses import clause_table

if TYPE_CHECKING:
    from textseg.fitted import Fitted

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """What a customer's texts and purchases come to.

    Attributes
    ----------
    blocks : dict of str to DataFrame
        One row each; as in :class:`textseg.customers.view.CustomerView`.
    shares : ndarray of float64, shape (n,)
        Part of each text in every mean of the customer; what is missing to 1 is the average
        customer's.
    embeddings, probabilities : ndarray of float64, shape (n, d) and (n, 3)
        Of each text.
    informative : ndarray of bool, shape (n,)
        Texts that say something.
    missing : tuple of str
        Blocks of the model that a run does not keep; they count as the average.
    n_encoded : int
        Distinct texts whose stored encodings were gone.
    """

    blocks: dict[str, pd.DataFrame]
    shares: Matrix
    embeddings: Matrix
    probabilities: Matrix
    informative: NDArray[np.bool_]
    missing: tuple[str, ...]
    n_encoded: int

    @classmethod
    def rebuild(
        cls,
        record: Record,
        wanted: Collection[str],
        fitted: Fitted,
        reader: Reader,
        as_of: pd.Timestamp,
        config: RollupConfig,
        progress: Progress = SILENT,
    ) -> Features:
        """Look the encodings up and roll them up as the run did.

        Parameters
        ----------
        record : Record
            Of a customer with text.
        wanted : collection of str
            Blocks that the segments were found in.
        fitted : Fitted
        reader : Reader
            The one of the run. What it must encode again is not kept.
        as_of : Timestamp
        config : RollupConfig
        progress : Progress
        """
        encodings = reader.read(record.feedback["text"].to_list(), progress)
        informative = is_informative(record.feedback["text"]).to_numpy(dtype=bool)
        feedback = record.feedback
        view = build_view(
            feedback,
            clause_table(feedback, encodings, fitted.topics, informative),
            encodings,
            fitted.topics.of_theme,
            scores=_scores(fitted, encodings, feedback.index),
            orders=None,
            customers=None,
            as_of=as_of,
            config=config,
            baseline=fitted.baseline,
        )
        blocks = {name: view.features[name] for name in wanted if name not in FROM_ORDERS}
        if "value" in wanted:
            blocks["value"] = _value(record, view.with_text)
        missing = tuple(name for name in wanted if name not in blocks)
        blocks |= {name: pd.DataFrame(index=view.with_text) for name in missing}
        index = encodings.index
        return cls(
            blocks,
            _shares(feedback, as_of, config, view.baseline),
            encodings.embeddings[index].astype(np.float64),
            encodings.probabilities[index].astype(np.float64),
            informative,
            missing,
            encodings.n_encoded if reader.folder is not None else 0,
        )


def _shares(
    feedback: pd.DataFrame, as_of: pd.Timestamp, config: RollupConfig, baseline: Baseline
) -> Matrix:
    """Return what each text counts in a mean of this one customer."""
    rollup = Rollup.of(
        feedback,
        as_of,
        half_life_days=config.half_life_days,
        shrinkage=config.shrinkage,
        undated=float(baseline.averages["undated"][0]),
    )
    weights = np.asarray(rollup.weights.todense(), dtype=np.float64).ravel()
    total = weights.sum() + config.shrinkage
    return weights / total if total > 0 else weights


def _value(record: Record, index: pd.Index) -> pd.DataFrame:
    values = np.array([[record.customer.get(name, np.nan) for name in VALUE_FEATURES]], dtype=float)
    logarithms = np.sign(values) * np.log1p(np.abs(values))
    return pd.DataFrame(logarithms, index=index, columns=list(VALUE_FEATURES))


def _scores(fitted: Fitted, encodings: Encodings, index: pd.Index) -> pd.DataFrame:
    if fitted.scales is None:
        return pd.DataFrame(index=index)
    return scale_scores(fitted.scales, encodings, index)

"""From the encodings of single feedbacks to one profile per customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

_BLOCK = 65_536


@dataclass(frozen=True)
class Rollup:
    """Weighted sums over each customer's feedback, shrunk towards the average text.

    Every average of a customer goes through :meth:`mean`, so that the same weights and the same
    shrinkage hold for sentiment, topics and meaning.

    Attributes
    ----------
    customers : Index of string
        Customers with feedback, in order.
    weights : csr_matrix, shape (n_customers, n_feedback)
        Weight of each feedback: halved for every half-life of its age.
    shrinkage : float
        Number of average texts added to every customer.
    undated : float
        Weight of a feedback without date.
    """

    customers: pd.Index
    weights: sparse.csr_matrix
    shrinkage: float
    undated: float = 1.0

    @classmethod
    def of(
        cls,
        feedback: pd.DataFrame,
        as_of: pd.Timestamp,
        *,
        half_life_days: float,
        shrinkage: float,
        undated: float | None = None,
    ) -> Rollup:
        """Weigh the feedback by age and sort it by customer.

        Parameters
        ----------
        feedback : DataFrame
            With ``customer_id`` and ``created_at``; rows without customer count for nobody.
        as_of : Timestamp
            The day that age is measured to.
        half_life_days : float
            Age in days at which a feedback counts half, above 0.
        shrinkage : float
            Average texts added to each customer, at least 0.
        undated : float, optional
            Weight of a feedback without date; default: that of the average dated one.
        """
        rows = np.flatnonzero(feedback["customer_id"].notna())
        codes, customers = pd.factorize(feedback["customer_id"].iloc[rows], sort=True)
        age = (as_of - feedback["created_at"].iloc[rows]).dt.total_seconds() / 86_400
        decay = 0.5 ** (age.clip(lower=0) / half_life_days)
        if undated is None:
            undated = float(decay.mean()) if decay.notna().any() else 1.0
        decay = decay.fillna(undated)
        shape = (len(customers), len(feedback))
        weights = sparse.csr_matrix((decay.to_numpy(dtype="float64"), (codes, rows)), shape=shape)
        index = pd.Index(customers, dtype="string", name="customer_id")
        return cls(index, weights, shrinkage, undated)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of feedbacks of each customer, shape (n_customers,)."""
        return np.asarray(np.diff(self.weights.indptr), dtype=np.int64)

    def mean(
        self,
        rows: Callable[[slice], NDArray[Any]],
        average: NDArray[np.float64] | None = None,
        only: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Average some values over each customer's feedback.

        Parameters
        ----------
        rows : callable
            Gives the values of a slice of the feedback, shape (m, d); asked block by block so
            that the embeddings of a million texts need not be in memory at once.
        average : ndarray of float64, shape (d,), optional
            What customers are shrunk towards; default: the mean over all feedback of customers.
        only : ndarray of bool, shape (n_feedback,), optional
            Feedback that counts; default: all of it.

        Returns
        -------
        means : ndarray of float64, shape (n_customers, d)
        average : ndarray of float64, shape (d,)
        """
        weights = self.weights if only is None else self.weights.multiply(only[None, :]).tocsr()
        by_column = weights.tocsc()
        n = weights.shape[1]
        blocks = (slice(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK))
        sums = sum(
            by_column[:, block] @ np.asarray(rows(block), dtype=np.float64) for block in blocks
        )
        mass = np.asarray(weights.sum(axis=1)).ravel()
        if average is None:
            # Feedback may be so old that all weights together are next to nothing.
            average = sums.sum(axis=0) / (mass.sum() or 1.0)
        total = (mass + self.shrinkage)[:, None]
        means = (sums + self.shrinkage * average) / np.where(total > 0, total, 1.0)
        return np.where(total > 0, means, average), average

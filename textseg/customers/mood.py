"""How a customer's sentiment moves: its trend, its spread, and what it is about."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.customers.rollup import Rollup

Matrix = NDArray[np.float64]

_PRIOR_DAYS = 90.0
"""Spread in time of the average texts that a trend is shrunk by."""


def trend_and_spread(
    sentiment: Matrix,
    created_at: pd.Series,
    rollup: Rollup,
    average: Matrix | None = None,
) -> tuple[Matrix, Matrix]:
    """Measure how the sentiment of each customer's feedback changes and varies.

    Parameters
    ----------
    sentiment : ndarray of float64, shape (n_feedback,)
        In [−1, 1].
    created_at : Series of datetime, shape (n_feedback,)
        Feedback without date says nothing about a trend.
    rollup : Rollup
        Its weights and its shrinkage.
    average : ndarray of float64, shape (1,), optional
        Variance within the average customer, which the spread is shrunk towards; default: found.

    Returns
    -------
    values : ndarray of float64, shape (n_customers, 2)
        ``sentiment_trend``, the slope per year, shrunk towards 0 by average texts 90 days apart;
        and ``sentiment_spread``, the standard deviation.
    average : ndarray of float64, shape (1,)

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from textseg.customers.mood import trend_and_spread
    >>> from textseg.customers.rollup import Rollup
    >>> dates = pd.Series(pd.to_datetime(["2024-01-01", "2024-12-31"]))
    >>> feedback = pd.DataFrame({"customer_id": ["a", "a"], "created_at": dates})
    >>> rollup = Rollup.of(feedback, dates[1], half_life_days=365.0, shrinkage=0.0)
    >>> trend_and_spread(np.array([-0.5, 0.5]), dates, rollup)[0][0, 0].round(3)
    np.float64(1.001)
    """
    days = (created_at - created_at.min()).dt.total_seconds().to_numpy(dtype="float64") / 86_400
    dated = np.isfinite(days)
    days = np.where(dated, days, 0.0)
    of_dated = rollup.weights.multiply(dated[None, :]).tocsr()
    mass = _sums(of_dated, np.ones(len(days)))
    safe = np.maximum(mass, 1e-300)
    mean_day, mean = _sums(of_dated, days) / safe, _sums(of_dated, sentiment) / safe
    together = _sums(of_dated, days * sentiment) - mass * mean_day * mean
    apart = np.maximum(_sums(of_dated, days**2) - mass * mean_day**2, 0.0)
    apart = apart + rollup.shrinkage * _PRIOR_DAYS**2
    # Dates that differ by less than this are one date to a float64 sum of squares.
    slope = np.where(apart > 1e-3, together / np.maximum(apart, 1e-3), 0.0) * 365.25

    total = _sums(rollup.weights, np.ones(len(days)))
    level = _sums(rollup.weights, sentiment) / np.maximum(total, 1e-300)
    squares = np.maximum(_sums(rollup.weights, sentiment**2) - total * level**2, 0.0)
    several = rollup.counts > 1
    if average is None:
        average = np.array([squares[several].sum() / max(float(total[several].sum()), 1e-300)])
    shrunk = (squares + rollup.shrinkage * average) / np.maximum(total + rollup.shrinkage, 1e-300)
    return np.column_stack([slope, np.sqrt(shrunk)]), average


def theme_sentiment(
    clauses: pd.DataFrame,
    parents: NDArray[np.int64],
    rollup: Rollup,
    average: Matrix | None = None,
) -> tuple[Matrix, Matrix]:
    """Average what each customer's clauses say of each theme.

    Parameters
    ----------
    clauses : DataFrame
        From :func:`textseg.topics.clauses.clause_table`: position, topic_id, sentiment.
    parents : ndarray of int64, shape (n_topics,)
        Theme of each topic; −1 for none.
    rollup : Rollup
    average : ndarray of float64, shape (n_themes,), optional
        Mean sentiment of each theme, which customers are shrunk towards; default: found.

    Returns
    -------
    values : ndarray of float64, shape (n_customers, n_themes)
    average : ndarray of float64, shape (n_themes,)
    """
    from scipy import sparse

    n_themes = int(parents.max(initial=-1)) + 1
    topic = clauses["topic_id"].to_numpy(dtype="int64")
    theme = np.where(topic >= 0, np.append(parents, -1)[topic], -1)
    inside = theme >= 0
    cells = (clauses["position"].to_numpy()[inside], theme[inside])
    shape = (rollup.weights.shape[1], n_themes)
    felt = clauses["sentiment"].to_numpy(dtype="float64")[inside]
    counts = rollup.weights @ sparse.csr_matrix((np.ones(len(felt)), cells), shape=shape)
    sums = rollup.weights @ sparse.csr_matrix((felt, cells), shape=shape)
    counts, sums = counts.toarray(), sums.toarray()
    if average is None:
        average = sums.sum(axis=0) / np.maximum(counts.sum(axis=0), 1e-300)
    mass = counts + rollup.shrinkage
    return np.where(
        mass > 0, (sums + rollup.shrinkage * average) / np.maximum(mass, 1e-300), average
    ), average


def _sums(weights: object, values: Matrix) -> Matrix:
    return np.asarray(weights @ values, dtype=np.float64).ravel()  # type: ignore[operator]

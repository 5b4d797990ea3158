"""Has it changed? Tests and intervals for counts and means before and after, one row per topic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.05
"""Of the intervals (two sides together) and of the false discoveries."""
FEWEST_TEXTS = 5
"""A topic with fewer texts is not tested, nor is a mean of fewer."""
PRIOR_WEIGHT = 4.0
"""Degrees of freedom that the spread of all topics has in the spread of one."""
LEAST_SPREAD = 0.1
"""Standard deviation below which sentiments are not believed to agree."""

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """How something changed, per topic; NaN where it was not tested.

    Attributes
    ----------
    value, low, high : ndarray of float64, shape (k,)
        The change and its 95 % interval: a ratio or a difference.
    p : ndarray of float64, shape (k,)
        Two-sided.
    """

    value: Reals
    low: Reals
    high: Reals
    p: Reals

    def found(self, none: float) -> NDArray[np.bool_]:
        """Tell the topics that changed, at most 5 % of them by mistake.

        Parameters
        ----------
        none : float
            The value that means no change.

        Returns
        -------
        ndarray of bool, shape (k,)

        Notes
        -----
        Benjamini and Hochberg (1995), "Controlling the false discovery rate", over all topics that
        were tested. If nothing changed, the chance of any at all is at most 5 %.
        """
        from scipy.stats import false_discovery_control

        tested = np.isfinite(self.p)
        result = np.zeros(len(self.p), dtype=np.bool_)
        if tested.any():
            result[tested] = false_discovery_control(self.p[tested]) <= LEVEL
        return result & ((self.low > none) | (self.high < none))


def dispersion(counts: Reals, totals: Reals, recent: NDArray[np.bool_]) -> Reals:
    """Measure how much more the counts of a topic vary than chance alone would let them.

    Parameters
    ----------
    counts : ndarray, shape (k, n_weeks)
    totals : ndarray, shape (n_weeks,)
    recent : ndarray of bool, shape (n_weeks,)
        The two groups of weeks, each with a share of its own.

    Returns
    -------
    ndarray of float64, shape (k,)
        Variance over mean, given the totals: of the topic or of all topics, whichever is larger,
        since a rare topic cannot tell its own; at least 1.

    Notes
    -----
    Pearson's statistic over its degrees of freedom (McCullagh and Nelder 1989, "Generalized linear
    models", section 4.5).
    """
    expected = np.zeros_like(counts)
    for group in (recent, ~recent):
        share = counts[:, group].sum(axis=1) / max(totals[group].sum(), 1.0)
        expected[:, group] = share[:, None] * totals[group]
    own = _pearson(counts, expected) / max((totals > 0).sum() - 2, 1)
    told = own[counts.sum(axis=1) >= FEWEST_TEXTS]
    usual = max(float(told.mean()) if len(told) else 1.0, 1.0)
    return np.asarray(np.maximum(own, usual))


def count_interval(counts: Reals, spread: Reals) -> tuple[Reals, Reals]:
    """Give the 95 % interval of the rate behind each count.

    Parameters
    ----------
    counts, spread : ndarray of float64
        ``spread`` is variance over mean: 1 for chance alone.

    Returns
    -------
    low, high : ndarray of float64

    Notes
    -----
    The exact Poisson interval (Garwood 1936, "Fiducial limits for the Poisson distribution"); a
    count that varies ``spread`` times as much tells as much as one that is as many times smaller.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.change import count_interval
    >>> low, high = count_interval(np.array([0.0, 10.0]), np.array([1.0, 1.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 4.8], [3.69, 18.39])
    """
    from scipy.special import gammaincinv

    size = counts / spread
    low = np.where(counts > 0, gammaincinv(np.where(counts > 0, size, 1.0), LEVEL / 2), 0.0)
    return spread * low, spread * gammaincinv(size + 1.0, 1 - LEVEL / 2)


def rate_change(counts: Reals, totals: Reals, recent: NDArray[np.bool_]) -> Change:
    """Compare the share that each topic has of the recent weeks with its share before.

    Parameters
    ----------
    counts : ndarray, shape (k, n_weeks)
        Texts per topic and week, the weeks in order.
    totals : ndarray, shape (n_weeks,)
        Texts per week of all topics and of none. Growth of everything is no change.
    recent : ndarray of bool, shape (n_weeks,)

    Returns
    -------
    Change
        The ratio of the shares. Topics with fewer than 5 texts are not tested.

    Notes
    -----
    Given how many texts a topic has, the number of recent ones is binomial (Przyborowski and
    Wilenski 1940, "Homogeneity of results in testing samples from Poisson series"), and Clopper
    and Pearson (1934) give the interval of its probability. Where counts vary more than that, from
    week to week or, over all topics, from month to month, they are divided by their dispersion, and
    the tail is that of Student's t, since the dispersion is estimated too. In simulations without
    change the chance of any flag was 0 to 4 %, and 11 % where shares wandered strongly (by 40 %,
    with a correlation of 0.8 from week to week).
    """
    from scipy.stats import norm, t

    late, early = counts[:, recent].sum(axis=1), counts[:, ~recent].sum(axis=1)
    late_total, early_total = float(totals[recent].sum()), float(totals[~recent].sum())
    odds = late_total / early_total
    drift = _drift(counts[:, ~recent], totals[~recent])
    spread = dispersion(counts, totals, recent) * drift
    # All topics have told of the dispersion, as much as the topic itself; weeks that drift together
    # tell as much as fewer weeks.
    free = 2 * max(((totals > 0).sum() - 2) / drift, 1.0)
    chance = odds / (1 + odds)
    up = _tail(late / spread, early / spread, chance)
    down = _tail(early / spread, late / spread, 1 - chance)
    z = norm.isf(np.clip(np.minimum(up, down), 1e-300, 0.5))
    low, high = _ratio_interval(late, early, spread * (t.isf(0.025, free) / norm.isf(0.025)) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (late / early) / odds
    tested = late + early >= FEWEST_TEXTS
    return _where(tested, Change(ratio, low / odds, high / odds, 2 * t.sf(z, free)))


def mean_change(
    sizes: tuple[Reals, Reals], means: tuple[Reals, Reals], variances: tuple[Reals, Reals]
) -> Change:
    """Compare the mean sentiment of recent texts with that of the texts before.

    Parameters
    ----------
    sizes, means, variances : pair of ndarray, shape (k,)
        Of the texts before and of the recent ones.

    Returns
    -------
    Change
        The difference of the means. Fewer than 5 texts on a side are not tested.

    Notes
    -----
    Welch (1947), "The generalization of 'Student's' problem when several different population
    variances are involved". A side that varies less than both together is not believed: of six
    texts from a topic that mostly pleases, all six often do.
    """
    from scipy.stats import t

    tested = np.minimum(*sizes) >= FEWEST_TEXTS
    size = [np.where(tested, each, FEWEST_TEXTS) for each in sizes]
    pooled = sum((n - 1) * each for n, each in zip(size, variances, strict=True))
    least = np.maximum(pooled / (size[0] + size[1] - 2), LEAST_SPREAD**2)
    part = [np.maximum(each, least) / n for each, n in zip(variances, size, strict=True)]
    error = np.sqrt(part[0] + part[1])
    free = (part[0] + part[1]) ** 2 / sum(
        each**2 / (n - 1) for each, n in zip(part, size, strict=True)
    )
    change = means[1] - means[0]
    reach = t.isf(LEVEL / 2, free) * error
    return _where(
        tested, Change(change, change - reach, change + reach, 2 * t.sf(abs(change) / error, free))
    )


def mean_interval(sizes: Reals, sums: Reals, squares: Reals) -> tuple[Reals, Reals, Reals]:
    """Give the mean sentiment of each topic in each week, with its 95 % interval.

    Parameters
    ----------
    sizes, sums, squares : ndarray, shape (k, n_weeks)
        Number of texts, sum of their sentiments and of their squares.

    Returns
    -------
    mean, low, high : ndarray of float64, shape (k, n_weeks)
        Within [-1, 1]; NaN in a week without texts.

    Notes
    -----
    Student's t with the spread within the weeks of the topic, so that one text has an interval too.
    The spread of all topics counts with 4 degrees of freedom (after Smyth 2004, "Linear models and
    empirical Bayes methods"), so that two texts that happen to agree do not pass for certainty.
    """
    from scipy.stats import t

    mean = np.divide(sums, sizes, out=np.full_like(sums, np.nan), where=sizes > 0)
    within = np.maximum(squares - np.nan_to_num(mean) * sums, 0.0).sum(axis=1)
    free = np.maximum(sizes - 1, 0).sum(axis=1)
    overall = within.sum() / free.sum() if free.sum() else 1.0
    variance = (PRIOR_WEIGHT * overall + within) / (PRIOR_WEIGHT + free)
    spread = np.sqrt(np.maximum(variance, LEAST_SPREAD**2))
    reach = (t.isf(LEVEL / 2, PRIOR_WEIGHT + free) * spread)[:, None] / np.sqrt(
        np.maximum(sizes, 1)
    )
    return mean, np.clip(mean - reach, -1, 1), np.clip(mean + reach, -1, 1)


def _pearson(counts: Reals, expected: Reals) -> Reals:
    possible = expected > 0
    squares = (counts - expected) ** 2 / np.where(possible, expected, 1.0)
    return np.asarray(np.where(possible, squares, 0.0).sum(axis=1))


def _drift(counts: Reals, totals: Reals, length: int = 4) -> float:
    """Measure how much more whole months vary than their weeks would let them; at least 1.

    Shares that wander are no news. One topic tells little of that, so all topics are asked.
    """
    from scipy.stats import f

    blocks = counts.shape[1] // length
    told = counts.sum(axis=1) >= FEWEST_TEXTS * max(blocks, 1)
    if blocks < 3 or told.sum() < 3:
        return 1.0
    weeks, sums = counts[told, -blocks * length :], totals[-blocks * length :]
    share = weeks.sum(axis=1, keepdims=True) / max(sums.sum(), 1.0)
    months, month_sums = (
        weeks.reshape(len(weeks), blocks, length).sum(axis=2),
        sums.reshape(blocks, length).sum(axis=1),
    )
    within_months = months / np.maximum(month_sums, 1.0)
    between = _pearson(months, share * month_sums) / (blocks - 1)
    expected = np.repeat(within_months, length, axis=1) * sums
    inside = _pearson(weeks, expected) / (blocks * (length - 1))
    usual = float(f.median(blocks - 1, blocks * (length - 1)))
    return max(float(np.median(between / np.maximum(inside, 1e-9))) / usual, 1.0)


def _tail(size: Reals, rest: Reals, chance: float) -> Reals:
    """Give the chance of at least this many; sizes that were divided need no longer be whole."""
    from scipy.special import betainc

    some = np.where(size > 0, size, 1.0)
    return np.where(size > 0, betainc(some, rest + 1.0, chance), 1.0)


def _ratio_interval(late: Reals, early: Reals, spread: Reals) -> tuple[Reals, Reals]:
    """Give the interval of the odds of being recent."""
    from scipy.special import betaincinv

    late, early = late / spread, early / spread
    some_late, some_early = np.where(late > 0, late, 1.0), np.where(early > 0, early, 1.0)
    low = np.where(late > 0, betaincinv(some_late, early + 1, LEVEL / 2), 0.0)
    high = np.where(early > 0, betaincinv(late + 1, some_early, 1 - LEVEL / 2), 1.0)
    with np.errstate(divide="ignore"):
        return low / (1 - low), high / (1 - high)


def _where(tested: NDArray[np.bool_], change: Change) -> Change:
    parts = (change.value, change.low, change.high, change.p)
    return Change(*(np.where(tested, part, np.nan) for part in parts))

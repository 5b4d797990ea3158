"""The choice among candidates, and what kind of segments the data has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from textseg.progress import SILENT, Progress
from textseg.segments.methods import METHODS, density
from textseg.segments.partition import Labels, Matrix
from textseg.segments.profile import certain, profiles
from textseg.segments.separation import separated
from textseg.segments.stability import Candidate, make_candidate, subsamples

VALID = 0.75
"""Least mean Jaccard overlap at which a segment counts as found again (Hennig 2007)."""

MORE = 0.3
"""What more segments are worth: overlap of the weakest per natural logarithm of their number."""

MAX_CUSTOMERS = 10_000
"""Customers that candidates are compared on at most; more change them by less than their error."""

_DENSITY_SUBSAMPLES = 5


def compare(
    X: Matrix,
    numbers: Sequence[int],
    *,
    method: str = "auto",
    seed: int = 0,
    draws: int = 20,
    progress: Progress = SILENT,
) -> list[Candidate]:
    """Fit every candidate and measure how well it is found again in subsamples.

    Parameters
    ----------
    X : ndarray of float64, shape (n, d)
        Fused coordinates, in an order that does not depend on the input's.
    numbers : sequence of int
        Numbers of segments to try.
    method : {"auto", "k-means", "ward", "gaussian-mixture", "density"}
        "auto" is k-means for each number, and the dense groups of UMAP and HDBSCAN if there are
        several: dense groups need not be as many as is asked for.
    seed : int
        Seed of the subsamples and of the method.
    draws : int
        Subsamples of 80 %; five at most for dense groups, since each costs a UMAP.
    progress : Progress

    Returns
    -------
    list of Candidate
    """
    rows = subsamples(len(X), draws, seed)
    name = "k-means" if method == "auto" else method
    told = numbers if name in METHODS else []
    result = []
    with progress.stage("Comparing segmentations", len(told) + 1) as advance:
        for number in told:
            result.append(make_candidate(name, METHODS[name](number), X, rows, seed))
            advance(1)
        if method == "density" or (method == "auto" and len(numbers) > 1):
            few = rows[:_DENSITY_SUBSAMPLES]
            result.append(make_candidate("density", density(numbers), X, few, seed))
        advance(1)
    return result


def choose(candidates: Sequence[Candidate], min_share: float) -> Candidate:
    """Take many segments, but only such as are found again.

    The weakest segment decides: a mean over all of them hides one that was cut in two by chance.
    Where a candidate has only valid segments, the best sum of the weakest overlap and 0.3
    times the logarithm of the number is taken; where none has, the one that agrees best as a whole.
    Candidates with a segment below ``min_share`` are left out, unless all are.
    """
    several = [c for c in candidates if c.number > 1] or list(candidates)
    large_enough = [c for c in several if c.smallest_share >= min_share] or several
    valid = [c for c in large_enough if c.weakest >= VALID]
    if not valid:
        return max(large_enough, key=lambda candidate: candidate.stability)
    return max(valid, key=lambda c: (c.weakest + MORE * np.log(c.number), c.stability))


def kinds(candidate: Candidate, X: Matrix) -> list[str]:
    """Say of each segment how much of it is the data's, and how much the method's.

    Parameters
    ----------
    candidate : Candidate
    X : ndarray of float64, shape (n, d)
        The points of its partition.

    Returns
    -------
    list of {"natural", "reproducible", "constructive"}
        Natural segments are found again and are islands; reproducible ones are found again, but are
        cut out of a continuum; constructive ones would look different in other customers.

    Notes
    -----
    Dolnicar and Leisch (2010), "Evaluation of structure and reproducibility of cluster solutions
    using the bootstrap", Marketing Letters 21.
    """
    partition = candidate.partition
    islands = separated(X @ partition.whitening, partition.labels, partition.centers)
    return [
        "constructive" if overlap < VALID else "natural" if island else "reproducible"
        for overlap, island in zip(candidate.jaccard, islands, strict=True)
    ]


def weakest_kind(kinds: Sequence[str]) -> str:
    """Return the kind of the whole: that of the weakest segment."""
    order = ("constructive", "reproducible", "natural")
    return min(kinds, key=order.index)


def sampled_rows(n: int, seed: int) -> Labels:
    """Take the customers that candidates are compared on; all of them if they are few enough."""
    if n <= MAX_CUSTOMERS:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, MAX_CUSTOMERS, replace=False))


def all_differ(candidate: Candidate, readable: pd.DataFrame) -> bool:
    """Tell whether each segment differs from its nearest one in a feature that a person can read.

    Parameters
    ----------
    candidate : Candidate
    readable : DataFrame of float64, shape (n, d)
        Features of the points of its partition.

    Returns
    -------
    bool
        False where an effect of 0.2, corrected for the number of features, is certain in none, and
        none has one value in all of the one and another in all of the other.
    """
    centers, labels = candidate.partition.centers, candidate.partition.labels
    if len(centers) < 2:
        return True
    apart = cdist(centers, centers) + np.where(np.eye(len(centers)), np.inf, 0.0)
    for segment, other in enumerate(apart.argmin(axis=1)):
        both = (labels == segment) | (labels == other)
        compared = profiles(readable[both], np.where(labels[both] == segment, 0, -1))
        if certain(compared).empty and not _constant_but_unlike(readable, labels, segment, other):
            return False
    return True


def _constant_but_unlike(readable: pd.DataFrame, labels: Labels, one: int, other: int) -> bool:
    """Tell whether a feature has one value in one segment, and another one in the other."""
    own, rest = (readable[labels == each] for each in (one, other))
    known = (own.count() > 1) & (rest.count() > 1)
    constant = (own.min() == own.max()) & (rest.min() == rest.max())
    return bool((known & constant & (own.min() != rest.min())).any())

"""What no topic covers yet: dense groups of recent unclustered texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_matrix

    from textseg.topics.weeks import Calendar

FEWEST = 5
"""Texts of a group, each of another customer."""
_DRAWS = 199
_BLOCK = 1024
_MOST = 3000
_REST = 500
_FAR = 0.95


@dataclass(frozen=True)
class Group:
    """Recent texts that lie close together.

    Attributes
    ----------
    members : ndarray of int64
        Rows, the one that most others are near first.
    before : int
        Earlier unclustered texts that lie as close to the first one.
    expected : float
        Members to be expected if as many had come as before.
    p : float
        Chance that the densest group of all is as dense with nothing new.
    """

    members: NDArray[np.int64]
    before: int
    expected: float
    p: float


@dataclass(frozen=True)
class Emerging:
    """What was looked at, and what was found.

    Attributes
    ----------
    texts : DataFrame
        The unclustered feedback, one row per distinct text.
    groups : tuple of Group
        Of rows of ``texts``.
    keywords : tuple of str
        What tells each group from the other unclustered texts.
    n_recent : int
        Recent rows of ``texts``.
    similarity : float or None
        Cosine from which two texts lie close together; None where no topic tells.
    """

    texts: pd.DataFrame
    groups: tuple[Group, ...]
    keywords: tuple[str, ...]
    n_recent: int
    similarity: float | None


def find_emerging(
    dated: pd.DataFrame, calendar: Calendar, embeddings: NDArray[np.floating], seed: int = 0
) -> Emerging:
    """Look for what is dense among the recent unclustered texts.

    Parameters
    ----------
    dated : DataFrame
        What :func:`textseg.topics.weeks.dated_feedback` gave.
    calendar : Calendar
    embeddings : ndarray, shape (n, d)
        Unit length; ``dated["position"]`` are its rows.
    seed : int, default 0

    Returns
    -------
    Emerging
    """
    import pandas as pd

    clustered = dated[(dated["topic_id"] >= 0).to_numpy(dtype=np.bool_)]
    if "is_core" in clustered and clustered["is_core"].any():
        clustered = clustered[clustered["is_core"].to_numpy(dtype=np.bool_)]
    similarity = core_similarity(
        embeddings[clustered["position"]], clustered["topic_id"].to_numpy(dtype=np.int64)
    )
    texts = _unclustered(dated, calendar)
    recent = calendar.recent[texts["week"]]
    if similarity is None or texts.empty:
        return Emerging(texts, (), (), int(recent.sum()), similarity)
    customers = np.full(len(texts), -1, dtype=np.int64)
    if "customer_id" in texts:
        customers = pd.factorize(texts["customer_id"])[0].astype(np.int64)
    groups = dense_groups(embeddings[texts["position"]], recent, customers, similarity, seed=seed)
    words = _keywords(texts["text"].to_list(), [group.members for group in groups])
    return Emerging(texts, tuple(groups), tuple(words), int(recent.sum()), similarity)


def core_similarity(X: NDArray[np.floating], topics: NDArray[np.int64]) -> float | None:
    """Give the similarity of two texts that is typical within a topic.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Unit embeddings.
    topics : ndarray of int64, shape (n,)
        -1 is left out.

    Returns
    -------
    float or None
        Mean cosine of two texts of a topic, the median of the topics; None without topics of two
        texts or more.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.emerging import core_similarity
    >>> core_similarity(np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]), np.array([0, 0, -1]))
    0.6
    """
    order = np.argsort(topics, kind="stable")
    order = order[np.searchsorted(topics[order], 0) :]
    ids, starts, sizes = np.unique(topics[order], return_index=True, return_counts=True)
    means = []
    for _, start, size in zip(ids, starts, sizes, strict=True):
        if size < 2:
            continue
        total = X[order[start : start + size]].sum(axis=0, dtype=np.float64)
        means.append((float(total @ total) - size) / (size * (size - 1)))
    return round(float(np.median(means)), 6) if means else None


def dense_groups(
    X: NDArray[np.floating],
    recent: NDArray[np.bool_],
    customers: NDArray[np.int64],
    similarity: float,
    *,
    level: float = 0.05,
    seed: int = 0,
) -> list[Group]:
    """Find the places where recent texts are denser than the earlier ones would let expect.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Unit embeddings of distinct unclustered texts.
    recent : ndarray of bool, shape (n,)
    customers : ndarray of int64, shape (n,)
        Who wrote each text; of several close texts of one customer the first counts. -1 where
        nobody knows.
    similarity : float
        Cosine from which two texts lie close together; more where 1 in 20 pairs would.
    level : float, default 0.05
        Chance of any group at all if nothing is new.
    seed : int

    Returns
    -------
    list of Group
        The densest first.

    Notes
    -----
    A scan statistic (Kulldorff 1997, "A spatial scan statistic") whose circles are the
    neighbourhoods of the recent texts. Its distribution is found by drawing which texts are recent
    anew; it is that of the densest of all circles, so that looking everywhere costs no false alarm.
    """
    n, n_recent = len(X), int(recent.sum())
    if not FEWEST <= n_recent < n:
        return []
    X = np.asarray(X, dtype=np.float32)
    near = _one_voice(_neighbors(X, max(similarity, _usual(X))), customers)
    size = np.asarray(near.sum(axis=1)).ravel()
    inside = near @ recent.astype(np.float64)
    score = np.where(recent, _ratio(inside, size, n_recent - 1, n - 1), 0.0)
    best = np.sort(_by_chance(near, size, n_recent, seed))
    groups: list[Group] = []
    taken = np.zeros(n, dtype=np.bool_)
    for row in np.lexsort((np.arange(n), -score.round(9))):
        p = (1 + len(best) - np.searchsorted(best, score[row] - 1e-9)) / (1 + len(best))
        if p > level:
            break
        close = near.indices[near.indptr[row] : near.indptr[row + 1]]
        members = np.sort(close[recent[close]])
        fresh = members[~taken[members]]
        # What lies half within a group that was found is a part of it.
        if taken[row] or len(fresh) + 1 < FEWEST or 2 * len(fresh) < len(members):
            continue
        taken[fresh] = taken[row] = True
        before = len(close) - len(members)
        expected = 1 + before * n_recent / (n - n_recent)
        group = np.array([row, *fresh])
        groups.append(Group(group, before, round(expected, 6), round(float(p), 6)))
    return groups


def _usual(X: NDArray[np.float32]) -> float:
    """Give the similarity that few pairs of texts have: a neighbourhood must not be a crowd."""
    some = X[:: max(1, len(X) // _REST)]
    pairs = (some @ some.T)[np.triu_indices(len(some), 1)]
    return float(np.quantile(pairs, _FAR))


def _neighbors(X: NDArray[np.float32], similarity: float) -> csr_matrix:
    """Mark the pairs of different texts that lie close together."""
    from scipy.sparse import csr_matrix

    rows, columns = [], []
    for start in range(0, len(X), _BLOCK):
        close = X[start : start + _BLOCK] @ X.T >= similarity
        row, column = np.nonzero(close)
        rows.append(row + start)
        columns.append(column)
    row, column = np.concatenate([*rows, []]), np.concatenate([*columns, []])
    apart = row != column
    pairs = (row[apart].astype(np.int64), column[apart].astype(np.int64))
    return csr_matrix((np.ones(len(pairs[0])), pairs), shape=(len(X), len(X)))


def _one_voice(near: csr_matrix, customers: NDArray[np.int64]) -> csr_matrix:
    """Take away the texts of a customer who has said nearly the same before."""
    from scipy.sparse import diags

    pairs = near.tocoo()
    again = (
        (customers[pairs.row] == customers[pairs.col])
        & (customers[pairs.row] >= 0)
        & (pairs.col < pairs.row)
    )
    kept = np.ones(len(customers))
    kept[pairs.row[again]] = 0
    result = (diags(kept) @ near @ diags(kept)).tocsr()
    result.eliminate_zeros()
    result.sort_indices()
    return result


def _ratio(
    inside: NDArray[np.float64], size: NDArray[np.float64], n_recent: int, n: int
) -> NDArray[np.float64]:
    """Give the logarithm of the likelihood ratio of each neighbourhood; 0 where nothing is more."""
    expected = size * (n_recent / n)
    outside, rest = n_recent - inside, n_recent - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = inside * np.log(inside / expected)
        loss = np.where(outside > 0, outside * np.log(outside / rest), 0.0)
    more = (inside > expected) & (inside >= FEWEST - 1)
    return np.where(more, gain + loss, 0.0)


def _by_chance(
    near: csr_matrix, size: NDArray[np.float64], n_recent: int, seed: int
) -> NDArray[np.float64]:
    """Draw what the densest neighbourhood has where recent and earlier texts do not differ."""
    generator = np.random.default_rng(seed)
    n = near.shape[0]
    best = np.zeros(_DRAWS)
    if not near.nnz:
        return best
    for draws in np.array_split(np.arange(_DRAWS), max(1, _DRAWS // 50)):
        recent = np.zeros((n, len(draws)))
        for column in range(len(draws)):
            recent[generator.permutation(n)[:n_recent], column] = 1
        inside = near @ recent
        score = _ratio(inside, size[:, None], n_recent - 1, n - 1)
        best[draws] = np.where(recent > 0, score, 0.0).max(axis=0)
    return best


def _unclustered(dated: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Take the distinct unclustered texts of three words or more, evenly where they are many."""
    texts = dated[(dated["topic_id"] < 0).to_numpy(dtype=np.bool_)]
    texts = texts[calendar.compared[texts["week"]]]
    texts = texts[texts["text"].str.count(r"\S+").to_numpy() >= 3]
    texts = texts[~texts["text"].str.strip().str.lower().duplicated()]
    if len(texts) <= _MOST:
        return texts
    return texts.iloc[np.linspace(0, len(texts) - 1, _MOST).astype(np.int64)]


def _keywords(texts: list[str], members: list[NDArray[np.int64]]) -> list[str]:
    """Give the words that tell each group from the other unclustered texts."""
    from textseg.topics.keywords import topic_keywords

    if not members:
        return []
    labels = np.full(len(texts), len(members))
    for number, rows in enumerate(members):
        labels[rows] = number
    rest = np.flatnonzero(labels == len(members))
    used = np.concatenate([*members, rest[:: max(1, len(rest) // _REST)]])
    words = topic_keywords([texts[row] for row in used], labels[used], n_keywords=6)
    return [", ".join(own) for own in words[: len(members)]]

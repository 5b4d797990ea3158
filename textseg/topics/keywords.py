"""The words and short phrases that are typical of a topic."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from textseg.topics.phrases import Phrases, count_phrases
from textseg.topics.stopwords import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

Closeness: TypeAlias = "Callable[[list[str]], NDArray[np.floating]]"
"""Gives the cosine of each phrase with each topic's centroid, shape (n_phrases, n_topics)."""
Vectors: TypeAlias = "Callable[[list[str]], NDArray[np.floating]]"
"""Gives the embedding of each phrase, shape (n_phrases, d)."""

SAME_FREQUENCY = 0.75
"""A word stands for its phrase if this share of its texts has the phrase."""
USES_OF_A_WORD = 3
"""Keywords of one topic that may share a word."""
SUPPORT = 0.02
"""Share of the topic's texts that a keyword should stand in."""
FEWEST = 3
"""Texts that it should stand in at least."""
N_CANDIDATES = 100
"""Heaviest phrases of a topic that are weighed against each other."""

# A candidate's score is the logarithm of its class-based TF-IDF and the terms below. Their weights
# were set by reading the keywords of bank tickets and reviews, and by the figures of `quality`.
CLOSE = 2.0
"""Per unit of cosine with the topic."""
ALIKE = 0.5
"""Off, per unit of cosine with the most similar keyword before it."""
TOGETHER = 12.0
"""Per unit of normalised mutual information with the words before it."""
MANY = 3
"""Words before it at which that counts fully."""
SHARED = 2.0
"""Off, times the logarithm of how many other topics have its new words."""
FIRST = 7
"""Keywords of the others that count for that."""
PASSES = 4
"""Times that topics choose anew, knowing what the others chose."""


def topic_keywords(
    texts: Sequence[str],
    labels: NDArray[np.integer],
    *,
    n_keywords: int = 10,
    phrases: Phrases | None = None,
    closeness: Closeness | None = None,
    vectors: Vectors | None = None,
    avoid: Collection[str] = (),
) -> list[list[str]]:
    """Find the words and phrases that are typical of each topic, by class-based TF-IDF.

    Parameters
    ----------
    texts : sequence of str
    labels : ndarray of int, shape (n_texts,)
        Topic of each text, 0 to k-1; -1 is left out. Neither the order of the texts nor a text
        that comes twice changes the result.
    n_keywords : int, default 10
        Most keywords per topic.
    phrases : Phrases, optional
        What :func:`~textseg.topics.phrases.count_phrases` gives for these texts and labels, where
        it is at hand; it decides about `avoid`, too.
    closeness : callable, optional
        Takes phrases and gives the cosine of each with the centroid of each topic, shape
        (n_phrases, n_topics). It is called once.
    vectors : callable, optional
        Takes the same phrases and gives their embeddings, shape (n_phrases, d).
    avoid : collection of str, default ()
        Names and ids of customers, which are no keywords.

    Returns
    -------
    list of list of str
        One list per topic, the most typical first; empty if the topic has no words.

    Notes
    -----
    Candidates are the heaviest phrases by the weights of Grootendorst (2022), "BERTopic: Neural
    topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794. A text counts a phrase
    once, so that a long text does not speak for its topic; inflections are one word; of a word and
    the phrase that it nearly always stands in, the phrase is kept; words that judge are left to the
    topic's sentiment. Keywords are then chosen one after the other by maximal marginal relevance
    (Carbonell and Goldstein 1998, doi:10.1145/290941.291025): the best is near the topic, stands
    in texts with those before it (Bouma 2009's normalised pointwise mutual information), resembles
    none of them and is not what many other topics have.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.keywords import topic_keywords
    >>> texts = ["Where is my refund?", "I want a refund", "The PIN is blocked", "My PIN is wrong"]
    >>> [words[0] for words in topic_keywords(texts, np.array([0, 0, 1, 1]))]
    ['refund', 'PIN']
    """
    phrases = count_phrases(texts, labels, avoid=avoid) if phrases is None else phrases
    weights = class_tf_idf(phrases.counts)
    pools = [_pool(phrases, weights, topic) for topic in range(len(phrases.sizes))]
    pools = _by_meaning(pools, closeness, vectors)
    return [
        [pool.written[candidate] for candidate in own]
        for pool, own in zip(pools, _choose_apart(pools, n_keywords), strict=True)
    ]


def class_tf_idf(counts: csr_matrix) -> csr_matrix:
    """Weight phrases by how often a topic and how rarely all topics have them.

    Parameters
    ----------
    counts : csr_matrix, shape (n_topics, n_phrases)

    Returns
    -------
    csr_matrix of float64, shape (n_topics, n_phrases)
        ``tf * log(1 + A / f)``: tf is the count within the topic, f over all topics, A the mean
        count of a topic (Grootendorst 2022, arXiv:2203.05794).

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> from textseg.topics.keywords import class_tf_idf
    >>> weights = class_tf_idf(csr_matrix([[2, 2], [0, 2]])).toarray()
    >>> bool(weights[0, 0] > weights[0, 1])
    True
    """
    from scipy.sparse import csr_matrix, diags

    total = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    mean = total.sum() / max(counts.shape[0], 1)
    idf = np.log1p(mean / np.maximum(total, 1.0))
    return csr_matrix(counts @ diags(idf))


@dataclass(frozen=True)
class _Pool:
    """The candidates of one topic, and what is to be known to choose among them.

    ``stems`` are the words of the candidates, ``has`` which candidate has which, ``mutual`` their
    mutual information and ``alike`` the cosines of the candidates.
    """

    written: list[str]
    score: NDArray[np.float64]
    stems: NDArray[np.int64]
    has: NDArray[np.float64]
    mutual: NDArray[np.float64]
    alike: NDArray[np.float64]


def _pool(phrases: Phrases, weights: csr_matrix, topic: int) -> _Pool:
    """Gather the heaviest phrases of a topic; what few texts say is left out if it can be."""
    row = slice(phrases.counts.indptr[topic], phrases.counts.indptr[topic + 1])
    columns = phrases.counts.indices[row].tolist()
    count = dict(zip(columns, phrases.counts.data[row].tolist(), strict=True))
    weight = dict(zip(weights[topic].indices.tolist(), weights[topic].data.tolist(), strict=True))
    count = {p: n for p, n in count.items() if not says_little(phrases, p)} or count
    least = max(FEWEST, round(SUPPORT * int(phrases.sizes[topic])))
    common = [p for p in count if count[p] >= least]
    if len(common) < N_CANDIDATES // 5:
        common = [p for p in count if count[p] > 1] or list(count)
    ranked = sorted(common, key=lambda p: (-round(weight[p], 9), phrases.written[p]))
    whole = _wholes(phrases, ranked, count)
    best: dict[int, float] = {}
    for phrase in ranked:
        best.setdefault(whole.get(phrase, phrase), weight[phrase])
    own = list(best)[:N_CANDIDATES]
    contents = [_content(phrases, p) for p in own]
    score = np.log([max(best[p], 1e-12) for p in own])
    stems = np.unique(np.array([s for content in contents for s in content], dtype=np.int64))
    has = np.zeros((len(own), len(stems)))
    for candidate, content in enumerate(contents):
        has[candidate, np.searchsorted(stems, sorted(content))] = 1.0
    written = [phrases.written[p] for p in own]
    return _Pool(written, score, stems, has, _mutual(phrases, stems), np.zeros((len(own),) * 2))


def _mutual(phrases: Phrases, stems: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the normalised pointwise mutual information of words, from all texts."""
    held = phrases.spelled[:, stems].astype(np.float64)
    n_texts = held.shape[0]
    both = (held.T @ held).toarray()
    alone = both.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        mutual = np.log(both * n_texts / np.outer(alone, alone)) / -np.log(both / n_texts)
    mutual[both == 0] = -1.0
    mutual[both == n_texts] = 1.0
    np.fill_diagonal(mutual, 0.0)
    return np.asarray(mutual)


def _by_meaning(
    pools: list[_Pool], closeness: Closeness | None, vectors: Vectors | None
) -> list[_Pool]:
    """Add how near candidates are to their topic, and to each other."""
    names = sorted({name for pool in pools for name in pool.written})
    if not names:
        return pools
    row = {name: number for number, name in enumerate(names)}
    rows = [[row[name] for name in pool.written] for pool in pools]
    if closeness is not None:
        cosine = np.asarray(closeness(names), dtype=np.float64)
        pools = [
            replace(pool, score=pool.score + CLOSE * cosine[at, topic])
            for topic, (pool, at) in enumerate(zip(pools, rows, strict=True))
        ]
    if vectors is not None:
        X = np.asarray(vectors(names), dtype=np.float64)
        X /= np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)
        pools = [replace(pool, alike=X[at] @ X[at].T) for pool, at in zip(pools, rows, strict=True)]
    return pools


def _choose_apart(pools: list[_Pool], n_keywords: int) -> list[list[int]]:
    """Choose for all topics at once, again and again, so that none takes what many have."""
    n_stems = 1 + max((int(pool.stems.max(initial=-1)) for pool in pools), default=-1)
    others = np.zeros((len(pools), n_stems))
    have = others
    for _ in range(PASSES + 1):
        chosen = [
            _choose(pool, SHARED * np.log1p(count[pool.stems]), n_keywords)
            for pool, count in zip(pools, others, strict=True)
        ]
        now = np.zeros_like(others)
        for topic, (pool, own) in enumerate(zip(pools, chosen, strict=True)):
            now[topic, pool.stems[pool.has[own[:FIRST]].any(axis=0)]] = 1.0
        # Half of what was before is kept, lest all topics take a word and leave it by turns.
        have = (have + now) / 2 if have.any() else now
        others = have.sum(axis=0) - have
    return chosen


def _choose(pool: _Pool, cost: NDArray[np.float64], n_keywords: int) -> list[int]:
    """Take one candidate after the other, each the best beside those before it."""
    chosen: list[int] = []
    while len(chosen) < n_keywords and (best := _best(pool, cost, chosen)) is not None:
        chosen.append(best)
    return chosen


def _best(pool: _Pool, cost: NDArray[np.float64], chosen: list[int]) -> int | None:
    """Find the candidate that goes best with those chosen, if any says something new."""
    uses = pool.has[chosen].sum(axis=0)
    said = uses > 0
    new = pool.has * ~said
    n_new = new.sum(axis=1)
    left = (n_new > 0) & (pool.has @ (uses >= USES_OF_A_WORD) == 0)
    if not left.any():
        return None
    n_said = int(said.sum())
    mutual = new @ pool.mutual[:, said].sum(axis=1) / np.maximum(n_new * n_said, 1)
    score = pool.score + TOGETHER * min(1.0, n_said / MANY) * mutual
    score -= new @ cost / np.sqrt(np.maximum(n_new, 1))
    if chosen:
        score -= ALIKE * pool.alike[chosen].max(axis=0)
    return int(np.where(left, np.round(score, 9), -np.inf).argmax())


def says_little(phrases: Phrases, phrase: int) -> bool:
    """Tell a phrase that judges, or that only says that something was bought or used.

    Parameters
    ----------
    phrases : Phrases
    phrase : int
        Its number.

    Returns
    -------
    bool

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.keywords import says_little
    >>> from textseg.topics.phrases import count_phrases
    >>> texts = ["Love this dress", "love the dress", "cannot use app", "Cannot use the app"]
    >>> found = count_phrases(texts, np.zeros(4, dtype=int))
    >>> [says_little(found, found.written.index(p)) for p in ("love dress", "cannot use app")]
    [True, False]
    """
    negated = (phrases.roles[list(phrases.stems[phrase])] == Role.NEGATION).any()
    empty = phrases.polar if negated else phrases.weak
    return any(word.lower() in empty for word in phrases.written[phrase].split())


def _wholes(phrases: Phrases, ranked: list[int], count: dict[int, int]) -> dict[int, int]:
    """Map a phrase to the longest one around it that nearly all its texts have."""
    number = {phrases.stems[p]: p for p in ranked}
    whole: dict[int, int] = {}
    for outer in sorted(
        ranked, key=lambda p: (len(phrases.stems[p]), count[p], phrases.written[p])
    ):
        stems = phrases.stems[outer]
        for length in range(1, len(stems)):
            for start in range(len(stems) - length + 1):
                inner = number.get(stems[start : start + length])
                if inner is not None and count[outer] >= SAME_FREQUENCY * count[inner]:
                    whole[inner] = outer
    return whole


def _content(phrases: Phrases, phrase: int) -> frozenset[int]:
    return frozenset(s for s in phrases.stems[phrase] if phrases.roles[s] != Role.LINK)

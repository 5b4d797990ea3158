"""The words and short phrases that are typical of a topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from textseg.topics.phrases import Phrases, count_phrases
from textseg.topics.stopwords import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

SAME_FREQUENCY = 0.75
"""A word stands for its phrase if this share of its texts has the phrase."""
USES_OF_A_WORD = 2
"""Keywords of one topic that may share a word."""


def topic_keywords(
    texts: Sequence[str],
    labels: NDArray[np.integer],
    *,
    n_keywords: int = 10,
    phrases: Phrases | None = None,
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
        it is at hand.

    Returns
    -------
    list of list of str
        One list per topic, the most typical first; empty if the topic has no words.

    Notes
    -----
    The weights are those of Grootendorst (2022), "BERTopic: Neural topic modeling with a
    class-based TF-IDF procedure", arXiv:2203.05794. A text counts a phrase once, so that a long
    text does not speak for its topic; inflections are one word; and of a word and the phrase that
    it nearly always stands in, the phrase is kept.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.keywords import topic_keywords
    >>> texts = ["Where is my refund?", "I want a refund", "The PIN is blocked", "My PIN is wrong"]
    >>> [words[0] for words in topic_keywords(texts, np.array([0, 0, 1, 1]))]
    ['refund', 'PIN']
    """
    phrases = count_phrases(texts, labels) if phrases is None else phrases
    weights = class_tf_idf(phrases.counts)
    return [
        [phrases.written[p] for p in _choose(phrases, weights, topic, n_keywords)]
        for topic in range(len(phrases.sizes))
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


def _choose(phrases: Phrases, weights: csr_matrix, topic: int, n_keywords: int) -> list[int]:
    """Take the heaviest phrases that say something which the ones before do not."""
    ranked, count = _ranked(phrases, weights, topic)
    whole = _wholes(phrases, ranked, count)
    chosen: list[int] = []
    uses: Counter[int] = Counter()
    for candidate in ranked:
        phrase = whole.get(candidate, candidate)
        content = _content(phrases, phrase)
        said = any(
            content <= (before := _content(phrases, other))
            or (len(before) > 1 and before < content)
            for other in chosen
        )
        if said or any(uses[stem] >= USES_OF_A_WORD for stem in content):
            continue
        chosen.append(phrase)
        uses.update(content)
        if len(chosen) == n_keywords:
            break
    return chosen


def _ranked(phrases: Phrases, weights: csr_matrix, topic: int) -> tuple[list[int], dict[int, int]]:
    """Order the topic's phrases by weight; what a single text says is left out if it can be."""
    row = slice(phrases.counts.indptr[topic], phrases.counts.indptr[topic + 1])
    columns = phrases.counts.indices[row]
    count = dict(zip(columns.tolist(), phrases.counts.data[row].tolist(), strict=True))
    weight = dict(zip(weights[topic].indices.tolist(), weights[topic].data.tolist(), strict=True))
    least = max(2, round(0.005 * int(phrases.sizes[topic])))
    common = [p for p in count if count[p] >= least]
    order = sorted(common or count, key=lambda p: (-round(weight[p], 9), phrases.written[p]))
    return order, count


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

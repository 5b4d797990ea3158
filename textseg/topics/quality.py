"""How good keywords are, in figures: whether they belong together, and whether topics share them.

Both figures judge single words, so that phrases and words can be compared: keywords are cut into
words, and the first ten different words of each topic count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_WORDS = 10
"""Words of each topic that count."""
_WORD = re.compile(r"\w\w+")


def top_words(keywords: Sequence[str], n_words: int = N_WORDS) -> list[str]:
    """Cut keywords into words and keep the first different ones.

    Parameters
    ----------
    keywords : sequence of str
        Of one topic, the most typical first; words or phrases.
    n_words : int, default 10

    Returns
    -------
    list of str
        In lower case; a word has two letters or digits at least.

    Examples
    --------
    >>> from textseg.topics.quality import top_words
    >>> top_words(["top up by card", "card", "Auto-top-up"])
    ['top', 'up', 'by', 'card', 'auto']
    """
    words = (word for keyword in keywords for word in _WORD.findall(keyword.lower()))
    return list(dict.fromkeys(words))[:n_words]


def npmi(
    keywords: Sequence[Sequence[str]], texts: Sequence[str], *, n_words: int = N_WORDS
) -> float:
    """Measure whether the keywords of a topic stand in the same texts.

    Parameters
    ----------
    keywords : sequence of sequence of str
        One list per topic, the most typical first; phrases are cut into words.
    texts : sequence of str
        The body of texts that words are counted in; a text counts a word once.
    n_words : int, default 10
        Words of each topic that count.

    Returns
    -------
    float
        In [-1, 1], the mean over the topics of the mean over their pairs of words: -1 if no two
        ever meet, 0 if they meet as often as by chance, 1 if each only comes with the others. NaN
        if no topic has two words.

    Notes
    -----
    Normalised pointwise mutual information (Bouma 2009, "Normalized (pointwise) mutual information
    in collocation extraction") as a measure of topics (Lau, Newman and Baldwin 2014, "Machine
    reading tea leaves", EACL), with whole documents as the window, which Röder, Both and Hinneburg
    2015 (doi:10.1145/2684822.2685324) call boolean document estimation.

    Examples
    --------
    >>> from textseg.topics.quality import npmi
    >>> texts = ["late parcel", "parcel was late", "wrong pin", "a card"]
    >>> npmi([["late parcel"]], texts), npmi([["late", "pin"]], texts)
    (1.0, -1.0)
    """
    topics = [top_words(own, n_words) for own in keywords]
    wanted = {word for own in topics for word in own}
    holders: dict[str, list[int]] = {word: [] for word in wanted}
    for number, text in enumerate(texts):
        for word in wanted.intersection(_WORD.findall(text.lower())):
            holders[word].append(number)
    found = {word: np.array(own, dtype=np.int64) for word, own in holders.items()}
    means = [
        np.mean([_pair(found[a], found[b], len(texts)) for a, b in combinations(own, 2)])
        for own in topics
        if len(own) > 1
    ]
    return float(np.mean(means)) if means else float("nan")


def diversity(keywords: Sequence[Sequence[str]], *, n_words: int = N_WORDS) -> float:
    """Measure how few words several topics share.

    Parameters
    ----------
    keywords : sequence of sequence of str
        One list per topic, the most typical first; phrases are cut into words.
    n_words : int, default 10
        Words of each topic that count.

    Returns
    -------
    float
        In (0, 1], the share of different words among the top words of all topics; NaN without
        words.

    Notes
    -----
    Topic diversity, of the top ten instead of 25 words (Dieng, Ruiz and Blei 2020, "Topic modeling
    in embedding spaces", doi:10.1162/tacl_a_00325).

    Examples
    --------
    >>> from textseg.topics.quality import diversity
    >>> diversity([["late parcel"], ["parcel", "wrong size"]])
    0.8
    """
    words = [word for own in keywords for word in top_words(own, n_words)]
    return len(set(words)) / len(words) if words else float("nan")


def _pair(a: NDArray[np.int64], b: NDArray[np.int64], n_texts: int) -> float:
    """Compute the normalised pointwise mutual information of two words from their texts."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    if both == 0:
        return -1.0
    if both == n_texts:
        return 1.0
    return float(np.log(both * n_texts / (len(a) * len(b))) / -np.log(both / n_texts))

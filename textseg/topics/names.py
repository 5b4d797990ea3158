"""A name for each topic, made of its customers' own words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from textseg.topics.keywords import Closeness, class_tf_idf, says_little
from textseg.topics.phrases import Phrases, count_phrases
from textseg.topics.stopwords import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

N_CANDIDATES = 30
"""Phrases per topic that are weighed against each other."""

# The score of a candidate is a sum of logarithms, less what makes a phrase a bad name. The weights
# were set by reading the names of bank tickets, clothing reviews and German support mail.
PRECISION = 0.7
"""The share of the texts with these words that are the topic's, against coverage (1)."""
TYPICAL = 0.5
"""How typical of the topic its words are, each by itself."""
WHOLE = 0.5
"""How often the words stand together where they are all in a text."""
LENGTH = {1: -1.6, 2: 0.0, 3: 0.35, 4: 0.2}
"""By number of words, prepositions not counted: three say more than two."""
CUT = 2.0
"""For a phrase that is mostly part of one longer phrase: "disposable virtual" of "... card"."""
NEGATION_FIRST = 1.2
"""For "not transfer", which no one would say."""
UNSAID_NEGATION = 1.5
"""For "card working", where the texts mostly say that it is not."""
JOINED_WHOLE = 0.1
"""Two keywords that are put together count as if they seldom stood together."""
HEAD = 0.8
"""For a last word that stands as a noun does: "requested refund" against "refund requested"."""
OPEN = 2.0
"""For "hours customer", where "service" comes next, and "Express money", after "American"."""
NOUN = 0.12
"""Share of its places where a word stands as a noun does, to take it for one."""
CLOSE = 5.0
"""Per unit of cosine with the topic."""
CLOSER = 5.0
"""Per unit of cosine by which it is nearer than the next topic."""

_FALLBACK, _NEVER = -1e3, -1e6


@dataclass(frozen=True)
class _Candidate:
    name: str
    score: float


_Candidates: TypeAlias = dict[frozenset[int], _Candidate]


def topic_names(
    texts: Sequence[str],
    labels: NDArray[np.integer],
    keywords: Sequence[Sequence[str]],
    *,
    closeness: Closeness | None = None,
    phrases: Phrases | None = None,
    avoid: Collection[str] = (),
) -> list[str]:
    """Name each topic by the phrase of one to four words that tells it best.

    Parameters
    ----------
    texts : sequence of str
    labels : ndarray of int, shape (n_texts,)
        Topic of each text, 0 to k-1; -1 is left out.
    keywords : sequence of sequence of str
        What :func:`~textseg.topics.keywords.topic_keywords` gave; a noun among them, or two with an
        "&" between, are the name where no phrase is good enough.
    closeness : callable, optional
        Takes phrases and gives the cosine of each with the centroid of each topic, shape
        (n_phrases, n_topics). It is called once, with about 20 phrases per topic, and makes names
        clearly better (the idea of KeyBERT: Grootendorst 2020, doi:10.5281/zenodo.4461265).
    phrases : Phrases, optional
        What :func:`~textseg.topics.phrases.count_phrases` gives for these texts and labels, where
        it is at hand; it decides about `avoid`, too.
    avoid : collection of str, default ()
        Names and ids of customers, which no topic is called after.

    Returns
    -------
    list of str
        One name per topic, in sentence case; no two have the same words. Words that judge are in
        none, nor are numbers, addresses and names of people; a topic without any other word is
        called "Topic" and its number.

    Notes
    -----
    Every phrase of a topic is scored by coverage (the texts of the topic that have all its words,
    inflected and in any order), precision (the share of the texts with these words that are of the
    topic) and the class-based TF-IDF of its words. Names are then dealt out so that the sum of the
    scores is largest while no two topics get the same words (Kuhn 1955, "The Hungarian method for
    the assignment problem").

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.keywords import topic_keywords
    >>> from textseg.topics.names import topic_names
    >>> texts = ["My card isn't working", "The card is not working", "Delivery was delayed by days",
    ...          "I hate this delivery delay", "Another delivery delay"]
    >>> labels = np.array([0, 0, 1, 1, 1])
    >>> topic_names(texts, labels, topic_keywords(texts, labels))
    ['Card not working', 'Delivery delay']
    """
    phrases = count_phrases(texts, labels, avoid=avoid) if phrases is None else phrases
    scoring = _Scoring(phrases, class_tf_idf(phrases.counts))
    candidates = [_candidates(scoring, topic, words) for topic, words in enumerate(keywords)]
    if closeness is not None:
        candidates = _closer(candidates, closeness)
    return _distinct(candidates, keywords)


@dataclass
class _Scoring:
    """Judges sets of words as names of a topic."""

    phrases: Phrases
    weights: csr_matrix
    holders: dict[frozenset[int], NDArray[np.int64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        phrases = self.phrases
        self.alone = {stems[0]: n for n, stems in enumerate(phrases.stems) if len(stems) == 1}
        self.negated = np.zeros(len(phrases.topic), dtype=np.bool_)
        for stem in np.flatnonzero(phrases.roles == Role.NEGATION).tolist():
            self.negated[self._texts_with(stem)] = True
        self.usually_negated = float(self.negated.mean()) if len(self.negated) else 0.0

    def _texts_with(self, stem: int) -> NDArray[np.int64]:
        places = self.phrases.places
        return np.asarray(places.indices[places.indptr[stem] : places.indptr[stem + 1]])

    def texts_with_all(self, words: frozenset[int]) -> NDArray[np.int64]:
        """Find the texts that have all the words, whatever stands between."""
        if words not in self.holders:
            lists = sorted((self._texts_with(stem) for stem in sorted(words)), key=len)
            texts = lists[0]
            for other in lists[1:]:
                texts = np.intersect1d(texts, other, assume_unique=True)
            self.holders[words] = texts
        return self.holders[words]

    def score(
        self, topic: int, words: frozenset[int], weight: dict[int, float], whole: float
    ) -> float:
        """Score words as a name; ``whole`` texts (or that share) have them together."""
        phrases = self.phrases
        texts = self.texts_with_all(words)
        here = texts[phrases.topic[texts] == topic]
        content = [stem for stem in words if phrases.roles[stem] == Role.CONTENT]
        heaviest = max(weight.values(), default=1.0)
        typical = np.mean(
            sorted(weight.get(self.alone.get(stem, -1), 0.0) / heaviest for stem in content)
        )
        score = (
            np.log(len(here) / phrases.sizes[topic])
            + PRECISION * np.log(len(here) / len(texts))
            + TYPICAL * np.log(typical + 0.05)
            + WHOLE * np.log(whole / len(here) if whole >= 1 else whole)
            + LENGTH.get(len(words), 0.0)
        )
        if not any(phrases.roles[stem] == Role.NEGATION for stem in words):
            negated = float(self.negated[here].mean())
            score -= UNSAID_NEGATION * max(0.0, negated - self.usually_negated)
        return float(score)


def _candidates(scoring: _Scoring, topic: int, keywords: Sequence[str]) -> _Candidates:
    """Score the heaviest phrases of a topic, and its keywords joined in pairs."""
    phrases = scoring.phrases
    count, weight = _row(phrases.counts, topic), _row(scoring.weights, topic)
    least = max(2.0, 0.01 * float(phrases.sizes[topic]))
    long = [p for p in count if len(phrases.stems[p]) > 1 and count[p] >= least]
    long = [p for p in long if not says_little(phrases, p)]
    long.sort(key=lambda p: (-round(weight[p], 9), phrases.written[p]))
    longer = _longer(phrases, count)
    found: _Candidates = {}
    for phrase in long[:N_CANDIDATES]:
        words = _words(phrases, phrase)
        if len(words) < 2:
            continue
        score = scoring.score(topic, words, weight, count[phrase])
        stems = phrases.stems[phrase]
        score -= CUT * max(0.0, longer.get(stems, 0.0) / count[phrase] - 0.4)
        score -= NEGATION_FIRST * bool(phrases.roles[stems[0]] == Role.NEGATION)
        score += HEAD * min(1.0, phrases.noun[stems[-1]] / (2 * NOUN))
        closed = min(phrases.begins[stems[0]], phrases.ends[stems[-1]], 0.5)
        score -= OPEN * (1 - 2 * float(closed))
        if words not in found or score > found[words].score:
            found[words] = _Candidate(phrases.written[phrase], score)
    return _of_keywords(scoring, topic, keywords, weight) | found


def _of_keywords(
    scoring: _Scoring, topic: int, keywords: Sequence[str], weight: dict[int, float]
) -> _Candidates:
    """Take the best single nouns, and pairs of them in the order of most texts."""
    phrases = scoring.phrases
    known = {phrases.written[p]: p for p in weight if len(phrases.stems[p]) == 1}
    single = [
        known[word]
        for word in keywords
        if word in known
        and not says_little(phrases, known[word])
        and phrases.noun[phrases.stems[known[word]][0]] >= NOUN
    ][:4]
    found = {
        words: _Candidate(phrases.written[p], scoring.score(topic, words, weight, 1.0))
        for p in single
        if len(words := _words(phrases, p)) == 1
    }
    for first, second in combinations(single, 2):
        if phrases.written[first][:4].lower() == phrases.written[second][:4].lower():
            continue
        words = _words(phrases, first) | _words(phrases, second)
        texts = scoring.texts_with_all(words) if len(words) == 2 else np.zeros(0, dtype=np.int64)
        here = texts[phrases.topic[texts] == topic]
        if len(here) < 2:
            continue
        places = [phrases.places[here, phrases.stems[p][0]].toarray() for p in (first, second)]
        pair = (first, second) if np.mean(places[0] < places[1]) >= 0.5 else (second, first)
        name = " & ".join(phrases.written[p] for p in pair)
        found[words] = _Candidate(name, scoring.score(topic, words, weight, JOINED_WHOLE))
    return found


def _row(matrix: csr_matrix, row: int) -> dict[int, float]:
    cells = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return dict(zip(matrix.indices[cells].tolist(), matrix.data[cells].tolist(), strict=True))


def _words(phrases: Phrases, phrase: int) -> frozenset[int]:
    return frozenset(s for s in phrases.stems[phrase] if phrases.roles[s] != Role.LINK)


def _longer(phrases: Phrases, count: dict[int, float]) -> dict[tuple[int, ...], float]:
    """Count the texts of the commonest phrase that is longer by a word, or by a link and a word."""
    most: dict[tuple[int, ...], float] = {}
    for phrase, texts in count.items():
        stems = phrases.stems[phrase]
        for part in (stems[1:], stems[:-1], stems[2:], stems[:-2]):
            most[part] = max(most.get(part, 0.0), texts)
    return most


def _closer(candidates: list[_Candidates], closeness: Closeness) -> list[_Candidates]:
    """Add to each score how near the phrase is to its topic, and how much nearer than to others."""
    names = sorted({candidate.name for own in candidates for candidate in own.values()})
    if not names:
        return candidates
    row = {name: number for number, name in enumerate(names)}
    cosine = np.asarray(closeness(names), dtype=np.float64)
    best = cosine.argmax(axis=1)
    others = cosine.copy()
    others[np.arange(len(names)), best] = -1.0
    second = others.max(axis=1, keepdims=True) if cosine.shape[1] > 1 else cosine
    is_best = np.arange(cosine.shape[1]) == best[:, None]
    rival = np.where(is_best, second, cosine.max(axis=1, keepdims=True))
    gain = CLOSE * cosine + CLOSER * (cosine - rival)
    return [
        {
            words: _Candidate(c.name, c.score + float(gain[row[c.name], topic]))
            for words, c in own.items()
        }
        for topic, own in enumerate(candidates)
    ]


def _distinct(candidates: list[_Candidates], keywords: Sequence[Sequence[str]]) -> list[str]:
    """Deal out the names so that the scores are best together and no two topics share one."""
    from scipy.optimize import linear_sum_assignment

    n_topics = len(candidates)
    every = sorted({words for own in candidates for words in own}, key=sorted)
    column = {words: number for number, words in enumerate(every)}
    gain = np.full((n_topics, len(every) + n_topics), _NEVER)
    for topic, own in enumerate(candidates):
        gain[topic, len(every) + topic] = _FALLBACK
        for words, candidate in own.items():
            gain[topic, column[words]] = round(candidate.score, 6)
    names: list[str] = []
    for topic, choice in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
        own = candidates[topic]
        name = own[every[choice]].name if choice < len(every) else " ".join(keywords[topic][:1])
        names.append(_unused(name, keywords[topic], names, topic))
    return names


def _unused(name: str, keywords: Sequence[str], taken: list[str], topic: int) -> str:
    """Write in sentence case; a name that is taken gets a word that tells it apart."""
    said = {_bag(other) for other in taken}
    base = name or "Topic"
    options = [name, *(f"{name} {word}" for word in keywords if word not in name)] if name else []
    free = (option for option in options if _bag(option) not in said)
    # No text gives a name with a number, so that this one is never taken.
    chosen = next(free, f"{base} {topic}")
    return chosen[:1].upper() + chosen[1:]


def free_name(name: str, keywords: Sequence[str], taken: Collection[str]) -> str:
    """Add a keyword, or at last a number, to a name that is taken, in whatever case."""
    lower = {other.lower() for other in taken}
    base = name or "Topic"
    options = [name, *(f"{base} {word}" for word in keywords if word.lower() not in base.lower())]
    numbered = (f"{base} {number}" for number in range(2, len(taken) + 3))
    free = (each for each in (*options, *numbered) if each and each.lower() not in lower)
    return next(free)


def _bag(name: str) -> tuple[str, ...]:
    """Return the words of a name, since another order does not make another name."""
    return tuple(sorted(name.lower().replace("&", " ").split()))

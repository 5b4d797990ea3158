"""The phrases of texts, counted per topic: what keywords and names are chosen from.

Texts become one stream of numbered words, so that counting is a few array operations: neither time
nor memory grows with the number of different word sequences, which is what makes an n-gram
vectorizer too large for 50,000 reviews. Inflections count as one word (by stem), and articles,
possessives and auxiliaries are left out, so that "the card is not working", "my card isn't
working" and "cards not working" are one phrase. A phrase is shown as it is most often written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textseg.topics.lexicon import Lexicon, before_id, inside_sentence, read_lexicon, tokenize
from textseg.topics.stopwords import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_matrix, csr_matrix

LONGEST = 4
"""Words in the longest phrase."""
READ = 2000
"""Characters read of each text: about what an encoder sees, and a bound on memory."""


@dataclass(frozen=True)
class Phrases:
    """Phrases of one to four words and the number of texts per topic that hold them.

    Attributes
    ----------
    stems : list of tuple of int
        Every phrase as numbers of word stems.
    counts : csr_matrix of int64, shape (n_topics, n_phrases)
        Texts of the topic that hold the phrase; a text counts once however often it says it.
    sizes : ndarray of int64, shape (n_topics,)
        Different texts per topic.
    roles : ndarray of int64, shape (n_stems,)
        The :class:`~textseg.topics.stopwords.Role` of each stem.
    noun : ndarray of float64, shape (n_stems,)
        Share of a word's places where it stands as a noun does: behind an article or the like, and
        before no other word of content.
    begins, ends : ndarray of float64, shape (n_stems,)
        Share of a word's places with no other word of content before it, and behind it.
    polar : frozenset of str
        Words, in lower case, that judge.
    weak : frozenset of str
        Those, and other words, in lower case, that name nothing.
    places : csc_matrix of int64, shape (n_texts, n_stems)
        Where each text first says each stem, counted from 1; 0 where it does not.
    spelled : csc_matrix of int64, shape (n_texts, n_stems)
        1 where a text has a stem in its commonest spelling.
    topic : ndarray of int64, shape (n_texts,)
        The topic of each different text.
    written : list of str
        How each phrase is most often written.
    """

    stems: list[tuple[int, ...]]
    counts: csr_matrix
    sizes: NDArray[np.int64]
    roles: NDArray[np.int64]
    noun: NDArray[np.float64]
    begins: NDArray[np.float64]
    ends: NDArray[np.float64]
    polar: frozenset[str]
    weak: frozenset[str]
    places: csc_matrix
    spelled: csc_matrix
    topic: NDArray[np.int64]
    written: list[str]


@dataclass(frozen=True)
class _Stream:
    """All words of all texts in a row; what ends a phrase has stem -1."""

    stems: NDArray[np.int64]
    words: NDArray[np.int64]
    texts: NDArray[np.int64]


def count_phrases(
    texts: Sequence[str], labels: NDArray[np.integer], *, avoid: Collection[str] = ()
) -> Phrases:
    """Count the phrases of each topic.

    Parameters
    ----------
    texts : sequence of str
    labels : ndarray of int, shape (n_texts,)
        Topic of each text, 0 to k-1; -1 is left out. A text that stands in a topic twice counts
        once.
    avoid : collection of str, default ()
        Names and ids of customers, which no phrase is made of.

    Returns
    -------
    Phrases
        In an order that does not depend on the order of the texts.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.phrases import count_phrases
    >>> texts = ["My card isn't working", "The card is not working!", "Cards not working, help"]
    >>> found = count_phrases(texts, np.zeros(3, dtype=int))
    >>> int(found.counts[0, found.written.index("card not working")])
    3
    """
    n_topics = int(labels.max(initial=-1)) + 1
    pairs = sorted({(t[:READ], int(c)) for t, c in zip(texts, labels, strict=True) if c >= 0})
    topic = np.array([c for _, c in pairs], dtype=np.int64)
    tokens, text_of, vocabulary = tokenize([text for text, _ in pairs])
    lexicon = read_lexicon(tokens, text_of, vocabulary, len(pairs), avoid)
    cut = _after_question(tokens, lexicon)
    kept = ~lexicon.skipped[tokens] | cut
    words = np.where(
        inside_sentence(tokens, vocabulary), lexicon.word[tokens], lexicon.usual[tokens]
    )
    stems = np.where(before_id(tokens, vocabulary) | cut, -1, lexicon.stem[tokens])
    stream = _Stream(stems[kept], words[kept], text_of[kept])
    return _count(stream, lexicon, _grammar(tokens, lexicon), topic, n_topics)


def _after_question(tokens: NDArray[np.int64], lexicon: Lexicon) -> NDArray[np.bool_]:
    """Mark what follows in "how long is a transfer": nobody speaks of long transfers."""
    asked = np.zeros(len(tokens), dtype=np.bool_)
    asked[2:] = lexicon.question[tokens[:-2]] & (lexicon.stem[tokens[1:-1]] >= 0)
    is_link = np.append(lexicon.roles, -1)[lexicon.stem[tokens]] == Role.LINK
    is_verb = lexicon.skipped[tokens] & ~lexicon.determiner[tokens]
    return np.asarray(asked & (is_link | is_verb))


def _grammar(tokens: NDArray[np.int64], lexicon: Lexicon) -> list[NDArray[np.float64]]:
    """Compute the shares of each stem's places as a noun, at a beginning and at an end."""
    stem = lexicon.stem[tokens]
    is_content = (stem >= 0) & (np.append(lexicon.roles, -1)[stem] == Role.CONTENT)
    is_begin = is_content & ~np.append(False, is_content[:-1])
    is_end = is_content & ~np.append(is_content[1:], False)
    is_noun = is_end & np.append(False, lexicon.determiner[tokens][:-1])
    n_stems = len(lexicon.roles)
    times = np.maximum(np.bincount(stem[is_content], minlength=n_stems), 1)
    return [
        np.bincount(stem[places], minlength=n_stems) / times
        for places in (is_noun, is_begin, is_end)
    ]


def _count(
    stream: _Stream,
    lexicon: Lexicon,
    grammar: list[NDArray[np.float64]],
    topic: NDArray[np.int64],
    n_topics: int,
) -> Phrases:
    from scipy.sparse import csr_matrix, hstack

    stems: list[tuple[int, ...]] = []
    counts: list[csr_matrix] = []
    written: list[str] = []
    gram = stream.stems.copy()
    rows = np.empty((len(lexicon.roles), 0), dtype=np.int64)
    cut = _before_particle(stream, lexicon.roles)
    topics = _indicator(topic, np.arange(len(topic)), (n_topics, len(topic)))
    for length in range(1, LONGEST + 1):
        gram, rows = _lengthen(stream, gram, rows, length)
        at = np.flatnonzero(gram >= 0)
        per_topic = topics @ _indicator(stream.texts[at], gram[at], (len(topic), len(rows)))
        # A sequence that no topic holds twice is nobody's phrase, nor is any longer one.
        least = 1 if length == 1 else 2
        common = np.asarray((per_topic >= least).sum(axis=0)).ravel() > 0
        gram[at] = np.where(common[gram[at]], gram[at], -1)
        at = np.flatnonzero((gram >= 0) & ~np.roll(cut, 1 - length))
        per_topic = topics @ _indicator(stream.texts[at], gram[at], (len(topic), len(rows)))
        common &= np.asarray(per_topic.sum(axis=0)).ravel() > 0
        shown = np.flatnonzero(common & _well_formed(rows, lexicon.roles))
        stems.extend(tuple(row) for row in rows[shown].tolist())
        counts.append(per_topic[:, shown])
        written.extend(_most_written(stream, lexicon, gram, shown, length))
    sizes = np.bincount(topic, minlength=n_topics)
    return Phrases(
        stems=stems,
        counts=csr_matrix(hstack(counts, format="csr")),
        sizes=sizes,
        roles=lexicon.roles,
        noun=grammar[0],
        begins=grammar[1],
        ends=grammar[2],
        polar=lexicon.polar,
        weak=lexicon.weak,
        spelled=_spelled(stream, (len(topic), len(lexicon.roles))),
        places=_first_places(stream, (len(topic), len(lexicon.roles))),
        topic=topic,
        written=written,
    )


def _before_particle(stream: _Stream, roles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the words that a particle belongs to: "top up" is not about a top."""
    is_particle = (stream.stems >= 0) & (np.append(roles, -1)[stream.stems] == Role.PARTICLE)
    return np.append(is_particle[1:], False)


def _indicator(
    rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> csr_matrix:
    """Build a sparse matrix of ones; repeats stay one."""
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)
    matrix.data[:] = 1
    return matrix


def _first_places(stream: _Stream, shape: tuple[int, int]) -> csc_matrix:
    from scipy.sparse import csc_matrix

    at = np.flatnonzero(stream.stems >= 0)
    cells, first = np.unique(stream.texts[at] * shape[1] + stream.stems[at], return_index=True)
    return csc_matrix((at[first] + 1, (cells // shape[1], cells % shape[1])), shape=shape)


def _spelled(stream: _Stream, shape: tuple[int, int]) -> csc_matrix:
    from scipy.sparse import csc_matrix

    at = np.flatnonzero(stream.stems >= 0)
    pairs, spelling, times = np.unique(
        np.column_stack([stream.stems[at], stream.words[at]]),
        axis=0,
        return_inverse=True,
        return_counts=True,
    )
    order = np.lexsort((pairs[:, 1], -times, pairs[:, 0]))
    commonest = order[np.unique(pairs[order, 0], return_index=True)[1]]
    at = at[np.isin(spelling, commonest)]
    return csc_matrix(_indicator(stream.texts[at], stream.stems[at], shape))


def _lengthen(
    stream: _Stream, gram: NDArray[np.int64], rows: NDArray[np.int64], length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Extend sequences of ``length - 1`` words by a word; they are numbered by first word."""
    if length == 1:
        return gram, np.arange(len(rows))[:, None]
    longer = np.full_like(gram, -1)
    # Both shorter sequences inside must be common, so that few are left to number.
    starts = np.flatnonzero((gram[:-1] >= 0) & (gram[1:] >= 0))
    n_stems = int(stream.stems.max(initial=0)) + 1
    last = stream.stems[starts + length - 1]
    codes, inverse = np.unique(gram[starts] * n_stems + last, return_inverse=True)
    longer[starts] = inverse
    return longer, np.column_stack([rows[codes // n_stems], codes % n_stems])


def _well_formed(rows: NDArray[np.int64], roles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Phrases begin with content or a negation and end with content or a particle."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    first, last = roles[rows[:, 0]], roles[rows[:, -1]]
    begins = np.isin(first, (Role.CONTENT, Role.NEGATION))
    ends = np.isin(last, (Role.CONTENT, Role.PARTICLE))
    return np.asarray(begins & ends & (roles[rows] == Role.CONTENT).any(axis=1))


def _most_written(
    stream: _Stream,
    lexicon: Lexicon,
    gram: NDArray[np.int64],
    shown: NDArray[np.int64],
    length: int,
) -> list[str]:
    """Spell each phrase as most texts do."""
    wanted = np.zeros(int(gram.max(initial=-1)) + 2, dtype=np.bool_)
    wanted[shown] = True
    at = np.flatnonzero(wanted[gram])
    words = np.column_stack([stream.words[at + offset] for offset in range(length)])
    spellings = Counter(map(tuple, np.column_stack([gram[at], words]).tolist()))
    best: dict[int, tuple[int, str]] = {}
    for (phrase, *numbers), times in sorted(spellings.items()):
        text = " ".join(lexicon.written[number] for number in numbers).replace("' ", "'")
        if times > best.get(phrase, (0, ""))[0]:
            best[phrase] = (times, text)
    return [best[phrase][1] for phrase in shown.tolist()]

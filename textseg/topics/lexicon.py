"""From texts to numbered words: tokens, their language, role, stem and spelling."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textseg.topics.people import person_names
from textseg.topics.stopwords import LANGUAGES, Role, stem, stop_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOKEN = re.compile(
    r"""
      (?:https?://|www\.)\S+ | [\w.+-]+@[\w-]+\.[\w.-]+          # addresses
    | (?:[\w-]+\.)+(?:com|net|org|info|io|eu|de|fr|es|it|nl|co\.uk)\b(?:/\S*)?
    | <[^<>]{0,40}> | \[[A-Z_ ]{1,40}\] | \{[^{}]{0,40}\}         # placeholders of masked data
    | \w*[\d_]\w*                                                 # numbers and ids
    | \b(?:[cdjlmnst]|qu|un|dell|all|nell|sull|dall|quest)['’](?=[^\W\d_]{2})   # l'écran
    | \b(?:log|sign|check)(?:s|ged|ed|ging|ing)?[ ]in\b(?![ ](?:a|the|my|your|this)\b)       # verbs
    | [^\W\d_]+(?:(?:['’]|-(?-i:(?=[A-ZÄÖÜ]))|(?<=\b[^\W\d_])-)[^\W\d_]+)*            # words
    | \n | (?<!\w)- | -(?!\w) | [^\w\s-]                          # what ends a phrase
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-]){0,38}[^\W\d_](?: in)?")
_NO_VOWEL = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}")
_NUMBER = re.compile(r".*number|.*nummer|nr|num|id|ref|reference|num[eé]ro|número")
_MARK = re.compile(r"[#:.-]")
_SENTENCE_ENDS = frozenset(".!?:\n•*")
_NAMES = tuple(LANGUAGES)


@dataclass(frozen=True)
class Lexicon:
    """What is known of each different token, by its number.

    Attributes
    ----------
    stem : ndarray of int64, shape (n_tokens,)
        Number of the stem; -1 for what ends a phrase.
    skipped : ndarray of bool, shape (n_tokens,)
        Whether phrases go on as if the token was not there.
    word : ndarray of int64, shape (n_tokens,)
        How to write the token as it stands: a number of `written`.
    usual : ndarray of int64, shape (n_tokens,)
        How most texts write it; where a sentence begins, a capital says nothing.
    written : list of str
        All spellings.
    roles : ndarray of int64, shape (n_stems,)
        The :class:`~textseg.topics.stopwords.Role` of each stem.
    determiner, question : ndarray of bool, shape (n_tokens,)
        Words that a noun comes after, and words that ask about the next one.
    polar : frozenset of str
        Words, in lower case, that judge.
    weak : frozenset of str
        Those, and other words, in lower case, that name nothing.
    """

    stem: NDArray[np.int64]
    skipped: NDArray[np.bool_]
    word: NDArray[np.int64]
    usual: NDArray[np.int64]
    written: list[str]
    roles: NDArray[np.int64]
    determiner: NDArray[np.bool_]
    question: NDArray[np.bool_]
    polar: frozenset[str]
    weak: frozenset[str]


def tokenize(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    r"""Cut texts into words and what stands between them.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    tokens : ndarray of int64, shape (n,)
        Numbers of the tokens of all texts in a row; 0 is a line break and closes every text.
    text_of : ndarray of int64, shape (n,)
        Number of the text of each token.
    vocabulary : list of str
        The tokens by their numbers.

    Examples
    --------
    >>> from textseg.topics.lexicon import tokenize
    >>> tokens, text_of, vocabulary = tokenize(["Top-up of 20 EUR?", "Hi"])
    >>> [vocabulary[token] for token in tokens]
    ['Top', 'up', 'of', '20', 'EUR', '?', '\n', 'Hi', '\n']
    """
    numbers: dict[str, int] = {"\n": 0}
    flat: list[int] = []
    lengths: list[int] = []
    for text in texts:
        found = _TOKEN.findall(text)
        flat.extend([numbers.setdefault(token, len(numbers)) for token in found])
        flat.append(0)
        lengths.append(len(found) + 1)
    text_of = np.repeat(np.arange(len(texts)), np.array(lengths, dtype=np.int64))
    return np.array(flat, dtype=np.int64), text_of, list(numbers)


def read_lexicon(
    tokens: NDArray[np.int64],
    text_of: NDArray[np.int64],
    vocabulary: list[str],
    n_texts: int,
    avoid: Collection[str] = (),
) -> Lexicon:
    """Look up every token, in the languages of the texts that it stands in.

    Parameters
    ----------
    tokens, text_of, vocabulary
        What :func:`tokenize` gave.
    n_texts : int
    avoid : collection of str, default ()
        Names and ids of customers: no phrase is made of them, nor of names that
        :func:`~textseg.topics.people.person_names` finds in the texts.

    Returns
    -------
    Lexicon

    Examples
    --------
    >>> from textseg.topics.lexicon import read_lexicon, tokenize
    >>> found = read_lexicon(*tokenize(["The card is late", "late cards"]), 2)
    >>> len(found.roles)
    2
    """
    lower = [token.lower().replace("’", "'") for token in vocabulary]
    forms = sorted(set(lower))
    index = {form: number for number, form in enumerate(forms)}
    form_of = np.array([index[form] for form in lower], dtype=np.int64)
    languages = _languages(form_of[tokens], text_of, forms, n_texts)
    people = person_names(tokens, text_of, vocabulary, avoid)
    readings = [_read_word(form, languages[n], people) for n, form in enumerate(forms)]

    keys = sorted({(r.stem, int(r.role)) for r in readings if r.role not in (Role.SKIP, Role.STOP)})
    key_index = {key: number for number, key in enumerate(keys)}
    stems = np.array([key_index.get((r.stem, int(r.role)), -1) for r in readings], dtype=np.int64)
    usual = _casing(tokens, vocabulary, form_of, len(forms))
    # What most write with capitals is written so everywhere; else each phrase decides: "Apple Pay".
    as_most = [readings[f].word if readings[f].word != forms[f] else usual[f] for f in form_of]
    as_is = [
        most if most != forms[f] else token
        for token, most, f in zip(vocabulary, as_most, form_of, strict=True)
    ]
    written = sorted({*as_is, *as_most})
    place = {text: number for number, text in enumerate(written)}
    return Lexicon(
        stem=stems[form_of],
        skipped=np.array([r.role is Role.SKIP for r in readings], dtype=np.bool_)[form_of],
        word=np.array([place[text] for text in as_is], dtype=np.int64),
        usual=np.array([place[text] for text in as_most], dtype=np.int64),
        written=written,
        roles=np.array([role for _, role in keys], dtype=np.int64),
        determiner=_listed("determiners", forms, languages)[form_of],
        question=_listed("questions", forms, languages)[form_of],
        polar=frozenset(r.word for r in readings if r.is_polar),
        weak=frozenset(r.word for r in readings if r.is_weak),
    )


@dataclass(frozen=True)
class _Reading:
    word: str
    stem: str
    role: Role
    is_polar: bool = False
    is_weak: bool = False


def _read_word(form: str, languages: list[str], people: frozenset[str]) -> _Reading:
    """Take a word as a function word of one of its languages, else as content of the first."""
    for language in languages:
        known = stop_words(language)
        word = known.same.get(form, form)
        counts_as = known.like.get(word, word)
        if counts_as in known.roles:
            return _Reading(word, counts_as, known.roles[counts_as])
    if form in people or not _WORD.fullmatch(form) or _NO_VOWEL.fullmatch(form):
        return _Reading(form, form, Role.STOP)
    is_polar = any(form in stop_words(language).polar for language in languages)
    is_weak = any(form in stop_words(language).weak for language in languages)
    verb, particle = form.removesuffix(" in"), " in" * form.endswith(" in")
    root = stem(verb, languages[0]) + particle
    return _Reading(form, root, Role.CONTENT, is_polar, is_weak)


def _listed(kind: str, forms: list[str], languages: list[list[str]]) -> NDArray[np.bool_]:
    """Mark the words that one of their languages has on a list."""
    known = {name: getattr(stop_words(name), kind) for name in _NAMES}
    return np.array(
        [
            any(form in known[name] for name in own)
            for form, own in zip(forms, languages, strict=True)
        ],
        dtype=np.bool_,
    )


def _languages(
    forms_in_stream: NDArray[np.int64], text_of: NDArray[np.int64], forms: list[str], n_texts: int
) -> list[list[str]]:
    """Find the languages of each word: of the texts that it stands in, the commonest first."""
    hits = np.zeros((n_texts, len(_NAMES)))
    for column, name in enumerate(_NAMES):
        known = stop_words(name)
        is_known = np.array(
            [f in known.roles or f in known.same or f in known.like for f in forms],
            dtype=np.float64,
        )
        hits[:, column] = np.bincount(text_of, is_known[forms_in_stream], minlength=n_texts)
    # A text without function words, or with as many of two languages, speaks as the others do.
    spoken = np.argmax(hits + 0.5 * hits.sum(axis=0) / max(hits.sum(), 1.0), axis=1)
    cells = forms_in_stream * len(_NAMES) + spoken[text_of]
    shares = np.bincount(cells, minlength=len(forms) * len(_NAMES)).reshape(-1, len(_NAMES))
    order = np.argsort(-shares, axis=1, kind="stable")
    enough = np.maximum(0.2 * shares.sum(axis=1), 1)
    return [
        [_NAMES[c] for c in row if shares[n, c] >= enough[n]] or [_NAMES[row[0]]]
        for n, row in enumerate(order)
    ]


def inside_sentence(tokens: NDArray[np.int64], vocabulary: list[str]) -> NDArray[np.bool_]:
    """Mark the tokens that do not begin a sentence.

    Parameters
    ----------
    tokens, vocabulary
        What :func:`tokenize` gave.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> from textseg.topics.lexicon import inside_sentence, tokenize
    >>> tokens, _, vocabulary = tokenize(["Late. Very late"])
    >>> inside_sentence(tokens, vocabulary).tolist()
    [False, True, False, True, True]
    """
    ends = np.array([token in _SENTENCE_ENDS for token in vocabulary], dtype=np.bool_)
    inside = np.ones(len(tokens), dtype=np.bool_)
    inside[:1] = False
    inside[1:] = ~ends[tokens[:-1]]
    return inside


def before_id(tokens: NDArray[np.int64], vocabulary: list[str]) -> NDArray[np.bool_]:
    """Mark the words that only announce an id: the "number" of "order number 4821".

    Parameters
    ----------
    tokens, vocabulary
        What :func:`tokenize` gave.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> from textseg.topics.lexicon import before_id, tokenize
    >>> tokens, _, vocabulary = tokenize(["phone number, order number: 4821"])
    >>> before_id(tokens, vocabulary).tolist()
    [False, False, False, False, True, False, False, False]
    """
    announces = np.array([bool(_NUMBER.fullmatch(token.lower())) for token in vocabulary])
    is_mark = np.array([bool(_MARK.fullmatch(token)) for token in vocabulary])
    is_id = np.array([token[0] in "<[{" or any(map(str.isdigit, token)) for token in vocabulary])
    one = np.append(tokens[1:], 0)
    two = np.append(tokens[2:], [0, 0])[: len(tokens)]
    return np.asarray(announces[tokens] & (is_id[one] | (is_mark[one] & is_id[two])))


def _casing(
    tokens: NDArray[np.int64], vocabulary: list[str], form_of: NDArray[np.int64], n_forms: int
) -> list[str]:
    """Write each word as most do inside a sentence: "ATM", "Apple Pay", German nouns."""
    votes = np.bincount(tokens[inside_sentence(tokens, vocabulary)], minlength=len(vocabulary))
    best: list[tuple[int, str]] = [(0, "")] * n_forms
    for number, token in enumerate(vocabulary):
        form = form_of[number]
        candidate = (int(votes[number]), token)
        # Of two spellings with equal votes the later in the alphabet wins: lower case.
        best[form] = max(best[form], candidate)
    return [token if votes_for else token.lower() for votes_for, token in best]

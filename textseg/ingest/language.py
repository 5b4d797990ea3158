"""The language of every text, where the text and the texts around it leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.ingest.row_digests import digest_texts
from textseg.progress import SILENT, Progress

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_NAMES = """
    af Afrikaans ar Arabic az Azerbaijani be Belarusian bg Bulgarian bn Bengali ca Catalan
    cs Czech cy Welsh da Danish de German el Greek en English es Spanish et Estonian eu Basque
    fa Persian fi Finnish fr French ga Irish gl Galician gu Gujarati he Hebrew hi Hindi
    hr Croatian hu Hungarian hy Armenian id Indonesian is Icelandic it Italian ja Japanese
    ka Georgian kk Kazakh km Khmer kn Kannada ko Korean lt Lithuanian lv Latvian mk Macedonian
    ml Malayalam mn Mongolian mr Marathi ms Malay mt Maltese my Burmese ne Nepali nl Dutch
    no Norwegian pa Punjabi pl Polish ps Pashto pt Portuguese ro Romanian ru Russian si Sinhala
    sk Slovak sl Slovenian so Somali sq Albanian sr Serbian sv Swedish sw Swahili ta Tamil
    te Telugu th Thai tl Tagalog tr Turkish uk Ukrainian ur Urdu uz Uzbek vi Vietnamese yo Yoruba
    zh Chinese zu Zulu
"""
LANGUAGES: dict[str, str] = dict(re.findall(r"(\w+) (\w+)", _NAMES))
"""The languages that can be found: ISO 639-1 code to English name. Each costs a little time."""
_NOT_A_LANGUAGE = "zxx"  # the detector's class for numbers, markup and identifiers

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+|\[[A-Z_]+\]|[\d_]+")
_LONGEST = 120  # characters; more do not change the answer
_FEWEST_LETTERS = 3
_CERTAIN = 0.9
_AT_ODDS = 0.2
_ROUNDS = 50
_SAMPLE = 50_000  # distinct texts that tell how common the languages are
_DOUBT = 5.0  # this many texts outweigh the view that all languages are as common


def detect_languages(texts: pd.Series, progress: Progress = SILENT) -> pd.Series:
    """Find the language of each text, or null where it cannot be known.

    A naive Bayes classifier on byte n-grams (Lui & Baldwin 2011) reads each distinct text alone.
    How common each language is among all of them is then estimated by expectation maximisation,
    and weighed in (Saerens, Latinne & Decaestecker 2002): three words that could be English or
    Dutch are English among English texts, and null where there are few other texts. So the answer
    depends on the set of the texts, not on their order or on how often each is there.

    A text has no language if it has fewer than 3 letters, if no language reaches 90 %, or if the
    most probable one among these texts is less than a fifth as probable as another by the text
    alone.

    Parameters
    ----------
    texts : Series of string
        Cleaned; nulls are allowed.
    progress : Progress
        Told of every distinct text.

    Returns
    -------
    Series of string
        ISO 639-1 codes, with the index of ``texts``.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.language import detect_languages
    >>> said = ["The zip broke after two days.", "Der Reißverschluss war sofort kaputt.", "5/5!"]
    >>> detect_languages(pd.Series(said)).to_list()
    ['en', 'de', <NA>]
    """
    # Sorted, since sums of floats depend on the order.
    _, first, place = np.unique(digest_texts(texts), return_index=True, return_inverse=True)
    detector = _detector()
    common: NDArray[np.float32] | None = None
    found = np.full(len(first), _NOT_A_LANGUAGE, dtype=object)
    with progress.stage("Reading languages", len(first)) as advance:
        for start in range(0, len(first), _SAMPLE):
            said = [_words(text) for text in texts.iloc[first[start : start + _SAMPLE]]]
            scores = _read([words for words in said if words], detector, advance)
            own = common is None
            if common is None:
                common = _how_common(scores)
            readable = start + np.flatnonzero([bool(words) for words in said])
            found[readable] = _decide(scores, common, detector.labels, own=own)
            advance(len(said) - len(scores))
    codes = pd.Series(found, dtype="string")
    return codes.mask(codes == _NOT_A_LANGUAGE).take(place).set_axis(texts.index)


def _words(text: Any) -> str | None:
    """Cut out what has no language, and stop the shouting; None where too little is left."""
    if not isinstance(text, str):
        return None
    words = _NOISE.sub(" ", text[: 5 * _LONGEST]).split()
    # The detector knows capitals as initials; a shouted word looks like no language at all.
    calm = " ".join([word.lower() if word[1:].isupper() else word for word in words])[:_LONGEST]
    return calm if sum(map(str.isalpha, calm)) >= _FEWEST_LETTERS else None


def _read(
    texts: Sequence[str], detector: LanguageIdentifier, advance: Callable[[int], None]
) -> NDArray[np.float32]:
    """Give each language's probability by each text alone, shape (texts, languages)."""
    scores = np.empty((len(texts), len(detector.labels)), dtype=np.float32)
    in_order: Any = itemgetter(*detector.labels)
    for row, text in enumerate(texts):
        scores[row] = in_order(dict(detector.rank(text)))
        advance(1)
    return scores


def _how_common(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate how many of the texts are in each language, and some more for doubt."""
    n, k = scores.shape
    doubt = np.float32(_DOUBT / k)
    counts: NDArray[Any] = np.full(k, n / k, dtype=np.float32)
    for _ in range(_ROUNDS):
        common = counts + doubt
        counts = common * (scores.T @ (1 / (scores @ common)))
    return np.asarray(counts + doubt)


def _decide(
    scores: NDArray[np.float32], common: NDArray[np.float32], labels: Sequence[str], *, own: bool
) -> NDArray[Any]:
    """Choose where there is no doubt, by the text and by the others; ``own`` is in ``common``."""
    weighed = scores * common
    if own:  # what the text itself has added is taken off
        weighed = scores * (common - weighed / weighed.sum(axis=1, keepdims=True))
    best = weighed.argmax(axis=1)
    rows = np.arange(len(scores))
    sure = weighed[rows, best] >= _CERTAIN * weighed.sum(axis=1)
    sure &= scores[rows, best] >= _AT_ODDS * scores.max(axis=1)
    return np.where(sure, np.array(labels, dtype=object)[best], _NOT_A_LANGUAGE)


@cache
def _detector() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages([*LANGUAGES, _NOT_A_LANGUAGE])
    return detector

"""Which languages a model knows, and what to say of texts in others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from textseg.encode.default_model import WEIGHTS
from textseg.encode.source import ModelSource
from textseg.ingest.language import LANGUAGES

SHIPPED_SENTIMENT = frozenset({"en"})
"""The languages that the sentiment that comes with textseg was trained for."""

_LEAST_TEXTS = 5
_LEAST_SHARE = 0.01
_NAMED = 3
_FOR_TOPICS = 'encoder.model = "paraphrase-multilingual-MiniLM-L12-v2"'
_FOR_SENTIMENT = "sentiment.model to a model of their languages"


def known_languages(source: ModelSource) -> frozenset[str] | None:
    """Say which languages a model was made for.

    Parameters
    ----------
    source : ModelSource
        An encoder or a sentiment model.

    Returns
    -------
    frozenset of str, or None
        ISO 639-1 codes; for all but the default encoder those in the front matter of the folder's
        ``README.md``. None where it names none, or calls the model multilingual.

    Examples
    --------
    >>> from textseg.encode.languages import known_languages
    >>> from textseg.encode.source import find_model
    >>> sorted(known_languages(find_model("default")))
    ['en']
    """
    if source.weights == WEIGHTS:
        return frozenset({"en"})
    entries = _front_matter(source.folder / "README.md").get("language")
    named = entries if isinstance(entries, list) else [entries]
    # YAML 1.1 reads the code of Norwegian as the truth value.
    tags = ["no" if tag is False else str(tag).lower() for tag in named]
    codes = frozenset(tag.replace("_", "-").split("-")[0] for tag in tags) & LANGUAGES.keys()
    return None if "multilingual" in tags else codes or None


def _front_matter(card: Path) -> Mapping[str, Any]:
    """Read what a model card says to machines; nothing where it is missing or damaged."""
    import yaml
    from huggingface_hub import metadata_load

    try:
        return metadata_load(card) or {}
    except (OSError, ValueError, yaml.YAMLError):
        return {}


def count_languages(languages: pd.Series) -> dict[str, int]:
    """Count the texts of each language, the commonest first.

    Parameters
    ----------
    languages : Series of string
        A code per text, or null.

    Returns
    -------
    dict of str to int
        Texts without a language are not counted.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.encode.languages import count_languages
    >>> count_languages(pd.Series(["de", "en", None, "en"]))
    {'en': 2, 'de': 1}
    """
    counts = languages.value_counts()
    pairs = [(str(code), int(n)) for code, n in counts.items()]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def weak_languages(languages: pd.Series, known: frozenset[str] | None) -> dict[str, int]:
    """Count the texts in languages that a model does not know.

    Parameters
    ----------
    languages : Series of string
        A code per text, or null.
    known : frozenset of str, or None
        From :func:`known_languages`.

    Returns
    -------
    dict of str to int
        Texts per language with at least 5 texts and 1 % of all, the commonest first; empty where
        it is not known what the model knows.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.encode.languages import weak_languages
    >>> weak_languages(pd.Series(["en"] * 80 + ["de"] * 20 + ["fr"] * 2), frozenset({"en"}))
    {'de': 20}
    """
    if known is None:
        return {}
    least = max(_LEAST_TEXTS, _LEAST_SHARE * len(languages))
    counts = count_languages(languages)
    return {code: n for code, n in counts.items() if code not in known and n >= least}


def language_notes(
    languages: pd.Series, encoder: ModelSource, sentiment: ModelSource | None = None
) -> list[str]:
    """Say how many texts are in languages that the models are weak in, and what helps.

    Parameters
    ----------
    languages : Series of string
        A code per text, or null.
    encoder : ModelSource
        Where the embeddings come from.
    sentiment : ModelSource or None
        Where the sentiment comes from; None for the one that comes with textseg.

    Returns
    -------
    list of str
        At most one note for topics and one for sentiment; one for both where they agree.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.encode.languages import language_notes
    >>> from textseg.encode.source import find_model
    >>> notes = language_notes(pd.Series(["en"] * 80 + ["de"] * 20), find_model("default"))
    >>> notes[0][:75]
    '20 of 100 texts (20%) are in German; the default encoder knows English only'
    """
    topics, feelings = _of_encoder(encoder), _of_sentiment(sentiment)
    weak = weak_languages(languages, topics.known)
    weak_for_sentiment = weak_languages(languages, feelings.known)
    if weak == weak_for_sentiment:
        what, hint = "topics and sentiment", f"{topics.setting}, and {feelings.setting}"
        topics, weak_for_sentiment = replace(topics, what=what, setting=hint), {}
    found = [(weak, topics), (weak_for_sentiment, feelings)]
    return [_note(counts, len(languages), part) for counts, part in found if counts]


@dataclass(frozen=True)
class _Part:
    """What a model gives, and what it knows."""

    what: str
    model: str
    known: frozenset[str] | None
    setting: str


def _of_encoder(source: ModelSource) -> _Part:
    model = "the default encoder" if source.name == "default" else f"the encoder {source.name}"
    return _Part("topics", model, known_languages(source), _FOR_TOPICS)


def _of_sentiment(source: ModelSource | None) -> _Part:
    if source is None:
        return _Part("sentiment", "the shipped sentiment", SHIPPED_SENTIMENT, _FOR_SENTIMENT)
    model = f"the sentiment model {source.name}"
    return _Part("sentiment", model, known_languages(source), _FOR_SENTIMENT)


def _note(counts: Mapping[str, int], total: int, part: _Part) -> str:
    known = sorted(LANGUAGES[code] for code in part.known or ())
    rest = [f"{len(known) - _NAMED} more"] if len(known) > _NAMED else []
    verb = "is" if part.what == "sentiment" else "are"
    return (
        f"{_counted(counts, total)}; {part.model} knows {_listed(known[:_NAMED] + rest)} only, "
        f"so their {part.what} {verb} not reliable. Set {part.setting}."
    )


def _counted(counts: Mapping[str, int], total: int) -> str:
    """Write "30 of 90 texts (33%) are in German and 9 (10%) in French"."""
    pairs = [(LANGUAGES.get(code, code), n) for code, n in counts.items()]
    others = sum(n for _, n in pairs[_NAMED:])
    (first, n), *further = pairs[:_NAMED] + ([("other languages", others)] if others else [])
    head = f"{n:,} of {total:,} texts ({n / total:.0%}) are in {first}"
    return _listed([head, *(f"{n:,} ({n / total:.0%}) in {name}" for name, n in further)])


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

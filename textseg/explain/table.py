"""The terms of an explanation: one row per feature that means something to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.explain.contest import Contest
from textseg.explain.features import Features
from textseg.explain.record import Record
from textseg.explain.words import AVERAGE, OUTSIDE, TOPIC, UNKNOWN, natural, wording

Matrix = NDArray[np.float64]
Row = dict[str, Any]

COLUMNS = ("block", "feature", "words", "value", "own_mean", "rival_mean", "term", "share")

_TEXT, _FELT = "preference", "sentiment"
_NAN = float("nan")


def term_table(
    contest: Contest,
    features: Features,
    record: Record,
    average: Matrix | None,
    themes: Sequence[str] = (),
) -> pd.DataFrame:
    """List what speaks for the own segment and what for the rival, the strongest first.

    Parameters
    ----------
    contest : Contest
    features : Features
    record : Record
    average : ndarray of float64, shape (d,), or None
        The average text, which little text is counted towards.
    themes : sequence of str
        Their names.

    Returns
    -------
    DataFrame
        - ``block``, ``feature``: of the model. What is written (``preference``) has a row for each
          topic of the customer's texts, one for those without topic and one for the average text.
        - ``words``: what it is called.
        - ``value``, ``own_mean``, ``rival_mean``: of the customer, and typical of the two segments,
          in the unit of the feature; NaN where unknown. For topics, shares of the texts.
        - ``term``: part of the difference of squared distances; they add up to it.
        - ``share``: the term as a share of all that speaks for the segment.
    """
    names = {"topics": record.topics, "themes": dict(enumerate(themes))}
    rows: list[Row] = []
    for block, frame in features.blocks.items():
        values = contest.model.fusion.values({block: frame}, block)[0]
        if not np.isfinite(values).any():
            rows.append(_row(block, UNKNOWN, contest.terms(block, values).sum()))
        elif block == _TEXT and average is not None:
            rows.extend(_text_rows(contest, features, record, average))
        elif block == _FELT:
            rows.append(_mood_row(contest, values))
        else:
            rows.extend(_rows(contest, block, values, names.get(block, {})))
    table = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    numeric = ["value", "own_mean", "rival_mean", "term"]
    table = table.astype(dict.fromkeys(numeric, "float64"))
    table["share"] = table["term"] / _base(table["term"])
    order = table["term"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def text_terms(contest: Contest, features: Features) -> Matrix:
    """Return what each text alone adds by its meaning and its mood, shape (n,)."""
    total = np.zeros(len(features.shares))
    for block, values in ((_TEXT, features.embeddings), (_FELT, features.probabilities)):
        if block in features.blocks:
            total += contest.terms(block, values).sum(axis=1)
    return total * features.shares


def _text_rows(
    contest: Contest, features: Features, record: Record, average: Matrix
) -> Iterator[Row]:
    """Split the mean embedding over the texts it is the mean of, and add those up by topic."""
    terms = contest.terms(_TEXT, features.embeddings).sum(axis=1) * features.shares
    topics = record.feedback["topic_id"].to_numpy(dtype="int64")
    of_texts = float(features.shares.sum())
    for topic in np.unique(topics).tolist():
        inside = topics == topic
        yield _row(
            _TEXT,
            f"{TOPIC}{record.topics[topic]}" if topic in record.topics else OUTSIDE,
            terms[inside].sum(),
            float(features.shares[inside].sum()) / of_texts if of_texts > 0 else _NAN,
            record.topic_shares.get((contest.own, topic), 0.0),
            record.topic_shares.get((contest.rival, topic), 0.0),
        )
    if of_texts < 1.0:
        rest = 1.0 - of_texts
        yield _row(_TEXT, AVERAGE, rest * contest.terms(_TEXT, average).sum(), rest)


def _mood_row(contest: Contest, values: Matrix) -> Row:
    """Put the three probabilities together: they say one thing."""
    columns = contest.model.fusion.columns[_FELT]
    negative, positive = columns.index("negative"), columns.index("positive")
    means = contest.model.means[_FELT]
    three = (values, means[contest.own], means[contest.rival])
    felt = (float(each[positive] - each[negative]) for each in three)
    return _row(_FELT, _FELT, contest.terms(_FELT, values).sum(), *felt)


def _rows(contest: Contest, block: str, values: Matrix, names: Mapping[int, str]) -> Iterator[Row]:
    means = contest.model.means[block]
    terms = contest.terms(block, values)
    for place, feature in enumerate(contest.model.fusion.columns[block]):
        three = (values[place], means[contest.own, place], means[contest.rival, place])
        natural_ones = (natural(feature, float(each)) for each in three)
        name = names.get(int(feature), feature) if names else feature
        yield _row(block, name, terms[place], *natural_ones)


def _row(
    block: str,
    feature: str,
    term: float,
    value: float = _NAN,
    own_mean: float = _NAN,
    rival_mean: float = _NAN,
) -> Row:
    words = wording(block, feature).words
    cells = (block, feature, words, value, own_mean, rival_mean, term)
    return dict(zip(COLUMNS, cells, strict=False))


def _base(terms: pd.Series) -> float:
    """Return all that speaks for the segment; where nothing does, all that speaks against it."""
    speaks_for = float(terms[terms > 0].sum())
    return speaks_for or float(terms.abs().sum()) or 1.0

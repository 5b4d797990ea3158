"""The sentiment stage: what the ratings teach, and the scores on scales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import Config
from textseg.sentiment.adapt import adapt_head
from textseg.sentiment.head import SentimentHead
from textseg.sentiment.rating_scale import ratings_class
from textseg.sentiment.scales import Scales, scale_columns
from textseg.sentiment.scorer import Scorer

if TYPE_CHECKING:
    from textseg.encode import Encodings

Embed = Callable[[list[str]], NDArray[Any]]


@dataclass(frozen=True)
class Sentiment:
    """What the stage gives.

    Attributes
    ----------
    encodings : Encodings
        With the probabilities of the head that is used.
    head : SentimentHead or None
        The head that was learned from the ratings; None where the model's own is used.
    scales : Scales
    figures : dict
        Quality figures for the manifest.
    notes : list of str
        What was decided, and why.
    """

    encodings: Encodings
    head: SentimentHead | None
    scales: Scales
    figures: dict[str, Any]
    notes: list[str]


def settle_sentiment(
    feedback: pd.DataFrame, encodings: Encodings, scorer: Scorer, embed: Embed, config: Config
) -> Sentiment:
    """Learn from the ratings if that is wanted, and fit the scales.

    Parameters
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK``.
    encodings : Encodings
        Of its texts.
    scorer : Scorer
        That gave the probabilities.
    embed : callable
        Takes texts and gives their embeddings, shape (n_texts, d); for the ends of the scales.
    config : Config

    Returns
    -------
    Sentiment
    """
    figures: dict[str, Any] = {"model": scorer.name}
    notes = []
    head = None
    if config.sentiment.adapt:
        adapted = adapt_head(
            scorer.head,
            encodings.features[encodings.index],
            ratings_class(feedback),
            _groups(feedback),
            config.seed,
        )
        figures["adapt"] = adapted.to_dict()
        kept = "learned from the ratings" if adapted.kept else "left as it was"
        notes.append(f"Sentiment was {kept}: {adapted.reason}")
        if adapted.kept:
            head = adapted.head
            encodings = encodings.scored_by(head)
    if encodings.second_pass:
        figures["second_pass_seconds"] = round(encodings.second_pass, 3)
        notes.append(
            f"The sentiment needed a second pass over the texts: {encodings.second_pass:,.0f} of "
            f"{encodings.seconds:,.0f} seconds of encoding."
        )
    scales = Scales.fit(config.scales, embed, encodings.embeddings[: encodings.n_unique])
    return Sentiment(encodings, head, scales, figures, notes)


def scale_scores(scales: Scales, encodings: Encodings, index: pd.Index) -> pd.DataFrame:
    """Score each feedback on each scale.

    Parameters
    ----------
    scales : Scales
    encodings : Encodings
    index : Index
        Of the feedback.

    Returns
    -------
    DataFrame of float64
        One column per scale, named as in the exports.
    """
    scores = scales.score(encodings.embeddings[: encodings.n_unique])
    names = scale_columns(scales.names)
    return pd.DataFrame(scores[encodings.index], index=index, columns=names)


def _groups(feedback: pd.DataFrame) -> list[str]:
    """Return the customer of each feedback, or the feedback's own key where nobody is named."""
    own = feedback["source"] + "\n" + feedback["feedback_id"]
    groups: NDArray[np.object_] = ("c " + feedback["customer_id"]).fillna("f " + own).to_numpy()
    return [str(group) for group in groups]

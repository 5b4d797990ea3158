"""Where the sentiment comes from: the encoder's own pass, or a second one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.sentiment.classes import LABELS
from textseg.sentiment.head import SentimentHead

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.encode import Encoder
    from textseg.encode.source import ModelSource
    from textseg.encode.spans import Passage

_LEAST = 1e-6
"""Least probability of a class: half precision and the logarithm hold no 0."""


@dataclass(frozen=True)
class Scorer:
    """Gives texts and clauses their sentiment.

    Attributes
    ----------
    name : str
        ``"default"``, or the model that the settings name.
    fingerprint : str
        Names the origin of the features; the head's fingerprint is its own.
    n_features : int
    head : SentimentHead
        From features to probabilities.
    second : callable or None
        Takes passages and gives the features of them and then of their clauses; None where the
        encoder gives them in its own pass.
    source : ModelSource or None
        The files of another model than the shipped one.
    """

    name: str
    fingerprint: str
    n_features: int
    head: SentimentHead
    second: Callable[[Sequence[Passage]], NDArray[np.floating]] | None = None
    source: ModelSource | None = None


def load_scorer(config: Config, encoder: Encoder) -> Scorer:
    """Load the sentiment that the settings name.

    Parameters
    ----------
    config : Config
        ``sentiment`` and, for the device of a second pass, ``encoder``.
    encoder : Encoder
        Gives the shipped sentiment in its own pass if it has the branch.

    Returns
    -------
    Scorer

    Raises
    ------
    ModelError
        A model is missing or damaged.
    """
    if config.sentiment.model != "default":
        return _classifier(config)
    from textseg.sentiment.shipped import shipped_sentiment

    shipped = shipped_sentiment()
    features = shipped.head.weight.shape[1]
    if encoder.weights == shipped.encoder_weights and encoder.pools:
        return Scorer("default", shipped.digest, features, shipped.head)
    from textseg.encode.encoder import load_encoder

    other = load_encoder(config.encoder.model_copy(update={"model": "default"}))

    def second(passages: Sequence[Passage]) -> NDArray[np.floating]:
        found = other.run(other.tokenize(passages), np.arange(len(passages))).features
        assert found is not None, "the default encoder has the branch"
        return found

    fingerprint = f"{shipped.digest}-{other.fingerprint}"
    return Scorer("default", fingerprint, features, shipped.head, second)


def _classifier(config: Config) -> Scorer:
    from textseg.sentiment.classifier import load_classifier

    model = load_classifier(config.sentiment, config.encoder)

    def second(passages: Sequence[Passage]) -> NDArray[Any]:
        clauses = [p.text[start:end] for p in passages for start, end in p.spans]
        probabilities = model.score([*(p.text for p in passages), *clauses])
        return np.asarray(np.log(np.maximum(probabilities, _LEAST)))

    head = SentimentHead.identity()
    return Scorer(model.name, model.fingerprint, len(LABELS), head, second, model.source)

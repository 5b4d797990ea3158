"""Scales of one's own: a score on any axis that a few phrases at its two ends describe.

The phrases are embedded; the way from the mean of the low ones to the mean of the high ones is the
axis, and how far a text lies along it is its score. This is concept vector projection: Lyngbæk et
al. 2025, "Continuous sentiment scores for literary and multilingual contexts", Anthology of
Computers and the Humanities 3, https://doi.org/10.63744/nVu1Zq5gRkuD. The texts' embeddings are
those that the topics use, so that a scale costs one product per text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.config import ScaleConfig, make_config
from textseg.errors import ConfigError
from textseg.schema import SCALE_PREFIX

_BLOCK = 16_384
"""Rows that are widened to double precision at a time."""
_SMALLEST = 1e-6
"""Lengths and spreads below it are rounding of the embeddings."""


@dataclass(frozen=True)
class Scales:
    """Axes, and what their scores are measured against.

    Attributes
    ----------
    names : tuple of str
        One per scale.
    directions : ndarray of float32, shape (k, d)
        Unit vector of each scale, from low to high.
    mean, std : ndarray of float64, shape (k,)
        Of the raw scores of the run's distinct texts; ``std`` is 0 where they do not differ.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.config import ScaleConfig
    >>> from textseg.sentiment.scales import Scales
    >>> embed = lambda texts: np.array([[len(text), 1.0] for text in texts])
    >>> length = ScaleConfig(name="length", high=("a long text",), low=("short",))
    >>> scales = Scales.fit([length], embed, embed(["a", "aa", "aaa"]))
    >>> scales.score(embed(["aaaa"]))[:, scales.names.index("length")].round(2).tolist()
    [2.45]
    """

    names: tuple[str, ...]
    directions: NDArray[np.float32]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        configs: Sequence[ScaleConfig],
        embed: Callable[[list[str]], NDArray[Any]],
        embeddings: NDArray[Any],
    ) -> Scales:
        """Find the axes, and standardise their scores over the texts of a run.

        Parameters
        ----------
        configs : sequence of ScaleConfig
            The user's own; see :func:`with_shipped`.
        embed : callable
            Gives n texts embeddings of shape (n, d), as ``Reader.embed`` does.
        embeddings : ndarray of float, shape (n, d)
            One row per distinct text.

        Returns
        -------
        Scales

        Raises
        ------
        ConfigError
            A name is given twice, or the two ends of a scale are the same to the encoder.
        """
        configs = with_shipped(configs)
        directions = _directions(configs, embed)
        raw = _project(embeddings, directions)
        std = raw.std(axis=0)
        return cls(
            names=tuple(config.name for config in configs),
            directions=directions,
            mean=raw.mean(axis=0),
            std=np.where(std > _SMALLEST, std, 0.0),
        )

    def score(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        """Score texts.

        Parameters
        ----------
        embeddings : ndarray of float, shape (n, d)
            As stored, of length one.

        Returns
        -------
        ndarray of float64, shape (n, k)
            In standard deviations from the mean of the run's texts; the higher, the nearer to the
            high end. All 0 on a scale that does not tell the run's texts apart.
        """
        varies = self.std > 0
        raw = _project(embeddings, self.directions)
        return np.where(varies, (raw - self.mean) / np.where(varies, self.std, 1.0), 0.0)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        return {"directions": self.directions, "mean": self.mean, "std": self.std}

    def metadata(self) -> dict[str, Any]:
        """Return what goes with the arrays, as JSON."""
        return {"names": list(self.names)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> Scales:
        """Make the scales again from stored arrays and :meth:`metadata`."""
        return cls(tuple(metadata["names"]), arrays["directions"], arrays["mean"], arrays["std"])


def with_shipped(configs: Iterable[ScaleConfig]) -> tuple[ScaleConfig, ...]:
    """Put a user's scales behind the shipped ones; one of the same name takes its place.

    Parameters
    ----------
    configs : iterable of ScaleConfig

    Returns
    -------
    tuple of ScaleConfig

    Raises
    ------
    ConfigError
        Two of the user's have the same name.

    Examples
    --------
    >>> from textseg.sentiment.scales import with_shipped
    >>> [scale.name for scale in with_shipped(())]
    ['urgency', 'churn_intent', 'effort', 'price_sensitivity']
    """
    own: dict[str, ScaleConfig] = {}
    for config in configs:
        if config.name in own:
            raise ConfigError(
                f"Two tables of [[scales]] have the name {config.name!r}.", hint="Rename one."
            )
        own[config.name] = config
    return tuple(({scale.name: scale for scale in _shipped()} | own).values())


def scale_columns(names: Iterable[str]) -> list[str]:
    """Return the columns of the exports that hold the scores.

    Examples
    --------
    >>> from textseg.sentiment.scales import scale_columns
    >>> scale_columns(["urgency"])
    ['scale_urgency']
    """
    return [SCALE_PREFIX + name for name in names]


def _shipped() -> tuple[ScaleConfig, ...]:
    text = Path(__file__).with_name("scales.toml").read_text(encoding="utf-8")
    return make_config(tomllib.loads(text)).scales


def _directions(
    configs: Sequence[ScaleConfig], embed: Callable[[list[str]], NDArray[Any]]
) -> NDArray[np.float32]:
    ends = [phrases for config in configs for phrases in (config.high, config.low)]
    embedded = embed([phrase for phrases in ends for phrase in phrases]).astype(np.float64)
    borders = np.cumsum([len(phrases) for phrases in ends])[:-1]
    means = np.stack([part.mean(axis=0) for part in np.split(embedded, borders)])
    ways = means[0::2] - means[1::2]
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    for config, length in zip(configs, lengths[:, 0], strict=True):
        if length < _SMALLEST:
            raise ConfigError(
                f"The scale {config.name!r} has no direction: "
                "its high and its low phrases mean the same to the encoder.",
                hint="Give phrases that differ in what the scale is to measure.",
            )
    directions: NDArray[np.float32] = (ways / lengths).astype(np.float32)
    return directions


def _project(embeddings: NDArray[Any], directions: NDArray[np.float32]) -> NDArray[np.float64]:
    # Double precision, so that the batch changes no digit that is kept.
    axes = directions.T.astype(np.float64)
    raw = np.empty((len(embeddings), len(directions)))
    for start in range(0, len(embeddings), _BLOCK):
        rows = slice(start, start + _BLOCK)
        raw[rows] = embeddings[rows].astype(np.float64) @ axes
    return raw

"""What a run has learned: all that assigning new feedback and customers needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.customers.view import Baseline, CustomerView
from textseg.segments.lookalike import Lookalike
from textseg.segments.lookalike_features import lookalike_features
from textseg.segments.model import SegmentModel
from textseg.sentiment.head import SentimentHead
from textseg.sentiment.scales import Scales
from textseg.topics.model import TopicModel

Arrays = dict[str, dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Fitted:
    """The learned state of a run, as arrays and JSON; no code is stored with it.

    Attributes
    ----------
    topics : TopicModel
    segments : SegmentModel or None
        None where there were too few customers with text.
    baseline : Baseline or None
        None without customers.
    segment_names : tuple of str
        Of the text segments, then of the silent ones.
    silent : dict of int to tuple of str
        Value tiers of each segment of silent customers.
    lookalike : Lookalike or None
        Predicts the text segment of silent customers; None where that is no better than guessing.
    scales : Scales or None
    head : SentimentHead or None
        Learned from the ratings; None for the model's own.
    """

    topics: TopicModel
    segments: SegmentModel | None = None
    baseline: Baseline | None = None
    segment_names: tuple[str, ...] = ()
    silent: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    lookalike: Lookalike | None = None
    scales: Scales | None = None
    head: SentimentHead | None = None

    def place(self, view: CustomerView, attributes: pd.DataFrame | None = None) -> pd.DataFrame:
        """Put every customer of a view into a segment.

        Parameters
        ----------
        view : CustomerView
        attributes : DataFrame, optional
            ``schema.CUSTOMERS``; an attribute that is not there counts as the average one.

        Returns
        -------
        DataFrame
            ``view.table`` with ``segment_id`` (−1 for none), ``segment_confidence``,
            ``micro_segment_id``, ``lookalike_segment_id`` and ``lookalike_probability``.
        """
        table = view.table.copy()
        ids = pd.Series(-1, index=table.index, dtype="int64")
        micro = pd.Series(-1, index=table.index, dtype="int64")
        confidence = pd.Series(np.nan, index=table.index, dtype="float64")
        if self.segments is not None and len(view.with_text):
            found, confidence[view.with_text] = self.segments.assign(view.features)
            ids[view.with_text] = found
            micro[view.with_text] = self.segments.assign_micro(view.features, found)
        if self.silent and "value_tier" in table:
            of_tier = {tier: segment for segment, tiers in self.silent.items() for tier in tiers}
            quiet = table.index[table["is_silent"]]
            ids[quiet] = table.loc[quiet, "value_tier"].map(of_tier).fillna(-1).astype("int64")
        table["segment_id"] = ids
        table["segment_confidence"] = confidence
        table["micro_segment_id"] = micro.astype("Int64").mask(micro < 0)
        table["lookalike_segment_id"] = pd.array([pd.NA] * len(table), dtype="Int64")
        table["lookalike_probability"] = np.nan
        quiet = table.index[table["is_silent"]]
        if self.lookalike is not None and len(quiet):
            like, probability = self.lookalike.predict(
                lookalike_features(view.table.loc[quiet], attributes)
            )
            table.loc[quiet, "lookalike_segment_id"] = like
            table.loc[quiet, "lookalike_probability"] = probability
        return table

    def to_arrays(self) -> Arrays:
        """Return the arrays to store, by model."""
        segments: dict[str, NDArray[Any]] = {}
        if self.segments is not None:
            segments.update(self.segments.to_arrays())
        if self.lookalike is not None:
            segments.update(
                {f"lookalike.{name}": value for name, value in self.lookalike.to_arrays().items()}
            )
        if self.baseline is not None:
            segments.update(
                {f"average.{name}": value for name, value in self.baseline.averages.items()}
            )
            if self.baseline.tier_borders is not None:
                segments["tier_borders"] = np.array(self.baseline.tier_borders)
        sentiment: dict[str, NDArray[Any]] = {}
        if self.scales is not None:
            sentiment.update({f"scale.{k}": v for k, v in self.scales.to_arrays().items()})
        if self.head is not None:
            sentiment.update({"head.weight": self.head.weight, "head.bias": self.head.bias})
        return {"topics": self.topics.to_arrays(), "segments": segments, "sentiment": sentiment}

    def metadata(self) -> dict[str, Any]:
        """Return what goes with the arrays, as JSON."""
        return {
            "topics": self.topics.metadata(),
            "segments": {
                "names": list(self.segment_names),
                "silent": {str(segment): list(tiers) for segment, tiers in self.silent.items()},
                "lookalike": self.lookalike.metadata() if self.lookalike is not None else None,
                **(self.segments.metadata() if self.segments is not None else {}),
            },
            "scales": self.scales.metadata() if self.scales is not None else {"names": []},
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, metadata: Mapping[str, Any]) -> Fitted:
        """Make the state again from stored arrays and :meth:`metadata`."""
        segments = arrays["segments"]
        averages = {
            name.removeprefix("average."): value
            for name, value in segments.items()
            if name.startswith("average.")
        }
        borders = segments.get("tier_borders")
        about = metadata["segments"]
        return cls(
            topics=TopicModel.from_arrays(arrays["topics"], metadata["topics"]),
            segments=SegmentModel.from_arrays(segments, about) if "features" in about else None,
            baseline=(
                Baseline(averages, None if borders is None else (borders[0], borders[1]))
                if averages
                else None
            ),
            segment_names=tuple(about["names"]),
            silent={int(segment): tuple(tiers) for segment, tiers in about["silent"].items()},
            lookalike=_lookalike(segments, about),
            scales=_scales(arrays["sentiment"], metadata),
            head=_head(arrays["sentiment"]),
        )


def _lookalike(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Lookalike | None:
    if about.get("lookalike") is None:
        return None
    own = {
        name.removeprefix("lookalike."): value
        for name, value in arrays.items()
        if name.startswith("lookalike.")
    }
    return Lookalike.from_arrays(own, about["lookalike"])


def _scales(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> Scales | None:
    own = {
        name.removeprefix("scale."): value
        for name, value in arrays.items()
        if name.startswith("scale.")
    }
    return Scales.from_arrays(own, metadata["scales"]) if own else None


def _head(arrays: Mapping[str, NDArray[Any]]) -> SentimentHead | None:
    if "head.weight" not in arrays:
        return None
    return SentimentHead(arrays["head.weight"], arrays["head.bias"])

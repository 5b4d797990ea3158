"""The facts of a run: what went in, with what it was made, what came out, how good it is."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.config import Config
from textseg.encode.languages import count_languages, language_notes
from textseg.errors import ModelError
from textseg.sentiment.ratings import check_ratings

if TYPE_CHECKING:
    from textseg.encode import Encoder, Reader
    from textseg.fitted import Fitted
    from textseg.ingest import Ingested
    from textseg.segments.rules import Rules
    from textseg.segments.stage import Segments
    from textseg.sentiment.stage import Sentiment
    from textseg.topics.stage import Topics
    from textseg.topics.trends import Trends

_VERSIONS = (
    "textseg", "numpy", "pandas", "scikit-learn", "umap-learn", "hdbscan", "onnxruntime", "numba",
)  # fmt: skip


@dataclass(frozen=True)
class Stages:
    """What the stages of a run gave."""

    data: Ingested
    reader: Reader
    sentiment: Sentiment
    topics: Topics
    trends: Trends
    segments: Segments


def make_manifest(config: Config, stages: Stages, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Gather the manifest, as JSON, from what the stages gave."""
    data, reader, felt = stages.data, stages.reader, stages.sentiment
    texts, topics, found = felt.encodings, stages.topics, stages.segments
    languages = data.feedback["language"]
    about_languages = language_notes(languages, reader.encoder.source, reader.scorer.source)
    return {
        "as_of": f"{data.as_of:%Y-%m-%d}",
        "seed": config.seed,
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in _VERSIONS},
        },
        "config": config.model_dump(mode="json"),
        "data": {
            name: _fingerprint(frame)
            for name, frame in {
                "feedback": data.feedback, "orders": data.orders, "customers": data.customers,
            }.items()
            if frame is not None
        },
        "model": model_facts(reader),
        "mappings": data.mappings,
        "match_rate": data.match_rate,
        "notes": [*data.notes, *about_languages, *felt.notes, *topics.notes, *found.notes],
        "counts": _counts(topics, found),
        "encoding": {
            "encoded": texts.n_encoded, "reused": texts.n_reused,
            "truncated": texts.n_truncated, "clauses": len(texts.clauses.text),
            "seconds": round(texts.seconds, 3),
        },
        "timings": dict(seconds),
        "data_quality": {
            "totals": data.quality.totals(), "findings": data.quality.to_records(),
        },
        "figures": {
            "languages": count_languages(languages),
            "sentiment": {**felt.figures, "ratings": check_ratings(topics.feedback)},
            "topics": topics.figures,
            "trends": stages.trends.to_json(),
            "segments": found.figures,
        },
    }  # fmt: skip


def make_metadata(
    config: Config,
    reader: Reader,
    fitted: Fitted,
    profiles: pd.DataFrame,
    rules: Rules,
    templates: Sequence[str],
) -> dict[str, Any]:
    """Gather what is kept beside the arrays of the model, as JSON."""
    return {
        **fitted.metadata(),
        "encoder": model_facts(reader),
        "config": config.model_dump(mode="json"),
        "profiles": profiles.round(6).to_dict("list"),
        "rules": rules.to_json(),
        "templates": list(templates),
    }


def model_facts(reader: Reader) -> dict[str, str]:
    """Name the encoder and the sentiment head by their hashes."""
    return {
        "name": reader.encoder.name,
        "weights": reader.encoder.weights,
        "fingerprint": reader.encoder.fingerprint,
        "sentiment": f"{reader.scorer.fingerprint}-{reader.scorer.head.fingerprint}",
    }


def check_encoder(encoder: Encoder, expected: Mapping[str, str]) -> None:
    """Raise a ModelError if an encoder is not the one that made a run.

    Parameters
    ----------
    encoder : Encoder
    expected : mapping
        :func:`model_facts` of the run.
    """
    if encoder.weights != expected["weights"]:
        raise ModelError(
            f"The run was made with the encoder {expected['name']} "
            f"(weights {expected['weights'][:12]}), got {encoder.name} "
            f"({encoder.weights[:12]}).",
            hint="Put the model of the run back, or run again.",
        )


def check_models(reader: Reader, expected: Mapping[str, str]) -> None:
    """Raise a ModelError if encoder or sentiment are not those that made a run.

    Parameters
    ----------
    reader : Reader
    expected : mapping
        :func:`model_facts` of the run.
    """
    check_encoder(reader.encoder, expected)
    found = model_facts(reader)["sentiment"]
    if found != expected["sentiment"]:
        raise ModelError(
            f"The run was made with the sentiment model {expected['sentiment']}, "
            f"this version of textseg has {found}.",
            hint="Run again, so that old and new feedback are scored alike.",
        )


def _counts(topics: Topics, found: Segments) -> dict[str, int]:
    customers = found.customers
    return {
        "feedback": len(topics.feedback),
        "clauses": len(topics.clauses),
        "unclustered": int((topics.feedback["topic_id"] < 0).sum()),
        "topics": len(topics.model.ids),
        "customers": len(customers),
        "customers_with_feedback": int((customers["n_feedback"] > 0).sum()),
        "silent_customers": int(customers["is_silent"].sum()),
        "segments": len(found.table),
    }


def _fingerprint(frame: pd.DataFrame) -> str:
    """Hash the content of a frame, row order included."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.blake2b(rows.tobytes(), digest_size=16).hexdigest()

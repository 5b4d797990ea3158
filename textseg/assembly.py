"""From texts with their topics and sentiment to the whole result, in a run and in a refresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textseg.config import Config
from textseg.customers.view import Baseline, CustomerView, build_view
from textseg.manifest import Stages, make_manifest, make_metadata
from textseg.progress import Stopwatch
from textseg.schema import exported
from textseg.segmentation import Segmentation
from textseg.segments.evidence import product_figures, rule_figures, rules_of
from textseg.sentiment.stage import scale_scores
from textseg.topics.trends import find_trends

if TYPE_CHECKING:
    from textseg.encode import Reader
    from textseg.ingest import Ingested, Table
    from textseg.segments.stage import Segments
    from textseg.sentiment.stage import Sentiment
    from textseg.topics.stage import Topics


@dataclass(frozen=True)
class Heard:
    """What the stages up to the topics gave.

    Attributes
    ----------
    data : Ingested
    reader : Reader
        With the sentiment head that is used.
    sentiment : Sentiment
    topics : Topics
    """

    data: Ingested
    reader: Reader
    sentiment: Sentiment
    topics: Topics


def assemble(
    heard: Heard,
    find: Callable[[CustomerView], Segments],
    *,
    config: Config,
    clock: Stopwatch,
    baseline: Baseline | None = None,
    encodings: Path | None = None,
    inputs: Sequence[Table] = (),
) -> Segmentation:
    """Roll up to customers, put them into segments, and gather exports, model and manifest.

    Parameters
    ----------
    heard : Heard
    find : callable
        Takes the customers and gives their segments.
    config : Config
    clock : Stopwatch
        Has the seconds of the stages before.
    baseline : Baseline, optional
        Of an earlier run, to describe customers as they were described there.
    encodings : Path, optional
        Folder of the encodings.
    inputs : sequence of Table
        The feedback as the caller gave it, if the result is to have its index and dtypes.

    Returns
    -------
    Segmentation
    """
    data, felt, topics = heard.data, heard.sentiment, heard.topics
    texts = felt.encodings
    scores = scale_scores(felt.scales, texts, data.feedback.index)
    with clock("trends"):
        trends = find_trends(
            topics.feedback,
            topics.table,
            texts.embeddings,
            rows=texts.index,
            as_of=data.as_of,
            seed=config.seed,
        )
    with clock("customers"):
        view = build_view(
            topics.feedback,
            topics.clauses,
            texts,
            topics.model.of_theme,
            scores=scores,
            orders=data.orders,
            customers=data.customers,
            as_of=data.as_of,
            config=config.rollup,
            baseline=baseline,
        )
    with clock("segments"):
        found = find(view)
    fitted = replace(found.fitted, scales=felt.scales, head=felt.head)
    frames = {
        "segments": found.table,
        "micro_segments": found.micro,
        "customers": found.customers,
        "customer_topics": found.customer_topics,
        "feedback": topics.feedback.join(scores),
        "topics": topics.table,
        "clauses": topics.clauses,
    }
    exports = {name: exported(name, frame) for name, frame in frames.items()}
    with clock("evidence"):
        rules = rules_of(exports, config.seed)
        found.figures["products"] = product_figures(data.orders, exports)
        found.figures.update(rule_figures(rules, found.profiles))
    kept = {"orders": data.orders, "customers": data.customers}
    stages = Stages(data, heard.reader, felt, topics, trends, found)
    return Segmentation(
        exports,
        fitted,
        config,
        make_manifest(config, stages, clock.seconds),
        make_metadata(config, heard.reader, fitted, found.profiles, rules, data.templates),
        quality=data.quality,
        kept=lambda: kept,
        encodings=encodings,
        inputs=inputs,
    )

"""The whole way, from feedback and orders to customer segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from textseg.config import Config, load_config, make_config
from textseg.errors import ConfigError
from textseg.progress import SILENT, Progress, Stopwatch

if TYPE_CHECKING:
    from textseg.ingest import Table
    from textseg.segmentation import Segmentation


class Segmenter:
    """Finds topics, sentiment and customer segments in feedback and orders.

    Parameters
    ----------
    config : Config, path or None
        Settings made before, or a ``textseg.toml``; default: the defaults.
    **settings
        What ``textseg.toml`` takes, as nested mappings, on top of ``config``.

    Examples
    --------
    >>> import textseg
    >>> textseg.Segmenter(seed=1, topics={"number": 20}).config.topics.number
    20
    """

    def __init__(self, config: Config | str | Path | None = None, **settings: Any) -> None:
        if isinstance(config, str | Path):
            config = load_config(Path(config))
        elif config is not None and not isinstance(config, Config):
            raise ConfigError(
                f"config is a Config or the path of a textseg.toml, got {type(config).__name__}.",
                hint="Give settings by name: Segmenter(seed=0, topics={'number': 20}).",
            )
        base = config.model_dump(exclude_unset=True) if config is not None else {}
        self.config = make_config(_merged(base, settings))

    def __repr__(self) -> str:
        settings = self.config.model_dump(exclude_unset=True)
        return f"Segmenter({', '.join(f'{key}={value!r}' for key, value in settings.items())})"

    def fit(
        self,
        feedback: Table | Sequence[Table],
        transactions: Table | None = None,
        customers: Table | None = None,
        as_of: str | date | pd.Timestamp | None = None,
        *,
        encodings: Path | None = None,
        progress: Progress = SILENT,
    ) -> Segmentation:
        """Find topics, sentiment and segments on exactly the inputs given.

        Parameters
        ----------
        feedback : DataFrame or path, or a sequence of them
            One row per review, ticket, survey answer or chat message; only a text is needed.
        transactions : DataFrame or path, optional
            Order lines.
        customers : DataFrame or path, optional
            One row per customer.
        as_of : date, optional
            Last day that counts, UTC; default: the latest date of orders or feedback.
        encodings : Path, optional
            Folder to keep encodings in, so that no text is encoded twice.
        progress : Progress
            Told how far the run is.

        Returns
        -------
        Segmentation

        Raises
        ------
        InputError
            A file, column or value is not what it should be, or there is too little text.
        ModelError
            The encoder cannot be loaded.

        Examples
        --------
        >>> import textseg
        >>> from textseg.simulate import simulate
        >>> shop = simulate(40)
        >>> seg = textseg.Segmenter(segments={"number": 3}).fit(shop.feedback, shop.transactions)
        >>> int(seg.segments["n_customers"].sum()) <= 40
        True
        """
        from textseg.customers.view import build_view
        from textseg.encode import Reader
        from textseg.ingest import as_tables, ingest
        from textseg.manifest import Stages, make_manifest, make_metadata
        from textseg.naming import check_llm
        from textseg.schema import exported
        from textseg.segmentation import Segmentation
        from textseg.segments.evidence import product_figures, rule_figures, rules_of
        from textseg.segments.stage import find_segments
        from textseg.sentiment.stage import scale_scores, settle_sentiment
        from textseg.topics.discovery import check_enough
        from textseg.topics.stage import find_topics
        from textseg.topics.trends import find_trends

        config, clock = self.config, Stopwatch()
        if config.topics.naming == "llm":
            check_llm(config.topics.llm)
        tables = as_tables(feedback)
        with clock("ingest"):
            data = ingest(
                tables, transactions, customers, config=config, as_of=as_of, progress=progress
            )
        check_enough(data.feedback.loc[data.feedback["informative"], "text"].nunique())
        with clock("encode"):
            reader = Reader.load(config, encodings)
            read = reader.read(data.feedback["text"].to_list(), progress)
        with clock("sentiment"):
            felt = settle_sentiment(data.feedback, read, reader.scorer, reader.embed, config)
            texts = felt.encodings
            reader = reader.with_head(felt.head)
            scores = scale_scores(felt.scales, texts, data.feedback.index)
        with clock("topics"):
            answers = encodings / "topic_names.json" if encodings else None
            topics = find_topics(data.feedback, texts, reader.embed, config, progress, answers)
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
            )
        with clock("segments"):
            found = find_segments(view, topics, config, progress, attributes=data.customers)
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
        stages = Stages(data, reader, felt, topics, trends, found)
        return Segmentation(
            exports,
            fitted,
            config,
            make_manifest(config, stages, clock.seconds),
            make_metadata(config, reader, fitted, found.profiles, rules, data.templates),
            quality=data.quality,
            encodings=encodings,
            inputs=tables,
        )


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay nested settings over others; lists and values replace, sections merge."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = _merged(old, value)
        result[key] = value
    return result

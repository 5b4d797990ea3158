"""The whole way, from feedback and orders to customer segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
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
        from textseg.assembly import Heard, assemble
        from textseg.encode import Reader
        from textseg.ingest import as_tables, ingest
        from textseg.naming import check_llm
        from textseg.segments.stage import find_segments
        from textseg.sentiment.stage import settle_sentiment
        from textseg.topics.discovery import check_enough
        from textseg.topics.stage import find_topics

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
            reader = reader.with_head(felt.head)
        with clock("topics"):
            answers = encodings / "topic_names.json" if encodings else None
            topics = find_topics(
                data.feedback, felt.encodings, reader.embed, config, progress, answers
            )
        find = partial(
            find_segments,
            topics=topics,
            config=config,
            progress=progress,
            attributes=data.customers,
        )
        return assemble(
            Heard(data, reader, felt, topics),
            find,
            config=config,
            clock=clock,
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

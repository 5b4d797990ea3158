"""The report as an object: HTML, a file, a dictionary, or a display in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textseg.report import numbers
from textseg.report.content import content
from textseg.report.page import Page

if TYPE_CHECKING:
    import pandas as pd


class Report(Page):
    """What a run found, for people.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The exports ``segments``, ``micro_segments``, ``topics``, ``customers`` and ``feedback``
        (:data:`textseg.schema.EXPORTS`).
    manifest : mapping
        The run's facts, all optional: ``as_of``, ``run_id``, ``seed``, ``versions``, ``timings``
        (seconds per stage), ``match_rate`` [0, 1], ``notes`` (sentences), ``data_quality``:
        ``totals`` and ``findings`` of :class:`textseg.ingest.Quality`, and ``figures``, of which
        ``segments`` (stability, rules, phrases, products, look-alikes), ``sentiment.ratings``
        (:func:`textseg.sentiment.ratings.check_ratings`) and ``trends``
        (:meth:`textseg.topics.trends.Trends.to_json`) are shown.

    Examples
    --------
    >>> from textseg.report import Report
    >>> from textseg.schema import EXPORTS, checked
    >>> import pandas as pd
    >>> frames = {name: checked(pd.DataFrame(), schema) for name, schema in EXPORTS.items()}
    >>> Report(frames, {"as_of": "2026-03-31"}).to_dict()["as_of"]
    '2026-03-31'
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> None:
        self._content = content(frames, manifest)

    def to_dict(self) -> dict[str, Any]:
        """Give what the report says as plain values, ready for JSON.

        Returns
        -------
        dict
            as_of, headline, stability, findings, refreshed, segments, groups, evidence,
            segment_map, topics, unclustered, timeline, trends, ratings, quality, notes and facts.
        """
        return dict(self._content)

    @cached_property
    def html(self) -> str:
        """The page: self-contained, without scripts, everything that customers wrote escaped."""
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("textseg.report"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in ("amount", "count", "percent", "signed"):
            environment.filters[name] = getattr(numbers, name)
        return environment.get_template("report.html.j2").render(self._content)

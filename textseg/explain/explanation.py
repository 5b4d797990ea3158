"""Why a customer is in their segment: an object that prints, shows and saves itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from textseg.explain import page, quotes, table


def no_terms() -> pd.DataFrame:
    """Return a table without terms."""
    return pd.DataFrame(columns=list(table.COLUMNS))


def no_quotes() -> pd.DataFrame:
    """Return a table without quotes."""
    return pd.DataFrame(columns=list(quotes.COLUMNS))


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a customer is in a segment and not in the next.

    Attributes
    ----------
    customer_id : str
    segment_id : int
        −1 for none.
    segment_name : str or None
    sentences : tuple of str
        The answer in words.
    notes : tuple of str
        What to know beside it, such as feedback that was changed after the run.
    rival_id, rival_name : int and str, or None
        The nearest other segment; None where purchases alone decide.
    confidence : float or None
        0 half-way between the two segments, 1 on the centre of the own one.
    distance, rival_distance : float or None
        To the centres of the two segments.
    terms : DataFrame
        What the difference of the squared distances is made of; it is the sum of ``term``. See
        :func:`textseg.explain.table.term_table`.
    quotes : DataFrame
        The customer's own words for the segment and against it; see
        :func:`textseg.explain.quotes.quotes`.

    Examples
    --------
    >>> from textseg.explain import Explanation
    >>> print(Explanation("C-7", 3, "Silent, low value", ("C-7 has written nothing.",)))
    C-7 has written nothing.
    """

    customer_id: str
    segment_id: int
    segment_name: str | None
    sentences: tuple[str, ...]
    notes: tuple[str, ...] = ()
    rival_id: int | None = None
    rival_name: str | None = None
    confidence: float | None = None
    distance: float | None = None
    rival_distance: float | None = None
    terms: pd.DataFrame = field(default_factory=no_terms)
    quotes: pd.DataFrame = field(default_factory=no_quotes)

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as plain values, ready for JSON; what is not known is None."""
        return {
            "customer_id": self.customer_id,
            "segment_id": self.segment_id,
            "segment_name": self.segment_name,
            "rival_id": self.rival_id,
            "rival_name": self.rival_name,
            "confidence": self.confidence,
            "distance": self.distance,
            "rival_distance": self.rival_distance,
            "sentences": list(self.sentences),
            "notes": list(self.notes),
            "terms": _records(self.terms),
            "quotes": _records(self.quotes.assign(date=self.quotes["date"].astype("string"))),
        }

    def __str__(self) -> str:
        return page.text(self)

    def _repr_html_(self) -> str:
        return page.html(self)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]

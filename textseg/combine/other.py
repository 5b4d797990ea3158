"""Segments made elsewhere, in whatever shape a user has them: one per customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import as_text, without_missing
from textseg.ingest.columns import CUSTOMERS, Kind, find_columns
from textseg.ingest.ids import normalise_ids
from textseg.ingest.names import Tiers
from textseg.ingest.read import read_table

OtherSegments = pd.Series | pd.DataFrame | Mapping[Any, Any] | str | Path
"""A Series indexed by customer id, a table with both columns, a mapping, or a path to a table."""

MOST_SEGMENTS = 100

_SEGMENT: Tiers = tuple(
    frozenset(names.split())
    for names in (
        "segment",
        """purchase_segment segment_name segment_label customer_segment rfm_segment value_segment
        buyer_segment rfm_segment_name purchase_segment_name segmentname kundensegment
        kaufsegment segment_client segmento segmento_cliente nombre_segmento""",
        """purchase_segment_id segment_id segment_no segment_number segment_code segmentnummer
        id_segment""",
        """cluster cluster_name cluster_label cluster_id persona tier value_tier loyalty_tier
        group customer_group class rfm_class rfm_group rfm gruppe kundengruppe groupe grupo
        classe clase label""",
    )
)


class _Segments(Kind):
    """A table of segments; its columns are named by arguments, not by settings."""

    def option(self, meaning: str, column: str = "COL") -> str:
        return f'{meaning}="{column}"'


_KIND = _Segments("combine", {"customer": CUSTOMERS.meanings["customer"], "segment": _SEGMENT})


@dataclass(frozen=True, eq=False)
class Other:
    """Segments from elsewhere.

    Attributes
    ----------
    label : str
        What messages call them.
    segments : Series of string
        Segment by customer id, each id once; without those that have none.
    order : list of str or None
        The order that the caller gave the segments, if any.
    n_without_segment : int
        Customers without a segment.
    n_without_id : int
        Rows without a customer.
    """

    label: str
    segments: pd.Series
    order: list[str] | None
    n_without_segment: int
    n_without_id: int


def read_other(
    other: OtherSegments, *, customer: str | None = None, segment: str | None = None
) -> Other:
    """Read segments from elsewhere, and check that each customer has one.

    Parameters
    ----------
    other : Series, DataFrame, mapping, str or Path
    customer, segment : str, optional
        Columns of a table; by default they are found.

    Returns
    -------
    Other

    Raises
    ------
    InputError
        It cannot be read, a column is missing or ambiguous, a customer has two segments, there is
        no segment at all, or there are too many to be segments.

    Examples
    --------
    >>> from textseg.combine.other import read_other
    >>> read_other({7: "loyal", 8: "new"}).segments.to_dict()
    {'7': 'loyal', '8': 'new'}
    """
    label, where, ids, values = _columns(other, customer, segment)
    order = _order(values)
    rows = pd.DataFrame(
        {
            "id": normalise_ids(ids.reset_index(drop=True)),
            "segment": without_missing(as_text(values.reset_index(drop=True))),
        }
    )
    known = rows.dropna().drop_duplicates()
    _refuse_two_segments(known, label)
    _refuse_no_segments(known, label, where)
    return Other(
        label,
        known.set_index("id")["segment"],
        order,
        int(rows["id"].nunique() - len(known)),
        int(rows["id"].isna().sum()),
    )


def _columns(
    other: OtherSegments, customer: str | None, segment: str | None
) -> tuple[str, str, pd.Series, pd.Series]:
    """Return what to call the input and its column, the ids and the segments."""
    if isinstance(other, str | Path | pd.DataFrame):
        return _table_columns(other, customer, segment)
    if customer is not None or segment is not None:
        raise InputError("customer and segment name columns, and only a table has columns.")
    if isinstance(other, pd.Series):
        if other.index.nlevels > 1:
            raise InputError(
                f"The Series has an index of {other.index.nlevels} levels; customer ids were "
                "expected.",
                hint="Give a Series that is indexed by customer id alone.",
            )
        return "The Series", "it", other.index.to_series(), other
    if isinstance(other, Mapping):
        keys = pd.Series(list(other.keys()), dtype=object)
        return "The mapping", "it", keys, pd.Series(list(other.values()), dtype=object)
    raise InputError(
        f"Segments cannot be read from {type(other).__name__}.",
        hint="Give a Series indexed by customer id, a DataFrame, a mapping or a path.",
    )


def _table_columns(
    table: str | Path | pd.DataFrame, customer: str | None, segment: str | None
) -> tuple[str, str, pd.Series, pd.Series]:
    raw = read_table(table, "of purchase segments")
    found = find_columns(raw, _KIND, {"customer": customer, "segment": segment})
    rest = [column for column in raw.frame.columns if column not in found.values()]
    if "customer" in found and "segment" not in found and len(rest) == 1:
        found["segment"] = rest[0]
    for meaning, words in (("customer", "customer id"), ("segment", "segment")):
        if meaning not in found:
            listed = ", ".join(map(repr, raw.frame.columns[:12]))
            raise InputError(
                f"{raw.label}: no column with the {words} was found among {listed}.",
                hint=f"Say which: {_KIND.option(meaning)}",
            )
    column = found["segment"]
    return raw.label, f"column {column!r}", raw.frame[found["customer"]], raw.frame[column]


def _order(values: pd.Series) -> list[str] | None:
    """Keep the order of an ordered category, and that of numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered:
        return as_text(pd.Series(values.cat.categories)).str.strip().to_list()
    texts = without_missing(as_text(values)).dropna().unique()
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    if numbers.isna().any():
        return None
    return [texts[place] for place in numbers.argsort(kind="stable")]


def _refuse_two_segments(known: pd.DataFrame, label: str) -> None:
    repeated = known[known["id"].duplicated(keep=False)].sort_values(["id", "segment"])
    if repeated.empty:
        return
    name = repeated["id"].iloc[0]
    first, second = repeated.loc[repeated["id"] == name, "segment"].iloc[:2]
    others = repeated["id"].nunique() - 1
    more = f" (and {others:,} more such customer{'s' * (others > 1)})" if others else ""
    raise InputError(
        f"{label} has customer {name!r} in two segments: {first!r} and {second!r}{more}.",
        hint="Give each customer one segment.",
    )


def _refuse_no_segments(known: pd.DataFrame, label: str, where: str) -> None:
    if known.empty:
        raise InputError(f"{label} has no customer with a segment.")
    number = known["segment"].nunique()
    if number > MOST_SEGMENTS:
        raise InputError(
            f"{label}: {where} has {number:,} different values; at most {MOST_SEGMENTS} segments "
            "were expected.",
            hint="Check that it holds segments, or put the small ones together.",
        )

"""The frames that cross a stage border, and the exports, as pandera schemas.

A stage checks what it hands on with :func:`checked`; a violation is a bug in textseg, not a mistake
of the user, and raises pandera's error. Times are UTC without a zone, in nanoseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa

TEXT = "string"
TIME = "datetime64[ns]"
COUNT = "Int64"
REAL = "float64"

SCALE_PREFIX = "scale_"
"""In front of the name of a scale in the columns of an export."""

# Nothing but what config.ScaleConfig allows: the store puts these names into SQL.
_SCALE_COLUMN = re.compile(rf"{SCALE_PREFIX}[a-z][a-z0-9_]{{0,39}}")

_unit = pa.Check.in_range(0.0, 1.0)
_signed = pa.Check.in_range(-1.0, 1.0)


def _column(dtype: str, *checks: pa.Check, null: bool = False) -> pa.Column:
    return pa.Column(dtype, checks=list(checks), nullable=null)


def _frame(
    columns: dict[str, pa.Column], *, unique: list[str] | None = None, scales: bool = False
) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        columns, strict=True, ordered=True, unique=unique, metadata={"scales": scales}
    )


FEEDBACK = _frame(
    {
        "feedback_id": _column(TEXT),
        "source": _column(TEXT),
        "row": _column(COUNT),
        "text": _column(TEXT),
        "customer_id": _column(TEXT, null=True),
        "created_at": _column(TIME, null=True),
        "channel": _column(TEXT, null=True),
        "rating": _column(REAL, null=True),
        "language": _column(TEXT, null=True),
        "informative": _column("bool"),
    },
    unique=["source", "feedback_id"],
)
"""Feedback after ingest. ``row`` counts the data rows of its source from 1; ``informative`` is
False for answers like "ok" or "n/a", which are scored but never become a topic."""

ORDERS = _frame(
    {
        "customer_id": _column(TEXT),
        "order_id": _column(TEXT),
        "date": _column(TIME),
        "amount": _column(REAL),
        "quantity": _column(REAL, null=True),
        "product": _column(TEXT, null=True),
        "category": _column(TEXT, null=True),
        "is_return": _column("bool"),
    }
)
"""Order lines after ingest. ``amount`` is the value of the line, negative for a return."""

CUSTOMERS = pa.DataFrameSchema({"customer_id": pa.Column(TEXT, unique=True)}, strict=False)
"""The customer table after ingest: one row per customer, the other columns are attributes."""

EXPORTS: dict[str, pa.DataFrameSchema] = {
    "segments": _frame(
        {
            "segment_id": _column(COUNT),
            "kind": _column(TEXT, pa.Check.isin(["text", "value"])),
            "name": _column(TEXT),
            "description": _column(TEXT),
            "n_customers": _column(COUNT),
            "share": _column(REAL, _unit),
            "stability": _column(REAL, null=True),
            "stability_kind": _column(TEXT, null=True),
            "sentiment": _column(REAL, _signed, null=True),
            "top_topics": _column(TEXT, null=True),
            "revenue_share": _column(REAL, null=True),
            "monetary_mean": _column(REAL, null=True),
            "churn_risk_mean": _column(REAL, _unit, null=True),
            "action": _column(TEXT, null=True),
            "macro_id": _column(COUNT, null=True),
            "macro_name": _column(TEXT, null=True),
        }
    ),
    "micro_segments": _frame(
        {
            "micro_segment_id": _column(COUNT),
            "segment_id": _column(COUNT),
            "name": _column(TEXT),
            "n_customers": _column(COUNT),
            "share": _column(REAL, _unit),
            "stability": _column(REAL, _unit),
            "sentiment": _column(REAL, _signed, null=True),
            "top_topics": _column(TEXT, null=True),
            "monetary_mean": _column(REAL, null=True),
        },
        unique=["micro_segment_id"],
    ),
    "customers": _frame(
        {
            "customer_id": _column(TEXT),
            "segment_id": _column(COUNT),
            "segment_name": _column(TEXT, null=True),
            "segment_confidence": _column(REAL, _unit, null=True),
            "is_silent": _column("bool"),
            "n_feedback": _column(COUNT),
            "sentiment": _column(REAL, _signed, null=True),
            "dominant_topic_id": _column(COUNT, null=True),
            "recency_days": _column(REAL, null=True),
            "frequency": _column(COUNT, null=True),
            "monetary": _column(REAL, null=True),
            "value_tier": _column(TEXT, pa.Check.isin(["low", "mid", "high"]), null=True),
            "lookalike_segment_id": _column(COUNT, null=True),
            "lookalike_probability": _column(REAL, _unit, null=True),
            "churn_risk": _column(REAL, _unit, null=True),
            "micro_segment_id": _column(COUNT, null=True),
        },
        unique=["customer_id"],
        scales=True,
    ),
    "customer_topics": _frame(
        {
            "customer_id": _column(TEXT),
            "topic_id": _column(COUNT),
            "share": _column(REAL, _unit),
            "sentiment": _column(REAL, _signed),
            "n": _column(COUNT),
        },
        unique=["customer_id", "topic_id"],
    ),
    "feedback": _frame(
        {
            "feedback_id": _column(TEXT),
            "source": _column(TEXT),
            "row": _column(COUNT),
            "text": _column(TEXT),
            "customer_id": _column(TEXT, null=True),
            "created_at": _column(TIME, null=True),
            "channel": _column(TEXT, null=True),
            "rating": _column(REAL, null=True),
            "language": _column(TEXT, null=True),
            "topic_id": _column(COUNT),
            "topic_name": _column(TEXT, null=True),
            "topic_confidence": _column(REAL, _unit, null=True),
            "is_core": _column("bool"),
            "sentiment": _column(REAL, _signed),
            "sentiment_label": _column(TEXT, pa.Check.isin(["negative", "neutral", "positive"])),
            "p_negative": _column(REAL, _unit),
            "p_neutral": _column(REAL, _unit),
            "p_positive": _column(REAL, _unit),
        },
        unique=["source", "feedback_id"],
        scales=True,
    ),
    "topics": _frame(
        {
            "topic_id": _column(COUNT),
            "parent_id": _column(COUNT, null=True),
            "name": _column(TEXT),
            "keywords": _column(TEXT),
            "n_feedback": _column(COUNT),
            "share": _column(REAL, _unit),
            "sentiment": _column(REAL, _signed, null=True),
            "negative_share": _column(REAL, _unit, null=True),
            "stability": _column(REAL, null=True),
            "example_ids": _column(TEXT),
            "kind": _column(TEXT, pa.Check.isin(["topic", "theme"]), null=True),
            "hidden": _column("boolean", null=True),
        },
        unique=["topic_id"],
    ),
    "clauses": _frame(
        {
            "feedback_id": _column(TEXT),
            "clause": _column(COUNT),
            "text": _column(TEXT),
            "topic_id": _column(COUNT),
            "sentiment": _column(REAL, _signed),
            "sentiment_label": _column(TEXT, pa.Check.isin(["negative", "neutral", "positive"])),
            "source": _column(TEXT),
        },
        unique=["source", "feedback_id", "clause"],
    ),
}
"""The exports, by name, with their columns in order. Lists are joined by ", " in one text.

Behind these, ``feedback`` and ``customers`` carry a column per scale of the run."""


def scale_columns_in(names: Iterable[str], schema: pa.DataFrameSchema) -> list[str]:
    """Return the names that are scores on a scale, where a schema takes those.

    Parameters
    ----------
    names : iterable of str
    schema : DataFrameSchema
        One of this module.

    Returns
    -------
    list of str
        In the order given.

    Examples
    --------
    >>> from textseg.schema import EXPORTS, scale_columns_in
    >>> scale_columns_in(["text", "scale_urgency"], EXPORTS["feedback"])
    ['scale_urgency']
    >>> scale_columns_in(["scale_urgency"], EXPORTS["topics"])
    []
    """
    if not (schema.metadata or {}).get("scales"):
        return []
    return [name for name in names if _SCALE_COLUMN.fullmatch(name)]


def checked(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Bring a frame to a schema's column order and dtypes, and check its values.

    Parameters
    ----------
    frame : DataFrame
        Must hold at least the schema's columns that have no null; missing nullable columns are
        added as null, columns the schema does not know are an error if it is strict. Scores on
        scales stay behind the schema's columns, in their order, where it takes them.
    schema : DataFrameSchema
        One of this module.

    Returns
    -------
    DataFrame
        With the frame's index.

    Raises
    ------
    pandera.errors.SchemaError, pandera.errors.SchemaErrors
        The frame is not what the stage promised: a value, or the set of its columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.schema import EXPORTS, checked
    >>> empty = checked(pd.DataFrame(), EXPORTS["clauses"])
    >>> list(empty.columns)[:2]
    ['feedback_id', 'clause']
    """
    schema = _with_scales(schema, frame)
    columns = list(schema.columns)
    rest = [] if schema.strict else [name for name in frame.columns if name not in columns]
    unknown = [name for name in frame.columns if name not in columns] if schema.strict else []
    full = frame.reindex(columns=columns + rest + unknown)
    # A null that must not be is left for the check to find: as bool it would be True.
    right = [name for name in columns if schema.columns[name].nullable or full[name].notna().all()]
    full = full.astype({name: str(schema.columns[name].dtype) for name in right})
    return schema.validate(full)


def exported(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Bring a frame to the columns and dtypes of an export, floats at 6 decimals.

    Columns that are neither the export's nor a scale's are left out.
    """
    schema = _with_scales(EXPORTS[name], frame)
    known = frame[[column for column in frame.columns if column in schema.columns]]
    exact = checked(known, schema)
    floats = exact.select_dtypes("float64").columns
    return exact.assign(**{column: exact[column].round(6) for column in floats})


def _with_scales(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> pa.DataFrameSchema:
    scales = scale_columns_in(frame.columns, schema)
    if not scales:
        return schema
    return schema.add_columns({name: _column(REAL, null=True) for name in scales})

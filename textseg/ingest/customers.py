"""The customer table: one row per customer, with attributes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.cells import without_missing
from textseg.ingest.columns import CUSTOMERS
from textseg.ingest.contents import is_personal
from textseg.ingest.ids import log_lost_digits, normalise_ids
from textseg.ingest.quality import Log
from textseg.ingest.read import Raw


def read_customers(raw: Raw, columns: Mapping[str, str], log: Log) -> pd.DataFrame:
    """Read the customer table; of several rows for one customer the last stays.

    Parameters
    ----------
    raw : Raw
        The table.
    columns : mapping of str to str
        Meaning to column.
    log : Log
        Where findings go.

    Returns
    -------
    DataFrame
        ``row``, ``customer_id`` and the attributes; those of text formats become numbers where
        every value is one. Columns that name, reach or locate a person are no attributes.

    Raises
    ------
    InputError
        There is no customer column.
    """
    if "customer" not in columns:
        listed = ", ".join(map(repr, raw.columns[:12]))
        raise InputError(
            f"{raw.label}: customers need an id; none was found among {listed}.",
            hint=f"Say which: {CUSTOMERS.option('customer')}",
        )
    ids = normalise_ids(raw.frame[columns["customer"]])
    attributes = _impersonal(raw.frame.drop(columns=[columns["customer"]]), log)
    attributes = attributes.rename(columns=_free_names(attributes.columns)).apply(_typed)
    frame = attributes.assign(row=range(1, len(ids) + 1), customer_id=ids)
    frame = log.drop(frame, raw.repeated(), "same as another row")
    frame = log.drop(frame, frame["customer_id"].isna(), "no customer")
    log_lost_digits(frame, "customer_id", log)
    return log.drop(
        frame, frame["customer_id"].duplicated(keep="last"), "same customer as a later row"
    )


def _free_names(columns: pd.Index) -> dict[str, str]:
    """Rename the attributes that are called as columns of one's own."""
    new = {}
    for name in {"row", "customer_id"}.intersection(columns):
        new[name] = f"{name}_"
        while new[name] in columns:
            new[name] += "_"
    return new


def _impersonal(frame: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Leave out what says who somebody is, as nothing is found out from it."""
    personal = [column for column in frame.columns if is_personal(str(column), frame[column])]
    if personal:
        listed = ", ".join(map(repr, personal))
        log.note(f"{log.table}: not kept, as they name or locate persons: {listed}.")
    return frame.drop(columns=personal)


def _typed(values: pd.Series) -> pd.Series:
    """Numbers where all texts are numbers (codes with leading zeros are not)."""
    if not pd.api.types.is_string_dtype(values.dtype) or values.dtype == object:
        return values
    text = without_missing(values.astype("string"))
    numeric = text.dropna().str.fullmatch(r"-?(0|[1-9]\d{0,14})?(\.\d+)?")
    if numeric.empty or not bool(numeric.all()):
        return values.astype("string")
    return pd.to_numeric(text).astype("Float64").astype("float64")

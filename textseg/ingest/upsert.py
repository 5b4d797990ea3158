"""New rows laid over those a workspace holds already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from textseg.ingest.cells import as_text
from textseg.ingest.quality import Log
from textseg.ingest.row_digests import digest_rows, digest_texts

_KEY = ["source", "feedback_id"]
_TOLD = ["text", "customer_id", "created_at", "channel", "rating"]
_NEIGHBORS = 2_000  # stored texts that tell which languages are common
_NULLABLE: dict[Callable[[Any], bool], str] = {
    is_bool_dtype: "boolean",
    is_integer_dtype: "Int64",
    is_numeric_dtype: "float64",
}


@dataclass(frozen=True)
class Stored:
    """What a workspace holds when new rows come.

    Parameters
    ----------
    feedback : DataFrame
        ``schema.FEEDBACK``.
    orders, customers : DataFrame or None
        ``schema.ORDERS`` and ``schema.CUSTOMERS``.
    as_of : Timestamp
        The as-of date of the run that holds them.
    mappings : mapping
        Source to meaning to column.
    """

    feedback: pd.DataFrame
    orders: pd.DataFrame | None
    customers: pd.DataFrame | None
    as_of: pd.Timestamp
    mappings: Mapping[str, dict[str, str]] = field(default_factory=dict)

    def language_sample(self) -> pd.Series:
        """Return some of the stored texts, the same in whatever order they are stored."""
        texts: pd.Series = self.feedback["text"].drop_duplicates()
        return texts.iloc[np.argsort(digest_texts(texts), kind="stable")[:_NEIGHBORS]]


@dataclass(frozen=True)
class Upserted:
    """How many new rows met which stored ones.

    Parameters
    ----------
    new, changed, same : int
        Rows that were not there, that replace another, and that were there as they are.
    """

    new: int
    changed: int
    same: int


def drop_retold(frame: pd.DataFrame, stored: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Drop feedback that is stored under another key: the same customer, day and text.

    Parameters
    ----------
    frame : DataFrame
        New feedback of one source, ``schema.FEEDBACK`` without ``language``.
    stored : DataFrame
        ``schema.FEEDBACK``.
    log : Log
        Of the source.

    Returns
    -------
    DataFrame
    """
    keys, held = (pd.MultiIndex.from_frame(each[_KEY]) for each in (frame, stored))
    stays = stored[~held.isin(keys)]  # the others are replaced, and may say something else now
    retold = _said(frame).isin(_said(stays)) & frame["customer_id"].notna().to_numpy()
    retold &= ~keys.isin(held)
    where = pd.Series(retold, index=frame.index)
    return log.drop(frame, where, "same customer, day and text as stored feedback")


def upsert_feedback(new: pd.DataFrame, stored: pd.DataFrame) -> tuple[pd.DataFrame, Upserted]:
    """Replace feedback of the same source and id, in its place, and put the rest behind.

    Parameters
    ----------
    new, stored : DataFrame
        ``schema.FEEDBACK``. Where the text is the same, the stored language stays.

    Returns
    -------
    feedback : DataFrame
        Numbered from 0.
    upserted : Upserted

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.upsert import upsert_feedback
    >>> row = {"source": "s", "feedback_id": "1", "text": "fits", "language": "en", "rating": 4.0,
    ...        "customer_id": None, "created_at": pd.NaT, "channel": "shop"}
    >>> stored = pd.DataFrame([row])
    >>> new = pd.DataFrame([row | {"rating": 5.0}, row | {"feedback_id": "2"}])
    >>> upsert_feedback(new, stored)[1]
    Upserted(new=1, changed=1, same=0)
    """
    keys, held = (pd.MultiIndex.from_frame(each[_KEY]) for each in (new, stored))
    place = held.get_indexer(keys)
    known = place >= 0
    before = stored.iloc[place[known]]
    after = new[known]
    if "language" in after:
        unchanged = (after["text"].to_numpy() == before["text"].to_numpy()).astype(bool)
        language = np.where(unchanged, before["language"], after["language"])
        after = after.assign(language=pd.array(language, dtype="string"))
    same = digest_rows(after[_TOLD]) == digest_rows(before[_TOLD])
    others = np.ones(len(stored), dtype=bool)
    others[place[known]] = False
    order = np.concatenate(
        [np.flatnonzero(others), place[known], len(stored) + np.arange(int((~known).sum()))]
    )
    parts = [stored[others], after, new[~known]]
    stacked = pd.concat([part for part in parts if len(part)] or [stored], ignore_index=True)
    feedback = stacked.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    counts = Upserted(int((~known).sum()), int((~same).sum()), int(same.sum()))
    return feedback, counts


def upsert_orders(
    new: pd.DataFrame | None, stored: pd.DataFrame | None
) -> tuple[pd.DataFrame | None, Upserted | None]:
    """Replace lines of the same order and product, and put the rest behind.

    Lines of orders without an id have nothing to be recognised by but themselves: equal ones are
    counted as often as the side has them that has more.

    Parameters
    ----------
    new, stored : DataFrame or None
        ``schema.ORDERS``.

    Returns
    -------
    orders : DataFrame or None
        Numbered from 0.
    upserted : Upserted or None
        None without new lines.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.upsert import upsert_orders
    >>> line = {"customer_id": "C1", "order_id": "7", "date": pd.Timestamp("2025-01-01"),
    ...         "amount": 9.0, "quantity": 1.0, "product": "mug", "category": None,
    ...         "is_return": False}
    >>> orders, counts = upsert_orders(
    ...     pd.DataFrame([line | {"amount": 8.0}, line | {"product": "pot"}]), pd.DataFrame([line])
    ... )
    >>> orders["amount"].to_list(), counts
    ([8.0, 9.0], Upserted(new=1, changed=1, same=0))
    """
    if new is None or stored is None:
        only = stored if new is None else new
        return only, None if new is None else Upserted(len(new), 0, 0)
    told = list(stored.columns)
    line, stored_line = _lines(new), _lines(stored)
    known = np.isin(line, stored_line)
    replaced = np.where(
        _is_named(stored), np.isin(stored_line, line), _found_again(stored_line, line)
    )
    kept = stored[~replaced]
    same = _found_again(digest_rows(new[told]), digest_rows(stored[told]))
    fresh = np.where(_is_named(new), ~known, ~same)
    orders = pd.concat([part for part in (kept, new) if len(part)] or [stored], ignore_index=True)
    counts = Upserted(int(fresh.sum()), int((~fresh & ~same).sum()), int((~fresh & same).sum()))
    return orders, counts


def upsert_customers(
    new: pd.DataFrame | None, stored: pd.DataFrame | None
) -> tuple[pd.DataFrame | None, Upserted | None]:
    """Replace the rows of the same customers, in their place, and put the rest behind.

    Parameters
    ----------
    new, stored : DataFrame or None
        ``schema.CUSTOMERS``. A column that only one of them has is null in the other's rows; one
        that is of numbers in only one of them becomes text, unless the other has nothing in it.

    Returns
    -------
    customers : DataFrame or None
        Numbered from 0.
    upserted : Upserted or None
        None without new rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.upsert import upsert_customers
    >>> stored = pd.DataFrame({"customer_id": ["a", "b"], "country": ["FR", "DE"]})
    >>> new = pd.DataFrame({"customer_id": ["b", "c"], "country": ["AT", "CH"]})
    >>> upsert_customers(new, stored)[0]["country"].to_list()
    ['FR', 'AT', 'CH']
    """
    if new is None or stored is None:
        only = stored if new is None else new
        return only, None if new is None else Upserted(len(new), 0, 0)
    new, stored = _alike(new, stored)
    known = new["customer_id"].isin(stored["customer_id"])
    both = pd.concat([stored, new], ignore_index=True)
    last = both.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    customers = last.loc[both["customer_id"].drop_duplicates()].reset_index()[[*stored.columns]]
    before = stored.set_index("customer_id").loc[new.loc[known, "customer_id"]].reset_index()
    same = digest_rows(new[known]) == digest_rows(before)
    return customers, Upserted(int((~known).sum()), int((~same).sum()), int(same.sum()))


def moments(orders: pd.DataFrame) -> pd.Series:
    """Return what stands in for the id of an order that has none: customer and moment.

    Parameters
    ----------
    orders : DataFrame
        With ``customer_id`` and ``date``.

    Returns
    -------
    Series of string
    """
    written = orders["date"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
    ids: pd.Series = (orders["customer_id"] + "@" + written).astype("string")
    return ids


def _said(frame: pd.DataFrame) -> pd.MultiIndex:
    day = frame["created_at"].dt.normalize()
    return pd.MultiIndex.from_arrays([frame["customer_id"], day, digest_texts(frame["text"])])


def _lines(orders: pd.DataFrame) -> NDArray[np.uint64]:
    """Digest what a line is recognised by: its order and product, or all of it without an order."""
    own = ["customer_id", "order_id", "product", "is_return"]
    rest = digest_rows(orders[["amount", "quantity", "category"]])
    return digest_rows(orders[own].assign(rest=np.where(_is_named(orders), 0, rest)))


def _is_named(orders: pd.DataFrame) -> NDArray[np.bool_]:
    return (orders["order_id"] != moments(orders)).to_numpy(dtype=bool)


def _found_again(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Say which of our digests are among theirs, each of theirs used once."""
    times = pd.Series(theirs).value_counts().reindex(ours, fill_value=0).to_numpy()
    found: NDArray[np.bool_] = pd.Series(ours).groupby(ours).cumcount().to_numpy() < times
    return found


def _alike(new: pd.DataFrame, stored: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bring two customer tables to the same columns of the same types."""
    columns = dict.fromkeys([*stored.columns, *new.columns])
    types = {
        name: _type([each[name] for each in (stored, new) if name in each]) for name in columns
    }
    return _brought(new, types), _brought(stored, types)


def _type(parts: list[pd.Series]) -> Any:
    """Choose the type that holds the cells of one or two columns, and nulls where one has none."""
    if len(parts) == 2 and parts[0].dtype == parts[1].dtype:
        return parts[0].dtype
    told = [part for part in parts if part.notna().any()] or parts
    for is_kind, kind in _NULLABLE.items():
        if all(is_kind(part.dtype) for part in told):
            return kind
    return told[0].dtype if len({part.dtype for part in told}) == 1 else "string"


def _brought(frame: pd.DataFrame, types: Mapping[str, Any]) -> pd.DataFrame:
    columns = {}
    for name, kind in types.items():
        if name not in frame or frame[name].isna().all():
            columns[name] = pd.Series(None, index=frame.index, dtype=kind)
        elif isinstance(kind, str) and kind == "string":  # a type can equal this name, too
            columns[name] = as_text(frame[name])
        else:
            columns[name] = frame[name].astype(kind)
    return pd.DataFrame(columns, index=frame.index)

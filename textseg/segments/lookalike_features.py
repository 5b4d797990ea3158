"""What silent customers share with those who write: purchases and attributes, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

PURCHASES = (
    "recency_days", "t_x_days", "tenure_days", "interpurchase_days", "frequency", "monetary",
    "average_order_value", "returns_rate", "interpurchase_cv", "spend_trend", "basket_size",
)  # fmt: skip
"""Columns of :func:`textseg.customers.rfm.purchase_features` beside the shares of categories."""

CATEGORY = "category: "
ATTRIBUTE = "attribute: "

MIN_KNOWN = 10
"""Fewest customers that a value, a level or a lack must be known of to be learned from."""

MAX_LEVELS = 20

_NOT_ATTRIBUTES = ("customer_id", "row")
_KNOTS = 65
_HATS = np.linspace(-1.0, 1.0, 5)
_DATE = r"\d{4}-\d{2}-\d{2}([ T].*)?"
_SILENT_KNOWN = 0.25


def lookalike_features(table: pd.DataFrame, customers: pd.DataFrame | None) -> pd.DataFrame:
    """Collect purchases and attributes, and nothing that comes from a text.

    Parameters
    ----------
    table : DataFrame
        Indexed by ``customer_id``; ``table`` of a :class:`textseg.customers.view.CustomerView`.
    customers : DataFrame or None
        ``schema.CUSTOMERS``; attributes are called "attribute: NAME", as they may have any name.

    Returns
    -------
    DataFrame
        A row per customer of ``table``, in its order.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.segments.lookalike_features import lookalike_features
    >>> table = pd.DataFrame({"sentiment": [0.5], "monetary": [9.0]}, index=["a"])
    >>> customers = pd.DataFrame({"customer_id": ["a"], "country": ["DE"]})
    >>> lookalike_features(table, customers).columns.tolist()
    ['monetary', 'attribute: country']
    """
    known = [name for name in table if name in PURCHASES or str(name).startswith(CATEGORY)]
    features = table[known]
    if customers is None:
        return features
    attributes = customers.set_index("customer_id")
    attributes = attributes.drop(columns=list(_NOT_ATTRIBUTES), errors="ignore")
    return features.join(attributes.add_prefix(ATTRIBUTE).reindex(table.index))


@dataclass(frozen=True)
class Column:
    """How one feature becomes numbers.

    Attributes
    ----------
    name : str
    kind : {"number", "date", "category"}
    knots, ranks : ndarray of float64, shape (m,)
        Values of a number or a date (days), ascending, and their mid-ranks in [−1, 1].
    levels : tuple of str
        Levels of a category, the most frequent first.
    lacks : bool
        Whether it is a feature of its own that the value is not known.
    """

    name: str
    kind: str
    knots: Matrix
    ranks: Matrix
    levels: tuple[str, ...]
    lacks: bool

    @property
    def width(self) -> int:
        """Number of columns it becomes."""
        values = len(self.levels) if self.kind == "category" else 1 + self._bends * len(_HATS)
        return values + self.lacks

    @property
    def _bends(self) -> bool:
        return len(self.knots) > 2

    @classmethod
    def fit(cls, values: pd.Series) -> Column | None:
        """Look at the values; None where there is nothing in them to learn from."""
        name, kind = str(values.name), _kind(values)
        knots, ranks, levels = np.empty(0), np.empty(0), list[str]()
        if kind == "category":
            levels = _levels(_texts(values))
            unknown = ~_texts(values).isin(levels).to_numpy()
        else:
            numbers = _numbers(values, kind)
            unknown = np.isnan(numbers)
            if not _is_id(name, kind, numbers):
                knots, ranks = _ranks(numbers[~unknown])
        n_unknown = int(unknown.sum())
        lacks = MIN_KNOWN <= n_unknown <= len(values) - MIN_KNOWN
        parted = len(levels) > 1 or len(knots) > 1
        if not (parted or (lacks and (levels or len(knots)))):
            return None
        return cls(name, kind, knots, ranks, tuple(levels), lacks)

    def encode(self, values: pd.Series) -> Matrix:
        """Return the columns, shape (n, width), NaN where the value is not known."""
        if self.kind == "category":
            codes = pd.Index(self.levels).get_indexer(
                pd.Index(_texts(values).to_numpy(dtype=object))
            )
            unknown = codes < 0
            columns = (codes[:, None] == np.arange(len(self.levels))).astype(np.float64)
        else:
            numbers = _numbers(values, self.kind)
            unknown = np.isnan(numbers)
            rank = np.interp(numbers, self.knots, self.ranks)[:, None]
            step = _HATS[1] - _HATS[0]
            hats = np.clip(1 - np.abs(rank - _HATS) / step, 0, 1)
            columns = np.hstack([rank, hats]) if self._bends else rank
        columns[unknown] = np.nan
        return np.column_stack([columns, unknown]) if self.lacks else columns


@dataclass(frozen=True)
class Design:
    """From features of any kind to a matrix in which nothing is far out.

    A number becomes its rank among the customers it was learned from and five overlapping hat
    functions of that rank, so that neither units nor outliers matter and a middle can differ from
    both ends. A category becomes its frequent levels. What is unknown, unseen or missing altogether
    counts as the average customer.

    Attributes
    ----------
    columns : tuple of Column
    center : ndarray of float64, shape (d,)
        Mean of each column of the matrix.
    """

    columns: tuple[Column, ...]
    center: Matrix

    @classmethod
    def fit(cls, features: pd.DataFrame, silent: pd.DataFrame) -> Design:
        """Choose the columns and learn their ranks and levels.

        Parameters
        ----------
        features : DataFrame, shape (n, d)
            Of customers with text. Left out are constants, attributes that are ids (whole numbers
            that never repeat), and texts of which few customers share a value.
        silent : DataFrame
            The same of customers without text. An attribute that is hardly known of them is left
            out: what it says of the others would not carry over.
        """
        names = [name for name in features if _carries_over(str(name), features, silent)]
        found = (Column.fit(features[name]) for name in names)
        columns = tuple(column for column in found if column is not None)
        bare = cls(columns, np.zeros(sum(column.width for column in columns)))
        encoded = bare._encode(features)
        count = np.maximum(np.isfinite(encoded).sum(axis=0), 1)
        return cls(columns, np.nansum(encoded, axis=0) / count)

    def transform(self, features: pd.DataFrame) -> Matrix:
        """Return the matrix, shape (n, d); columns that ``features`` lacks are average."""
        return np.nan_to_num(self._encode(features) - self.center)

    def _encode(self, features: pd.DataFrame) -> Matrix:
        blocks = [
            column.encode(features[column.name])
            if column.name in features
            else np.full((len(features), column.width), np.nan)
            for column in self.columns
        ]
        return np.hstack(blocks) if blocks else np.empty((len(features), 0))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to store."""
        arrays = {"center": self.center}
        for place, column in enumerate(self.columns):
            arrays |= {f"{place}.knots": column.knots, f"{place}.ranks": column.ranks}
        return arrays

    def metadata(self) -> list[dict[str, Any]]:
        """Return what goes with the arrays, as JSON."""
        return [
            {"name": c.name, "kind": c.kind, "levels": list(c.levels), "lacks": c.lacks}
            for c in self.columns
        ]

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], metadata: Sequence[Mapping[str, Any]]
    ) -> Design:
        """Make the object again from stored arrays and :meth:`metadata`."""
        columns = (
            Column(
                about["name"], about["kind"], arrays[f"{place}.knots"], arrays[f"{place}.ranks"],
                tuple(about["levels"]), about["lacks"],
            )
            for place, about in enumerate(metadata)
        )  # fmt: skip
        return cls(tuple(columns), arrays["center"])


def _carries_over(name: str, features: pd.DataFrame, silent: pd.DataFrame) -> bool:
    if not name.startswith(ATTRIBUTE) or not len(silent):
        return True
    return bool(silent[name].notna().mean() >= _SILENT_KNOWN * features[name].notna().mean())


def _kind(values: pd.Series) -> str:
    if values.dtype == object:
        values = values.convert_dtypes()
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "date"
    texts = _texts(values).dropna()
    return "date" if len(texts) and bool(texts.str.fullmatch(_DATE).all()) else "category"


def _texts(values: pd.Series) -> pd.Series:
    return values.astype("string")


def _numbers(values: pd.Series, kind: str) -> Matrix:
    """Return finite numbers, or dates as days; NaN for everything else."""
    if kind == "date":
        if not pd.api.types.is_datetime64_any_dtype(values.dtype):
            values = _texts(values)
        times = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
        days = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
        return np.asarray(days, dtype=np.float64)
    nullable = pd.to_numeric(values, errors="coerce").astype("Float64")
    numbers = nullable.to_numpy("float64", na_value=np.nan)
    return np.asarray(np.where(np.isfinite(numbers), numbers, np.nan), dtype=np.float64)


def _is_id(name: str, kind: str, numbers: Matrix) -> bool:
    known = numbers[np.isfinite(numbers)]
    whole = kind == "number" and name.startswith(ATTRIBUTE) and bool((known % 1 == 0).all())
    return whole and len(np.unique(known)) == len(known)


def _ranks(known: Matrix) -> tuple[Matrix, Matrix]:
    """Return some of the values and the share of customers below less the share above."""
    if len(known) < MIN_KNOWN:
        return np.empty(0), np.empty(0)
    ordered = np.sort(known)
    places = np.linspace(0, len(ordered) - 1, _KNOTS).round().astype(int)
    distinct = np.unique(ordered)
    knots = distinct if len(distinct) <= _KNOTS else np.unique(ordered[places])
    below = np.searchsorted(ordered, knots, side="left")
    upto = np.searchsorted(ordered, knots, side="right")
    return knots, (below + upto) / len(ordered) - 1


def _levels(texts: pd.Series) -> list[str]:
    """Return the levels that enough customers share; none where they are few of all."""
    counts = texts.value_counts().sort_index(kind="stable")
    counts = counts.sort_values(ascending=False, kind="stable")
    frequent = counts[counts >= MIN_KNOWN].head(MAX_LEVELS)
    return frequent.index.tolist() if 2 * frequent.sum() >= counts.sum() else []

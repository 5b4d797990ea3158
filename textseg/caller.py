"""How the caller's frames spell customers and number rows, so that results can, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from textseg.ingest import Table


@dataclass(frozen=True)
class Caller:
    """What of the caller's frames is kept.

    Attributes
    ----------
    id_dtype : dtype or None
        Of the customer ids; None where they are text, or are not the same in all frames.
    index : Index or None
        Of the only frame; None where there are several, or files.
    """

    id_dtype: Any
    index: pd.Index | None

    @classmethod
    def of(cls, inputs: Sequence[Table], mappings: Mapping[str, Mapping[str, str]]) -> Caller:
        """Look at the feedback as it was given, and at which of its columns mean what."""
        alone = inputs[0] if len(inputs) == 1 else None
        index = alone.index if isinstance(alone, pd.DataFrame) else None
        return cls(_id_dtype(inputs, mappings), index)

    def with_ids(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a copy with the caller's dtype of ids, if all of them can have it."""
        from textseg.ingest.ids import normalise_ids

        if self.id_dtype is None:
            return frame.copy()
        ids = frame["customer_id"]
        numbers = pd.to_numeric(ids, errors="coerce")
        if numbers.isna().equals(ids.isna()):  # ids of the other inputs may be no numbers
            made = numbers.astype(self.id_dtype)
            if normalise_ids(made).equals(ids.astype("string")):
                ids = made
        return frame.assign(customer_id=ids)

    def with_index(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the caller's index."""
        if self.index is None:
            return frame
        return frame.set_axis(self.index[frame["row"].to_numpy(dtype="int64") - 1])


def _id_dtype(inputs: Sequence[Table], mappings: Mapping[str, Mapping[str, str]]) -> Any:
    """Return the dtype of the caller's customer ids if they are numbers in all frames."""
    from textseg.ingest.read import plain_frame

    columns: list[pd.Series] = []
    for table, meanings in zip(inputs, mappings.values(), strict=False):
        if not isinstance(table, pd.DataFrame) or "customer" not in meanings:
            return None
        column = plain_frame(table.iloc[:0])[meanings["customer"]]
        if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            return None
        columns.append(column)
    return pd.concat(columns).dtype if columns else None

"""Parquet, with its types, part by part."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from textseg.errors import InputError
from textseg.ingest.sources.reading import BATCH

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet(path: Path) -> Generator[pd.DataFrame]:
    """Read Parquet with its types; nullable integers stay exact.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    DataFrame
        Up to 50,000 rows; at least one frame, which may be empty.

    Raises
    ------
    InputError
        The file is empty, truncated or not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty.", hint="Export it again.")
    try:
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows <= BATCH:
                yield _frame(file.read())
            else:
                for batch in file.iter_batches(batch_size=BATCH):
                    yield _frame(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            f"{path} is not Parquet, or is truncated: {reason}.", hint="Export or copy it again."
        ) from None


def _frame(table: pa.Table) -> pd.DataFrame:
    # pandas' own index, if it was written, is a column like any other, or nothing.
    table = table.replace_schema_metadata(None)
    keep = [i for i, name in enumerate(table.column_names) if not name.startswith("__index_level_")]
    frame: pd.DataFrame = table.select(keep).to_pandas(types_mapper=_pandas_types().get)
    return frame


def _pandas_types() -> dict[object, object]:
    import pyarrow as pa

    bits = (8, 16, 32, 64)
    integers = {getattr(pa, f"int{n}")(): getattr(pd, f"Int{n}Dtype")() for n in bits}
    unsigned = {getattr(pa, f"uint{n}")(): getattr(pd, f"UInt{n}Dtype")() for n in bits}
    texts = {kind: pd.StringDtype() for kind in (pa.string(), pa.large_string())}
    return {**integers, **unsigned, **texts, pa.bool_(): pd.BooleanDtype()}

"""One number per row or text: what repeats in a large table is found without a copy of it."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pandas as pd

from textseg.ingest.cells import as_text, in_parts


def digest_rows(frame: pd.DataFrame) -> np.ndarray:
    """Digest every row from all its cells, whatever the order of the columns.

    Rows that are equal have equal digests, also where a column is missing in one part of a table
    and null in another. That two of n rows differ and have the same digest has a probability of
    n² / 2⁶⁵: three in a million for ten million rows.

    Parameters
    ----------
    frame : DataFrame
        A part of a table; column names are unique.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.row_digests import digest_rows
    >>> one, two, three = digest_rows(pd.DataFrame({"a": ["x", "x", "y"], "b": [1, 1, 1]}))
    >>> bool(one == two), bool(one == three)
    (True, False)
    """
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in frame.columns:
        key = blake2b(str(name).encode(), digest_size=8).hexdigest()
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            column = column.astype(object)  # pandas leaves the times out where all are midnight
        texts = as_text(column)
        cells = texts.fillna("").to_numpy(dtype=object)
        digests = pd.util.hash_array(cells, hash_key=key, categorize=False)
        total += np.where(texts.isna(), np.uint64(0), digests)
    return total


def digest_texts(texts: pd.Series) -> np.ndarray:
    """Digest every text; 0 for null.

    Parameters
    ----------
    texts : Series of string

    Returns
    -------
    ndarray of uint64, shape (n_texts,)

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.row_digests import digest_texts
    >>> one, two, three = digest_texts(pd.Series(["too small", "too small", None], dtype="string"))
    >>> bool(one == two), int(three)
    (True, 0)
    """
    return np.concatenate([digest_rows(part.to_frame("text")) for part in in_parts(texts)])

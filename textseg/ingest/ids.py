"""One spelling for the ids that join feedback, orders and customers."""

from __future__ import annotations

import pandas as pd

from textseg.ingest.cells import as_text, without_missing


def normalise_ids(values: pd.Series) -> pd.Series:
    """Read ids as text: trimmed, without the ".0" of a numeric column, leading zeros kept.

    Parameters
    ----------
    values : Series
        Of any dtype.

    Returns
    -------
    Series of string
        Null where there is no id.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.ids import normalise_ids
    >>> normalise_ids(pd.Series([" 0042", "7.0", None])).to_list()
    ['0042', '7', <NA>]
    """
    ids = without_missing(as_text(values))
    if bool(ids.dropna().str.fullmatch(r"[+-]?\d+(\.0)?").all()):
        return ids.str.removesuffix(".0")
    return ids

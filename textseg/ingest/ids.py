"""One spelling for the ids that join feedback, orders and customers."""

from __future__ import annotations

import pandas as pd

from textseg.counted import counted
from textseg.ingest.cells import as_text, without_missing
from textseg.ingest.quality import Log

MAX_ODD = 0.05
_SCIENTIFIC = r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{2,}"


def normalise_ids(values: pd.Series) -> pd.Series:
    """Read ids as text: trimmed, without the ".0" of a numeric column, leading zeros kept.

    A column is numeric if at most 5 % of its ids, such as "guest", are no whole numbers.

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
    numbers = ids.str.fullmatch(r"[+-]?\d+(\.0)?").fillna(False).astype(bool)
    if not bool(numbers.sum() >= (1 - MAX_ODD) * ids.notna().sum()):
        return ids
    return ids.where(~numbers, ids.str.removesuffix(".0"))


def log_lost_digits(frame: pd.DataFrame, column: str, log: Log) -> None:
    """Warn of ids such as "1.23E+11": a spreadsheet has cut their digits, and several are one now.

    Parameters
    ----------
    frame : DataFrame
        With ``row`` and the ids.
    column : str
        Where the ids are.
    log : Log
        Where findings and notes go.
    """
    lost = frame[column].str.fullmatch(_SCIENTIFIC).fillna(False).astype(bool)
    log.kept(frame, lost, f"{column} in scientific notation, digits are lost")
    if lost.any():
        log.note(
            f"{log.table}: {counted(int(lost.sum()), 'row')} with a {column} such as "
            f"{frame.loc[lost, column].min()!r}. A spreadsheet has cut the digits, so different "
            "ones may have become one; export again with the column as text."
        )

"""What to say where every row was left out: of what, why, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import pandas as pd

from textseg.counted import counted
from textseg.errors import InputError
from textseg.ingest.columns import FEEDBACK, TRANSACTIONS
from textseg.ingest.quality import Quality

_TEXT = f"Say which column has the text: {FEEDBACK.option('text')}"
_CLOCK = "Check the column of dates, and the clock of this machine."
_AS_OF = "Give a later day than --as-of {day}, or none: then it is the latest day in the tables."
_HINTS = {
    "no text": _TEXT,
    "symbols only": _TEXT,
    "date in the future": _CLOCK,
    "after the as-of date": _AS_OF,
    "agent's message": "Check which column says who wrote: feedback.author in the settings.",
    "no customer": f"Say which column has the customer: {TRANSACTIONS.option('customer')}",
    "no date": f"Say which column has the date: {TRANSACTIONS.option('date')}",
    "no amount": f"Say which column has the amount: {TRANSACTIONS.option('amount')}",
    "amount is zero": f"Say which column has the amount: {TRANSACTIONS.option('amount')}",
}


def nothing_left(
    what: str, tables: Collection[str], quality: Quality, as_of: pd.Timestamp
) -> InputError:
    """Say why no row of some tables is left.

    Parameters
    ----------
    what : str
        Subject of the sentence, such as "No feedback".
    tables : collection of str
        Names of the sources.
    quality : Quality
        What was dropped, and why.
    as_of : Timestamp
        The as-of date.

    Returns
    -------
    InputError
        The reasons with their rows, the commonest first; the hint is about that one.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.nothing_left import nothing_left
    >>> quality = Quality()
    >>> quality.read("reviews", 2)
    >>> quality.add("reviews", "no text", 2, "dropped")
    >>> nothing_left("No feedback", ["reviews"], quality, pd.Timestamp("2025-01-01")).message
    'No feedback is left of 2 rows: no text (2).'
    """
    rows = sum(count["read"] for table, count in quality.totals().items() if table in tables)
    reasons: Counter[str] = Counter()
    for finding in quality.findings:
        if finding.table in tables and finding.action == "dropped":
            reasons[finding.reason] += finding.rows
    common = reasons.most_common()
    listed = ", ".join(f"{reason} ({number:,})" for reason, number in common)
    hint = _HINTS.get(common[0][0], "Check what was taken for which column.") if common else None
    return InputError(
        f"{what} is left of {counted(rows, 'row')}: {listed}.",
        hint=hint.format(day=f"{as_of:%Y-%m-%d}") if hint else None,
    )

"""What is lost without the columns that are missing, said once."""

from __future__ import annotations

from collections.abc import Mapping

_FEEDBACK = {
    "customer": "topics and sentiment only",
    "date": "no change over time, and all feedback counts as equally recent",
    "rating": "it cannot be compared with topics and sentiment",
    "channel": "the name of the file stands in",
    "id": "a hash of customer, date, channel and text is the key",
}
_ORDERS = {
    "order": "a customer's lines of one moment count as one order",
    "product": "segments are not described by products",
    "category": "segments are not described by categories",
}


def collect_notes(
    feedback: Mapping[str, Mapping[str, str]],
    orders: Mapping[str, str] | None,
    *,
    has_orders: bool = False,
) -> list[str]:
    """Say what is lost without each optional column.

    Parameters
    ----------
    feedback : mapping
        Source to meaning to column.
    orders : mapping or None
        Meaning to column.
    has_orders : bool, default False
        Whether there are orders of an earlier run.

    Returns
    -------
    list of str
        One sentence per missing meaning.

    Examples
    --------
    >>> from textseg.ingest.notes import collect_notes
    >>> columns = {"customer": "c", "date": "d", "rating": "r", "channel": "k"}
    >>> collect_notes({"reviews": columns | {"id": "i"}, "chats": columns}, None)[0]
    'No id column in chats: a hash of customer, date, channel and text is the key.'
    """
    notes = []
    for meaning, loss in _FEEDBACK.items():
        without = [source for source, columns in feedback.items() if meaning not in columns]
        if without:
            where = "" if len(without) == len(feedback) else f" in {', '.join(without)}"
            notes.append(f"No {meaning} column{where}: {loss}.")
    if orders is None and has_orders:
        return notes
    if orders is None:
        return [*notes, "No orders: customers have no value, and none is silent."]
    missing = (meaning for meaning in _ORDERS if meaning not in orders)
    return notes + [
        f"No {meaning} column in the orders: {_ORDERS[meaning]}." for meaning in missing
    ]

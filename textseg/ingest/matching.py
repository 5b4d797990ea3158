"""Whether the customers who write are the customers who buy."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from textseg.errors import InputError

_LEADING_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")


@dataclass(frozen=True)
class Match:
    """Numbers of distinct customers on both sides.

    Parameters
    ----------
    feedback, orders, both : int
        Customers with feedback, with orders, with both.
    """

    feedback: int
    orders: int
    both: int

    @property
    def rate(self) -> float:
        """Share of the customers with feedback that have orders."""
        return self.both / self.feedback


def match_customers(feedback: pd.Series, orders: pd.Series) -> Match | None:
    """Count the customers that feedback and orders share.

    Parameters
    ----------
    feedback, orders : Series of string
        Customer ids of either side.

    Returns
    -------
    Match or None
        None where one side has no customers.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.matching import match_customers
    >>> match_customers(pd.Series(["1", "2", "2"]), pd.Series(["2", "3"]))
    Match(feedback=2, orders=2, both=1)
    """
    ours, theirs = _distinct(feedback), _distinct(orders)
    if ours.empty or theirs.empty:
        return None
    return Match(len(ours), len(theirs), int(ours.isin(theirs).sum()))


def match_notes(feedback: pd.Series, orders: pd.Series) -> list[str]:
    """Say which customers of the feedback would be in the orders if case and zeros did not count.

    Parameters
    ----------
    feedback, orders : Series of string
        Customer ids of either side.

    Returns
    -------
    list of str
        One sentence, or none.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.matching import match_notes
    >>> match_notes(pd.Series(["007", "C-1", "x"]), pd.Series(["7", "c-01", "y"]))[0][-45:]
    "count as different: 2, such as '007' and '7'."
    """
    pairs = _near(feedback, orders)
    if not pairs:
        return []
    first, second = pairs[0]
    return [
        f"Customers of the feedback that match customers of the orders but for case or leading "
        f"zeros, and count as different: {len(pairs)}, such as {first!r} and {second!r}."
    ]


def refuse_strangers(feedback: pd.Series, orders: pd.Series) -> None:
    """Stop where feedback and orders share no customer.

    Parameters
    ----------
    feedback, orders : Series of string
        Customer ids of either side.

    Raises
    ------
    InputError
        The message shows ids of both sides, and a pair that is nearly the same if there is one.
    """
    match = match_customers(feedback, orders)
    if match is None or match.both:
        return
    near = _near(feedback, orders)
    pair = (
        f" {near[0][0]!r} and {near[0][1]!r} differ only by case or leading zeros." if near else ""
    )
    raise InputError(
        f"No customer of the feedback is in the orders: feedback has {_some(feedback)}; "
        f"orders have {_some(orders)}.{pair}",
        hint="Ids are compared as text, case and leading zeros count. Check --customer and "
        "transactions.customer.",
    )


def _near(feedback: pd.Series, orders: pd.Series) -> list[tuple[str, str]]:
    """Pairs of ids, sorted, that are the same but for case and leading zeros of their numbers."""
    ours, theirs = _distinct(feedback), _distinct(orders)
    strangers = ours[~ours.isin(theirs)]
    if strangers.empty:
        return []
    by_fold = pd.Series(theirs.to_list(), index=_folded(theirs)).sort_values()
    by_fold = by_fold[~by_fold.index.duplicated()]
    found = by_fold.reindex(_folded(strangers)).to_list()
    pairs = zip(strangers.to_list(), found, strict=True)
    return sorted((one, other) for one, other in pairs if isinstance(other, str))


def _folded(ids: pd.Index) -> list[str]:
    return [_LEADING_ZEROS.sub("", name.casefold()) for name in ids]


def _distinct(ids: pd.Series) -> pd.Index:
    distinct: pd.Index = pd.Index(ids.dropna().unique())
    return distinct


def _some(ids: pd.Series) -> str:
    return ", ".join(repr(name) for name in sorted(_distinct(ids))[:3])

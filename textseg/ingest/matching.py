"""Whether the customers who write are the customers who buy."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from textseg.errors import InputError


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


def refuse_strangers(feedback: pd.Series, orders: pd.Series) -> None:
    """Stop where feedback and orders share no customer.

    Parameters
    ----------
    feedback, orders : Series of string
        Customer ids of either side.

    Raises
    ------
    InputError
        The message shows ids of both sides.
    """
    match = match_customers(feedback, orders)
    if match is not None and not match.both:
        raise InputError(
            f"No customer of the feedback is in the orders: feedback has {_some(feedback)}; "
            f"orders have {_some(orders)}.",
            hint="Ids are compared as text, leading zeros count. Check --customer and "
            "transactions.customer.",
        )


def _distinct(ids: pd.Series) -> pd.Index:
    distinct: pd.Index = pd.Index(ids.dropna().unique())
    return distinct


def _some(ids: pd.Series) -> str:
    return ", ".join(repr(name) for name in sorted(_distinct(ids))[:3])

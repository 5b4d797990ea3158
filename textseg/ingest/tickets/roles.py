"""Which messages of a conversation the customers wrote, and which the company."""

from __future__ import annotations

import pandas as pd

from textseg.errors import InputError
from textseg.ingest import names
from textseg.ingest.cells import as_text, without_missing

_EXAMPLES = 3


def written_by_company(authors: pd.Series, customers: pd.Series, place: str) -> pd.Series:
    """Mark the messages that no customer wrote.

    An author is known by a role ("agent", "end-user"). Where no role stands in the column, the
    author who is the ticket's customer is a customer, and all others are the company. Where only
    the company's roles stand there, all other authors (names) are customers.

    Parameters
    ----------
    authors : Series
        Of any dtype.
    customers : Series of string
        Whose ticket it is, with the same index; null where not known.
    place : str
        The table and column, for the error.

    Returns
    -------
    Series of bool
        Rows without an author are the customer's.

    Raises
    ------
    InputError
        Nothing tells which of the authors are customers.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.tickets.roles import written_by_company
    >>> nobody = pd.Series([pd.NA] * 3, dtype="string")
    >>> written_by_company(pd.Series(["user", "Bot", None]), nobody, "'from'").to_list()
    [False, True, False]
    """
    cells = without_missing(as_text(authors))
    keys = {cell: names.name_key(cell) for cell in cells.dropna().unique()}
    by_customer = cells.map({cell: key in names.CUSTOMER_AUTHORS for cell, key in keys.items()})
    by_company = cells.map({cell: key in names.COMPANY_AUTHORS for cell, key in keys.items()})
    ours = by_company.fillna(False).astype(bool)
    theirs = by_customer.fillna(False).astype(bool)
    if theirs.any():
        return cells.notna() & ~theirs
    if ours.any():
        return ours
    own = (cells.str.casefold() == customers.str.casefold()).fillna(False).astype(bool)
    if cells.notna().any() and not own.any():
        raise _nobody_known(list(keys), place)
    return cells.notna() & ~own


def _nobody_known(authors: list[str], place: str) -> InputError:
    found = ", ".join(map(repr, authors[:_EXAMPLES]))
    return InputError(
        f"{place} should say who wrote each message, but {found} are no known roles.",
        hint="Expected are words such as customer, end-user, agent, bot, or the customer's id.",
    )

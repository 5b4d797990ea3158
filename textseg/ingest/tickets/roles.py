"""Which messages of a conversation the customers wrote, and which the company."""

from __future__ import annotations

import pandas as pd

from textseg.errors import InputError
from textseg.ingest import names
from textseg.ingest.cells import as_text, without_missing

_EXAMPLES = 3
_YES = frozenset({"true", "t", "yes", "y", "1"})
_NO = frozenset({"false", "f", "no", "n", "0"})


def as_roles(authors: pd.Series) -> pd.Series:
    """Read a column that says who wrote; yes and no become a role where its name tells which.

    Parameters
    ----------
    authors : Series
        Of any dtype, with the column's name.

    Returns
    -------
    Series of string
        Null where the cell is empty.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.ingest.tickets.roles import as_roles
    >>> as_roles(pd.Series([True, False], name="incoming")).to_list()
    ['incoming', 'outgoing']
    """
    cells = without_missing(as_text(authors))
    if names.is_called(str(authors.name), names.INCOMING):
        return _spelled_out(cells, yes="incoming", no="outgoing")
    if names.is_called(str(authors.name), names.OUTGOING):
        return _spelled_out(cells, yes="outgoing", no="incoming")
    return cells


def _spelled_out(cells: pd.Series, *, yes: str, no: str) -> pd.Series:
    flags = dict.fromkeys(_YES, yes) | dict.fromkeys(_NO, no)
    return cells.map(lambda cell: flags.get(names.name_key(cell), cell), na_action="ignore")


def written_by_company(authors: pd.Series, customers: pd.Series, place: str) -> pd.Series:
    """Mark the messages that no customer wrote.

    An author is known by a role ("agent", "end-user"), or by yes and no in a column such as
    "incoming". Where no role stands in the column, the
    author who is the ticket's customer is a customer, and all others are the company. Where only
    the company's roles stand there, all other authors (names) are customers.

    Parameters
    ----------
    authors : Series
        Of any dtype, with the column's name.
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
    cells = as_roles(authors)
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

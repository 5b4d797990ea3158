"""Numbers of things, as messages say them."""

from __future__ import annotations


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Write a whole number and what it counts, which is one or several.

    Parameters
    ----------
    number : int
        How many there are.
    thing : str
        What one of them is called.
    things : str, optional
        What several are called; default: with an "s".

    Returns
    -------
    str

    Examples
    --------
    >>> from textseg.counted import counted
    >>> counted(1, "row"), counted(2345, "row"), counted(0, "currency", "currencies")
    ('1 row', '2,345 rows', '0 currencies')
    """
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"

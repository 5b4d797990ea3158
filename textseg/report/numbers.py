"""Numbers as people read them; what is not known is a dash."""

from __future__ import annotations

UNKNOWN = "–"


def count(value: float | None) -> str:
    """Write a whole number.

    Examples
    --------
    >>> from textseg.report.numbers import count
    >>> count(12345), count(None)
    ('12,345', '–')
    """
    return UNKNOWN if value is None else f"{round(value):,}"


def amount(value: float | None) -> str:
    """Write an amount: without decimals from 100, with two below.

    Examples
    --------
    >>> from textseg.report.numbers import amount
    >>> amount(1234.5), amount(9.5)
    ('1,234', '9.50')
    """
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def percent(value: float | None) -> str:
    """Write a share of 1; one that is small but not nothing is not rounded to nothing.

    Examples
    --------
    >>> from textseg.report.numbers import percent
    >>> percent(0.4167), percent(0.002), percent(0.0)
    ('42%', '<1%', '0%')
    """
    if value is None:
        return UNKNOWN
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"


def signed(value: float | None) -> str:
    """Write a sentiment with its sign.

    Examples
    --------
    >>> from textseg.report.numbers import signed
    >>> signed(0.314), signed(-0.2), signed(0.001)
    ('+0.31', '−0.20', '0.00')
    """
    if value is None:
        return UNKNOWN
    text = f"{abs(value):.2f}"
    if float(text) == 0:
        return text
    return f"+{text}" if value > 0 else f"−{text}"

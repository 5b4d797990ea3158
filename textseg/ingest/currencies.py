"""Currencies: how cells name them, and one currency for a column that has several."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from textseg.counted import counted
from textseg.errors import InputError
from textseg.ingest.cells import as_text, row_of, without_missing

_ISO = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
    NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
    VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
_SPELLINGS = """
    EUR € euro euros | USD $ us$ dollar dollars usd$ | GBP £ gb£ pound pounds | JPY ¥ yen | INR ₹ rs
    | RUB ₽ | TRY ₺ tl | KRW ₩ | THB ฿ | VND ₫ | UAH ₴ | NGN ₦ | ILS ₪ | BRL r$ reais real
    | AUD a$ au$ | CAD c$ ca$ can$ | HKD hk$ | NZD nz$ | SGD s$ sg$ | MXN mx$ mex$ | TWD nt$
    | CNY cn¥ rmb yuan | PLN zł | CZK kč | HUF ft | RON lei leu | BGN лв
    | CHF fr sfr franken francs | KR kr
"""
_NAMES = {code.casefold(): code for code in _ISO.split()} | {
    spelling: words.split()[0] for words in _SPELLINGS.split("|") for spelling in words.split()[1:]
}


def currency_code(name: str) -> str | None:
    """Give the code of a currency that a cell names, or None.

    A bare "$" is the US dollar and a bare "¥" the yen; "kr" is of several countries and stays "KR".

    Examples
    --------
    >>> from textseg.ingest.currencies import currency_code
    >>> [currency_code(name) for name in ("€", "usd", "Rs.", "R$", "Stk")]
    ['EUR', 'USD', 'INR', 'BRL', None]
    """
    return _NAMES.get(name.strip(" .").casefold())


def read_codes(values: pd.Series) -> pd.Series:
    """Read a column of currencies; what is not known stays as it is written, in capitals."""
    names = without_missing(as_text(values))
    table = {name: currency_code(name) or name.upper() for name in names.dropna().unique()}
    return names.map(table).astype("string")


def rates_to_base(
    codes: pd.Series, rates: Mapping[str, float], *, where: str, counted: pd.Series
) -> pd.Series:
    """Find what each row's amount is multiplied with, so that all are in one currency.

    Parameters
    ----------
    codes : Series of string
        The currency of each row; null where none is named.
    rates : mapping of str to float
        What one unit is worth in the base, which has the rate 1; may be empty.
    where : str
        What messages call the table.
    counted : Series of bool
        The rows that have an amount.

    Returns
    -------
    Series of float64

    Raises
    ------
    InputError
        There are several currencies and no rates, or one of them has no rate.
    """
    known = codes[counted].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if known.empty:
        return pd.Series(1.0, index=codes.index)
    unnamed = int(codes[counted].isna().sum())
    by_code = {name.upper(): rate for name, rate in rates.items()}
    if rates:
        _refuse_without_rate(known, unnamed, by_code, where)
        return codes.map(by_code).astype("float64")
    if len(known) > 1:
        raise _several(codes.where(counted), known, where)
    return pd.Series(1.0, index=codes.index)


def base_of(rates: Mapping[str, float]) -> str | None:
    """Name the currency that has the rate 1; the first of several."""
    return next((name.upper() for name, rate in rates.items() if rate == 1), None)


def _several(codes: pd.Series, known: pd.Series, where: str) -> InputError:
    rare = str(known.index[-1])
    others = "".join(f", {code} = ..." for code in known.index[1:4])
    return InputError(
        f"{where}: the amounts are in {len(known)} currencies: {_counts(known)}; the first "
        f"{rare} is in row {row_of(codes, rare)}.",
        hint="Name a column in one currency (--set transactions.amount=COL), or say what each is "
        f"worth: [transactions.rates] {known.index[0]} = 1.0{others}",
    )


def _refuse_without_rate(
    known: pd.Series, unnamed: int, rates: Mapping[str, float], where: str
) -> None:
    missing = known[~known.index.isin(list(rates))]
    if len(missing) or unnamed:
        parts = [_counts(missing)] if len(missing) else []
        parts += [f"no currency is named in {counted(unnamed, 'row')}"] if unnamed else []
        raise InputError(
            f"{where}: amounts without a rate in transactions.rates: {'; '.join(parts)}.",
            hint=f"Rates are there for {', '.join(sorted(rates))}.",
        )


def _counts(known: pd.Series) -> str:
    listed = [f"{code} ({counted(rows, 'row')})" for code, rows in known.head(6).items()]
    more = len(known) - len(listed)
    return ", ".join(listed) + (f" and {more} more" if more else "")

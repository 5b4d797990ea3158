"""A layout: how the export of a product is recognised, and which of its columns means what."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from textseg.errors import ConfigError, InputError, did_you_mean
from textseg.ingest import names

NO_LAYOUT = "none"


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""One column, or several of which the first that is there counts."""


class LeaveOut(BaseModel):
    """Rows that do not count, such as payments that were not made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    values: Names
    reason: str

    @property
    def any_value(self) -> bool:
        """Whether it is enough that the column is filled."""
        return self.values == ("*",)


class Layout(BaseModel):
    """The columns of one export of one product.

    Parameters
    ----------
    name : str
        What settings and the printed mapping call it: the file's name without its ending.
    title : str
        What it is, in words.
    kind : {"feedback", "transactions", "customers"}
        The sort of table.
    requires : tuple
        Columns that must all be there for the layout to be recognised; of a tuple, one.
    columns : dict
        Meaning to column, or to columns of which the first that is filled counts. What is not
        named here is not looked for.
    company : tuple of str
        Columns with the company's words.
    order_level : tuple of str
        Columns that are filled on the first row of an order only.
    deduct : tuple of str
        Columns of money to be taken off the amount.
    addresses : bool
        Whether customers are written with their e-mail address, which alone counts.
    minor_units : dict
        Currency to the number of its smallest units in one; "usual" for the others.
    ratings : dict
        Word in the rating column to number; other words are no rating.
    leave_out : tuple of LeaveOut
        Rows that do not count.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    kind: Literal["feedback", "transactions", "customers"]
    requires: Annotated[tuple[Names, ...], Field(min_length=2)]
    columns: dict[str, Names]
    company: tuple[str, ...] = ()
    order_level: tuple[str, ...] = ()
    deduct: tuple[str, ...] = ()
    addresses: bool = False
    minor_units: dict[str, Annotated[int, Field(gt=0)]] = {}
    ratings: dict[str, float] = {}
    leave_out: tuple[LeaveOut, ...] = ()

    @model_validator(mode="after")
    def _columns_make_sense(self) -> Self:
        meanings = _MEANINGS[self.kind]
        for meaning, columns in self.columns.items():
            if meaning not in meanings:
                raise ValueError(f"columns.{meaning}: {did_you_mean(meaning, meanings)}")
            if meaning in ("text", "title") and set(columns) & set(self.company):
                raise ValueError(f"columns.{meaning} names a column of the company's words")
        for fact, needed in _NEEDS.items():
            if getattr(self, fact) and needed not in self.columns:
                raise ValueError(f"{fact} needs columns.{needed}")
        if self.minor_units and not {"amount", "currency"} <= set(self.columns):
            raise ValueError("minor_units needs columns.amount and columns.currency")
        if self.minor_units and "usual" not in self.minor_units:
            raise ValueError("minor_units needs usual")
        return self

    def fits(self, columns: Iterable[str]) -> bool:
        """Tell whether a header has all columns that are required."""
        keys = names.by_key(columns)
        return all(any(names.name_key(name) in keys for name in one_of) for one_of in self.requires)


_NEEDS = {
    "order_level": "order",
    "deduct": "amount",
    "ratings": "rating",
    "addresses": "customer",
}

_MEANINGS: dict[str, Mapping[str, names.Tiers]] = {
    "feedback": names.FEEDBACK,
    "transactions": names.TRANSACTIONS,
    "customers": names.CUSTOMERS,
}


def find_layout(label: str, columns: Iterable[str], kind: str, told: str | None) -> Layout | None:
    """Find the layout that a header has.

    Parameters
    ----------
    label : str
        What messages call the table.
    columns : iterable of str
        The header.
    kind : str
        "feedback", "transactions" or "customers".
    told : str or None
        Name or file of a layout, as the caller set it; "none" for none; None to find it out.

    Returns
    -------
    Layout or None

    Raises
    ------
    InputError
        The header is not that of the layout that was set, or two layouts fit equally.
    ConfigError
        There is no such layout, or its file is not one.

    Examples
    --------
    >>> from textseg.ingest.layouts.layout import find_layout
    >>> header = ["Package Name", "Star Rating", "Review Text", "Review Submit Date and Time"]
    >>> find_layout("reviews.csv", header, "feedback", None).title
    'Google Play reviews'
    """
    columns = list(columns)
    if told is None:
        return _recognised(label, columns, kind)
    if told == NO_LAYOUT:
        return None
    layout = layout_named(told)
    if layout.kind != kind or not layout.fits(columns):
        absent = [
            " or ".join(map(repr, one_of))
            for one_of in layout.requires
            if not layout.model_copy(update={"requires": (one_of,)}).fits(columns)
        ]
        raise InputError(
            f"{label} has not the layout {told!r}, which is for {layout.kind}"
            + (f" and requires {', '.join(absent)}." if absent else "."),
            hint=f"Leave {kind}.layout away to have it found out, or set it to 'none'.",
        )
    return layout


def layout_named(name: str) -> Layout:
    """Read a layout that ships with textseg, or one's own from a TOML file.

    Raises
    ------
    ConfigError
        There is no such layout, or its file is not one.
    """
    shipped = shipped_layouts()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if path.suffix != ".toml" or not path.is_file():
        raise ConfigError(f"There is no layout {name!r}.", hint=did_you_mean(name, shipped))
    return _read(name, path.read_text(encoding="utf-8"))


def layout_of(columns: Mapping[str, str]) -> Layout | None:
    """Give the layout by which columns were found, if it was by one."""
    return layout_named(columns["layout"]) if "layout" in columns else None


@cache
def shipped_layouts() -> dict[str, Layout]:
    """Read all layouts that ship with textseg, by name."""
    folder = files("textseg.ingest.layouts")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {
        (name := file.removesuffix(".toml")): _read(
            name, folder.joinpath(file).read_text(encoding="utf-8")
        )
        for file in found
    }


def _recognised(label: str, columns: list[str], kind: str) -> Layout | None:
    """Of the layouts that fit, the one that requires most."""
    fitting = [
        layout
        for layout in shipped_layouts().values()
        if layout.kind == kind and layout.fits(columns)
    ]
    most = max((len(layout.requires) for layout in fitting), default=0)
    best = [layout for layout in fitting if len(layout.requires) == most]
    if len(best) > 1:
        raise InputError(
            f"{label} could be both {best[0].title} and {best[1].title}.",
            hint=f"Say which: --set {kind}.layout={best[0].name} or {best[1].name} or {NO_LAYOUT}",
        )
    return best[0] if best else None


def _read(name: str, text: str) -> Layout:
    try:
        return Layout.model_validate({"name": name, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The layout {name} is not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"The layout {name} is wrong{f' at {where}' if where else ''}: {why}.",
            hint="Layouts are described in docs/inputs.md.",
        ) from None

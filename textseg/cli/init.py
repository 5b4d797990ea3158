"""``textseg init``: a commented textseg.toml, written from the settings' own descriptions."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import typer

from textseg.cli.command import command
from textseg.cli.output import Output

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_HEAD = """\
# Settings of textseg. Every value is the default; change what you need, delete the rest.
# Used with: textseg run FEEDBACK --out WORKSPACE --config textseg.toml
# A line like #name = "..." is a setting that has no default.
"""
# What must be set has no default to show.
_EXAMPLES = {
    "name": "trust",
    "high": ["I know I can rely on you", "You always keep your word"],
    "low": ["I do not believe what you tell me", "You never keep your word"],
    "phrases": ["where is my parcel", "the order came too late"],
    "taxonomy": "taxonomy.csv",
    "price_in": 0.15,
    "price_out": 0.6,
    "key_env": "OPENAI_API_KEY",
    "url": "http://localhost:11434/v1",
}
_BOUNDS = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "to below {}"}


@command(
    "textseg init",
    "textseg init settings/nightly.toml",
)
def init(
    out: Output,
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path(
        "textseg.toml"
    ),
) -> None:
    """Write a commented textseg.toml with every setting, its default and its range."""
    from textseg.errors import InputError

    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(commented_settings())
    except FileExistsError:
        raise InputError(f"{file} exists.", hint="Name another file, or delete it first.") from None
    if out.as_json:
        out.json({"path": str(file)})
    else:
        out.summary(f"Wrote {file}.")


def commented_settings() -> str:
    """Write all settings with their defaults as TOML that reads back as the defaults.

    Returns
    -------
    str
        What ``textseg init`` puts into the file.

    Examples
    --------
    >>> import tomllib
    >>> from textseg.cli.init import commented_settings
    >>> from textseg.config import Config, make_config
    >>> make_config(tomllib.loads(commented_settings())) == Config()
    True
    """
    from textseg.config import Config

    return "\n".join([_HEAD, *_section(Config, ()), ""])


def _section(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a section: its values first, as TOML wants it, then its tables."""
    tables = []
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        if inner is not None:
            tables.append((name, field, inner))
        else:
            yield from _setting(name, field)
    for name, field, inner in tables:
        yield ""
        yield from _comment(_sentence(field))
        header = ".".join((*path, name))
        if isinstance(field.default, tuple):
            # A list of tables is empty by default, so that its example is a comment as a whole.
            lines = (f"[[{header}]]", *_section(inner, (*path, name)))
            yield from (line if line.startswith("#") else f"#{line}" for line in lines)
        else:
            yield f"[{header}]"
            yield from _section(inner, (*path, name))


def _example(name: str, field: FieldInfo) -> Any:
    return field.examples[0] if field.examples else _EXAMPLES.get(name, "...")


def _setting(name: str, field: FieldInfo) -> Iterator[str]:
    yield from _comment(_sentence(field))
    if field.is_required() or field.default is None:
        yield f"#{name} = {json.dumps(_example(name, field), ensure_ascii=False)}"
    else:
        yield f"{name} = {json.dumps(field.default, ensure_ascii=False)}"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="# ", subsequent_indent="# ")


def _sentence(field: FieldInfo) -> str:
    """Put the range or the choices behind the description."""
    description = field.description or ""
    choices = [choice for choice in _choices(field.annotation) if repr(choice) not in description]
    if len(choices) > 1:
        description += f" One of {', '.join(json.dumps(choice) for choice in choices)}."
    bounds = _bounds(field.annotation, field.metadata)
    return f"{description} {bounds[0].upper()}{bounds[1:]}." if bounds else description


def _choices(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _bounds(annotation: Any, metadata: list[Any]) -> str:
    found = [
        words.format(_shown(getattr(item, bound)))
        for item in (*metadata, *_nested_metadata(annotation))
        for bound, words in _BOUNDS.items()
        if getattr(item, bound, None) is not None
    ]
    return " ".join(found)


def _nested_metadata(annotation: Any) -> Iterator[Any]:
    """Yield the constraints of a union's members, such as those of ``auto | int from 2``."""
    for part in get_args(annotation):
        if hasattr(part, "__metadata__"):
            for item in part.__metadata__:
                yield from getattr(item, "metadata", [item])


def _model_of(annotation: Any) -> type[BaseModel] | None:
    from pydantic import BaseModel

    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None

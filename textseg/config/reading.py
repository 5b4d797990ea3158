"""Settings from files, from ``--set`` and from mappings; what is wrong with one, in a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from textseg.config.sections import Config
from textseg.errors import ConfigError, did_you_mean

_INPUTS = ("feedback", "transactions", "customers")


def make_config(settings: Mapping[str, Any]) -> Config:
    """Check settings given as nested mappings.

    Parameters
    ----------
    settings : mapping
        What ``textseg.toml`` would hold.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        For an unknown key, a wrong type or a value out of range; names the key.

    Examples
    --------
    >>> from textseg.config import make_config
    >>> make_config({"topics": {"number": 20}}).topics.number
    20
    """
    plain = dict(settings)
    if isinstance(plain.get("feedback"), Mapping):  # [feedback] for [[feedback]]
        plain["feedback"] = [plain["feedback"]]
    try:
        return Config.model_validate(plain)
    except ValidationError as error:
        raise _readable(error) from None


def load_config(path: Path | None, assignments: Iterable[str] = ()) -> Config:
    """Read ``textseg.toml`` and apply ``key=value`` assignments on top of it.

    Parameters
    ----------
    path : Path or None
        The file; None for defaults.
    assignments : iterable of str
        Such as ``"topics.number=20"``; the value is TOML, or else plain text.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        The file is missing or is not TOML, or a setting is not right.

    Examples
    --------
    >>> from textseg.config import load_config
    >>> load_config(None, ["segments.weights.value=0.3"]).segments.weights.value
    0.3
    """
    settings = _read_toml(path) if path is not None else {}
    for assignment in assignments:
        assign_setting(settings, assignment)
    return make_config(settings)


def with_inputs_read(config: Config, assignments: Iterable[str]) -> Config:
    """Change how inputs are read, and nothing else.

    Parameters
    ----------
    config : Config
    assignments : iterable of str
        Such as ``"feedback.date_order=dmy"``.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        A setting is not right, or is about something else than the inputs.

    Examples
    --------
    >>> from textseg.config import Config, with_inputs_read
    >>> with_inputs_read(Config(), ["transactions.decimal=,"]).transactions.decimal
    ','
    """
    settings = config.model_dump(mode="json", exclude_defaults=True)
    for assignment in assignments:
        section = assignment.strip().partition(".")[0]
        if "=" in assignment and section not in _INPUTS:
            key = assignment.partition("=")[0].strip()
            raise ConfigError(
                f"{key} cannot be set here: only how inputs are read, in {', '.join(_INPUTS)}.",
                hint="Topics and segments stay in a refresh; textseg run takes every setting.",
            )
        assign_setting(settings, assignment)
    return make_config(settings)


def assign_setting(settings: dict[str, Any], assignment: str) -> None:
    """Put one ``key=value`` into nested settings, in place.

    ``feedback.customer=COL`` goes to the table for all files, since that section is a list.
    """
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(
            f"--set expects key=value, got {assignment!r}.", hint="Example: topics.number=20"
        )
    *sections, last = key.strip().split(".")
    node = settings
    for name in sections:
        child = node.setdefault(name, [] if name == "feedback" and node is settings else {})
        if isinstance(child, list) and name == "feedback":
            child = _table_for_all_files(child)
        if not isinstance(child, dict):
            what = "a list of sections" if isinstance(child, list) else "a value, not a section"
            raise ConfigError(f"{key.strip()} cannot be set: {name} is {what}.")
        node = child
    node[last] = _toml_value(text.strip())


def _table_for_all_files(tables: list[dict[str, Any]]) -> dict[str, Any]:
    for table in tables:
        if isinstance(table, dict) and "file" not in table:
            return table
    tables.append({})
    return tables[-1]


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"The config file {path} does not exist.", hint="textseg init writes one."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The config file {path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise ConfigError(f"The config file {path} cannot be read: {error.strerror}.") from None


def _readable(error: ValidationError) -> ConfigError:
    """Turn pydantic's first complaint into one sentence about one key."""
    complaints = error.errors(include_url=False)
    first = complaints[0]
    key, section = _locate(first["loc"])
    if first["type"] == "extra_forbidden":
        return ConfigError(
            f"There is no setting {'.'.join(key)}.",
            hint=did_you_mean(key[-1], section.model_fields),
        )
    # Each member of a union complains about the same key.
    about = sorted({item["msg"] for item in complaints if _locate(item["loc"])[0] == key})
    if first["type"] == "value_error":  # of a whole section
        return ConfigError(
            f"{'.'.join(key)}: {first['ctx']['error']}.",
            hint="textseg init writes a file with every setting and its range.",
        )
    return ConfigError(
        f"The setting {'.'.join(key)} is {_shown(key, first['input'])}. {'; or '.join(about)}.",
        hint="textseg init writes a file with every setting and its range.",
    )


def _shown(key: Sequence[str], value: Any) -> str:
    """Give a value as it was written, unless it may be a secret that was put into a wrong place."""
    return "not right" if "llm" in key else repr(value)


def _locate(loc: tuple[int | str, ...]) -> tuple[list[str], type[BaseModel]]:
    """Return the key that the user wrote and its section; behind it pydantic names the type."""
    section: type[BaseModel] = Config
    key = []
    for part in loc:
        key.append(str(part))
        if isinstance(part, int):
            continue
        inner = _section_of(section, part)
        if inner is None:
            break
        section = inner
    return key, section


def _section_of(section: type[BaseModel], name: str) -> type[BaseModel] | None:
    field = section.model_fields.get(name)
    annotation: Any = field.annotation if field else None
    for part in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None

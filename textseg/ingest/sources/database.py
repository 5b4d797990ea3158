"""Tables of databases: a table or a SELECT, by SQLAlchemy, without writing anything."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from textseg.errors import InputError, did_you_mean
from textseg.ingest.sources.cell_types import typed
from textseg.ingest.sources.reading import BATCH

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Select, TextClause

_ADDRESS = re.compile(
    r"(?P<url>[a-zA-Z][\w+.-]*://(?:[^\[\]]|\[[^\]]*\])*?)::(?P<what>.*)", re.DOTALL
)  # a host may be written as [::1]
_STATEMENT = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+[\"`\[]?([\w.]+)", re.IGNORECASE)
_WEB = frozenset({"http", "https", "ftp", "sftp", "s3", "gs", "az", "abfs"})
_POSTGRESQL_DRIVERS = ("psycopg", "psycopg2", "pg8000")
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}
_LOGGER = "textseg"
_EXAMPLE = "Write URL::table or URL::SELECT ..., such as sqlite:///shop.db::reviews."


@dataclass(frozen=True)
class Query:
    """What to read from which database.

    Parameters
    ----------
    url : URL
        With user and password; never shown.
    what : str
        A table, perhaps with its schema, or a SELECT.
    """

    url: URL
    what: str

    @property
    def is_statement(self) -> bool:
        """Whether a SELECT is to be run; else a table is read."""
        return _STATEMENT.match(self.what) is not None

    @property
    def place(self) -> str:
        """The database, without user, password and options."""
        kind, host = self.url.get_backend_name(), self.url.host or ""
        port = f":{self.url.port}" if self.url.port else ""
        return f"{kind}://{host}{port}/{self.url.database or ''}"

    @property
    def label(self) -> str:
        """What messages call it."""
        what = " ".join(self.what.split())
        return f"{self.place}::{what if len(what) <= 60 else what[:57] + '...'}"

    @property
    def name(self) -> str:
        """Name of the table; that of the first table of a SELECT."""
        if not self.is_statement:
            return self.what
        found = _FROM.search(self.what)
        return found[1] if found else "query"


def is_address(table: str) -> bool:
    """Tell whether a text is a URL, which no file's name is."""
    return "://" in table


def parse_query(table: str) -> Query:
    """Split ``URL::table`` or ``URL::SELECT ...``.

    Parameters
    ----------
    table : str
        As given by the caller.

    Returns
    -------
    Query

    Raises
    ------
    InputError
        It is no such text. The message does not repeat it, for it may hold a password.

    Examples
    --------
    >>> from textseg.ingest.sources.database import parse_query
    >>> parse_query("postgresql://me:secret@db.example/shop::reviews").label
    'postgresql://db.example/shop::reviews'
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    kind = table.partition("://")[0]
    if kind.lower() in _WEB:
        raise InputError(
            f"Addresses on the web are not read ({kind}://...).", hint="Download the file first."
        )
    match = _ADDRESS.fullmatch(table)
    if match is None or not match["what"].strip():
        raise InputError(
            f"The address of a database ({kind}://...) does not say which table to read.",
            hint=_EXAMPLE,
        )
    try:
        return Query(make_url(match["url"]), match["what"].strip().rstrip(";"))
    except (ArgumentError, ValueError):
        raise InputError(
            f"This is no address of a database: {kind}://...",
            hint="Write kind://user:password@host/database::table; signs such as @ in the "
            "password as %40.",
        ) from None


def read_query(query: Query) -> Generator[pd.DataFrame]:
    """Read a table or the rows of a SELECT; nothing is written, and nothing committed.

    Parameters
    ----------
    query : Query
        From :func:`parse_query`.

    Yields
    ------
    DataFrame
        Up to 50,000 rows; at least one frame, which may be empty.

    Raises
    ------
    InputError
        The driver is missing, the database cannot be reached, or has no such table.
    """
    from sqlalchemy import text

    with _connected(query) as connection:
        statement = text(_escaped(query.what)) if query.is_statement else _all_of(query, connection)
        result = connection.execution_options(stream_results=True).execute(statement)
        names = [str(name) for name in result.keys()]  # noqa: SIM118 (a result is no dict)
        empty = True
        for rows in result.partitions(BATCH):
            empty = False
            yield _frame(zip(*rows, strict=True), names)
        if empty:
            yield _frame([[] for _ in names], names)


def _escaped(statement: str) -> str:
    r"""Keep colons from being taken for parameters; SQLAlchemy reads "\:" as a colon."""
    return statement.replace(":", r"\:")


def _frame(columns: Any, names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame({place: typed(values) for place, values in enumerate(columns)})
    frame.columns = pd.Index(names, dtype=object)
    return frame


@contextmanager
def _connected(query: Query) -> Iterator[Connection]:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    url = _with_driver(query.url)
    backend = url.get_backend_name()
    _refuse_missing_file(query)
    # The pool would log what it meets while it tidies up after an error that is raised anyway.
    logging.getLogger(f"{NullPool.__module__}.NullPool.{_LOGGER}").setLevel(logging.CRITICAL)
    connected = False
    try:
        engine = create_engine(url, poolclass=NullPool, pool_logging_name=_LOGGER)
        with engine.connect() as connection:
            connected = True
            if backend == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
            elif backend in _READ_ONLY:
                connection.execute(text(_READ_ONLY[backend]))
            yield connection
    except (ModuleNotFoundError, NoSuchModuleError):
        raise InputError(
            f"{query.label}: the driver for {url.drivername} is not installed.",
            hint='For PostgreSQL: pip install "textseg[postgresql]"; for others see '
            "SQLAlchemy's list of dialects.",
        ) from None
    except (SQLAlchemyError, OSError) as error:
        raise InputError(
            f"{query.label} cannot be read: {_reason(error, query)}.",
            hint=None if connected else "Check host, database, user and password.",
        ) from None


def _with_driver(url: URL) -> URL:
    """Take the driver for PostgreSQL that is installed, where none is named."""
    if url.drivername not in ("postgresql", "postgres"):
        return url
    found = (name for name in _POSTGRESQL_DRIVERS if find_spec(name) is not None)
    return url.set(drivername=f"postgresql+{next(found, _POSTGRESQL_DRIVERS[-1])}")


def _refuse_missing_file(query: Query) -> None:
    """Stop before SQLite makes a new file of a mistyped name."""
    file = query.url.database
    if query.url.get_backend_name() == "sqlite" and not (file and Path(file).exists()):
        raise InputError(
            f"{file or 'The database in memory'} does not exist.",
            hint="sqlite:///shop.db::reviews reads shop.db in this folder, "
            "sqlite:////data/shop.db::reviews an absolute path.",
        )


def _all_of(query: Query, connection: Connection) -> Select[Any] | TextClause:
    from sqlalchemy import inspect, select, table, text

    schema, _, name = query.what.rpartition(".")
    inspector = inspect(connection)
    known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
    if query.what in known:  # a name with a dot in it
        schema, name = "", query.what
    if name not in known:
        raise InputError(
            f"{query.place} has no table {query.what!r}.", hint=did_you_mean(name, sorted(known))
        )
    return select(text("*")).select_from(table(name, schema=schema or None))


def _reason(error: Exception, query: Query) -> str:
    """First line of what the driver says, without what only the address should hold."""
    said = getattr(error, "orig", None) or error
    if said.args and isinstance(said.args[0], dict):  # pg8000 gives the fields of the server
        said = said.args[0].get("M", said)
    reason = (str(said).strip().splitlines() or ["no reason given"])[0].rstrip(".")
    for secret in (query.url.password, *query.url.normalized_query.values()):
        for text in (secret,) if isinstance(secret, str) else secret or ():
            reason = reason.replace(text, "***").replace(quote(text, safe=""), "***")
    return reason

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.ingest.read import open_table, read_table, source_names
from textseg.ingest.sources import database
from textseg.ingest.sources.database import parse_query

SECRET = "p@ss/w:rd"
QUOTED = "p%40ss%2Fw%3Ard"


@pytest.fixture
def shop(tmp_path):
    """Make a SQLite database with reviews and a view."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE reviews (review_id INTEGER, body TEXT, stars REAL, "at:time" TEXT);
            INSERT INTO reviews VALUES (9007199254740993, 'Far too small, sadly', 2.5, '10:30');
            INSERT INTO reviews VALUES (NULL, 'Fits as it should do', NULL, '11:45');
            CREATE VIEW bad AS SELECT * FROM reviews WHERE stars < 3;
            CREATE TABLE empty (text TEXT);
            CREATE TABLE "two words" (text TEXT);
            INSERT INTO "two words" VALUES ('one');
            """
        )
    return f"sqlite:///{path}"


def test_a_table_is_read_with_its_types(shop):
    raw = read_table(f"{shop}::reviews", "x")
    assert raw.frame["review_id"].to_list() == [9007199254740993, pd.NA]
    assert raw.frame["stars"].to_list()[0] == 2.5
    assert raw.frame["body"].to_list() == ["Far too small, sadly", "Fits as it should do"]
    assert (raw.stem, raw.label) == ("reviews", f"{shop}::reviews")


@pytest.mark.parametrize("table", ["bad", "two words", "main.bad"])
def test_views_schemas_and_names_of_two_words(shop, table):
    assert len(read_table(f"{shop}::{table}", "x").frame) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT body FROM reviews WHERE \"at:time\" = '10:30'",
        "select body from reviews where body like '%small%';",
        "WITH low AS (SELECT * FROM reviews WHERE stars < 3)\nSELECT body FROM low",
    ],
)
def test_a_select_is_run_as_it_is(shop, statement):
    frame = read_table(f"{shop}::{statement}", "x").frame
    assert frame.to_dict("list") == {"body": ["Far too small, sadly"]}


def test_only_what_is_needed_is_kept(shop, monkeypatch):
    monkeypatch.setattr(database, "BATCH", 1)
    with open_table(f"{shop}::reviews", "x") as opened:
        raw = opened.load(["body"])
    assert raw.frame.to_dict("list") == {"body": ["Far too small, sadly", "Fits as it should do"]}
    assert raw.columns == ["review_id", "body", "stars", "at:time"]
    assert not raw.repeated().any()


def test_a_table_is_ingested(shop, run):
    done = run(f"{shop}::reviews")
    assert done.mappings["reviews"] == {"text": "body", "id": "review_id", "rating": "stars"}
    assert done.feedback["feedback_id"].to_list()[0] == "9007199254740993"


@pytest.mark.parametrize(
    "statement", ["WITH x AS (SELECT 1) DELETE FROM reviews", "DELETE FROM reviews"]
)
def test_nothing_is_written(shop, statement):
    before = read_table(f"{shop}::reviews", "x").frame
    with pytest.raises(InputError):
        read_table(f"{shop}::{statement}", "x")
    pd.testing.assert_frame_equal(read_table(f"{shop}::reviews", "x").frame, before)


def test_a_table_that_does_not_exist(shop):
    with pytest.raises(InputError) as error:
        read_table(f"{shop}::review", "x")
    assert error.value.message == f"{shop} has no table 'review'."
    assert error.value.hint == "Did you mean 'reviews'?"


def test_a_table_without_rows(shop):
    with pytest.raises(InputError, match="has column names but no rows"):
        read_table(f"{shop}::empty", "x")


def test_a_wrong_select_says_what_the_database_says(shop):
    with pytest.raises(InputError) as error:
        read_table(f"{shop}::SELECT boddy FROM reviews", "x")
    assert error.value.message == (
        f"{shop}::SELECT boddy FROM reviews cannot be read: no such column: boddy."
    )


def test_a_database_that_does_not_exist_is_not_made(tmp_path):
    with pytest.raises(InputError, match=r"shop\.db does not exist"):
        read_table(f"sqlite:///{tmp_path}/shop.db::reviews", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(write):
    path = write("shop.db", "this is no database at all, but a text of some length\n" * 9)
    with pytest.raises(InputError, match="file is not a database"):
        read_table(f"sqlite:///{path}::reviews", "x")


ADDRESSES = {
    "postgresql://me:{}@[::1]:5433/db::public.t": (
        "postgresql://::1:5433/db::public.t",
        "public.t",
    ),
    "postgresql://me:{}@[fe80::1]/db::SELECT a[1]::text FROM x.y": (
        "postgresql://fe80::1/db::SELECT a[1]::text FROM x.y",
        "x.y",
    ),
    "mysql+pymysql://me:{}@host/db?password={}::t": ("mysql://host/db::t", "t"),
    "postgresql://me:{}@host/db::select 1": ("postgresql://host/db::select 1", "query"),
    "mssql+pyodbc://me:{}@host/db::select " + "a," * 99 + "b from t": (
        "mssql://host/db::select " + "a," * 25 + "...",
        "t",
    ),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_labels_and_names_hold_no_password(address):
    query = parse_query(address.format(QUOTED, QUOTED))
    assert query.url.password == SECRET
    assert (query.label, query.name) == ADDRESSES[address]
    assert SECRET not in repr(query)
    assert "me" not in query.label.split("/")[2]
    assert source_names([address.format(QUOTED, QUOTED)]) == [query.name]


WRONG = {
    "https://me:{}@host/a.csv": "Addresses on the web are not read (https://...).",
    "s3://{}/a.csv::t": "Addresses on the web are not read (s3://...).",
    "postgresql://me:{}@host/db": (
        "The address of a database (postgresql://...) does not say which table to read."
    ),
    "postgresql://me:{}@host/db::": (
        "The address of a database (postgresql://...) does not say which table to read."
    ),
    "postgresql://me:{}@host:port/db::t": "This is no address of a database: postgresql://...",
    "nosuchkind://me:{}@host/db::t": (
        "nosuchkind://host/db::t: the driver for nosuchkind is not installed."
    ),
    "oracle+oracledb://me:{}@host/db::t": (
        "oracle://host/db::t: the driver for oracle+oracledb is not installed."
    ),
}


@pytest.mark.parametrize("address", WRONG)
def test_addresses_that_cannot_be_read(address):
    with pytest.raises(InputError) as error:
        read_table(address.format(QUOTED), "x")
    assert error.value.message == WRONG[address]
    assert QUOTED not in str(error.value)


def _program(name: str) -> str | None:
    """Find a program of PostgreSQL, which Debian keeps out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def postgres():
    """Start a PostgreSQL of our own, and give its address without a table; or skip."""
    pytest.importorskip("pg8000", reason="pg8000, the driver for PostgreSQL, is not installed")
    initdb, control = _program("initdb"), _program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with tempfile.TemporaryDirectory(prefix="textseg-pg-") as name:
        folder = Path(name)
        (folder / "password").write_text(SECRET + "\n")
        as_owner: dict[str, object] = {}
        if folder.owner() == "root":  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            shutil.chown(folder / "password", "postgres")
            as_owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
        port = _free_port()
        run = {"check": True, "capture_output": True, "cwd": folder, **as_owner}
        told = ["-U", "shop", "--auth=scram-sha-256", f"--pwfile={folder}/password", "--no-sync"]
        subprocess.run([initdb, "-D", folder / "data", "-E", "UTF8", *told], **run)
        options = f"-p {port} -k {folder} -h 127.0.0.1"
        server = [control, "-D", folder / "data", "-w"]
        subprocess.run([*server, "-l", folder / "log", "-o", options, "start"], **run)
        try:
            yield f"postgresql://shop:{QUOTED}@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*server, "-m", "immediate", "stop"], **run)


@pytest.fixture(scope="module")
def filled(postgres):
    """Fill the database of the server."""
    from sqlalchemy import create_engine, text

    engine = create_engine(postgres.replace("postgresql:", "postgresql+pg8000:"))
    with engine.begin() as connection:
        for statement in (
            "CREATE SCHEMA crm",
            "CREATE SEQUENCE crm.numbers",
            "CREATE TABLE crm.tickets (ticket_id bigint, body text, price numeric(10, 2), "
            "created_at timestamptz, solved boolean, tags jsonb, day date)",
            "INSERT INTO crm.tickets VALUES "
            "(1, 'Die Größe fällt klein aus', 12.50, '2024-01-02 10:00+02', true, "
            "'[\"size\"]', '2024-01-02'), "
            "(2, 'It came two weeks too late', 3, '2024-01-03 10:00+00', null, null, null)",
        ):
            connection.execute(text(statement.replace(":", r"\:")))
    engine.dispose()
    return postgres


def test_postgresql_gives_its_types(filled):
    frame = read_table(f"{filled}::crm.tickets", "x").frame
    assert frame["ticket_id"].to_list() == [1, 2]
    assert frame["body"].to_list()[0] == "Die Größe fällt klein aus"
    assert frame["price"].to_list() == ["12.50", "3.00"]
    assert frame["created_at"].to_list()[0] == pd.Timestamp("2024-01-02 08:00", tz="UTC")
    assert frame["solved"].to_list() == [True, pd.NA]
    assert frame["tags"].to_list() == ['["size"]', pd.NA]
    assert frame["day"].to_list()[0] == pd.Timestamp("2024-01-02")


def test_postgresql_runs_a_select(filled, run):
    done = run(f"{filled}::SELECT ticket_id, body, created_at::date AS date FROM crm.tickets")
    assert done.feedback["feedback_id"].to_list() == ["1", "2"]
    assert list(done.mappings) == ["crm.tickets"]
    for seen in (str(done.mappings), str(done.notes), str(done.quality.to_records())):
        assert SECRET not in seen
        assert QUOTED not in seen


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT nextval('crm.numbers')",
        "WITH gone AS (DELETE FROM crm.tickets RETURNING *) SELECT * FROM gone",
        "SELECT * INTO crm.copy FROM crm.tickets",
        "DELETE FROM crm.tickets",
    ],
)
def test_nothing_is_written_to_postgresql(filled, statement, caplog):
    with pytest.raises(InputError, match=r"read-only transaction|must not|not allowed|no table"):
        read_table(f"{filled}::{statement}", "x")
    assert caplog.records == []
    assert len(read_table(f"{filled}::crm.tickets", "x").frame) == 2


def test_a_password_that_is_wrong_is_not_shown(filled):
    with pytest.raises(InputError) as error:
        read_table(filled.replace(QUOTED, QUOTED + "x") + "::crm.tickets", "x")
    place = filled.split("@")[1]
    assert error.value.message == (
        f"postgresql://{place}::crm.tickets cannot be read: "
        'password authentication failed for user "shop".'
    )
    assert error.value.hint == "Check host, database, user and password."


def test_a_server_that_is_not_there():
    with pytest.raises(InputError) as error:
        read_table(f"postgresql+pg8000://me:{QUOTED}@127.0.0.1:{_free_port()}/db::t", "x")
    assert "cannot be read" in error.value.message
    assert QUOTED not in str(error.value)
    assert SECRET not in str(error.value)

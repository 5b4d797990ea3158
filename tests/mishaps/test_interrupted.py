"""Ctrl-C and SIGTERM in every stage: 130, the workspace as it was, nothing left behind."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from textseg.workspace import Workspace
from textseg.workspace.connection import connect

STAGES = {
    "ingest": "textseg.ingest.stage:detect_languages",
    "encode": "os:fsync",
    "topics": "textseg.cluster.discover:density_tree",
    "customers": "textseg.customers.view:build_view",
    "segments": "textseg.segments.stage:fit_segments",
    "report": "textseg.report.html:content",
    "files": "textseg.workspace.publish:write_exports",
    "store": "textseg.workspace.store:insert_arrays",
}
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("stage", STAGES)
def test_a_workspace_stays_as_it_was(server, workspace, new_inputs, contents_of, stage, number):
    before = contents_of(workspace)
    command = server.start("run", *new_inputs, "--out", workspace, at=STAGES[stage], number=number)
    assert command.wait() == 130, command.stderr
    assert command.stderr == "Error: Interrupted; a workspace stays as it was.\n"
    after = contents_of(workspace)
    added = after.keys() - before.keys()
    # What was paid for stays; nothing else is there, and nothing is half there.
    assert all(name.startswith("encodings/") and name.endswith(".arrow") for name in added)
    assert {name: after[name] for name in before} == before
    assert bool(added) == (stage not in ("ingest", "encode"))
    assert list(server.temporary.iterdir()) == []


@pytest.mark.parametrize("stage", ["ingest", "store"])
def test_a_folder_that_was_not_there(server, tmp_path, new_inputs, contents_of, stage):
    workspace = tmp_path / "ws"
    command = server.start(
        "run", *new_inputs, "--out", workspace, at=STAGES[stage], number=signal.SIGTERM
    )
    assert command.wait() == 130
    if stage == "ingest":
        assert not workspace.exists()
    else:
        left = {name.partition("/")[0] for name in contents_of(workspace)}
        assert left == {"encodings", "store.duckdb"}
        assert len(Workspace.open(workspace).runs()) == 0
    server.run("run", *new_inputs, "--out", workspace)
    assert len(Workspace.open(workspace).runs()) == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupt_after_the_commit_is_too_late(server, workspace, new_inputs, number):
    command = server.start(
        "run",
        *new_inputs,
        "--out",
        workspace,
        at="textseg.workspace.workspace:put_in_place",
        number=number,
    )
    assert command.wait() == 0
    assert command.stderr == "Warning: Interrupted when all was done; the workspace has it.\n"
    opened = Workspace(workspace)
    assert opened.runs()["run_id"].tolist() == ["0001-2025-06-26", "0002-2025-06-27"]
    assert opened.repair() is False
    assert not list(workspace.glob(".publish-*"))


def count_for_long(path):
    with connect(path, read_only=False, wait=0) as connection:
        connection.execute("SELECT count(*) FROM range(1000000000) WHERE sin(range) > 2")


@pytest.fixture
def a_terminal():
    """Ctrl-C as where a terminal is: jobs in the background are started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("a_terminal")
def test_an_interrupt_in_the_midst_of_a_query(tmp_path):
    """DuckDB turns it into an error of its own, sometimes at the end of a task of many seconds."""
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        count_for_long(tmp_path / "store.duckdb")
    timer.join()

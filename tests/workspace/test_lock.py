from __future__ import annotations

import os
import threading
from contextlib import contextmanager

import duckdb
import pytest

from textseg.errors import WorkspaceError
from textseg.workspace import Workspace
from textseg.workspace.folder import writing


@contextmanager
def held(start, code, *args):
    """Another process that holds something while the block runs."""
    process = start(f"{code}\nprint('held', flush=True)\nimport time; time.sleep(60)", *args)
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


HOLD_STORE = "import duckdb; c = duckdb.connect(sys.argv[1] + '/store.duckdb')"


def test_whoever_holds_the_store_is_named_to_readers_and_writers(workspace, start, make_run):
    impatient = Workspace(workspace.path, wait=0.1)
    with held(start, HOLD_STORE, workspace.path, "--nightly") as process:
        for call in (impatient.latest, impatient.runs, lambda: impatient.commit(**make_run(6))):
            with pytest.raises(WorkspaceError) as caught:
                call()
            message = caught.value.message
            assert message.startswith(
                f"{workspace.path}/store.duckdb has been locked for 0.1 s "
                f"by process {process.pid} ("
            )
            assert "\n" not in message
            assert caught.value.hint == (
                "Wait for it to end or close its connection, then run again."
            )
    assert workspace.runs()["n_feedback"].tolist() == [14]
    assert not list(workspace.path.glob(".publish-*"))


def test_waiting_ends_when_the_store_is_free(workspace, start):
    with held(start, HOLD_STORE, workspace.path) as process:
        timer = threading.Timer(0.3, process.kill)
        timer.start()
        assert workspace.latest().metadata["n"] == 14
        timer.join()


def test_a_connection_of_this_process_is_named_as_such(workspace):
    with (
        duckdb.connect(str(workspace.path / "store.duckdb")),
        pytest.raises(WorkspaceError, match=r"by process \d+ .*, which is this process\."),
    ):
        Workspace(workspace.path, wait=0).latest()


def test_the_process_that_publishes_is_named(workspace):
    with writing(workspace.path, wait=0):
        with pytest.raises(WorkspaceError, match=f"for 0 s by process {os.getpid()} "):
            Workspace(workspace.path, wait=0).publish()
        assert workspace.latest().metadata["n"] == 14
    workspace.publish()


def test_threads_write_one_after_the_other(workspace):
    seen = []

    def write(number):
        with writing(workspace.path, wait=10) as staging:
            seen.append(("in", number))
            (staging / "mine").touch(exist_ok=False)
            seen.append(("out", number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(seen[i][1] == seen[i + 1][1] for i in range(0, 8, 2))


def test_two_processes_that_commit_at_once_both_land(tmp_path, start, content_of):
    code = (
        "import conftest; from textseg.workspace import Workspace\n"
        "n = int(sys.argv[2]); Workspace.create(sys.argv[1]).commit(**conftest.make_run(n))"
    )
    processes = [start(code, tmp_path / "ws", n) for n in (5, 9)]
    for process in processes:
        assert process.communicate(timeout=60)[1] == ""
    workspace = Workspace.open(tmp_path / "ws")
    runs = workspace.runs()
    assert runs["run_id"].tolist() == ["0001-2025-06-30", "0002-2025-06-30"]
    assert sorted(runs["n_feedback"]) == [5, 9]
    alone = Workspace.create(tmp_path / "alone")
    last = workspace.latest()
    alone.commit(
        as_of=last.as_of,
        frames=last.frames,
        arrays=last.arrays,
        metadata=last.metadata,
        manifest=last.manifest,
        report=last.report,
    )
    assert content_of(tmp_path / "ws") == content_of(tmp_path / "alone")


def test_no_connection_outlives_a_call(workspace, start):
    workspace.latest()
    workspace.runs()
    process = start(HOLD_STORE, workspace.path)
    assert process.communicate(timeout=60) == ("", "")

"""Two jobs that write at once, and a notebook that reads while a job writes."""

from __future__ import annotations

import threading

from mishaps.tiny import write_inputs

import textseg
from textseg.workspace import Workspace


def test_two_runs_at_once_both_end_up_there(server, another_server, tmp_path, new_inputs):
    others = write_inputs(tmp_path, seed=2)
    workspace = tmp_path / "ws"
    commands = [
        server.start("run", *new_inputs, "--out", workspace),
        another_server.start("run", *others, "--out", workspace),
    ]
    for command in commands:
        assert command.wait() == 0, command.stderr
    opened = Workspace(workspace)
    runs = opened.runs()
    assert [run_id[:4] for run_id in runs["run_id"]] == ["0001", "0002"]
    first, second = (
        set(opened.load(run_id).frames["feedback"]["text"]) for run_id in runs["run_id"]
    )
    assert len(first) == len(second) == 128
    assert not first & second
    assert opened.repair() is False


def test_a_notebook_reads_whole_runs_while_a_job_writes(server, workspace, new_inputs):
    old = set(textseg.load(workspace).feedback["text"])
    job = server.start("run", *new_inputs, "--out", workspace)
    waiting = threading.Thread(target=job.wait)
    waiting.start()
    seen = []
    while waiting.is_alive():
        loaded = textseg.load(workspace)
        texts = set(loaded.feedback["text"])
        assert len(texts) == loaded.manifest["counts"]["feedback"] == 128
        assert texts == old or not texts & old
        seen.append(texts == old)
    waiting.join()
    assert job.status == 0, job.stderr
    assert seen[0]
    assert seen == sorted(seen, reverse=True), "the old run was read after the new one"
    assert not set(textseg.load(workspace).feedback["text"]) & old

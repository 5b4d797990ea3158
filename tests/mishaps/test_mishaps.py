"""Every mishap has its own message, exit status 1, and leaves everything as it was."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from contextlib import ExitStack, contextmanager

import pytest
from mishaps.cases import CASES
from typer.testing import CliRunner

from textseg.cli.app import app

ALL = {mishap.what: mishap for mishaps in CASES.values() for mishap in mishaps}
ORDINARY = [mishap for mishap in ALL.values() if not mishap.machine]
OF_MACHINE = [mishap for mishap in ALL.values() if mishap.machine]


def pattern(says):
    """A message as a regular expression."""
    return re.escape(f"Error: {says}\n").replace(re.escape("{any}"), ".+")


def name(mishap):
    return mishap.what


@pytest.fixture
def place(tmp_path, complete, monkeypatch):
    """A folder with a workspace, which the command is called in."""
    shutil.copytree(complete, tmp_path / "ws")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_many_and_each_says_something_else():
    assert len(ALL) == sum(map(len, CASES.values())) >= 40
    messages = [mishap.says.partition("\n")[0] for mishap in ALL.values()]
    assert len(set(messages)) == len(messages)
    assert all(0 < mishap.says.count("\n") + 1 <= 2 for mishap in ALL.values())


@pytest.mark.parametrize("mishap", ORDINARY, ids=name)
def test_a_mishap(mishap, place, contents_of, monkeypatch):
    mishap.make(place)
    for target, value in mishap.instead.items():
        monkeypatch.setattr(target, value)
    before = contents_of(place)
    # The same into a workspace, and into a folder that is not there.
    for out in dict.fromkeys(["--out ws", "--out new"]):
        arguments = shlex.split(mishap.arguments.replace("--out ws", out))
        result = CliRunner().invoke(app, arguments)
        assert re.fullmatch(pattern(mishap.says), result.stderr), result.stderr
        assert result.exit_code == 1
        assert result.stdout == ""
        assert contents_of(place) == before
        if out not in mishap.arguments:
            break


@contextmanager
def small_disk(folder):
    """Put a workspace on a disk with little room."""
    used = sum(path.stat().st_size for path in folder.rglob("*"))
    aside = folder.rename(folder.with_name("aside"))
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={used + 250_000}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("a small disk needs mount")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("mishap", OF_MACHINE, ids=name)
def test_a_mishap_of_the_machine(mishap, server, place, contents_of):
    mishap.make(place)
    with ExitStack() as stack:
        if mishap.machine == "full disk":
            stack.enter_context(small_disk(place / "ws"))
        before = contents_of(place)
        command = server.start(*shlex.split(mishap.arguments), folder=place, machine=mishap.machine)
        assert command.wait() == 1
        assert re.fullmatch(pattern(mishap.says), command.stderr), command.stderr
        after = contents_of(place)
        # Encodings that were paid for stay.
        assert {path: after.get(path) for path in before} == before
        assert all(path.startswith("ws/encodings/") for path in after.keys() - before.keys())
        assert list(server.temporary.iterdir()) == []


def test_a_real_process_says_the_same(place, contents_of, textseg):
    mishap = ALL["A file is missing"]
    mishap.make(place)
    before = contents_of(place)
    done = textseg(*shlex.split(mishap.arguments))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {mishap.says}\n")
    assert contents_of(place) == before


@pytest.mark.parametrize("columns", ["customer_id,text", "text"])
def test_one_customer_or_none_is_no_mishap(server, place, columns):
    """Topics and sentiment are there, segments are not."""
    from textseg.workspace import Workspace

    lines = [f"The {word} in box {n} broke" for n, word in enumerate(["lamp", "vase"] * 20)]
    alone = [f"C1,{line}" if "," in columns else line for line in lines]
    (place / "alone.csv").write_text("\n".join([columns, *alone]) + "\n")
    server.run(
        "run", place / "alone.csv", "--out", place / "new", "--set", "topics.stability=false"
    )
    run = Workspace(place / "new").latest()
    assert len(run.frames["feedback"]) == 40
    assert run.frames["feedback"]["sentiment"].notna().all()
    assert len(run.frames["topics"]) >= 1
    assert len(run.frames["segments"]) == 0

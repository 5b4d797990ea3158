from __future__ import annotations

import errno
import subprocess
import sys
import warnings

import pytest

from textseg.cli.errors import explain
from textseg.errors import InputError

KILLED_WHILE_FITTING = """
import os, signal, sys
import textseg
class Segmenter:
    def __init__(self, config):
        pass
    def fit(self, **inputs):
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
textseg.Segmenter = Segmenter
sys.argv = ["textseg", "run", "f.csv", "--out", sys.argv[1]]
from textseg.cli.app import main
main()
"""


def test_ctrl_c_is_130(cli, pipeline, tmp_path):
    pipeline.error = KeyboardInterrupt()
    result = cli("run", "f.csv", "--out", tmp_path / "ws")
    assert result.exit_code == 130
    assert result.stderr == "Error: Interrupted; a workspace stays as it was.\n"


def test_sigterm_is_130(tmp_path):
    command = [sys.executable, "-c", KILLED_WHILE_FITTING, str(tmp_path / "ws")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 130
    assert done.stderr == "Error: Interrupted; a workspace stays as it was.\n"
    assert done.stdout == ""
    assert not (tmp_path / "ws").exists()


def test_unexpected_exception_is_one_line(cli, pipeline, tmp_path):
    pipeline.error = ZeroDivisionError("division by zero")
    result = cli("run", "f.csv", "--out", tmp_path / "ws")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: ZeroDivisionError: division by zero; "
        "this is a bug in textseg, --debug shows the traceback.\n"
    )


def test_debug_shows_the_traceback_before_the_message(cli, pipeline, tmp_path):
    pipeline.error = InputError("f.csv has no rows.")
    result = cli("run", "f.csv", "--out", tmp_path / "ws", "--debug")
    assert result.exit_code == 1
    assert result.stderr.startswith("Traceback (most recent call last)")
    assert result.stderr.endswith("Error: f.csv has no rows.\n")
    assert "raise self.error" in result.stderr


def test_message_of_many_lines_becomes_one(cli, pipeline, tmp_path):
    pipeline.error = RuntimeError("a\nb\x1b[31m")
    result = cli("run", "f.csv", "--out", tmp_path / "ws")
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "ws/x"),
            "ws/x: No space left on device.",
        ),
        (MemoryError(), "There is not enough memory."),
        (ModuleNotFoundError("No", name="psycopg"), "The package psycopg is not installed."),
        (ValueError(), "ValueError; this is a bug in textseg, --debug shows the traceback."),
    ],
)
def test_explanations(error, message):
    assert explain(error)[0] == message


@pytest.mark.parametrize("verbose", [False, True])
def test_warnings_of_libraries_show_only_when_verbose(
    cli, pipeline, tmp_path, monkeypatch, verbose
):
    fit = pipeline.fit

    def warn(**inputs):
        warnings.warn("n_jobs was overridden", UserWarning, stacklevel=1)
        return fit(**inputs)

    monkeypatch.setattr(pipeline, "fit", warn)
    result = cli("run", "f.csv", "--out", tmp_path / "ws", *(["--verbose"] if verbose else []))
    assert result.exit_code == 0
    expected = "Warning: UserWarning: n_jobs was overridden\n" if verbose else ""
    assert result.stderr == expected

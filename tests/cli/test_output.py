from __future__ import annotations

import io
import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from textseg.cli.output import Output, clean, plain
from textseg.cli.progress import Bars


@given(st.text())
def test_no_text_can_steer_a_terminal(text):
    safe = clean(text)
    assert len(safe) == len(text)
    assert all(ord(letter) >= 32 and not 127 <= ord(letter) < 160 for letter in safe)


def test_table_keeps_a_row_on_a_line_where_there_is_no_terminal(capsys):
    Output().table(["a", "n"], [["x" * 500, "1"], ["[bold]y[/bold]", "22"]], right=["n"])
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["a", "n"]
    assert first == f"{'x' * 500}    1"
    assert second.startswith("[bold]y[/bold] ")
    assert second.endswith("22")


def test_notes_and_warnings_go_to_stderr_unless_quiet(capsys):
    Output().warn("late")
    Output().note("so")
    Output(quiet=True).warn("never")
    Output(quiet=True).error("broken", "mend it")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "Warning: late\nso\nError: broken\nmend it\n"


def test_json_mode_prints_no_text(capsys):
    out = Output(as_json=True)
    out.line("text")
    out.heading("text")
    out.table(["a"], [["text"]])
    out.json({"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_plain_knows_the_values_of_frames():
    frame = pd.DataFrame(
        {
            "id": pd.array(["007", None], dtype="string"),
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.5, np.nan],
            "at": [pd.Timestamp("2026-03-31"), pd.NaT],
        }
    )
    rows = [
        {"id": "007", "n": 1, "x": 0.5, "at": "2026-03-31 00:00:00"},
        {"id": None, "n": None, "x": None, "at": None},
    ]
    assert plain({"rows": frame, "inf": float("inf"), 3: (np.float32(0.5), np.arange(2))}) == {
        "rows": rows,
        "inf": None,
        "3": [0.5, [0, 1]],
    }


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_no_color_is_respected(monkeypatch, no_color, coloured):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    Output().error("broken")
    assert ("\x1b[1;31m" in terminal.getvalue()) is coloured
    assert "broken" in terminal.getvalue()


def test_a_reader_that_goes_away_is_no_error():
    code = (
        "from textseg.cli.output import Output\nout = Output()\n"
        "for n in range(20000): out.line(f'line {n}')"
    )
    command = f"'{sys.executable}' -c \"{code}\" | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("line 0\n", "")


def bars(*, terminal: bool, patience_s: float, verbose: bool = False) -> tuple[Bars, io.StringIO]:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None)
    return Bars(console, patience_s=patience_s, verbose=verbose), stream


def test_a_short_stage_draws_nothing():
    progress, stream = bars(terminal=True, patience_s=60)
    with progress.stage("encode", 10) as advance:
        advance(10)
    assert stream.getvalue() == ""


def test_a_long_stage_draws_a_bar_on_a_terminal_only():
    for terminal in (True, False):
        progress, stream = bars(terminal=terminal, patience_s=0.0)
        with progress.stage("encode", 10) as advance:
            advance(3)
            deadline = time.monotonic() + 10
            while terminal and "3/10" not in stream.getvalue() and time.monotonic() < deadline:
                time.sleep(0.01)
        assert ("encode" in stream.getvalue()) is terminal
        assert ("3/10" in stream.getvalue()) is terminal


def test_nested_stages_and_errors_leave_no_bar_behind():
    progress, stream = bars(terminal=True, patience_s=0.0)

    def fail():
        with progress.stage("outer"):
            with progress.stage("inner", 2):
                time.sleep(0.2)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert "inner" in stream.getvalue()
    assert stream.getvalue().endswith(("\x1b[?25h", "\x1b[2K", "\r"))


def test_verbose_names_each_stage_with_its_time():
    progress, stream = bars(terminal=False, patience_s=60, verbose=True)
    with progress.stage("encode", 10):
        pass
    assert stream.getvalue() == "encode: 0.0 s\n"


def test_topics_are_a_table_of_their_own(capsys):

    from textseg.cli.summary import show_topics

    topics = pd.DataFrame(
        {"name": ["Late parcel"], "n_feedback": [1200], "share": [0.25], "sentiment": [-0.4]}
    ).assign(keywords="parcel, late")
    show_topics(Output(), topics)
    printed = capsys.readouterr().out
    assert printed.split() == [
        "Topics",
        "topic",
        "feedback",
        "share",
        "sentiment",
        "keywords",
        "Late",
        "parcel",
        "1,200",
        "25%",
        "−0.40",
        "parcel,",
        "late",
    ]

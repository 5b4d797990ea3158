from __future__ import annotations

import time

import pytest

from textseg.progress import SILENT, Stopwatch


def test_silent_progress_prints_nothing_and_lets_errors_through(capfd):
    with SILENT.stage("Encoding", 3) as advance:
        assert advance(2) is None
    with pytest.raises(ZeroDivisionError), SILENT.stage("Topics"):
        raise ZeroDivisionError
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands at each of these seconds in turn."""
    seconds = iter([10.0, 12.5, 20.0, 20.00049, 30.0, 31.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(seconds))
    return Stopwatch()


def test_stopwatch_keeps_the_seconds_of_each_part_in_order(clock):
    with clock("ingest"):
        pass
    with clock("encode"):
        pass
    assert list(clock.seconds.items()) == [("ingest", 2.5), ("encode", 0.0)]


def test_stopwatch_keeps_the_seconds_of_a_part_that_fails(clock):
    with pytest.raises(ZeroDivisionError), clock("ingest"):
        raise ZeroDivisionError
    assert clock.seconds == {"ingest": 2.5}


def test_stopwatches_are_their_own(clock):
    with clock("ingest"):
        pass
    assert Stopwatch().seconds == {}

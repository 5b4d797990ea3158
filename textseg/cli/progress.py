"""Progress bars on stderr for stages of more than two seconds, where somebody can see them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textseg.progress import Advance

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE_S = 2.0


class Bars:
    """A :class:`textseg.progress.Progress` that draws bars with the time left.

    Parameters
    ----------
    console : rich.console.Console
        Where to draw; nothing is drawn if it is not a terminal.
    verbose : bool
        Print each stage's time when it ends, on a terminal or not.
    patience_s : float
        Seconds that a stage must last before its bar appears.
    """

    def __init__(
        self, console: Console, *, verbose: bool = False, patience_s: float = PATIENCE_S
    ) -> None:
        self._console = console
        self._verbose = verbose
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._bars: RichProgress | None = None
        self._open = 0

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Open a stage; the value of the context is called with the number of units done."""
        stage = _Stage(name, total)
        started = time.monotonic()
        timer = threading.Timer(self._patience_s, self._show, [stage])
        timer.daemon = True
        self._open += 1
        if self._console.is_terminal:
            timer.start()
        try:
            yield lambda done: self._advance(stage, done)
        finally:
            timer.cancel()
            self._open -= 1
            self._hide(stage)
        if self._verbose:
            self._console.print(f"{name}: {time.monotonic() - started:.1f} s", soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a remark above the bars."""
        from textseg.cli.output import clean

        self._console.print(clean(text), markup=False, soft_wrap=True)

    def _show(self, stage: _Stage) -> None:
        with self._lock:
            if stage.closed:
                return
            if self._bars is None:
                self._bars = _bars(self._console)
                self._bars.start()
            stage.task = self._bars.add_task(stage.name, total=stage.total, completed=stage.done)

    def _advance(self, stage: _Stage, done: int) -> None:
        with self._lock:
            stage.done += done
            if self._bars is not None and stage.task is not None:
                self._bars.update(stage.task, completed=stage.done)

    def _hide(self, stage: _Stage) -> None:
        with self._lock:
            stage.closed = True
            if self._bars is None:
                return
            if stage.task is not None:
                self._bars.remove_task(stage.task)
            if self._open == 0:
                self._bars.stop()
                self._bars = None


class _Stage:
    def __init__(self, name: str, total: int | None) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.closed = False
        self.task: TaskID | None = None


def _bars(console: Console) -> RichProgress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )

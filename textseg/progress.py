"""How a stage tells whoever watches how far it is.

The library never prints. A stage opens ``progress.stage(name, total)`` and advances it; the
command line passes an implementation that draws bars, everybody else gets :data:`SILENT`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Something that can show the advance of a stage."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Open a stage; the value of the context is called with the number of units done."""
        ...

    def note(self, text: str) -> None:
        """Tell something that must be known before the stage goes on."""
        ...


class _Silent:
    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        yield lambda done: None

    def note(self, text: str) -> None:
        pass


SILENT: Progress = _Silent()
"""Shows nothing."""


class Stopwatch:
    """Seconds that each part of a run took.

    Examples
    --------
    >>> from textseg.progress import Stopwatch
    >>> clock = Stopwatch()
    >>> with clock("ingest"):
    ...     pass
    >>> list(clock.seconds)
    ['ingest']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time what happens inside the context, under a name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 3)

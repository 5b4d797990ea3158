"""Interrupts that come while a run is made final: too late, and not lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from textseg.errors import TooLateError

_HELD = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the block has ended, then deliver them.

    Between the store's commit and the last rename there is no way back, and an interrupt would
    leave a workspace that is neither as it was nor as it should be. It takes milliseconds.

    Raises
    ------
    TooLateError
        In the place of the KeyboardInterrupt that a held signal makes.

    Examples
    --------
    >>> import signal
    >>> from textseg.errors import TooLateError
    >>> from textseg.workspace.interrupts import uninterrupted
    >>> before = signal.signal(signal.SIGINT, signal.default_int_handler)
    >>> done = []
    >>> try:
    ...     with uninterrupted():
    ...         signal.raise_signal(signal.SIGINT)
    ...         done.append("all of it")
    ... except TooLateError:
    ...     print(done)
    ['all of it']
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are delivered to the main thread only
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in _HELD}
    try:
        for number in _HELD:
            signal.signal(number, lambda caught, _: came.append(caught))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    try:
        for number_caught in came:
            signal.raise_signal(number_caught)
    except KeyboardInterrupt:
        raise TooLateError from None

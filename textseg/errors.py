"""The exceptions a user can meet.

Each says what was expected and what came; ``hint`` says how to mend it. The command line prints
the message and the hint on a line each and exits with status 1.
"""

from __future__ import annotations

import difflib
import errno
import os
from collections.abc import Iterable


class TextsegError(Exception):
    """Base of every error that the caller can mend.

    Parameters
    ----------
    message : str
        What was expected and what came, with file, row and column where there are any.
    hint : str, optional
        How to mend it.

    Examples
    --------
    >>> from textseg.errors import TextsegError
    >>> str(TextsegError("orders.csv has no rows.", hint="Export it again."))
    'orders.csv has no rows. Export it again.'
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class InputError(TextsegError):
    """A file, frame, row or column is not what was expected."""


class ConfigError(TextsegError):
    """A setting is unknown, of the wrong type or out of range."""


class ModelError(TextsegError):
    """A model is missing, damaged or not the one that was expected."""


class WorkspaceError(TextsegError):
    """A workspace cannot be opened, locked, read or written."""


class TooLateError(KeyboardInterrupt):
    """An interrupt that came when the work was done: the run or the edit is whole and stays."""


_REMEDIES = {
    errno.ENOSPC: "Free some space, then run again.",
    errno.EDQUOT: "Free some space, then run again.",
    errno.EFBIG: "Allow larger files (ulimit -f), then run again.",
    errno.EMFILE: "Allow more open files (ulimit -n), then run again.",
    errno.ENFILE: "Close other programs, then run again: the system has no more open files.",
}


def remedy(problem: str) -> str | None:
    """Say how to mend what the operating system refuses.

    Parameters
    ----------
    problem : str
        A message that has the system's words in it.

    Returns
    -------
    str or None
        A sentence; None where the problem is another.

    Examples
    --------
    >>> from textseg.errors import remedy
    >>> remedy("[Errno 28] No space left on device")
    'Free some space, then run again.'
    """
    found = (hint for number, hint in _REMEDIES.items() if os.strerror(number) in problem)
    return next(found, None)


_MOST_OPTIONS = 12


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """Suggest the options that look like a mistyped name.

    Parameters
    ----------
    name : str
        What was given.
    options : iterable of str
        What exists.

    Returns
    -------
    str
        A sentence: the close matches, or else the options, a dozen at most.

    Examples
    --------
    >>> from textseg.errors import did_you_mean
    >>> did_you_mean("custmer", ["customer", "date"])
    "Did you mean 'customer'?"
    """
    options = list(options)
    close = difflib.get_close_matches(name, options, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(repr(option) for option in close)}?"
    if not options:
        return "There are none."
    more = len(options) - _MOST_OPTIONS
    if any("," in option for option in options):
        options = [f"“{option}”" for option in options]
    return f"There are: {', '.join(options[:_MOST_OPTIONS])}{f' and {more} more' * (more > 0)}."

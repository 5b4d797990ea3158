"""From exceptions to one or two lines on stderr and an exit status."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import typer

from textseg.cli.output import Output
from textseg.errors import TextsegError, TooLateError, remedy

WRONG = 1
INTERRUPTED = 130


@contextmanager
def guarded(out: Output) -> Iterator[None]:
    """Turn whatever a command raises into lines on stderr and :class:`typer.Exit`."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except TooLateError:
        # The work is done, and 130 would say that the workspace is as it was.
        out.warn("Interrupted when all was done; the workspace has it.")
    except BaseException as error:
        if isinstance(error, SystemExit | GeneratorExit):
            raise
        if out.debug:
            traceback.print_exc(file=sys.stderr)
        out.error(*explain(error))
        status = INTERRUPTED if isinstance(error, KeyboardInterrupt) else WRONG
        raise typer.Exit(status) from None


def explain(error: BaseException) -> tuple[str, str | None]:
    """Say what went wrong and how to mend it, each on one line.

    Parameters
    ----------
    error : BaseException
        What a command raised.

    Returns
    -------
    tuple of str and (str or None)
        The message and the hint.

    Examples
    --------
    >>> from textseg.cli.errors import explain
    >>> explain(KeyError("x"))[0]
    "KeyError: 'x'; this is a bug in textseg, --debug shows the traceback."
    """
    if isinstance(error, TextsegError):
        return error.message, error.hint
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted; a workspace stays as it was.", None
    if isinstance(error, MemoryError):
        return "There is not enough memory.", "Lower encoder.batch_tokens or topics.sample."
    if isinstance(error, OSError) and error.strerror:
        where = error.filename or "The system says"
        return f"{where}: {error.strerror}.", remedy(error.strerror)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"The package {error.name} is not installed.", f"pip install {error.name}"
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{what.rstrip('.')}; this is a bug in textseg, --debug shows the traceback.", None


def interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """Treat SIGTERM as Ctrl-C, so that both unwind and clean up in the same way."""
    raise KeyboardInterrupt

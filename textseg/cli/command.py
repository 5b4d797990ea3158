"""What every command has: the common options, quiet libraries, and errors as exit statuses."""

from __future__ import annotations

import inspect
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, Any, TextIO, get_type_hints

import typer

from textseg.cli.errors import guarded
from textseg.cli.output import Output

_PANEL = "Common options"
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print results and errors only.", rich_help_panel=_PANEL),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=_PANEL)
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Print stages and warnings too.", rich_help_panel=_PANEL),
]
Debug = Annotated[
    bool, typer.Option("--debug", help="Print a traceback on an error.", rich_help_panel=_PANEL)
]
_COMMON = {"quiet": Quiet, "as_json": Json, "verbose": Verbose, "debug": Debug}


Function = Callable[..., None]


def command(*examples: str) -> Callable[[Function], Function]:
    """Give a command the common options, and hand them on as its first argument.

    Parameters
    ----------
    *examples : str
        Command lines that the help shows.

    Returns
    -------
    callable
        A decorator of a function that takes an :class:`~textseg.cli.output.Output`, then what Typer
        reads from its signature. The result is for ``app.command()``.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def wrapper(**arguments: Any) -> None:
            out = Output(**{name: arguments.pop(name) for name in _COMMON})
            with guarded(out), _libraries(out):
                function(out, **arguments)

        signature = _with_common_options(function)
        wrapper.__signature__ = signature  # type: ignore[attr-defined]
        wrapper.__annotations__ = {
            name: parameter.annotation for name, parameter in signature.parameters.items()
        }
        # A paragraph that begins with \b keeps its lines.
        lines = "\n".join(["\b", "Examples:", *(f"  {example}" for example in examples)])
        wrapper.__doc__ = f"{inspect.getdoc(function)}\n\n{lines}"
        return wrapper

    return decorate


def _with_common_options(function: Function) -> inspect.Signature:
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            *(each.replace(annotation=hints[each.name], kind=keyword) for each in own),
            *(
                inspect.Parameter(name, keyword, default=False, annotation=annotation)
                for name, annotation in _COMMON.items()
            ),
        ]
    )


@contextmanager
def _libraries(out: Output) -> Iterator[None]:
    """Keep libraries off the screen; ``--verbose`` shows what they have to say."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "warning" if out.verbose else "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    last_resort = logging.lastResort
    logging.lastResort = last_resort if out.verbose else None

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        out.warn(f"{category.__name__}: {message}")

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default" if out.verbose else "ignore")
            warnings.showwarning = show
            yield
    finally:
        logging.lastResort = last_resort

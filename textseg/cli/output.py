"""The one place that prints: data and results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from textseg.progress import Progress

# Text that customers wrote reaches the terminal: no control character may, so none can steer it.
_CONTROL = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
_UNBOUNDED = 100_000


@dataclass
class Output:
    """What the common options make of stdout and stderr.

    Parameters
    ----------
    quiet : bool
        No progress, warnings or summaries; what was asked for and errors remain.
    as_json : bool
        One JSON document on stdout instead of text.
    verbose : bool
        Also stages with their times, and the warnings of libraries.
    debug : bool
        A traceback with every error.
    """

    quiet: bool = False
    as_json: bool = False
    verbose: bool = False
    debug: bool = False
    _begun: bool = field(default=False, init=False)

    @cached_property
    def _out(self) -> Console:
        return _console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """The console on stderr."""
        return _console(sys.stderr, stderr=True)

    @cached_property
    def progress(self) -> Progress:
        """Shows how far a stage is, where somebody can see it."""
        from textseg.cli.progress import Bars
        from textseg.progress import SILENT

        return SILENT if self.quiet else Bars(self.err, verbose=self.verbose)

    def json(self, document: object) -> None:
        """Print the one JSON document of ``--json``."""
        _write(json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False))

    def line(self, text: str = "") -> None:
        """Print one line of a result."""
        if not self.as_json:
            self._begun = True
            _write(clean(text))

    def summary(self, text: str) -> None:
        """Print what was done; ``--quiet`` leaves it out."""
        if not self.quiet:
            self.line(text)

    def heading(self, text: str) -> None:
        """Print the heading of a part of a result, with an empty line between the parts."""
        from rich.text import Text

        if self._begun:
            self.line()
        self._render(Text(clean(text), style="bold"))

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()
    ) -> None:
        """Print a table; on a terminal it folds to the width, elsewhere a row is a line."""
        from rich.table import Table
        from rich.text import Text

        numeric = set(right)
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
        for column in columns:
            is_number = column in numeric
            table.add_column(
                column, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold"
            )
        for row in rows:
            table.add_row(*(Text(clean(cell)) for cell in row))
        self._render(table)

    def warn(self, text: str) -> None:
        """Print a warning to stderr."""
        if not self.quiet:
            self._say("Warning:", "yellow", text)

    def note(self, text: str) -> None:
        """Print a remark to stderr."""
        if not self.quiet:
            self._say("", "", text)

    def error(self, message: str, hint: str | None = None) -> None:
        """Print an error to stderr: a line, and a second one that says how to mend it."""
        self._say("Error:", "bold red", message)
        if hint:
            self._say("", "", hint)

    def _say(self, label: str, style: str, text: str) -> None:
        from rich.text import Text

        parts = [(f"{label} ", style)] if label else []
        self.err.print(Text.assemble(*parts, clean(text)), soft_wrap=True)

    def _render(self, renderable: Any) -> None:
        if self.as_json:
            return
        self._begun = True
        with self._out.capture() as captured:
            self._out.print(renderable)
        _write("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def _console(stream: IO[str], *, stderr: bool = False) -> Console:
    """Make a console that breaks lines for a terminal only, and knows NO_COLOR."""
    from rich.console import Console

    width = None if stream.isatty() else _UNBOUNDED
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def clean(text: str) -> str:
    r"""Put a text on one line, without characters that steer a terminal.

    Examples
    --------
    >>> from textseg.cli.output import clean
    >>> clean("late\n\x1b[2Jagain")
    'late  [2Jagain'
    """
    return text.translate(_CONTROL)


def _write(text: str) -> None:
    """Write to stdout; a reader that has gone away, such as ``| head``, is not an error."""
    stream = sys.stdout
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(f"{text.encode(encoding, 'replace').decode(encoding)}\n")


def plain(value: Any) -> Any:
    """Make a value that JSON can hold: frames become lists of rows, nulls and NaN become null.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.cli.output import plain
    >>> plain({"n": pd.NA, "rows": pd.DataFrame({"a": [1.5, None]})})
    {'n': None, 'rows': [{'a': 1.5}, {'a': None}]}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    text = str(value)
    return None if text in {"<NA>", "NaT"} else text

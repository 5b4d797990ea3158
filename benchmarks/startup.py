"""Seconds until ``textseg --help`` and ``import textseg`` are done, beside what they rest on.

Run: python benchmarks/startup.py [-n 20]

The commands take turns, so that what else the machine does falls on all; the first round warms the
file cache and does not count. ``import typer, rich`` is the least that a command line made of them
can take.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from common import options, show, stopwatch

COMMANDS = {
    "textseg --help": ["-m", "textseg", "--help"],
    'python -c "import textseg"': ["-c", "import textseg"],
    'python -c "import typer, rich"': ["-c", "import typer, rich"],
    'python -c "pass"': ["-c", "pass"],
}


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("-n", type=int, default=20, help="rounds")
    chosen = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(chosen.n + 1):
        for name, arguments in COMMANDS.items():
            with stopwatch() as passed:
                subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            if number:
                seconds[name].append(passed())
    rows = [
        {"command": name, "median s": statistics.median(x), "least": min(x), "most": max(x)}
        for name, x in seconds.items()
    ]
    show(rows, chosen.json, ("typer", "rich"))


if __name__ == "__main__":
    main()

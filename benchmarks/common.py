"""What the benchmarks share: their options, a fresh process, a fair matching and a table."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[1].parent / "shared/data"


def options(description: str | None, *, data: bool = True) -> argparse.ArgumentParser:
    """Return a parser with the options that the benchmarks have in common."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if data:
        parser.add_argument("--data", type=Path, default=DATA, help="folder with the public sets")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there, too")
    return parser


def need(path: Path) -> Path:
    """Return a path that exists, or end with one line."""
    if not path.exists():
        sys.exit(f"{path} is missing: benchmarks/README.md says what --data should hold.")
    return path


def shop(data: Path) -> dict[str, Path]:
    """Find the files of a shop whose segments are known, in ``data/shop`` or in ``data``."""
    folder = data / "shop" if (data / "shop").is_dir() else data
    orders = "transactions.csv"
    orders += "" if (folder / orders).exists() else ".gz"
    names = {"feedback": "feedback.csv", "transactions": orders, "truth": "truth.csv"}
    return {meaning: need(folder / name) for meaning, name in names.items()}


def fresh(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own, so that nobody profits from what ran before."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Give a function that tells the seconds since the start, and stops at the end."""
    start = time.perf_counter()
    stop: list[float] = []
    yield lambda: (stop[0] if stop else time.perf_counter()) - start
    stop.append(time.perf_counter())


def share_right(truth: NDArray[Any], labels: NDArray[Any]) -> float:
    """Match found groups to true ones, one to one and as well as can be; what is left is wrong."""
    from scipy.optimize import linear_sum_assignment

    table = pd.crosstab(truth, labels).drop(columns=-1, errors="ignore").to_numpy()
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(truth))


def spread(values: list[float]) -> str:
    """Write the range of several runs; nothing where there is one."""
    return f"{min(values):.3f} to {max(values):.3f}" if np.ptp(values) > 0 else ""


def show(
    rows: list[dict[str, Any]], file: Path | None, packages: tuple[str, ...] = (), **also: Any
) -> None:
    """Print a table and the versions, and write both as JSON where asked to."""
    show_all({"rows": rows}, file, packages, **also)


def show_all(
    tables: dict[str, list[dict[str, Any]]],
    file: Path | None,
    packages: tuple[str, ...] = (),
    **also: Any,
) -> None:
    """Print tables, each under its name if there are several; else like :func:`show`."""
    versions = {name: version(name) for name in ("textseg", *packages)}
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    print(", ".join(f"{name} {value}" for name, value in {**versions, **machine}.items()))
    for name, rows in tables.items():
        print(f"\n{name}" if len(tables) > 1 else "")
        _print(rows)
    for name, value in also.items():
        print(f"{name.replace('_', ' ')}: {_cell(value)}")
    if file is not None:
        document = {"versions": versions, "machine": machine, **tables, **also}
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _print(rows: list[dict[str, Any]]) -> None:
    text = [{key: _cell(value) for key, value in row.items()} for row in rows]
    widths = {key: max(len(key), *(len(row[key]) for row in text)) for key in rows[0]}
    for line in ({key: key for key in widths}, *text):
        cells = (_aligned(line[key], key, widths[key], rows) for key in widths)
        print("  ".join(cells).rstrip())


def _aligned(cell: str, key: str, width: int, rows: list[dict[str, Any]]) -> str:
    is_text = any(isinstance(row[key], str) for row in rows)
    return cell.ljust(width) if is_text else cell.rjust(width)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

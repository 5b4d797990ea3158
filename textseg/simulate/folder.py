"""Writing a simulated shop to a folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from textseg.errors import InputError
from textseg.simulate.shop import Simulation

_FILES = ("feedback", "transactions", "customers", "truth", "feedback_truth")


def write(simulation: Simulation, folder: str | os.PathLike[str]) -> Path:
    """Write a simulated shop as CSV files with a README, all of them or none.

    Parameters
    ----------
    simulation : Simulation
        What :func:`simulate` gave.
    folder : path
        Where to: a folder that is missing or empty. Parents are made.

    Returns
    -------
    Path
        The folder, with feedback.csv, transactions.csv, customers.csv, truth.csv,
        feedback_truth.csv and README.md.

    Raises
    ------
    InputError
        The folder holds something already, is a file, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from textseg.simulate import simulate, write
    >>> with tempfile.TemporaryDirectory() as place:
    ...     sorted(path.name for path in write(simulate(20), f"{place}/shop").iterdir())[:2]
    ['README.md', 'customers.csv']
    """
    target = Path(folder).resolve()
    half = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _check_free(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        half.mkdir()
        try:
            _fill(half, simulation)
            if target.exists():
                target.rmdir()
            half.rename(target)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError(
            f"The folder {target} cannot be written: {error.strerror or error}.",
            hint="Name a folder that you may write to.",
        ) from None
    return target


def _check_free(target: Path) -> None:
    if target.is_dir() and any(target.iterdir()):
        raise InputError(
            f"The folder {target} is not empty.", hint="Name a new or an empty folder."
        )
    if target.exists() and not target.is_dir():
        raise InputError(
            f"{target} is a file, not a folder.", hint="Name a new or an empty folder."
        )


def _fill(folder: Path, simulation: Simulation) -> None:
    for name in _FILES:
        getattr(simulation, name).to_csv(
            folder / f"{name}.csv",
            index=False,
            encoding="utf-8",
            lineterminator="\n",
            date_format="%Y-%m-%d" if name == "customers" else "%Y-%m-%d %H:%M:%S",
        )
    (folder / "README.md").write_text(_readme(simulation), encoding="utf-8", newline="\n")


def _readme(simulation: Simulation) -> str:
    truth = simulation.truth
    rows = "\n".join(
        f"| {segment} | {name} | {len(group)} | {group['mood'].mean():+.2f} | "
        f"{group['churned'].mean():.0%} |"
        for (segment, name), group in truth.groupby(["segment", "segment_name"])
    )
    counts = "\n".join(f"- {name}.csv: {len(getattr(simulation, name)):,} rows" for name in _FILES)
    return f"""# A simulated shop

Nobody here is real: customers, orders and texts were made by `textseg simulate`.

{counts}

truth.csv and feedback_truth.csv hold what was planted; do not show them to a method under test.

| segment | name | customers | mean mood | dropped out |
|---|---|---|---|---|
{rows}

{truth["silent"].mean():.0%} of the customers are silent: orders, but no feedback.
Prices are pounds.
"""

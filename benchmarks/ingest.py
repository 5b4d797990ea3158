"""Memory and rows per second of reading a large CSV: textseg's reader and ingest, and pandas.

Run: ``python benchmarks/ingest.py [--gigabytes 1] [--only NAME]``. A help desk's export is
generated in a temporary folder (of which about half is the customers' words); every reading has
a process of its own, whose peak memory is the operating system's figure.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

WORDS = (
    *("delivery", "parcel", "late", "week", "size", "small", "large", "refund", "money", "order"),
    *(
        "shoes",
        "dress",
        "colour",
        "quality",
        "support",
        "answer",
        "slow",
        "website",
        "login",
        "app",
    ),
    *("crash", "invoice", "price", "discount", "return", "label", "courier", "damaged", "missing"),
    *("wrong", "address", "please", "still", "never", "always", "really", "very", "good", "bad"),
    *("the", "a", "it", "was", "is", "and", "but", "my", "for", "not", "to", "of", "in", "with"),
)
NEEDED = ["ticket_id", "requester_id", "created_at", "description", "satisfaction_score"]
HEADER = [
    *NEEDED, "subject", "status", "priority", "group", "assignee", "tags", "url", "updated_at",
    "first_reply_minutes", "product", "browser",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--only", choices=READERS, help="one of the readings")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tickets.csv"
        rows = generate(path, int(options.gigabytes * 1e9))
        print(f"{path.stat().st_size / 1e9:.2f} GB, {rows:,} rows, {len(HEADER)} columns")
        for name in [options.only] if options.only else READERS:
            seconds, peak = in_a_process(name, path)
            print(f"{name:32s} {rows / seconds:12,.0f} rows/s   peak {peak / 1e9:5.2f} GB")


def generate(path: Path, size: int) -> int:
    """Write an export of about that many bytes, and count its rows."""
    rng = random.Random(0)
    rows = 0
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        while stream.tell() < size:
            writer.writerows(_ticket(rng, rows + place) for place in range(1000))
            rows += 1000
    return rows


def _ticket(rng: random.Random, number: int) -> list[object]:
    day = f"20{rng.randint(20, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    who = rng.randint(10_000, 200_000)
    return [
        number, who, f"{day} {rng.randint(10, 23)}:15:00", " ".join(_sentences(rng)),
        rng.randint(1, 5), " ".join(rng.choices(WORDS, k=5)), rng.choice(["open", "solved"]),
        rng.choice(["low", "normal", "urgent"]), f"Support team {rng.randint(1, 9)}",
        f"agent.{rng.randint(1, 99)}@shop.example", " ".join(rng.choices(WORDS, k=8)),
        f"https://shop.example/agent/tickets/{number}?from=email&customer={who}",
        f"{day} 23:59:59", rng.randint(1, 999), f"SKU-{rng.randint(1, 9999):06}",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{rng.randint(90, 130)}.0.0.0 Safari/537.36",
    ]  # fmt: skip


def _sentences(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randint(2, 9)):
        yield f"{' '.join(rng.choices(WORDS, k=rng.randint(5, 15))).capitalize()}."


def in_a_process(name: str, path: Path) -> tuple[float, float]:
    """Read in a fresh process; return seconds and peak memory in bytes."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (name, str(path)))


def _measured(name: str, path: str) -> tuple[float, float]:
    start = time.perf_counter()
    READERS[name](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, peak * (1 if sys.platform == "darwin" else 1024)


def _pandas(path: str) -> None:
    import pandas as pd

    pd.read_csv(path)


def _pandas_needed(path: str) -> None:
    import pandas as pd

    pd.read_csv(path, usecols=NEEDED, dtype="string")


def _reader(path: str) -> None:
    from textseg.ingest.read import open_table

    with open_table(path, "tickets") as opened:
        opened.load(NEEDED)


def _ingest(path: str) -> None:
    from textseg.config import Config
    from textseg.ingest import ingest

    ingest([path], None, None, config=Config())


READERS: dict[str, Callable[[str], None]] = {
    "pandas.read_csv": _pandas,
    "pandas.read_csv, needed columns": _pandas_needed,
    "textseg, reader": _reader,
    "textseg, ingest": _ingest,
}


if __name__ == "__main__":
    main()

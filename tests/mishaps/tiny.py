"""A run of the real command in about a second: a tiny encoder, and a projection for UMAP.

Everything else is what users run: ingest, encodings, topics, segments, store, files. As a program,
``python tiny.py`` is a server that forks, since importing takes longer than running: it reads a
request a line from stdin, runs the command as a process of its own, and prints its process id, the
marks that it reaches, and its exit status.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

WORDS = {
    "delivery": "parcel courier late arrived delivery tracking driver doorstep",
    "refund": "refund money returned bank account repaid cheque wallet",
    "size": "small tight sleeves waist fits large trousers jacket",
    "staff": "staff friendly helpful phone service answered kind polite",
}
DIMENSIONS = 24
SETTINGS = (
    *("--set", "topics.stability=false"),
    *("--set", "segments.subsamples=2"),
    *("--set", "segments.number=3"),
)


class TinyEncoder:
    """Adds up a random direction for every word."""

    name, dim, max_length = "tiny", DIMENSIONS, 64
    fingerprint, weights, prompt = "tiny-1", "0" * 64, ""
    device, backend, batch_tokens = "cpu", "tiny", 256
    pools = True

    def __init__(self) -> None:
        from textseg.config import EncoderConfig
        from textseg.encode.source import ModelSource

        self.source = ModelSource("tiny", Path(), self.weights, "1")
        self.config = EncoderConfig(device="cpu")

    def tokenize(self, passages: Any) -> Any:
        from textseg.encode.tokens import Tokens

        lengths = np.array([len(passage.text.split()) + 1 for passage in passages])
        read = [[True] * len(passage.spans) for passage in passages]
        return Tokens(lengths, np.zeros(len(passages), dtype=bool), passages, read)

    def run(self, tokens: Any, rows: Any) -> Any:
        from textseg.encode.encoder import Output

        passages = [tokens.rows[row] for row in rows]
        clauses = [passage.text[a:b] for passage in passages for a, b in passage.spans]
        texts = [*(passage.text for passage in passages), *clauses]
        embedding = np.array([self._embed(text) for text in texts], dtype=np.float32)
        return Output(embedding, embedding)

    @staticmethod
    def _embed(text: str) -> np.ndarray:
        total = np.full(DIMENSIONS, 0.01)
        for word in text.lower().split():
            digest = hashlib.blake2b(word.strip(".,!?").encode(), digest_size=8).digest()
            total += np.random.default_rng(list(digest)).normal(size=DIMENSIONS)
        return total


def write_inputs(folder: Path, *, seed: int = 0, customers: int = 32) -> list[str]:
    """Write feedback and orders of made customers; return the arguments of ``textseg run``."""
    rng = np.random.default_rng(seed)
    themes = [words.split() for words in WORDS.values()]
    reviews, orders = ["customer_id,date,text"], ["customer_id,date,amount"]
    for number in range(customers):
        theme = themes[number % len(themes)]
        for _ in range(4):
            words = " ".join(rng.choice(theme, size=6))
            day = f"2025-{rng.integers(1, 7):02d}-{rng.integers(13, 28):02d}"
            reviews.append(f"C{number:03d},{day},{words} n{seed}x{rng.integers(10**6)}")
            orders.append(f"C{number:03d},{day},{rng.integers(5, 200)}.50")
    (folder / "reviews.csv").write_text("\n".join(reviews) + "\n")
    (folder / "orders.csv").write_text("\n".join(orders) + "\n")
    return [str(folder / "reviews.csv"), "--transactions", str(folder / "orders.csv"), *SETTINGS]


def install() -> None:
    """Put the tiny encoder and the projection in their places, in this process."""
    import textseg.encode.encodings
    import textseg.encode.reader
    import textseg.sentiment
    from textseg.sentiment import Scorer, SentimentHead

    weight = np.random.default_rng(0).normal(size=(3, DIMENSIONS))
    scorer = Scorer("tiny", "tiny-1", DIMENSIONS, SentimentHead(weight, np.zeros(3)))

    def project(X: Any, near: Any, seed: int, n_components: int) -> Any:
        return np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[0][:, :n_components]

    textseg.encode.reader.load_encoder = lambda *args, **more: TinyEncoder()
    textseg.sentiment.load_scorer = lambda *args, **more: scorer
    import_module(
        "textseg.cluster.discover"
    ).reduce = project  # its package has a function discover
    textseg.encode.encodings._SHARD_ROWS = 32


def main() -> None:
    """Serve: every command is a fork of this process, which has imported everything already."""
    import hdbscan  # noqa: F401

    import textseg.report
    import textseg.segments.stage
    import textseg.topics.stage
    import textseg.workspace  # noqa: F401

    install()
    ended: list[int] = []
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        while ended:
            os.waitpid(ended.pop(), 0)
        child = os.fork()
        if child == 0:
            _command(**request)
        print(child, flush=True)
        # Its number stays its own until the next request, so that no other process is killed.
        end = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        exited = end.si_code == os.CLD_EXITED
        print(end.si_status if exited else -end.si_status, flush=True)
        ended.append(child)


def _command(
    arguments: list[str],
    folder: str,
    errors: str,
    marks: dict[str, str],
    at: str,
    number: int,
    machine: str,
) -> NoReturn:
    """Be one command; say when each of ``marks`` is reached, and send a signal to itself ``at``."""
    from textseg.cli.app import main as command

    signal.signal(signal.SIGINT, signal.default_int_handler)  # as where a terminal is
    say = os.dup(1)
    os.chdir(folder)
    with Path(os.devnull).open("w") as nowhere, Path(errors).open("w") as stream:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    for function, mark in marks.items():
        _before(function, partial(os.write, say, f"{mark}\n".encode()))
    if at:
        _before(at, partial(os.kill, os.getpid(), number))
    sys.argv = ["textseg", *arguments]
    MACHINES[machine]()
    try:
        command()
    except SystemExit as end:
        sys.stderr.flush()
        os._exit(int(end.code or 0))
    os._exit(99)  # the command line always exits


def _obey_modes() -> None:
    """Take from root what lets it read and write everything: CAP_DAC_OVERRIDE and _READ_SEARCH."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("<Ii", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    libc.capget(header, data)
    sets = [number & ~0b110 for number in struct.unpack("<3I", data.raw[:12])]
    if libc.capset(header, struct.pack("<3I", *sets) + data.raw[12:]) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _allow_small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def _allow_no_more_files() -> None:
    n = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


MACHINES: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "full disk": lambda: None,  # the test has made it
    "locked": _obey_modes,
    "file size": _allow_small_files,
    "handles": _allow_no_more_files,
}


def _before(name: str, action: Callable[[], object]) -> None:
    """Do something at the first call of a function, which is named "module:function"."""
    place, _, attribute = name.partition(":")
    module = import_module(place)
    function = getattr(module, attribute)
    left = [action]

    def called(*args: Any, **more: Any) -> Any:
        while left:
            left.pop()()
        return function(*args, **more)

    setattr(module, attribute, called)


if __name__ == "__main__":
    main()

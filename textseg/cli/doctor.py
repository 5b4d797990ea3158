"""``textseg doctor``: what this machine has, and how fast it is."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from textseg.cli.command import command
from textseg.cli.output import Output
from textseg.errors import TextsegError

if TYPE_CHECKING:
    from textseg.encode.encoder import Encoder
    from textseg.encode.source import ModelSource

PACKAGES = (
    "textseg",
    "numpy",
    "pandas",
    "duckdb",
    "onnxruntime",
    "torch",
    "transformers",
    "sentence-transformers",
    "scikit-learn",
    "umap-learn",
    "hdbscan",
)
_SAMPLE = (
    "The parcel arrived two days late and nobody told me why.",
    "Lovely fabric and it fits true to size, I will order another one in blue.",
    "My card was declined twice although there is enough money in the account. What can I do now?",
    "Great service!",
    "I returned the shoes three weeks ago, the tracking says delivered, and I still wait for the "
    "refund. Please tell me when I can expect it.",
    "How do I change my delivery address?",
    "The zip broke after a week, which is disappointing at this price.",
    "Quick answer, friendly staff, problem solved.",
)
_MEASURED_S = 1.5
_UNITS = {"memory_gib": "memory (GiB)", "loaded_in_s": "loaded in (s)"}


@command("textseg doctor", "textseg doctor --json")
def doctor(out: Output) -> None:
    """Check versions, model and device, and measure how many texts a second are encoded."""
    problems: list[TextsegError] = []
    facts: dict[str, dict[str, Any]] = {
        "versions": versions(),
        "machine": _machine(),
        "model": {},
        "encoder": {},
    }
    try:
        source = _model(facts["model"])
        encoder = _load(source, facts["model"], out)
        facts["encoder"] = _measure(encoder, out)
    except TextsegError as error:
        problems.append(error)
    if out.as_json:
        out.json({**facts, "problems": [str(problem) for problem in problems]})
    for part, found in facts.items():
        if found:
            out.heading(part.capitalize())
            out.table(
                ["what", "found"], [(_label(name), _text(value)) for name, value in found.items()]
            )
    for problem in problems:
        out.error(problem.message, problem.hint)
    if problems:
        raise typer.Exit(1)


def versions() -> dict[str, str | None]:
    """Give the versions of Python and of the packages that matter; None if not installed.

    Examples
    --------
    >>> from textseg.cli.doctor import versions
    >>> versions()["python"].split(".")[0]
    '3'
    """
    return {"python": platform.python_version()} | {name: installed(name) for name in PACKAGES}


def installed(package: str) -> str | None:
    """Give the version of an installed package, or None."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _machine() -> dict[str, Any]:
    memory = _memory_bytes()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "memory_gib": None if memory is None else round(memory / 2**30, 1),
    }


def _memory_bytes() -> int | None:
    """Return the memory that this process may use: the machine's, or the container's limit."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        return min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return whole


def _model(facts: dict[str, Any]) -> ModelSource:
    """Find the default model; a wrong hash raises."""
    from textseg.encode.source import find_model

    source = find_model("default")
    facts.update(folder=str(source.folder), sha256=source.weights, sha256_as_expected=True)
    return source


def _load(source: ModelSource, facts: dict[str, Any], out: Output) -> Encoder:
    import platformdirs

    from textseg.config import make_config
    from textseg.encode import load_encoder

    cache = Path(platformdirs.user_cache_dir("textseg", appauthor=False)) / "encoders"
    facts["onnx_graph_cached"] = any(cache.glob(f"{source.digest}-*/*.onnx"))
    started = time.perf_counter()
    with out.progress.stage("load the encoder"):
        encoder = load_encoder(make_config({}).encoder)
    facts["loaded_in_s"] = round(time.perf_counter() - started, 1)
    return encoder


def _measure(encoder: Encoder, out: Output) -> dict[str, Any]:
    """Encode the sample again and again for a moment, after one pass that does not count."""
    import numpy as np

    from textseg.encode.spans import Passage
    from textseg.sentiment.clauses import split_clauses

    texts = [Passage.of(text, split_clauses(text) if encoder.pools else ()) for text in _SAMPLE * 4]
    rows = np.arange(len(texts), dtype=np.int64)
    tokens = encoder.tokenize(texts)
    encoder.run(tokens, rows)
    done, started, spent = 0, time.perf_counter(), 0.0
    with out.progress.stage("measure"):
        while spent < _MEASURED_S:
            encoder.run(encoder.tokenize(texts), rows)
            done += len(texts)
            spent = time.perf_counter() - started
    return {
        "device": encoder.device,
        "backend": encoder.backend,
        "dimensions": encoder.dim,
        "tokens_per_text": round(float(tokens.lengths.mean()), 1),
        "texts_per_second": round(done / spent),
    }


def _label(name: str) -> str:
    return _UNITS.get(name, name.replace("_", " "))


def _text(value: Any) -> str:
    if value is None:
        return "not found"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

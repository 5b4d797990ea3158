"""The command ``textseg run``: seconds, peak memory, what a second run costs, the same bytes.

Run: python benchmarks/run.py [--data DIR]

Every run is a process of its own, imports included. The first one finds an empty cache folder and
exports the default encoder, as the first run on a machine does; the second one is another fresh
workspace on the same machine; the third one runs again into the second one's workspace. Memory is
the largest resident set. The exports of the two fresh workspaces are compared byte by byte.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import options, shop, show, stopwatch


def main() -> None:
    chosen = options(__doc__).parse_args()
    files = shop(chosen.data)
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "a", Path(folder) / "b"
        cache = {"XDG_CACHE_HOME": f"{folder}/cache"}
        rows = [
            {"run": "fresh workspace, first on the machine", **textseg_run(files, a, cache)},
            {"run": "fresh workspace", **textseg_run(files, b, cache)},
            {"run": "the same workspace again", **textseg_run(files, b, cache)},
        ]
        for row in rows:
            row["times faster"] = rows[1]["seconds"] / row["seconds"]
    same = {name: row.pop("exports") for name, row in zip("abc", rows, strict=True)}
    show(
        rows,
        chosen.json,
        export_files=len(same["a"]),
        two_fresh_workspaces_byte_identical=same["a"] == same["b"],
        second_run_byte_identical=same["b"] == same["c"],
    )


def textseg_run(files: dict[str, Path], workspace: Path, cache: dict[str, str]) -> dict[str, Any]:
    """Run the command and read what it reports of itself."""
    inputs = [str(files["feedback"]), "--transactions", str(files["transactions"])]
    command = [sys.executable, "-m", "textseg", "run", *inputs, "--out", str(workspace), "--quiet"]
    with stopwatch() as seconds:
        process = subprocess.Popen(command, env=os.environ | cache)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}.")
    manifest = json.loads((workspace / "manifest.json").read_text(encoding="utf-8"))
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": seconds(),
        "peak MiB": round(usage.ru_maxrss * unit / 2**20),
        "texts encoded": manifest["encoding"]["encoded"],
        **{stage: manifest["timings"][stage] for stage in ("encode", "topics", "segments")},
        "exports": {path.name: path.read_bytes() for path in (workspace / "exports").iterdir()},
    }


if __name__ == "__main__":
    main()

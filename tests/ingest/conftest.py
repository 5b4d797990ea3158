from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from textseg.config import Config
from textseg.ingest import Ingested, Table, ingest

NOW = pd.Timestamp("2026-01-01 12:00:00")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file into a temporary folder."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture(scope="session")
def run() -> Callable[..., Ingested]:
    """Ingest with a fixed clock; one table or several."""

    def _run(
        feedback: Table | list[Table],
        transactions: Table | None = None,
        customers: Table | None = None,
        config: Config | None = None,
        **kwargs: object,
    ) -> Ingested:
        tables = feedback if isinstance(feedback, list) else [feedback]
        return ingest(
            tables, transactions, customers, config=config or Config(), **{"now": NOW, **kwargs}
        )

    return _run


@pytest.fixture(scope="session")
def data() -> Path:
    """Find the folder with real data sets, or skip."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data is absent")
    return folder

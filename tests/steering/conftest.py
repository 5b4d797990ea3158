"""One run on a small simulated shop, with the shipped model; every test edits a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import textseg
from textseg.simulate import Simulation, simulate


@pytest.fixture(scope="session")
def shop() -> Simulation:
    return simulate(200)


@pytest.fixture(scope="session")
def _fitted(shop: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("fitted")
    segmenter = textseg.Segmenter(segments={"number": 3})
    fitted = segmenter.fit(shop.feedback, shop.transactions, encodings=folder / "encodings")
    fitted.save(folder)
    return folder


@pytest.fixture
def workspace(_fitted: Path, tmp_path: Path) -> Path:
    """A workspace with one run of at least four topics."""
    return Path(shutil.copytree(_fitted, tmp_path / "ws"))

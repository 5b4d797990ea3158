"""One run on two thirds of a small simulated shop, with the shipped model; tests refresh copies."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import textseg
from textseg.simulate import simulate


@dataclass(frozen=True)
class Shop:
    """What a run has seen, and what comes after it."""

    feedback: pd.DataFrame
    night: pd.DataFrame
    orders: pd.DataFrame
    customers: pd.DataFrame


@pytest.fixture(scope="session")
def shop() -> Shop:
    made = simulate(200)
    is_night = made.feedback.index % 3 == 0
    return Shop(
        made.feedback[~is_night], made.feedback[is_night], made.transactions, made.customers
    )


@pytest.fixture(scope="session")
def _fitted(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("fitted")
    segmenter = textseg.Segmenter(segments={"number": 3})
    fitted = segmenter.fit(
        shop.feedback, shop.orders, shop.customers, encodings=folder / "encodings"
    )
    fitted.save(folder)
    return folder


@pytest.fixture(scope="session")
def _refreshed(_fitted: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(_fitted, tmp_path_factory.mktemp("refreshed") / "ws"))
    textseg.load(folder).refresh(shop.night).save(folder)
    return folder


@pytest.fixture
def workspace(_fitted: Path, tmp_path: Path) -> Path:
    """A workspace with one run."""
    return Path(shutil.copytree(_fitted, tmp_path / "ws"))


@pytest.fixture
def refreshed(_refreshed: Path, tmp_path: Path) -> Path:
    """A workspace with that run, and its refresh with the rest of the feedback."""
    return Path(shutil.copytree(_refreshed, tmp_path / "refreshed"))

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from search.planted import commit_planted

import textseg.encode
import textseg.encode.reader

_loaded: dict[str, object] = {}


@pytest.fixture(scope="module", autouse=True)
def _one_encoder() -> Iterator[None]:
    """Load the default encoder once for all tests; every search would load it anew."""
    load = textseg.encode.load_encoder

    def kept(config, *, sentiment=True):
        key = f"{config.model_dump_json()} {sentiment}"
        if key not in _loaded:
            _loaded[key] = load(config, sentiment=sentiment)
        return _loaded[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textseg.encode, "load_encoder", kept)
        patch.setattr(textseg.encode.reader, "load_encoder", kept)
        yield


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that no test changes."""
    return commit_planted(tmp_path_factory.mktemp("planted") / "ws")


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    """A copy of the workspace, which has not been searched yet."""
    return shutil.copytree(made, tmp_path / "ws")

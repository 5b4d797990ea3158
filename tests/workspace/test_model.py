from __future__ import annotations

import json

import numpy as np
import pytest

from textseg.errors import WorkspaceError
from textseg.workspace import MODELS, read_model

EXPECTED_FILES = ["model.json", *(f"{name}.safetensors" for name in MODELS)]
EXPECTED = f"expected {', '.join(EXPECTED_FILES)}, found "


def test_the_model_folder_alone_gives_what_the_store_has(workspace):
    arrays, metadata = read_model(workspace.path / "model")
    run = workspace.latest()
    assert metadata == run.metadata
    assert arrays.keys() == run.arrays.keys()
    for model, named in run.arrays.items():
        assert arrays[model].keys() == named.keys()
        for name, array in named.items():
            np.testing.assert_array_equal(arrays[model][name], array, strict=True)


def test_the_folder_holds_no_pickle_and_a_card(workspace):
    folder = workspace.path / "model"
    assert {path.suffix for path in folder.iterdir()} == {".safetensors", ".json", ".md"}
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| Encoder | tiny |" in card
    assert "| Topics | 2 |" in card
    assert "| Segments | 2 (1 from text, 1 from value) |" in card
    assert "textseg.load(" in card
    assert "textseg assign " in card


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        (["topics.safetensors"], "model.json, segments.safetensors, sentiment.safetensors"),
        (EXPECTED_FILES, "none of them"),
    ],
)
def test_missing_files_are_listed(workspace, missing, found):
    folder = workspace.path / "model"
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(WorkspaceError) as caught:
        read_model(folder)
    assert caught.value.message == f"{folder} is not a model: {EXPECTED}{found}."


@pytest.mark.parametrize("name", EXPECTED_FILES[1:])
def test_changed_arrays_are_refused(workspace, name):
    path = workspace.path / "model" / name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WorkspaceError, match=f"{name} has been changed: its .* SHA-256"):
        read_model(path.parent)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: model["metadata"].update(n=15), "its metadata should have SHA-256"),
        (lambda model: model.update(version=2), "is not a textseg model: Input should be 1"),
        (lambda model: model.update(code="import os"), "Extra inputs are not permitted"),
        (lambda model: model.pop("sha256"), "is not a textseg model: Field required"),
        (lambda model: model["sha256"].pop("topics"), "topics should have SHA-256 none"),
    ],
)
def test_a_changed_json_is_refused(workspace, change, message):
    path = workspace.path / "model" / "model.json"
    model = json.loads(path.read_bytes())
    change(model)
    path.write_text(json.dumps(model))
    with pytest.raises(WorkspaceError, match=message):
        read_model(path.parent)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe"])
def test_what_is_not_json_is_refused(workspace, data):
    path = workspace.path / "model" / "model.json"
    path.write_bytes(data)
    with pytest.raises(WorkspaceError, match=r"model.json is not a textseg model: "):
        read_model(path.parent)


def test_a_rehashed_file_that_is_not_safetensors_is_refused(workspace):
    import hashlib

    folder = workspace.path / "model"
    (folder / "topics.safetensors").write_bytes(b"\x80\x04pickle")
    model = json.loads((folder / "model.json").read_bytes())
    model["sha256"]["topics"] = hashlib.sha256(b"\x80\x04pickle").hexdigest()
    (folder / "model.json").write_text(json.dumps(model))
    with pytest.raises(WorkspaceError, match=r"topics.safetensors is not safetensors"):
        read_model(folder)

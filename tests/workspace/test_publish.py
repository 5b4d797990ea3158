from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from textseg.errors import WorkspaceError
from textseg.workspace import Workspace, read_model


def leftovers(folder):
    return sorted(path.name for path in folder.glob(".publish-*"))


def run_of(folder):
    return json.loads((folder / "manifest.json").read_bytes())["run_id"]


def test_every_state_between_two_renames_is_repaired(
    tmp_path_factory, workspace, make_run, content_of, monkeypatch
):
    """A kill leaves the folder as it is between two renames: look at it after each one."""
    states = tmp_path_factory.mktemp("states")
    rename = Path.rename

    def watched(self, target):
        shutil.copytree(workspace.path, states / f"{len(list(states.iterdir())):02d}")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", watched)
        workspace.commit(**make_run(6))
    expected = content_of(workspace.path)
    folders = sorted(states.iterdir())
    assert len(folders) == 8
    for folder in folders:
        assert leftovers(folder)
        opened = Workspace.open(folder)
        assert opened.latest().metadata["n"] == 6
        assert opened.runs()["n_feedback"].tolist() == [14, 6]
        assert content_of(folder) == expected
        assert run_of(folder) == "0002-2025-06-30"
        assert leftovers(folder) == []


def test_a_kill_before_the_first_rename_leaves_the_last_set_whole(
    workspace, start, content_of, make_run
):
    before = content_of(workspace.path)
    killed = start(
        "import os, signal, conftest, textseg.workspace.workspace as w\n"
        "w.put_in_place = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "w.Workspace(sys.argv[1]).commit(**conftest.make_run(6))",
        workspace.path,
    )
    assert killed.communicate(timeout=60)[0] == ""
    assert killed.returncode == -9
    assert leftovers(workspace.path) == [f".publish-{killed.pid}"]
    after = content_of(workspace.path)
    assert {name: after[name] for name in before} == before
    assert read_model(workspace.path / "model")[1]["n"] == 14
    assert Workspace.open(workspace.path).latest().metadata["n"] == 6
    assert read_model(workspace.path / "model")[1]["n"] == 6
    assert leftovers(workspace.path) == []


def test_a_kill_inside_the_transaction_leaves_the_last_run(workspace, start, content_of, make_run):
    before = content_of(workspace.path)
    killed = start(
        "import os, signal, conftest, textseg.workspace.store as s\n"
        "s.insert_arrays = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from textseg.workspace import Workspace\n"
        "Workspace(sys.argv[1]).commit(**conftest.make_run(6))",
        workspace.path,
    )
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    opened = Workspace.open(workspace.path)
    assert opened.runs()["run_id"].tolist() == ["0001-2025-06-30"]
    assert content_of(workspace.path) == before
    assert opened.commit(**make_run(6)).run_id == "0002-2025-06-30"


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: shutil.rmtree(folder / "exports"),
        lambda folder: (folder / "model" / "topics.safetensors").unlink(),
        lambda folder: (folder / ".publish-1" / "before" / "model").mkdir(parents=True),
    ],
)
def test_what_is_missing_is_published_again(workspace, content_of, damage):
    before = content_of(workspace.path)
    damage(workspace.path)
    Workspace.open(workspace.path)
    assert content_of(workspace.path) == before
    assert run_of(workspace.path) == "0001-2025-06-30"
    assert workspace.repair() is False


def test_publish_restores_what_was_edited(workspace, content_of):
    before = content_of(workspace.path)
    (workspace.path / "exports" / "topics.csv").write_text("edited")
    workspace.publish()
    assert content_of(workspace.path) == before


def test_a_failed_rename_puts_the_old_set_back(workspace, make_run, content_of, monkeypatch):
    before = content_of(workspace.path)
    rename = Path.rename

    def held_open(self, target):
        if self.name == "report.html" and self.parent == workspace.path:
            raise PermissionError(13, "Permission denied", str(self))
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", held_open)
        with pytest.raises(WorkspaceError, match=r"report.html cannot be written: Permission"):
            workspace.commit(**make_run(6))
        assert content_of(workspace.path) == before
        assert run_of(workspace.path) == "0001-2025-06-30"
        with pytest.warns(UserWarning, match="The last run is not published yet"):
            assert Workspace.open(workspace.path).latest().metadata["n"] == 6
    Workspace.open(workspace.path)
    assert run_of(workspace.path) == "0002-2025-06-30"


def test_a_repair_leaves_a_living_writer_alone(workspace):
    from textseg.workspace.folder import writing

    (workspace.path / "manifest.json").unlink()
    with writing(workspace.path, wait=0) as staging:
        (staging / "half").touch()
        Workspace.open(workspace.path)
        assert (staging / "half").exists()
        assert staging.name == f".publish-{os.getpid()}"
    assert workspace.repair() is True

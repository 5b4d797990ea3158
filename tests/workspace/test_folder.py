from __future__ import annotations

import os

import pytest

from textseg.errors import WorkspaceError
from textseg.workspace import Workspace


def test_create_makes_nothing_until_there_is_something_to_keep(tmp_path):
    workspace = Workspace.create(tmp_path / "a" / "ws")
    assert list(tmp_path.iterdir()) == []
    assert workspace.latest() is None
    assert workspace.encodings == tmp_path / "a" / "ws" / "encodings"
    assert workspace.encodings.is_dir()


def test_an_empty_folder_and_a_workspace_are_taken(tmp_path, workspace):
    (tmp_path / "empty").mkdir()
    assert Workspace.create(tmp_path / "empty").latest() is None
    assert Workspace.create(tmp_path).latest().run_id == "0001-2025-06-30"


def test_what_a_killed_first_run_leaves_is_taken(tmp_path, make_run):
    (tmp_path / "encodings").mkdir()
    (tmp_path / "encodings" / "shard").write_text("paid for")
    (tmp_path / ".lock").touch()
    (tmp_path / ".publish-77" / "model").mkdir(parents=True)
    (tmp_path / ".new-store.duckdb").write_bytes(b"half")
    Workspace.create(tmp_path).commit(**make_run(2))
    assert (tmp_path / "encodings" / "shard").read_text() == "paid for"
    assert {path.name for path in tmp_path.iterdir()} - {".lock"} == {
        *("store.duckdb", "encodings", "model", "exports", "report.html", "manifest.json")
    }


def test_a_workspace_whose_store_was_moved_away_starts_again(tmp_path, workspace, make_run):
    (tmp_path / "store.duckdb").unlink()
    assert Workspace.create(tmp_path).commit(**make_run(2)).run_id == "0001-2025-06-30"


@pytest.mark.parametrize("name", ["thesis.docx", "model", "encodings_of_mine"])
def test_a_foreign_folder_is_refused_and_untouched(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(WorkspaceError) as caught:
        Workspace.create(tmp_path)
    assert caught.value.message == (
        f"{tmp_path} is neither empty nor a workspace: it holds {name}."
    )
    assert caught.value.hint == "Choose a new or an empty folder."
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("path", ["file", "file/ws"])
def test_a_file_is_refused(tmp_path, path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkspaceError) as caught:
        Workspace.create(tmp_path / path)
    assert caught.value.message == f"{tmp_path}/file is a file; a workspace is a folder."
    assert (tmp_path / "file").read_text() == "mine"


def test_a_broken_link_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(WorkspaceError, match="is a link that leads nowhere"):
        Workspace.create(tmp_path / "link")


def test_no_permission_is_an_error(tmp_path, monkeypatch):
    # Tests may run as root, whom no permission stops: the system's answer is planted.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(WorkspaceError) as caught:
        Workspace.create(tmp_path / "ws")
    assert caught.value.message == f"{tmp_path} cannot be written: permission denied."


def test_a_workspace_that_may_not_be_written_can_be_read(workspace, monkeypatch):
    (workspace.path / "manifest.json").unlink()
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    assert Workspace.open(workspace.path).latest().metadata["n"] == 14
    assert not (workspace.path / "manifest.json").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone", "{} does not exist."), ("empty", "{} is not a workspace: it has no store.duckdb.")],
)
def test_open_wants_a_store(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(tmp_path / name)
    assert caught.value.message == message.format(tmp_path / name)
    assert caught.value.hint == "textseg run FEEDBACK --out WORKSPACE makes one."


def test_publish_without_a_run_is_an_error(tmp_path):
    workspace = Workspace.create(tmp_path)
    assert workspace.encodings.exists()
    with pytest.raises(WorkspaceError, match="has no run yet"):
        workspace.publish()

"""What a refresh needs: tables that are kept, and the run it goes out from."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from textseg.errors import WorkspaceError
from textseg.workspace import Workspace

FIRST = "0001-2025-06-30"
ORDERS = pd.DataFrame(
    {
        "customer_id": pd.array(["00", "01"], dtype="string"),
        "date": pd.to_datetime(["2025-01-01 10:11:12.123456789", "2025-01-02 00:00:00.5"]),
        "amount": [0.1 + 0.2, -3.0],
        "is_return": [False, True],
    }
)
PEOPLE = pd.DataFrame(
    {
        "customer_id": pd.array(["00", "01"], dtype="string"),
        "age": [1, 2],
        "tier": pd.Categorical(["a", None]),
        "born": [pd.Timestamp("1980-01-01").date(), None],
        "consent": pd.array([True, None], dtype="boolean"),
    }
)


def edit(workspace: Workspace, kind: str = "pin") -> None:
    run = workspace.latest()
    workspace.edit(
        run, frames={}, arrays=run.arrays, metadata=run.metadata, manifest=run.manifest,
        report=run.report, edit={"kind": kind, "text": kind}, before={},
    )  # fmt: skip


def kinds(workspace: Workspace, run_id: str) -> list[str]:
    return [each.kind for each in workspace.edits(run_id)]


def test_tables_come_back_as_they_were(tmp_path, make_run):
    workspace = Workspace.create(tmp_path / "ws")
    workspace.commit(**make_run(), kept={"orders": ORDERS, "customers": PEOPLE})
    kept = Workspace.open(tmp_path / "ws").kept(FIRST)
    pd.testing.assert_frame_equal(kept["orders"], ORDERS)
    pd.testing.assert_frame_equal(kept["customers"], PEOPLE)


def test_cells_that_no_column_can_hold_become_text(tmp_path, make_run):
    workspace = Workspace.create(tmp_path / "ws")
    mixed = PEOPLE.assign(mixed=[1, "x"])
    workspace.commit(**make_run(), kept={"customers": mixed})
    kept = workspace.kept(FIRST)["customers"]
    assert kept["mixed"].to_list() == ["1", "x"]
    assert kept["age"].to_list() == [1, 2]


def test_a_table_that_there_is_not_is_left_out(workspace, make_run):
    workspace.commit(**make_run(6), kept={"orders": ORDERS, "customers": None})
    assert list(workspace.kept("0002-2025-06-30")) == ["orders"]
    workspace.commit(**make_run(6), kept={"orders": None, "customers": None})
    assert workspace.kept("0003-2025-06-30") == {}


def test_they_are_kept_of_the_latest_run_only(workspace, make_run):
    workspace.commit(**make_run(6), kept={"orders": ORDERS})
    workspace.commit(**make_run(7), kept={"orders": ORDERS.iloc[:1]})
    assert len(workspace.kept("0003-2025-06-30")["orders"]) == 1
    with pytest.raises(WorkspaceError) as caught:
        workspace.kept("0002-2025-06-30")
    assert caught.value.message == (
        f"Run 0002-2025-06-30 in {workspace.path / 'store.duckdb'} is not the latest: orders are "
        "kept for that only."
    )
    assert caught.value.hint == "Refresh the latest, 0003-2025-06-30, or run again."


def test_a_run_without_kept_tables_is_of_an_earlier_version(workspace):
    with pytest.raises(WorkspaceError) as caught:
        workspace.kept(FIRST)
    assert caught.value.message == (
        f"Run {FIRST} in {workspace.path / 'store.duckdb'} is of an earlier version and cannot be "
        "refreshed."
    )


def test_the_base_is_noted(workspace, make_run):
    run = make_run(6)
    run["manifest"]["refresh"] = {"customers": {"moved": 4}}
    workspace.commit(**run, base=(FIRST, 0))
    workspace.commit(**make_run(7))
    history = workspace.runs()
    assert list(history)[:2] == ["run_id", "refreshed_from"]
    assert history["refreshed_from"].to_list() == [pd.NA, FIRST, pd.NA]
    assert history["n_moved"].to_list() == [pd.NA, 4, pd.NA]
    assert (str(history["refreshed_from"].dtype), str(history["n_moved"].dtype)) == (
        "string", "Int64"
    )  # fmt: skip


@pytest.mark.parametrize("base", [("0007-2025-06-30", 0), (FIRST, 1)])
def test_a_base_that_is_not_the_latest_leaves_every_published_byte(
    workspace, make_run, content_of, base
):
    before = content_of(workspace.path)
    with pytest.raises(WorkspaceError) as caught:
        workspace.commit(**make_run(6), kept={"orders": ORDERS}, base=base)
    assert caught.value.message == (
        f"{workspace.path / 'store.duckdb'} has got a newer run or edit than {base[0]} meanwhile."
    )
    assert len(workspace.runs()) == 1
    assert content_of(workspace.path) == before


def test_a_failure_keeps_what_was_kept(workspace, make_run, monkeypatch):
    workspace.commit(**make_run(6), kept={"orders": ORDERS})

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("textseg.workspace.store.insert_frames", fail)
        with pytest.raises(WorkspaceError, match="No space left"):
            workspace.commit(**make_run(7), kept={"orders": None})
    pd.testing.assert_frame_equal(workspace.kept("0002-2025-06-30")["orders"], ORDERS)


def test_edits_go_with_the_line_of_refreshes_only(workspace, make_run):
    edit(workspace, "pin")
    workspace.commit(**make_run(6), base=(FIRST, 1))
    edit(workspace, "hide")
    workspace.commit(**make_run(7), base=("0002-2025-06-30", 2))
    assert kinds(workspace, "0003-2025-06-30") == ["pin", "hide"]
    assert [each.run_id for each in workspace.edits("0003-2025-06-30")] == [
        FIRST, "0002-2025-06-30"
    ]  # fmt: skip
    assert kinds(workspace, FIRST) == ["pin"]
    edit(workspace, "undo")
    assert kinds(workspace, "0003-2025-06-30") == ["pin"]
    workspace.commit(**make_run(8))
    assert kinds(workspace, "0004-2025-06-30") == []
    assert kinds(workspace, "0002-2025-06-30") == ["pin", "hide"]


@pytest.fixture
def before_refreshes(workspace: Workspace) -> Workspace:
    """A store as it was made before runs could be refreshed, with one edit."""
    edit(workspace)
    with duckdb.connect(str(workspace.path / "store.duckdb")) as connection:
        connection.execute("DROP TABLE kept")
        for column in ("refreshed_from", "n_moved"):
            connection.execute(f"ALTER TABLE runs DROP COLUMN {column}")
    return workspace


def test_a_store_of_before_refreshes_is_read(before_refreshes):
    history = before_refreshes.runs()
    assert history["refreshed_from"].isna().all()
    assert history["n_moved"].isna().all()
    assert before_refreshes.latest().run_id == FIRST
    assert kinds(before_refreshes, FIRST) == ["pin"]
    with pytest.raises(WorkspaceError, match="is of an earlier version and cannot be refreshed"):
        before_refreshes.kept(FIRST)


def test_a_store_of_before_refreshes_takes_runs_edits_and_refreshes(before_refreshes, make_run):
    edit(before_refreshes, "hide")
    before_refreshes.commit(**make_run(6), kept={"orders": ORDERS})
    assert kinds(before_refreshes, "0002-2025-06-30") == []
    assert kinds(before_refreshes, FIRST) == ["pin", "hide"]
    before_refreshes.commit(**make_run(7), base=("0002-2025-06-30", 0))
    history = before_refreshes.runs()
    assert history["refreshed_from"].to_list() == [pd.NA, pd.NA, "0002-2025-06-30"]

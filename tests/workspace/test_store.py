from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from textseg.errors import WorkspaceError
from textseg.schema import EXPORTS, checked
from textseg.workspace import Workspace


def query(workspace, sql):
    with duckdb.connect(str(workspace.path / "store.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def assert_same(one, other):
    assert list(one.frames) == list(other.frames) == list(EXPORTS)
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, other.frames[name], check_exact=True)
    for model, arrays in one.arrays.items():
        assert arrays.keys() == other.arrays[model].keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, other.arrays[model][name], strict=True)
    for field in ("run_id", "created_at", "as_of", "metadata", "manifest", "report"):
        assert getattr(one, field) == getattr(other, field)


def test_a_run_comes_back_exactly(tmp_path, make_run):
    given_run = make_run()
    before = datetime.now(UTC)
    run = Workspace.create(tmp_path / "ws").commit(**given_run)
    back = Workspace.open(tmp_path / "ws").latest()
    assert_same(run, back)
    assert before <= back.created_at <= before + timedelta(minutes=5)
    for name, frame in given_run["frames"].items():
        pd.testing.assert_frame_equal(
            back.frames[name], checked(frame, EXPORTS[name]), check_exact=True
        )
    for model, arrays in given_run["arrays"].items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(back.arrays[model][name], array, strict=True)
    assert (back.metadata, back.report) == (given_run["metadata"], given_run["report"])
    assert np.signbit(back.frames["feedback"]["sentiment"]).all()


def test_rows_keep_their_order_and_lose_their_index(tmp_path, make_run):
    run = make_run(200)
    shuffled = run["frames"]["feedback"].sample(frac=1, random_state=3)
    run["frames"]["feedback"] = shuffled
    back = Workspace.open(Workspace.create(tmp_path).commit(**run) and tmp_path).latest()
    assert back.frames["feedback"]["feedback_id"].tolist() == shuffled["feedback_id"].tolist()
    assert back.frames["feedback"].index.equals(pd.RangeIndex(200))


def test_missing_frames_and_arrays_are_empty(tmp_path):
    workspace = Workspace.create(tmp_path)
    workspace.commit(
        as_of=pd.Timestamp("2025-06-30 23:00-04:00"), frames={}, arrays={}, metadata={}, manifest={}
    )
    run = workspace.latest()
    assert all(run.frames[name].empty for name in EXPORTS)
    assert run.arrays == {"topics": {}, "segments": {}, "sentiment": {}}
    assert run.as_of == pd.Timestamp("2025-07-01 03:00")
    assert run.run_id == "0001-2025-07-01"
    assert pd.isna(workspace.runs()["unclustered_share"].item())


def test_content_is_stored_once_across_runs(make_run, workspace):
    second = make_run(14, first=7)  # shares 7 feedback with the first
    second["frames"]["feedback"]["topic_id"] = -1
    workspace.commit(**second)
    assert query(workspace, "SELECT count(*), count(DISTINCT feedback_key) FROM feedback") == [
        (21, 21)
    ]
    first, last = (workspace.load(run_id) for run_id in workspace.runs()["run_id"])
    assert first.frames["feedback"]["topic_id"].tolist() == [i % 3 - 1 for i in range(14)]
    assert last.frames["feedback"]["topic_id"].eq(-1).all()
    assert last.frames["feedback"]["feedback_id"].tolist() == [f"f{i}" for i in range(7, 21)]


def test_different_contents_are_never_taken_for_one(tmp_path, make_run):
    pairs = [
        ({"text": "ab", "customer_id": "c"}, {"text": "a", "customer_id": "bc"}),
        ({"customer_id": None}, {"customer_id": ""}),
        ({"customer_id": None}, {"customer_id": "-"}),
        ({"channel": "x", "customer_id": None}, {"channel": None, "customer_id": "x"}),
        ({"rating": 1.0}, {"rating": np.nan}),
        ({"created_at": pd.Timestamp(1)}, {"created_at": pd.Timestamp(2)}),
        ({"text": "a\0b"}, {"text": "a\0c"}),
    ]
    workspace = Workspace.create(tmp_path)
    for changes in zip(*pairs, strict=True):
        run = make_run(len(pairs))
        for position, change in enumerate(changes):
            for column, value in change.items():
                run["frames"]["feedback"].loc[position, column] = value
        workspace.commit(**run)
    assert query(workspace, "SELECT count(*) FROM feedback") == [(2 * len(pairs),)]


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.floats(allow_nan=False),
            st.integers(-(2**63), 2**63 - 1),
        ),
        max_size=20,
    )
)
def test_any_text_and_number_survives(tmp_path_factory, make_run, rows):
    run = make_run(max(len(rows), 1))
    feedback = run["frames"]["feedback"].head(len(rows)).copy()
    feedback["text"] = [row[0] for row in rows]
    feedback["channel"] = [row[1] for row in rows]
    feedback["rating"] = np.array([row[2] for row in rows], dtype=float)
    feedback["row"] = np.array([row[3] for row in rows], dtype=np.int64)
    run["frames"]["feedback"] = feedback
    workspace = Workspace.create(tmp_path_factory.mktemp("ws"))
    assert_same(workspace.commit(**run), workspace.latest())


def test_runs_are_listed_and_loaded_by_id(tmp_path, make_run, workspace):
    workspace.commit(**make_run(6, as_of="2025-01-31"))
    runs = workspace.runs()
    assert runs["run_id"].tolist() == ["0001-2025-06-30", "0002-2025-01-31"]
    assert runs["as_of"].tolist() == [pd.Timestamp("2025-06-30"), pd.Timestamp("2025-01-31")]
    assert runs["created_at"].is_monotonic_increasing
    assert runs[["n_feedback", "n_customers", "n_topics", "n_segments"]].to_numpy().tolist() == [
        [14, 3, 2, 2],
        [6, 3, 2, 2],
    ]
    assert runs["unclustered_share"].tolist() == [5 / 14, 2 / 6]
    assert workspace.latest().run_id == "0002-2025-01-31"
    assert workspace.load("0001-2025-06-30").metadata["n"] == 14
    with pytest.raises(WorkspaceError) as caught:
        workspace.load("0001-2025-06-3")
    assert caught.value.message == f"There is no run '0001-2025-06-3' in {tmp_path}/store.duckdb."
    assert "'0001-2025-06-30'" in caught.value.hint


def test_json_takes_numpy_and_turns_nan_into_null(tmp_path, make_run):
    run = make_run() | {
        "manifest": {"quality": np.float32("nan"), "n": np.int64(3), "x": np.array([1.0, np.inf])}
    }
    committed = Workspace.create(tmp_path).commit(**run)
    assert committed.manifest == {"quality": None, "n": 3, "x": [1.0, None]}
    assert Workspace.open(tmp_path).latest().manifest == committed.manifest


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"frames": {"topcis": pd.DataFrame()}}, ValueError, "topcis"),
        ({"arrays": {"topic": {}}}, ValueError, "topic"),
        ({"arrays": {"topics": {"x": np.array(["a"])}}}, TypeError, "'x' is <U1"),
        ({"metadata": {"x": object()}}, TypeError, "object has no place in JSON"),
        ({"report": "\ud800"}, UnicodeEncodeError, "surrogates"),
    ],
)
def test_what_cannot_be_kept_leaves_no_trace(
    tmp_path, make_run, content_of, change, error, message, workspace
):
    before = content_of(tmp_path)
    with pytest.raises(error, match=message):
        workspace.commit(**(make_run(6) | change))
    assert len(workspace.runs()) == 1
    assert content_of(tmp_path) == before


def test_a_run_that_fails_half_way_is_rolled_back(
    tmp_path, make_run, content_of, monkeypatch, workspace
):
    before = content_of(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("textseg.workspace.store.insert_arrays", full)
        with pytest.raises(WorkspaceError, match="cannot be written: No space left on device"):
            workspace.commit(**make_run(6))
    assert query(workspace, "SELECT count(DISTINCT run_id) FROM assignments") == [(1,)]
    assert query(workspace, "SELECT count(*) FROM feedback") == [(14,)]
    assert content_of(tmp_path) == before
    assert workspace.commit(**make_run(6)).run_id == "0002-2025-06-30"


def test_a_column_added_later_is_null_in_older_runs(tmp_path, make_run, workspace):
    with duckdb.connect(str(tmp_path / "store.duckdb")) as connection:
        connection.execute("ALTER TABLE customers DROP COLUMN churn_risk")
    assert workspace.latest().frames["customers"]["churn_risk"].isna().all()
    run = make_run()
    run["frames"]["customers"]["churn_risk"] = 0.25
    workspace.commit(**run)
    assert workspace.latest().frames["customers"]["churn_risk"].eq(0.25).all()
    assert workspace.load("0001-2025-06-30").frames["customers"]["churn_risk"].isna().all()


NEW_COLUMNS = (
    ("segments", "macro_id"),
    ("segments", "macro_name"),
    ("customers", "micro_segment_id"),
)


@pytest.fixture
def before_levels(tmp_path, workspace):
    """A store as it was made before segments had levels."""
    with duckdb.connect(str(tmp_path / "store.duckdb")) as connection:
        connection.execute("DROP TABLE micro_segments")
        for table, column in NEW_COLUMNS:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    return workspace


def test_a_store_of_before_levels_is_read_and_published(tmp_path, before_levels, content_of):
    before = content_of(tmp_path)
    frames = before_levels.latest().frames
    assert list(frames) == list(EXPORTS)
    assert frames["micro_segments"].empty
    for name, schema in EXPORTS.items():
        pd.testing.assert_frame_equal(frames[name], checked(frames[name], schema))
    for table, column in NEW_COLUMNS:
        assert frames[table][column].isna().all()
    shutil.rmtree(tmp_path / "exports")
    opened = Workspace.open(tmp_path)
    assert content_of(tmp_path) == before
    opened.publish()
    assert content_of(tmp_path) == before


def test_a_store_of_before_levels_takes_them(before_levels, make_run):
    first = before_levels.latest()
    run = make_run()
    run["frames"]["segments"]["macro_id"] = [0, 0]
    run["frames"]["segments"]["macro_name"] = "Broad"
    run["frames"]["customers"]["micro_segment_id"] = [0, None, None]
    run["frames"]["micro_segments"] = pd.DataFrame(
        {"micro_segment_id": [0], "segment_id": 0, "name": "Small", "n_customers": 1,
         "share": 0.1, "stability": 0.9}
    )  # fmt: skip
    committed = before_levels.commit(**run)
    assert_same(before_levels.latest(), committed)
    assert before_levels.latest().frames["micro_segments"]["name"].tolist() == ["Small"]
    assert_same(before_levels.load(first.run_id), first)


def test_a_run_of_before_levels_can_be_edited(before_levels):
    run = before_levels.latest()
    topics = run.frames["topics"].assign(name=["one", "two"])
    before_levels.edit(
        run,
        frames={"topics": topics},
        arrays=run.arrays,
        metadata=run.metadata,
        manifest=run.manifest,
        report=run.report,
        edit={"kind": "rename", "topics": [0], "text": ""},
        before={},
    )
    frames = before_levels.latest().frames
    assert frames["topics"]["name"].tolist() == ["one", "two"]
    assert frames["micro_segments"].empty
    pd.testing.assert_frame_equal(frames["customers"], run.frames["customers"])


def with_scales(run, names, on=("feedback", "customers")):
    for position, name in enumerate(names, start=1):
        for export in on:
            frame = run["frames"][export]
            frame[f"scale_{name}"] = [position / (row + 3) for row in range(len(frame))]
            frame.loc[0, f"scale_{name}"] = np.nan
    return run


def scales_of(run, export="feedback"):
    return [name for name in run.frames[export].columns if name not in EXPORTS[export].columns]


def test_a_run_comes_back_with_its_own_scales_in_their_order(make_run, workspace):
    runs = [
        with_scales(make_run(), ["urgency", "trust"]),
        with_scales(make_run(9, first=3), ["trust", "z9", "urgency"]),
        with_scales(make_run(), ["effort"], on=["feedback"]),
        make_run(),
    ]
    given_frames = [run["frames"] for run in runs]
    committed = [workspace.commit(**run) for run in runs]
    assert [scales_of(run) for run in committed] == [
        ["scale_urgency", "scale_trust"],
        ["scale_trust", "scale_z9", "scale_urgency"],
        ["scale_effort"],
        [],
    ]
    assert scales_of(committed[2], "customers") == []
    for run, frames in zip(committed, given_frames, strict=True):
        back = workspace.load(run.run_id)
        assert_same(back, run)
        for export in ("feedback", "customers"):
            for name in scales_of(back, export):
                pd.testing.assert_series_equal(
                    back.frames[export][name], frames[export][name], check_exact=True
                )
    assert scales_of(workspace.load("0001-2025-06-30")) == []


def test_content_is_stored_once_also_where_scales_come_and_go(make_run, workspace):
    workspace.commit(**with_scales(make_run(), ["trust"]))
    assert query(workspace, "SELECT count(*) FROM feedback") == [(14,)]


def test_a_store_of_before_scales_is_read_and_then_takes_them(tmp_path, make_run, workspace):
    with duckdb.connect(str(tmp_path / "store.duckdb")) as connection:
        connection.execute("DROP TABLE scales")
    assert scales_of(workspace.latest()) == []
    workspace.commit(**with_scales(make_run(), ["trust"]))
    assert scales_of(workspace.latest()) == ["scale_trust"]
    assert scales_of(workspace.load("0001-2025-06-30")) == []


def test_a_newer_store_is_refused_and_untouched(tmp_path, make_run, workspace):
    with duckdb.connect(str(tmp_path / "store.duckdb")) as connection:
        connection.execute("UPDATE store SET version = 7")
    for call in (workspace.latest, workspace.runs, lambda: workspace.commit(**make_run())):
        with pytest.raises(WorkspaceError) as caught:
            call()
        assert caught.value.message == (
            f"{tmp_path}/store.duckdb has store version 7; this textseg reads up to 1."
        )
        assert caught.value.hint == "Upgrade textseg: pip install --upgrade textseg"
    assert query(workspace, "SELECT count(*) FROM runs") == [(1,)]


@pytest.mark.parametrize("damage", ["empty", "junk", "cut"])
def test_a_damaged_store_is_named(tmp_path, workspace, damage):
    store = workspace.path / "store.duckdb"
    whole = store.read_bytes()
    store.write_bytes({"empty": b"", "junk": b"x" * 9000, "cut": whole[: len(whole) // 2]}[damage])
    for call in (lambda: Workspace.open(tmp_path), lambda: Workspace.create(tmp_path)):
        with pytest.raises(WorkspaceError, match=r"store.duckdb cannot be read: ") as caught:
            call()
        assert "backup" in caught.value.hint
        assert "\n" not in caught.value.message


def test_a_foreign_duckdb_file_is_refused(tmp_path):
    with duckdb.connect(str(tmp_path / "store.duckdb")) as connection:
        connection.execute("CREATE TABLE runs (x INTEGER)")
    with pytest.raises(WorkspaceError, match="is a DuckDB file, but not a store of textseg"):
        Workspace.create(tmp_path)


def test_a_store_cannot_read_other_files(tmp_path, workspace):
    secret = tmp_path / "secret.csv"
    secret.write_text("run_id,created_at\nleaked,2025-01-01\n")
    with duckdb.connect(str(workspace.path / "store.duckdb")) as connection:
        connection.execute("ALTER TABLE runs RENAME TO hidden")
        connection.execute(
            "CREATE VIEW runs AS SELECT h.* REPLACE (c.run_id AS run_id) "
            f"FROM hidden h, read_csv('{secret}') c"
        )
    with pytest.raises((WorkspaceError, duckdb.PermissionException), match="disabled"):
        workspace.runs()


def test_any_sql_tool_can_open_the_store(workspace):
    tables = {name for (name,) in query(workspace, "SHOW TABLES")}
    assert tables >= {
        *("feedback", "runs", "topics", "assignments", "customers", "customer_topics"),
        *("clauses", "segments", "micro_segments", "edits", "arrays", "scales"),
    }
    assert query(
        workspace,
        "SELECT t.name, count(*) FROM assignments a JOIN topics t USING (run_id, topic_id) "
        "GROUP BY ALL ORDER BY ALL",
    ) == [("late, again", 5), ("ład", 4)]

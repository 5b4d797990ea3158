from __future__ import annotations

import json

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.schema import EXPORTS, exported
from textseg.segments.rules import Rules, fit_rules
from textseg.workspace import Workspace
from textseg.workspace.exports import write_csv

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


def test_every_export_exists_as_parquet_and_csv_with_its_columns(workspace):
    names = {path.name for path in (workspace.path / "exports").iterdir()}
    assert names == {f"{name}.{kind}" for name in EXPORTS for kind in ("parquet", "csv")}
    for name, schema in EXPORTS.items():
        header = pd.read_csv(workspace.path / "exports" / f"{name}.csv", nrows=0)
        assert list(header.columns) == list(schema.columns)


def test_parquet_is_exact(workspace):
    for name, frame in workspace.latest().frames.items():
        back = pd.read_parquet(workspace.path / "exports" / f"{name}.parquet")
        pd.testing.assert_frame_equal(back, frame, check_exact=True)


def test_scales_stand_behind_the_fixed_columns_in_both_formats(workspace, make_run):
    run = make_run()
    run["frames"]["customers"]["scale_trust"] = [1 / 3, None, -2.0]
    workspace.commit(**run)
    folder = workspace.path / "exports"
    parquet = pd.read_parquet(folder / "customers.parquet")
    assert list(parquet.columns) == [*EXPORTS["customers"].columns, "scale_trust"]
    assert parquet["scale_trust"].dtype == "float64"
    assert parquet["scale_trust"].dropna().tolist() == [1 / 3, -2.0]
    csv = pd.read_csv(folder / "customers.csv", dtype="string")
    assert csv["scale_trust"].fillna("").tolist() == ["0.333333", "", "-2.000000"]
    assert list(csv.columns) == list(parquet.columns)


def test_csv_carries_six_decimals_and_leaves_numbers_alone(workspace):
    lines = (workspace.path / "exports" / "customers.csv").read_bytes().decode().split("\r\n")
    assert lines[2] == "01,1,,,True,0,,,,5,-12.345678,,,,,"
    assert lines[3].split(",")[9:11] == [str(2**53 + 1), "1000000000000000.000000"]
    feedback = pd.read_csv(workspace.path / "exports" / "feedback.csv", dtype="string")
    assert feedback["sentiment"].head(2).tolist() == ["-0.333333", "0.000000"]
    assert feedback["topic_id"].head(2).tolist() == ["-1", "0"]
    assert feedback["created_at"].iat[0] == "2025-01-01 10:11:12"


def test_formulas_are_neutralised_in_text_only(workspace):
    feedback = pd.read_csv(workspace.path / "exports" / "feedback.csv", dtype="string")
    assert feedback["text"].iat[1] == "'=HYPERLINK(1)"
    assert feedback["channel"].iat[0] == "'-web"
    assert feedback["topic_name"].iat[1] == "'@delivery"
    assert workspace.latest().frames["feedback"]["text"].iat[1] == "=HYPERLINK(1)"


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
        | st.builds("{}{}".format, st.sampled_from(DANGEROUS), st.text("=a\r\n\",'", max_size=4)),
        min_size=1,
    )
)
def test_csv_gives_every_text_back_but_for_the_apostrophe(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / "texts.csv"
    frame = pd.DataFrame({"text": pd.array(texts, dtype="string"), "n": 1})
    write_csv(frame, path)
    back = pd.read_csv(path, dtype="string", keep_default_na=False)
    expected = [f"'{text}" if text.startswith(DANGEROUS) else text for text in texts]
    assert back["text"].tolist() == expected
    assert not any(text.startswith(DANGEROUS) for text in back["text"])


def test_bytes_are_the_same_in_fresh_and_in_used_workspaces(
    tmp_path, workspace, make_run, content_of
):
    fresh = content_of(tmp_path)
    other = tmp_path / "other"
    Workspace.create(other).commit(**make_run(6))
    Workspace.create(other).commit(**make_run())
    assert content_of(other) == fresh
    assert "2026" not in fresh["model/model.json"].decode()


def test_the_manifest_names_the_run_and_hashes_every_file(workspace, content_of):
    import hashlib

    manifest = json.loads((workspace.path / "manifest.json").read_bytes())
    run = workspace.latest()
    assert (manifest["run_id"], manifest["as_of"]) == (run.run_id, "2025-06-30T00:00:00")
    assert manifest["created_at"] == run.created_at.isoformat()
    assert (manifest["seed"], manifest["counts"]) == (0, {"feedback": 14})
    expected = {
        name: hashlib.sha256(data).hexdigest() for name, data in content_of(workspace.path).items()
    }
    assert manifest["files"] == expected
    assert {"model/topics.safetensors", "exports/feedback.csv", "report.html"} <= expected.keys()


@pytest.mark.parametrize("report", ["", "<html>new</html>"])
def test_a_report_of_an_older_run_does_not_stay(workspace, make_run, report):
    workspace.commit(**(make_run() | {"report": report}))
    path = workspace.path / "report.html"
    assert (path.read_text() if path.exists() else "") == report


@pytest.fixture
def with_rules(make_run):
    """A run whose segments can be told by a topic's share, and silent ones by their tier."""
    n = 30
    ids = [f"c{number:02}" for number in range(2 * n)]
    silent = {"is_silent": True, "n_feedback": 0, "segment_id": 2, "value_tier": "high"}
    writers = pd.DataFrame({"customer_id": ids, "segment_id": [0] * n + [1] * n})
    writers = writers.assign(is_silent=False, n_feedback=2)
    customers = pd.concat([writers, pd.DataFrame({"customer_id": ["s1", "s2"], **silent})])
    shares = pd.DataFrame({"customer_id": ids, "topic_id": 0, "sentiment": 0.0, "n": 1})
    shares["share"] = [0.1 + number / 100 for number in range(n)] + [0.6] * n
    names = ["Late -- parcels", "Fabric praise\n; DROP", "Silent"]
    segments = pd.DataFrame({"segment_id": [0, 1, 2], "name": names, "description": ""})
    segments = segments.assign(kind=["text", "text", "value"], n_customers=n, share=0.3)
    run = make_run()
    frames = {"customers": customers, "customer_topics": shares, "segments": segments}
    frames = {name: exported(name, frame) for name, frame in frames.items()}
    topics = exported("topics", run["frames"]["topics"])
    rules = fit_rules(**frames, topics=topics, seed=0)
    metadata = {**run["metadata"], "rules": rules.to_json()}
    return run | {"frames": {**run["frames"], **frames}, "metadata": metadata}


def test_rules_run_over_the_exports_beside_them(tmp_path, workspace, with_rules):
    workspace.commit(**with_rules)
    folder = tmp_path / "exports"
    with duckdb.connect() as connection:
        for name in ("customers", "customer_topics"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
        found = dict(connection.sql((folder / "rules.sql").read_text()).fetchall())
    customers = with_rules["frames"]["customers"].set_index("customer_id")
    assert found == customers["segment_id"].to_dict()
    data = json.loads((folder / "rules.json").read_bytes())
    assert data == with_rules["metadata"]["rules"]
    tables = [
        pd.read_parquet(folder / f"{name}.parquet") for name in ("customers", "customer_topics")
    ]
    assert Rules.from_json(data).assign(*tables).to_dict() == found


def test_rules_are_files_of_the_run(tmp_path, workspace, with_rules, content_of):
    import hashlib

    workspace.commit(**with_rules)
    files = content_of(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    for name in ("exports/rules.json", "exports/rules.sql"):
        assert manifest[name] == hashlib.sha256(files[name]).hexdigest()
        assert files[name].endswith(b"\n")
        assert b"\r" not in files[name]
    (tmp_path / "exports" / "rules.sql").unlink()
    assert Workspace.open(tmp_path).latest().metadata["rules"] == with_rules["metadata"]["rules"]
    assert content_of(tmp_path) == files


def test_rules_of_an_older_run_do_not_stay(tmp_path, workspace, with_rules, make_run):
    workspace.commit(**with_rules)
    workspace.commit(**make_run())
    names = {path.name for path in (tmp_path / "exports").iterdir()}
    assert names == {f"{name}.{kind}" for name in EXPORTS for kind in ("parquet", "csv")}
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    assert not [name for name in manifest if "rules" in name]

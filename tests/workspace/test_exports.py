from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.schema import EXPORTS
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
    assert lines[2] == "01,1,,,True,0,,,,5,-12.345678,,,,"
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

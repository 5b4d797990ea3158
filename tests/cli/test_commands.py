from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd
import pytest

from textseg.config import Config, make_config

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "run",
    "refresh",
    "runs",
    "assign",
    "report",
    "simulate",
    "init",
    "doctor",
    "search",
    "topics",
)
HEAVY = ("pandas", "pydantic", "numpy", "torch", "sklearn", "plotly", "jinja2", "duckdb")


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom textseg.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"loaded = sorted(set({HEAVY!r}) & set(sys.modules))\nassert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_options_and_examples(cli, name):
    text = cli(name, "--help").stdout
    for option in ("--quiet", "--json", "--verbose", "--debug"):
        assert option in text
    assert f"Examples:\n    textseg {name}" in text


def test_version(cli):
    try:
        installed = version("textseg")
    except PackageNotFoundError:
        pytest.skip("textseg runs from its source folder and is not installed")
    assert cli("--version").stdout == f"textseg {installed}\n"


def test_init_writes_the_example_of_the_repository(cli, tmp_path):
    path = tmp_path / "textseg.toml"
    assert cli("init", path).stdout == f"Wrote {path}.\n"
    assert path.read_text() == (ROOT / "textseg.example.toml").read_text()


def test_example_reads_back_as_the_defaults_also_with_its_commented_settings():
    text = (ROOT / "textseg.example.toml").read_text()
    assert make_config(tomllib.loads(text)) == Config()
    uncommented = "\n".join(
        line[1:] if line.startswith("#") and line[1:2] not in ("", " ") else line
        for line in text.splitlines()
        if 'like #name = "..."' not in line
    )
    config = make_config(tomllib.loads(uncommented))
    told = config.feedback[0].model_dump(exclude={"date_order"})
    assert told == dict.fromkeys(told, "...")
    assert config.feedback[0].date_order == "dmy"
    assert config.transactions.unit_price == "..."
    (scale,) = config.scales
    assert min(len(scale.high), len(scale.low)) > 1


def test_example_names_ranges_and_choices():
    text = (ROOT / "textseg.example.toml").read_text()
    assert 'One of "auto", "cpu", "cuda".\ndevice = "auto"\n' in text
    assert "From 2 to 200.\nn_neighbors = 15\n" in text
    assert "From 0 to below 0.5.\nmin_share = 0.02\n" in text
    assert "Above 0.\nhalf_life_days = 730.0\n" in text
    assert "\nlabels = {}\n" in text


def test_init_does_not_overwrite(cli, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("seed = 1\n")
    result = cli("init", path)
    assert result.exit_code == 1
    assert result.stderr == f"Error: {path} exists.\nName another file, or delete it first.\n"
    assert path.read_text() == "seed = 1\n"


def test_runs_lists_the_history(cli, workspace):
    result = cli("runs", workspace)
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "0001-2026-02-28", "0002-2026-03-31"]
    assert lines[1].split()[-6:] == ["2026-02-28", "2", "4", "1", "2", "50%"]
    document = json.loads(cli("runs", workspace, "--json").stdout)
    assert [row["n_customers"] for row in document["runs"]] == [4, 4]


@pytest.mark.parametrize("command", ["runs", "report"])
def test_missing_workspace_is_1(cli, tmp_path, command):
    result = cli(command, tmp_path / "nowhere")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == f"Error: {tmp_path / 'nowhere'} does not exist."
    assert len(result.stderr.splitlines()) == 2


def test_report_shows_the_latest_run(cli, workspace):
    result = cli("report", workspace)
    assert "“Unhappy” brings 90% of the revenue with 25% of the customers." in result.stdout
    assert "Silent" in result.stdout
    assert result.stderr == ""


def test_report_writes_the_page_of_a_run(cli, workspace, tmp_path):
    page = tmp_path / "before.html"
    result = cli("report", workspace, "--run", "0001-2026-02-28", "--to", page)
    assert result.stdout == f"Wrote {page}.\n"
    assert "as of 2026-02-28" in page.read_text()
    assert "<script" not in page.read_text()


def test_report_json_is_the_report(cli, workspace):
    document = json.loads(cli("report", workspace, "--json").stdout)
    assert document["as_of"] == "2026-03-31"
    assert [row["name"] for row in document["segments"]] == ["Unhappy", "Silent"]
    assert document["path"] is None


def test_report_knows_no_other_suffix_run_or_folder(cli, workspace, tmp_path):
    assert cli("report", workspace, "--to", "x.pdf").exit_code == 2
    assert cli("report", workspace, "--run", "0009-2026-01-01").exit_code == 1
    result = cli("report", workspace, "--to", tmp_path / "no" / "x.html")
    assert result.exit_code == 1
    assert result.stderr == f"Error: The folder {tmp_path / 'no'} does not exist.\nMake it first.\n"


def test_assign_writes_both_tables_and_leaves_the_workspace(cli, pipeline, workspace, tmp_path):
    before = hashes(workspace)
    topics, segments = tmp_path / "topics.parquet", tmp_path / "segments.csv"
    result = cli(
        *("assign", workspace, "new.csv", "more.csv", "--transactions", "t.csv"),
        *("--to", topics, "--customers-to", segments),
    )
    assert result.stdout == f"Wrote {topics}: 2 rows.\nWrote {segments}: 4 rows.\n"
    inputs = pipeline.calls["assign"]
    assert inputs["feedback"] == ["new.csv", "more.csv"]
    assert inputs["transactions"] == "t.csv"
    written = pd.read_parquet(topics, dtype_backend="numpy_nullable")
    assert written["text"].tolist() == ["=Where is it?"] * 2
    assert segments.read_text().splitlines()[1].startswith("C0,0,")
    assert hashes(workspace) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "segments.csv",
        "topics.parquet",
        "ws",
    ]


def test_assign_writes_json_lines_and_safe_csv(cli, pipeline, tmp_path):
    cli("assign", tmp_path, "new.csv", "--to", tmp_path / "t.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert [(row["topic_id"], row["text"], row["rating"]) for row in rows] == [
        (0, "=Where is it?", None),
        (-1, "=Where is it?", None),
    ]
    cli("assign", tmp_path, "new.csv", "--to", tmp_path / "t.csv")
    assert "'=Where is it?" in (tmp_path / "t.csv").read_text()


def test_assign_checks_targets_before_any_work(cli, pipeline, tmp_path):
    csv = tmp_path / "t.csv"
    assert cli("assign", tmp_path, "new.csv", "--to", tmp_path / "t.xls").exit_code == 2
    assert cli("assign", tmp_path, "n.csv", "--to", csv, "--customers-to", csv).exit_code == 2
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    result = cli("assign", tmp_path, "new.csv", "--to", folder)
    assert result.exit_code == 1
    assert result.stderr == f"Error: {folder} is a folder; a file is expected.\n"
    assert not pipeline.calls


def test_a_failed_write_leaves_older_files(cli, pipeline, tmp_path, monkeypatch):
    to, customers_to = tmp_path / "t.csv", tmp_path / "s.parquet"
    to.write_text("old")

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    result = cli("assign", tmp_path, "new.csv", "--to", to, "--customers-to", customers_to)
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The system says: No space left on device.\nFree some space, then run again.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert to.read_text() == "old"

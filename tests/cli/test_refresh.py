from __future__ import annotations

import json

import pytest

from textseg.errors import InputError, WorkspaceError


def test_inputs_and_options_reach_the_refresh(cli, pipeline, tmp_path):
    result = cli(
        *("refresh", tmp_path, "a.csv", "-", "--transactions", "t.csv", "--customers", "c.csv"),
        *("--as-of", "2026-03-31"),
    )
    assert result.exit_code == 0, result.output
    assert (pipeline.calls["load"], pipeline.calls["save"]) == (tmp_path, tmp_path)
    inputs = pipeline.calls["fit"]
    assert inputs["tables"] == (["a.csv", "-"], "t.csv", "c.csv", "2026-03-31")


def test_settings_of_the_inputs_stay_set(cli, pipeline, tmp_path):
    told = ("--set", "feedback.date_order=dmy", "--set", "transactions.decimal=,")
    assert cli("refresh", tmp_path, "f.csv", *told).exit_code == 0
    assert pipeline.config.feedback[0].date_order == "dmy"
    assert pipeline.config.transactions.decimal == ","


def test_other_settings_are_refused(cli, pipeline, tmp_path):
    result = cli("refresh", tmp_path, "f.csv", "--set", "topics.number=20")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: topics.number cannot be set here: only how inputs are read, in feedback, "
        "transactions, customers.\n"
        "Topics and segments stay in a refresh; textseg run takes every setting.\n"
    )
    assert "save" not in pipeline.calls


def test_screen_tells_what_is_new_and_who_moved_before_the_rest(cli, pipeline, tmp_path):
    result = cli("refresh", tmp_path, "f.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[:4] == [
        "New",
        "Feedback: 2 new, 1 changed, 1,000 known already.",
        "1 new customer; 2 customers are in another segment than before.",
        "from segment to segment customers",
    ]
    assert "Unhappy no segment 2" in lines
    assert lines.index("Unhappy no segment 2") < lines.index("Columns") < lines.index("Segments")
    assert f"Tables: {tmp_path / 'exports'}" in lines


def test_of_many_moves_the_largest_are_listed(cli, pipeline, tmp_path):
    pipeline.moves = [{"from": f"S{n}", "to": "T", "n_customers": 20 - n} for n in range(12)]
    lines = cli("refresh", tmp_path, "f.csv").stdout.splitlines()
    assert sum(line.startswith("S") and " T " in line for line in lines) == 10
    assert "… and 2 smaller moves in manifest.json." in lines


def test_columns_are_those_of_the_files_of_now(cli, pipeline, tmp_path):
    lines = cli("refresh", tmp_path, "f.csv").stdout
    assert "Review Text" in lines
    assert "last year.csv" not in lines


def test_json_is_one_document(cli, pipeline, tmp_path):
    result = cli("refresh", tmp_path, "f.csv", "--json")
    document = json.loads(result.stdout)
    assert document["run_id"] == "0001-2026-03-31"
    assert document["refresh"]["rows"]["feedback"] == {"new": 2, "changed": 1, "same": 1000}
    assert document["refresh"]["moves"] == [{"from": "Unhappy", "to": "", "n_customers": 2}]
    assert set(document["mappings"]) == {"last year.csv", "f.csv"}
    assert document["counts"]["feedback"] == 2
    assert result.stderr == ""


def test_quiet_prints_nothing(cli, pipeline, tmp_path):
    result = cli("refresh", tmp_path, "f.csv", "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert pipeline.calls["save"] == tmp_path


@pytest.mark.parametrize("error", [InputError, WorkspaceError])
def test_what_the_caller_can_mend_is_1(cli, pipeline, tmp_path, error):
    pipeline.error = error("f.csv has no text.", hint="Name it.")
    result = cli("refresh", tmp_path, "f.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: f.csv has no text.\nName it.\n"
    assert "save" not in pipeline.calls


def test_interrupted_is_130(cli, pipeline, tmp_path):
    pipeline.error = KeyboardInterrupt()
    assert cli("refresh", tmp_path, "f.csv").exit_code == 130
    assert "save" not in pipeline.calls


@pytest.mark.parametrize(
    "arguments",
    [(), ("ws",), ("ws", "f.csv", "--as-of", "31.3.2026"), ("ws", "f.csv", "--seed", "1")],
)
def test_wrong_usage_is_2(cli, pipeline, arguments):
    assert cli("refresh", *arguments).exit_code == 2
    assert "load" not in pipeline.calls


def test_a_folder_that_is_no_workspace_is_1(cli, tmp_path):
    for folder, message in (("nowhere", "does not exist."), ("", "is not a workspace")):
        result = cli("refresh", tmp_path / folder, "f.csv")
        assert result.exit_code == 1
        assert message in result.stderr
        assert len(result.stderr.splitlines()) <= 2


def test_help_says_what_stays(cli):
    text = " ".join(cli("refresh", "--help").stdout.split())
    assert "topics, segments and their names stay" in text
    assert "Examples: textseg refresh" in text
    for option in ("--quiet", "--json", "--verbose", "--debug", "--transactions", "--customers"):
        assert option in text

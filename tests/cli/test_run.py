from __future__ import annotations

import json
from pathlib import Path

import pytest

from textseg.cli.summary import fidelity_line, stability_line
from textseg.errors import InputError


def test_inputs_and_options_reach_the_pipeline(cli, pipeline, tmp_path):
    settings = tmp_path / "t.toml"
    settings.write_text(
        'seed = 3\n[topics]\nnumber = 5\n[[feedback]]\nfile = "b.csv"\ntext = "b"\n'
    )
    result = cli(
        *(
            "run",
            "a.csv",
            "sqlite:///x.db::reviews",
            "--out",
            tmp_path / "ws",
            "--config",
            settings,
        ),
        *("--transactions", "t.csv", "--customers", "c.csv", "--as-of", "2026-03-31"),
        *("--set", "topics.number=7", "--set", "transactions.customer=CID", "--seed", 9),
        *("--id", "1", "--text", 'the "text"', "--customer", "uid", "--date", "when"),
        *("--rating", "stars", "--channel", "via", "--segments", 4),
    )
    assert result.exit_code == 0, result.output
    config = pipeline.calls["config"]
    assert (config.seed, config.topics.number, config.segments.number) == (9, 7, 4)
    assert config.transactions.customer == "CID"
    for_one, for_all = config.feedback
    assert (for_one.file, for_one.text, for_one.customer) == ("b.csv", "b", None)
    assert for_all.model_dump() == {
        "file": None,
        "id": "1",
        "text": 'the "text"',
        "title": None,
        "customer": "uid",
        "date": "when",
        "rating": "stars",
        "channel": "via",
        **dict.fromkeys(("author", "conversation", "layout", "date_order", "encoding", "sheet")),
    }
    inputs = pipeline.calls["fit"]
    assert inputs["feedback"] == ["a.csv", "sqlite:///x.db::reviews"]
    assert (inputs["transactions"], inputs["customers"]) == ("t.csv", "c.csv")
    assert inputs["as_of"] == "2026-03-31"
    assert inputs["encodings"] == tmp_path / "ws" / "encodings"


def test_options_win_over_set_and_config(cli, pipeline, tmp_path):
    cli("run", "a.csv", "--out", tmp_path / "ws", "--set", "topics.number=7", "--topics", "auto")
    assert pipeline.calls["config"].topics.number == "auto"


def test_screen_tells_columns_losses_segments_and_files(cli, pipeline, tmp_path):
    result = cli("run", "f.csv", "--out", tmp_path / "ws")
    assert result.stderr == ""
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "f.csv text = Review Text" in lines
    assert "f.csv 3 2 no text (dropped) 1 2" in lines
    assert "Match rate: 50% of the customers with feedback have orders." in lines
    assert "Note: No rating column: drivers of the rating cannot be computed." in lines
    assert "Silent 3 75% – – –" in lines
    unhappy = next(line for line in lines if line.startswith("Unhappy"))
    assert unhappy.startswith("Unhappy 1 25% −0.50 1,234 90% Refund [2J, <script>")
    assert lines.index(unhappy) + 1 == lines.index("Silent 3 75% – – –")
    summary = (
        "2 feedback in 1 topic (50% unclustered), 4 customers in 2 segments, as of 2026-03-31."
    )
    assert summary in lines
    assert f"Report: {tmp_path / 'ws' / 'report.html'}" in lines
    assert "\x1b" not in result.stdout
    assert all(line == line.rstrip() for line in result.stdout.splitlines())


def test_screen_says_how_well_the_segments_are_found_again(cli, pipeline, tmp_path, monkeypatch):
    figures = {"n_segments": 6, "kind": "natural", "bootstrap": 0.9799, "seeds": 0.9998}
    fit = pipeline.fit

    def measured(**inputs):
        found = fit(**inputs)
        found.manifest["figures"] = {"segments": {**figures, "halves": 0.914}}
        return found

    monkeypatch.setattr(pipeline, "fit", measured)
    workspace = tmp_path / "my ws"
    lines = cli("run", "f.csv", "--out", workspace).stdout.splitlines()
    at = lines.index(
        "6 segments from text, natural: found again at 0.98 in bootstrap samples, 1.00 with other "
        "seeds, 0.91 in halves (adjusted Rand)."
    )
    assert (
        lines[at + 1] == f"Why a customer is in a segment: textseg explain '{workspace}' CUSTOMER"
    )


@pytest.mark.parametrize(
    "segments", [None, {"n_segments": 0}, {"n_segments": 1, "bootstrap": 1.0}, {"n_segments": 4}]
)
def test_what_was_not_measured_is_not_said(segments):
    assert stability_line({"figures": {"segments": segments}}) is None
    assert stability_line({}) is None


def test_json_is_one_document(cli, pipeline, tmp_path):
    result = cli("run", "f.csv", "--out", tmp_path / "ws", "--json")
    document = json.loads(result.stdout)
    assert document["run_id"] == "0001-2026-03-31"
    assert document["counts"]["feedback"] == 2
    assert document["timings"] == {"encode": 1}
    assert document["quality"]["totals"] == {"f.csv": {"read": 3, "kept": 2, "dropped": 1}}
    assert document["quality"]["findings"][0]["reason"] == "no text"
    assert [row["name"] for row in document["segments"]] == ["Unhappy", "Silent"]
    assert document["segments"][1]["sentiment"] is None
    assert document["paths"]["report"] == str(tmp_path / "ws" / "report.html")


def test_quiet_prints_nothing_but_the_document_asked_for(cli, pipeline, tmp_path):
    assert cli("run", "f.csv", "--out", tmp_path / "ws", "--quiet").output == ""
    result = cli("run", "f.csv", "--out", tmp_path / "other", "--quiet", "--json")
    assert json.loads(result.output)["as_of"] == "2026-03-31"


def test_out_is_checked_before_any_work(cli, pipeline, tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    result = cli("run", "f.csv", "--out", tmp_path)
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith(f"Error: {tmp_path} is neither empty nor a workspace: it holds")
    assert "empty folder" in second
    assert "fit" not in pipeline.calls


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--topics", "1"], "'1' is neither 'auto' nor a whole number from 2."),
        (["--topics", "many"], "'many' is neither 'auto' nor a whole number from 2."),
        (["--segments", "-3"], "'-3' is neither 'auto' nor a whole number from 2."),
        (["--as-of", "31.03.2026"], "'31.03.2026' is not a day such as 2026-03-31."),
        (["--as-of", "2026-02-30"], "'2026-02-30' is not a day such as 2026-03-31."),
        (["--seed", "-1"], "Invalid value for '--seed'"),
        (["--nonsense"], "No such option: --nonsense"),
    ],
)
def test_wrong_usage_is_2(cli, pipeline, tmp_path, arguments, message):
    result = cli("run", "f.csv", "--out", tmp_path / "ws", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert not pipeline.calls


def test_out_is_required(cli, pipeline):
    result = cli("run", "f.csv")
    assert result.exit_code == 2
    assert "--out" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "nowhere.toml"], "Error: The config file nowhere.toml does not exist."),
        (["--set", "topics.numbr=3"], "Error: There is no setting topics.numbr."),
        (["--set", "topics"], "Error: --set expects key=value, got 'topics'."),
    ],
)
def test_wrong_settings_are_1(cli, pipeline, tmp_path, arguments, message):
    result = cli("run", "f.csv", "--out", tmp_path / "ws", *arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == message
    assert not (tmp_path / "ws").exists()


def test_error_of_the_pipeline_leaves_no_folder(cli, pipeline, tmp_path: Path):
    pipeline.error = InputError("f.csv does not exist.", hint="Check the path.")
    result = cli("run", "f.csv", "--out", tmp_path / "ws", "--json")
    assert result.exit_code == 1
    assert result.stderr == "Error: f.csv does not exist.\nCheck the path.\n"
    assert result.stdout == ""
    assert not (tmp_path / "ws").exists()


@pytest.mark.parametrize(
    ("fidelity", "line"),
    [
        (
            {"in_sample": 0.85, "cross_validated": 0.842},
            "The rules in rules.sql put 85% of the customers with text into their own segment "
            "(84% of customers left out).",
        ),
        (
            {"in_sample": 1.0, "cross_validated": None},
            "The rules in rules.sql put 100% of the customers with text into their own segment.",
        ),
        ({"in_sample": None, "cross_validated": None}, None),
        ({}, None),
    ],
)
def test_fidelity_of_the_rules_is_told(fidelity, line):
    assert fidelity_line({"figures": {"segments": {"fidelity": fidelity}}}) == line

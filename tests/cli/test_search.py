from __future__ import annotations

import json

import pytest
from search.planted import commit_planted


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    return commit_planted(tmp_path_factory.mktemp("searched") / "ws")


def test_search_prints_a_table(cli, searched):
    result = cli("search", searched, "my order never came", "-n", 2)
    assert result.stderr == ""
    header, first, second = result.stdout.splitlines()
    assert header.split() == [
        "rank", "similarity", "times", "feedback", "source", "customer", "date", "channel",
        "topic", "sentiment", "text",
    ]  # fmt: skip
    assert first.split()[0] == "1"
    assert first.split()[2:9] == ["1", "f0", "tickets", "C1", "2026-01-05", "email", "Delivery"]
    assert first.endswith("negative    My parcel has still not arrived after two weeks.")
    assert second.split()[0] == "2"


def test_search_gives_one_json_document(cli, searched):
    arguments = ("search", searched, "gift", "--topic", "-1", "--until", "2026-02-03", "--json")
    document = json.loads(cli(*arguments).stdout)
    (row,) = document.pop("results")
    assert document == {"run_id": "0001-2026-02-28", "query": "gift"}
    assert -1 <= row.pop("similarity") <= 1
    assert row == {
        "rank": 1,
        "feedback_id": "f5",
        "source": "tickets",
        "customer_id": "C1",
        "date": "2026-02-03 23:59:59.500000",
        "channel": "email",
        "topic_name": None,
        "sentiment_label": "positive",
        "n_feedback": 1,
        "text": "Thanks!",
    }


def test_search_that_nothing_passes_is_an_empty_result(cli, searched):
    arguments = ("search", searched, "gift", "--since", "2030-01-01")
    result = cli(*arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No feedback passes these filters.\n"
    assert json.loads(cli(*arguments, "--json").stdout)["results"] == []


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["x", "--topic", "Delivry"], 1, "Did you mean 'Delivery'?"),
        (["x", "--run", "0001-2026-02-29"], 1, "Did you mean '0001-2026-02-28'?"),
        ([" "], 1, "Error: The text to search for is empty."),
        (["x", "--since", "last week"], 2, "'last week' is not a day such as 2026-03-31."),
        (["x", "-n", "0"], 2, "-n"),
        ([], 2, "TEXT"),
    ],
)
def test_wrong_use_says_how_to_mend_it(cli, searched, arguments, status, message):
    result = cli("search", searched, *arguments)
    assert result.exit_code == status
    assert message in result.stderr
    assert result.stdout == ""


def test_search_in_a_missing_workspace_is_1(cli, tmp_path):
    result = cli("search", tmp_path / "nowhere", "x")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'nowhere'} does not exist.\n")

"""``textseg refresh`` on a real workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import textseg
from textseg.cli.app import app
from textseg.workspace import Workspace

BAD = {
    "nothing.csv": "",
    "no_text.csv": "stars,customer_id\n5,C-1001\n",
    "clash.csv": "feedback_id,created_at,text\nA1,03/04/2025,Too late\n",
    "two.csv": "comment,message\nThe parcel came too late,Never again with this shop\n",
}


def call(*arguments: object, text: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=text)


def files(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("name", [*BAD, "absent.csv"])
def test_bad_feedback_is_1_and_leaves_every_byte(workspace, tmp_path, name):
    path = tmp_path / name
    if name in BAD:
        path.write_text(BAD[name])
    before = files(workspace)
    result = call("refresh", workspace, path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert name in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert files(workspace) == before


def test_bad_orders_beside_good_feedback_leave_every_byte(workspace, shop, tmp_path):
    night, orders = tmp_path / "feedback.csv", tmp_path / "orders.csv"
    shop.night.to_csv(night, index=False)
    shop.orders.assign(quantity="many").to_csv(orders, index=False)
    before = files(workspace)
    result = call("refresh", workspace, night, "--transactions", orders)
    assert (result.exit_code, result.stdout) == (1, "")
    assert files(workspace) == before


def test_from_standard_input_and_as_json(workspace, shop):
    result = call("refresh", workspace, "-", "--json", text=shop.night.to_csv(index=False))
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["run_id"] == "0002-2025-06-30"
    assert document["quality"]["totals"]["stdin"]["read"] == len(shop.night)
    assert document["refresh"]["from"] == "run 0001-2025-06-30"
    assert document["refresh"]["rows"]["feedback"]["new"] > 100
    assert Workspace.open(workspace).latest_id() == "0002-2025-06-30"
    assert set(textseg.load(workspace).feedback["source"]) == {"feedback", "stdin"}


def test_a_quiet_night_on_the_screen(workspace, tmp_path):
    path = tmp_path / "feedback.csv"
    path.write_text("feedback_id,customer_id,created_at,channel,rating,text\n")
    result = call("refresh", workspace, path)
    assert result.exit_code == 0, result.stderr
    assert "Feedback: 0 new, 0 changed, 0 known already." in result.stdout
    assert f"Note: {path} has column names but no rows." in result.stdout
    assert Workspace.open(workspace).latest_id() == "0002-2025-06-30"

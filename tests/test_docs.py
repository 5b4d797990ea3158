"""What the documents promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import textseg
from textseg.config import Config
from textseg.schema import EXPORTS
from textseg.simulate import simulate

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", EXPORTS)
def test_columns_are_documented_in_their_section(name):
    text = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    documented = set(re.findall(r"`(\w+)`", section[1]))
    assert set(EXPORTS[name].columns) <= documented


def test_readme_names_only_commands_that_exist():
    from textseg.cli.app import app

    existing = {command.name or command.callback.__name__ for command in app.registered_commands}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = set(re.findall(r"^\| `textseg (\w+)", text, re.MULTILINE))
    assert table == existing


def test_readme_links_lead_somewhere():
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_no_document_has_a_gap():
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        assert "@@" not in document.read_text(encoding="utf-8"), document.name


def test_weights_of_segments_are_documented_as_they_are():
    text = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\d.]+) \|$", text, re.MULTILINE)
    assert {name: float(weight) for name, weight in rows} == dict(Config().segments.weights)


def test_what_the_page_on_segments_runs_does_run(tmp_path, monkeypatch, capsys):
    shop = simulate(60)
    quick = {"segments": {"number": 2, "subsamples": 2}, "topics": {"stability": False}}
    seg = textseg.Segmenter(**quick).fit(shop.feedback, shop.transactions)
    seg.save(tmp_path / "ws")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, {})
    printed = capsys.readouterr().out
    assert all(name in printed for name in seg.rules.table["segment_name"])


def test_commands_of_the_page_on_segments_exist():
    from textseg.cli.app import app
    from textseg.config import make_config

    text = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")
    existing = {command.name or command.callback.__name__ for command in app.registered_commands}
    groups = {group.name for group in app.registered_groups}
    assert set(re.findall(r"^textseg (\w+)", text, re.MULTILINE)) <= existing | groups
    for setting, value in re.findall(r"--set segments\.(\w+)=([\w-]+)", text):
        assert getattr(make_config({"segments": {setting: value}}).segments, setting) == value

"""What the documents promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from textseg.schema import EXPORTS

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

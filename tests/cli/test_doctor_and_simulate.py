from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from textseg.cli import doctor
from textseg.errors import ModelError


@pytest.fixture
def encoder(monkeypatch):
    """Stands in for the default encoder; counts the texts that it is given."""
    import textseg.encode

    ran = []
    stand_in = SimpleNamespace(
        device="cpu",
        backend="onnx",
        dim=384,
        pools=True,
        tokenize=lambda texts: SimpleNamespace(lengths=np.full(len(texts), 10)),
        run=lambda tokens, rows: ran.append(len(rows)),
    )
    monkeypatch.setattr(textseg.encode, "load_encoder", lambda config: stand_in)
    monkeypatch.setattr(doctor, "_MEASURED_S", 1e-9)
    return ran


def test_doctor_measures_this_machine(cli, encoder):
    found = json.loads(cli("doctor", "--json").stdout)
    version = sys.version_info
    assert found["versions"]["python"] == f"{version.major}.{version.minor}.{version.micro}"
    assert found["versions"]["pandas"] == pd.__version__
    assert found["machine"]["cores"] >= 1
    assert found["model"]["sha256_as_expected"] is True
    assert isinstance(found["model"]["onnx_graph_cached"], bool)
    assert found["encoder"]["device"] == "cpu"
    assert found["encoder"]["tokens_per_text"] == 10
    assert found["encoder"]["texts_per_second"] > 0
    assert found["problems"] == []
    assert len(encoder) == 2  # one that warms up, one that counts


def test_doctor_prints_a_table_per_part(cli, encoder):
    lines = [" ".join(line.split()) for line in cli("doctor").stdout.splitlines()]
    assert lines[0] == "Versions"
    assert {"Machine", "Model", "Encoder", "backend onnx", "sha256 as expected yes"} < set(lines)


def test_doctor_tells_all_it_can_when_the_model_is_damaged(cli, monkeypatch):
    def damaged(name):
        raise ModelError("The weights have SHA-256 00, expected 53.", hint="Install them again.")

    monkeypatch.setattr("textseg.encode.source.find_model", damaged)
    result = cli("doctor", "--json")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The weights have SHA-256 00, expected 53.\nInstall them again.\n"
    )
    found = json.loads(result.stdout)
    assert found["problems"] == ["The weights have SHA-256 00, expected 53. Install them again."]
    assert found["versions"]["pandas"] == pd.__version__
    assert found["encoder"] == {}


def test_simulate_writes_the_same_shop_for_the_same_seed(cli, tmp_path):
    first = cli("simulate", "--to", tmp_path / "a", "--customers", 12, "--seed", 5)
    assert first.exit_code == 0
    assert f"Wrote {tmp_path / 'a' / 'feedback.csv'}." in first.stdout.splitlines()
    document = json.loads(
        cli("simulate", "--to", tmp_path / "b", "--customers", 12, "--seed", 5, "--json").stdout
    )
    cli("simulate", "--to", tmp_path / "c", "--customers", 12, "--seed", 6)
    one, same, other = ((tmp_path / name / "feedback.csv").read_bytes() for name in ("a", "b", "c"))
    assert one == same != other
    assert str(tmp_path / "b" / "feedback.csv") in document["paths"]
    assert len(pd.read_csv(tmp_path / "a" / "customers.csv")) == 12


def test_simulate_refuses_a_folder_that_holds_something(cli, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    result = cli("simulate", "--to", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) <= 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert cli("simulate", "--to", tmp_path / "x", "--customers", 0).exit_code == 2

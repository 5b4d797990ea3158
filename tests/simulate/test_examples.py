from __future__ import annotations

from pathlib import Path

import pytest

from textseg.simulate import simulate, write

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not part of this copy")
def test_the_example_data_is_what_simulate_writes(tmp_path):
    made = write(simulate(600, seed=0), tmp_path / "data")
    names = sorted(path.name for path in made.iterdir())
    assert sorted(path.name for path in EXAMPLES.iterdir()) == names
    for name in names:
        assert (made / name).read_bytes() == (EXAMPLES / name).read_bytes(), name

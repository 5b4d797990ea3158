from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import textseg

HEAVY = ("numpy", "pandas", "pydantic", "sklearn", "torch", "umap", "numba", "duckdb", "plotly")


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, textseg; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_making_a_segmenter_loads_no_model_library():
    late = ("sklearn", "torch", "umap", "numba", "hdbscan", "onnxruntime", "transformers", "duckdb")
    code = (
        "import sys, textseg; textseg.Segmenter(seed=1); "
        f"print([name for name in {late} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", textseg.__all__)
def test_public_names_are_what_they_are_called(name):
    public = getattr(textseg, name)
    assert public.__name__ == name
    assert public.__module__.startswith("textseg.")
    assert public.__doc__
    assert getattr(textseg, name) is public


def test_names_are_listed():
    assert {"Segmenter", "Segmentation", "load", "__version__"} <= set(dir(textseg))
    assert textseg.__all__ == sorted(textseg.__all__)


def test_version_is_that_of_the_package():
    assert textseg.__version__ == version("textseg")


def test_unknown_name():
    with pytest.raises(AttributeError, match=r"^module 'textseg' has no attribute 'Segmenterr'$"):
        _ = textseg.Segmenterr

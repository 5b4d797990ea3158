"""textseg: customer segments from what customers say, how they feel and what they buy.

The public names load when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.errors import TextsegError
    from textseg.pipeline import Segmenter
    from textseg.segmentation import Assignment, Segmentation, load

_HOME = {
    "Assignment": "textseg.segmentation",
    "Config": "textseg.config",
    "Segmentation": "textseg.segmentation",
    "Segmenter": "textseg.pipeline",
    "TextsegError": "textseg.errors",
    "edit_topics": "textseg.steering",
    "load": "textseg.segmentation",
}

__all__ = [
    "Assignment",
    "Config",
    "Segmentation",
    "Segmenter",
    "TextsegError",
    "edit_topics",
    "load",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("textseg")
    if name not in _HOME:
        raise AttributeError(f"module 'textseg' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

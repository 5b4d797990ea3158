"""Text segments crossed with segments from elsewhere.

The names load when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseg.combine.association import Association, associate
    from textseg.combine.combination import Combination, Overlap
    from textseg.combine.cross import combine
    from textseg.combine.other import OtherSegments

_HOME = {
    "Association": "textseg.combine.association",
    "Combination": "textseg.combine.combination",
    "OtherSegments": "textseg.combine.other",
    "Overlap": "textseg.combine.combination",
    "associate": "textseg.combine.association",
    "combine": "textseg.combine.cross",
}

__all__ = ["Association", "Combination", "OtherSegments", "Overlap", "associate", "combine"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'textseg.combine' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)

"""From files or frames to checked feedback, orders and customers.

The names load when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseg.ingest.quality import Quality
    from textseg.ingest.read import Table, as_tables
    from textseg.ingest.stage import Ingested, ingest

_HOME = {
    "Ingested": "textseg.ingest.stage",
    "Quality": "textseg.ingest.quality",
    "Table": "textseg.ingest.read",
    "as_tables": "textseg.ingest.read",
    "ingest": "textseg.ingest.stage",
}

__all__ = ["Ingested", "Quality", "Table", "as_tables", "ingest"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'textseg.ingest' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)

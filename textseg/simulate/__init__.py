"""A believable small shop whose customers' segments, topics and sentiments are known."""

from __future__ import annotations

from textseg.simulate.folder import write
from textseg.simulate.shop import Simulation, simulate

__all__ = ["Simulation", "simulate", "write"]

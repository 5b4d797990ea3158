"""Why a customer is in a segment and not in the next: exact, in words, with their own quotes."""

from __future__ import annotations

from textseg.explain.explain import Explainer, explain_workspace
from textseg.explain.explanation import Explanation

__all__ = ["Explainer", "Explanation", "explain_workspace"]

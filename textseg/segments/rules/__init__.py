"""Rules that a CRM can run: a shallow tree over the exports, in words, SQL and JSON."""

from textseg.segments.rules.features import Feature
from textseg.segments.rules.fit import fit_rules
from textseg.segments.rules.rules import Condition, Fidelity, Path, Rule, Rules

__all__ = ["Condition", "Feature", "Fidelity", "Path", "Rule", "Rules", "fit_rules"]

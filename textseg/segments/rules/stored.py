"""Rules as JSON.

The fields, all of them always there:

- ``format``: 1.
- ``null``: in words, what stands for null.
- ``fidelity``: ``in_sample``, ``cross_validated`` and ``largest``, in [0, 1] or null; see
  :class:`textseg.segments.rules.Fidelity`.
- ``features``: a list; ``name``, ``label``, ``topics`` (ids whose ``share`` in ``customer_topics``
  adds up to it, no row being 0; empty where ``name`` is a column of ``customers``) and ``null``
  (the number that stands for null).
- ``rules``: a list, one per segment; ``segment_id``, ``segment_name``, ``kind`` ("text": who has
  feedback, "value": who has none), ``words``, ``n_customers``, ``precision``, ``recall``, ``tiers``
  (value tiers; one of them) and ``paths`` (one of them), each with ``n_customers``, ``precision``
  and ``conditions`` (all of them): ``feature``, ``above`` (greater than this) and ``at_most`` (not
  greater than this), either of which may be null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from textseg.errors import InputError
from textseg.segments.rules.features import Feature, is_known
from textseg.segments.rules.rules import Condition, Fidelity, Path, Rule, Rules

_FORMAT = 1
_NULL = "A feature that is null counts as its number under null: 0, and for recency_days a million."


def to_json(rules: Rules) -> dict[str, Any]:
    """Return what :func:`from_json` takes."""
    return {
        "format": _FORMAT,
        "null": _NULL,
        "fidelity": asdict(rules.fidelity),
        "features": [
            {
                "name": feature.name,
                "label": feature.label,
                "topics": list(feature.topics),
                "null": feature.null,
            }
            for feature in rules.features
        ],
        "rules": [_rule_json(rules, rule) for rule in rules.rules],
    }


def from_json(data: Mapping[str, Any]) -> Rules:
    """Make rules from JSON; nothing that is not a name of textseg's gets into the SQL."""
    try:
        if data["format"] != _FORMAT:
            raise InputError(f"Rules of format {_FORMAT} were expected, got {data['format']}.")
        features = tuple(_feature(each) for each in data["features"])
        known = {feature.name for feature in features}
        return Rules(
            features,
            tuple(_rule(each, known) for each in data["rules"]),
            Fidelity(**{name: _real(value) for name, value in data["fidelity"].items()}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"Rules as textseg writes them were expected; a field is missing or wrong: {error}."
        ) from error


def _rule_json(rules: Rules, rule: Rule) -> dict[str, Any]:
    plain = asdict(rule)
    paths = [{**path, "conditions": list(path["conditions"])} for path in plain["paths"]]
    return {**plain, "words": rules.words(rule), "tiers": list(rule.tiers), "paths": paths}


def _feature(data: Mapping[str, Any]) -> Feature:
    feature = Feature(
        str(data["name"]), str(data["label"]), tuple(int(topic) for topic in data["topics"])
    )
    if not is_known(feature):
        raise ValueError(f"no feature is called {feature.name}")
    return feature


def _rule(data: Mapping[str, Any], known: set[str]) -> Rule:
    return Rule(
        segment_id=int(data["segment_id"]),
        segment_name=str(data["segment_name"]),
        kind=str(data["kind"]),
        paths=tuple(_path(each, known) for each in data["paths"]),
        tiers=tuple(str(tier) for tier in data["tiers"]),
        n_customers=int(data["n_customers"]),
        precision=_real(data["precision"]),
        recall=_real(data["recall"]),
    )


def _path(data: Mapping[str, Any], known: set[str]) -> Path:
    conditions = tuple(
        Condition(str(each["feature"]), _real(each["above"]), _real(each["at_most"]))
        for each in data["conditions"]
    )
    for each in conditions:
        if each.feature not in known:
            raise ValueError(f"no feature is called {each.feature}")
    return Path(conditions, int(data["n_customers"]), _real(data["precision"]))


def _real(value: Any) -> float | None:
    return None if value is None else float(value)

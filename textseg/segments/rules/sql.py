"""Rules as one SELECT in standard SQL, for any database that holds the exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textseg.segments.rules.features import DECIMALS

if TYPE_CHECKING:
    from textseg.segments.rules.features import Feature
    from textseg.segments.rules.rules import Condition, Rule, Rules

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def select(rules: Rules, customers: str, customer_topics: str) -> str:
    """Write the SELECT of customer_id and segment_id, −1 for none.

    Parameters
    ----------
    rules : Rules
    customers, customer_topics : str
        Tables.

    Returns
    -------
    str
        Names of topics and segments are in comments only. Sums of shares are brought back to the
        decimals of the exports, so that a border means the same here as in Python.
    """
    shares = [feature for feature in rules.features if feature.topics]
    lines = []
    if shares:
        lines += [
            "WITH shares AS (",
            "  SELECT",
            "    customer_id,",
            *_separated([_share(feature) for feature in shares]),
            f"  FROM {table_name(customer_topics)}",
            "  GROUP BY customer_id",
            ")",
        ]
    lines += ["SELECT", "  c.customer_id,", *_cases(rules), f"FROM {table_name(customers)} c"]
    if shares:
        lines.append("LEFT JOIN shares s ON s.customer_id = c.customer_id")
    return "\n".join(lines) + "\n"


def table_name(name: str) -> str:
    """Quote a table's name unless it is plain.

    Examples
    --------
    >>> from textseg.segments.rules.sql import table_name
    >>> table_name("crm.customers"), table_name('my "own" table')
    ('crm.customers', '"my ""own"" table"')
    """
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _share(feature: Feature) -> tuple[str, str]:
    topics = ", ".join(str(topic) for topic in feature.topics)
    total = f"SUM(CASE WHEN topic_id IN ({topics}) THEN share ELSE 0 END)"
    exact = f"CAST({total} AS DECIMAL(9, {DECIMALS}))"
    return f"    {exact} AS {feature.name}", feature.label


def _separated(items: list[tuple[str, str]]) -> list[str]:
    """Put commas between lines that end in a comment."""
    last = len(items) - 1
    return [
        f"{line}{',' if place < last else ''}  -- {_one_line(comment)}"
        for place, (line, comment) in enumerate(items)
    ]


def _cases(rules: Rules) -> list[str]:
    if not rules.rules:
        return ["  -1 AS segment_id"]
    known = {feature.name: feature for feature in rules.features}
    lines = ["  CASE"]
    for rule in rules.rules:
        if rule.tiers:
            tiers = ", ".join(_text(tier) for tier in rule.tiers)
            lines.append(_when(f"c.n_feedback = 0 AND c.value_tier IN ({tiers})", rule))
    lines.append("    WHEN c.n_feedback = 0 THEN -1")
    for rule in rules.rules:
        for path in rule.paths:
            parts = [_condition(each, known[each.feature]) for each in path.conditions]
            lines.append(_when(" AND ".join(parts) or "c.n_feedback > 0", rule))
    return [*lines, "    ELSE -1", "  END AS segment_id"]


def _when(condition: str, rule: Rule) -> str:
    return f"    WHEN {condition} THEN {rule.segment_id}  -- {_one_line(rule.segment_name)}"


def _condition(condition: Condition, feature: Feature) -> str:
    table = "s" if feature.topics else "c"
    value = f"COALESCE({table}.{feature.name}, {_number(feature.null)})"
    borders = ((">", condition.above), ("<=", condition.at_most))
    return " AND ".join(f"{value} {sign} {_number(x)}" for sign, x in borders if x is not None)


def _number(value: float) -> str:
    """Write a number without exponent, which would make it approximate."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _one_line(name: str) -> str:
    """Leave out what could end a comment."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(name.split()))

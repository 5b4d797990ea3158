"""The rules themselves: in words, as a table, applied, as SQL and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textseg.segments.rules.features import NEVER, Feature, feature_table

NO_SEGMENT = -1


@dataclass(frozen=True)
class Condition:
    """A feature is above one border, at most another, or both.

    Attributes
    ----------
    feature : str
        Name of the feature.
    above, at_most : float or None
    """

    feature: str
    above: float | None = None
    at_most: float | None = None

    def words(self, feature: Feature) -> str:
        """Say it in words, such as "Sizing share above 40%"."""
        if feature.topics:
            low, high = (None if x is None else f"{100 * x:,.10g}%" for x in self._borders)
        else:
            low, high = (None if x is None else f"{x:,.10g}" for x in self._borders)
        if feature.null == NEVER and self.above is not None:
            if self.above >= NEVER / 10:  # between the longest ago and never
                return "never ordered"
            if self.at_most is None:
                return f"{feature.label} above {low} or never ordered"
        if feature.null == NEVER and self.at_most is not None and self.at_most >= NEVER / 10:
            return "has ordered" if low is None else f"{feature.label} above {low}"
        parts = ["" if low is None else f"above {low}", "" if high is None else f"at most {high}"]
        return f"{feature.label} {' and '.join(part for part in parts if part)}"

    @property
    def _borders(self) -> tuple[float | None, float | None]:
        return self.above, self.at_most


@dataclass(frozen=True)
class Path:
    """Conditions that hold together; none of them: everybody with text.

    Attributes
    ----------
    conditions : tuple of Condition
    n_customers : int
        Customers with text whom they hold for.
    precision : float or None
        Share of these who are in the segment.
    """

    conditions: tuple[Condition, ...]
    n_customers: int
    precision: float | None


@dataclass(frozen=True)
class Rule:
    """How to tell who is in a segment.

    Attributes
    ----------
    segment_id : int
    segment_name : str
    kind : {"text", "value"}
    paths : tuple of Path
        Of a text segment: one of them holds. Empty where the tree has no leaf for it.
    tiers : tuple of str
        Value tiers of a segment of silent customers.
    n_customers : int
        Customers whom the rule selects.
    precision : float or None
        Share of these who are in the segment; None if there are none.
    recall : float or None
        Share of the segment whom the rule selects; None if nobody is in it.
    """

    segment_id: int
    segment_name: str
    kind: str
    paths: tuple[Path, ...]
    tiers: tuple[str, ...]
    n_customers: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Fidelity:
    """Share of the customers with text whom the tree gives their own segment.

    Attributes
    ----------
    in_sample : float or None
        Over the customers it was grown on; None without segments from text.
    cross_validated : float or None
        Over customers left out, five folds; None where they are too few.
    largest : float or None
        Share of the largest segment: what a rule without conditions gets right.
    """

    in_sample: float | None
    cross_validated: float | None
    largest: float | None


@dataclass(frozen=True)
class Rules:
    """A rule for each segment; made by :func:`textseg.segments.rules.fit_rules`.

    A feature that is null counts as 0, and days since the last order as a million, in words, SQL
    and JSON alike.

    Attributes
    ----------
    features : tuple of Feature
        Those that the rules ask for.
    rules : tuple of Rule
        By segment id.
    fidelity : Fidelity
    """

    features: tuple[Feature, ...]
    rules: tuple[Rule, ...]
    fidelity: Fidelity

    @property
    def table(self) -> pd.DataFrame:
        """One row per segment: segment_id, segment_name, rule, precision, recall, n_customers.

        ``rule`` is in words, and null where the tree found none.
        """
        rows = [
            (rule.segment_id, rule.segment_name, self.words(rule), rule.precision, rule.recall,
             rule.n_customers)
            for rule in self.rules
        ]  # fmt: skip
        columns = ["segment_id", "segment_name", "rule", "precision", "recall", "n_customers"]
        dtypes = ["Int64", "string", "string", "float64", "float64", "Int64"]
        return pd.DataFrame(rows, columns=columns).astype(dict(zip(columns, dtypes, strict=True)))

    def words(self, rule: Rule) -> str | None:
        """Say a rule in words; None if there is none."""
        if rule.kind == "value":
            return f"No feedback and value tier {' or '.join(rule.tiers)}" if rule.tiers else None
        known = {feature.name: feature for feature in self.features}
        paths = [
            " and ".join(each.words(known[each.feature]) for each in path.conditions)
            for path in rule.paths
        ]
        text = "; or ".join(path or "any feedback" for path in paths)
        return text[:1].upper() + text[1:] or None

    def assign(self, customers: pd.DataFrame, customer_topics: pd.DataFrame) -> pd.Series:
        """Apply the rules, as the SQL does.

        Parameters
        ----------
        customers, customer_topics : DataFrame
            The exports of that name.

        Returns
        -------
        Series of Int64
            Segment id of each customer, −1 for none, indexed by ``customer_id`` in the order given.
        """
        values = feature_table(self.features, customers, customer_topics)
        with_text = (customers["n_feedback"] > 0).to_numpy(dtype=bool)
        ids = np.full(len(values), NO_SEGMENT)
        for rule in self.rules:
            of_tier = customers["value_tier"].isin(rule.tiers).to_numpy(dtype=bool)
            ids[~with_text & of_tier] = rule.segment_id
            for path in rule.paths:
                inside = with_text.copy()
                for each in path.conditions:
                    column = values[each.feature].to_numpy()
                    inside &= each.above is None or column > each.above
                    inside &= each.at_most is None or column <= each.at_most
                ids[inside] = rule.segment_id
        return pd.Series(ids, index=values.index, dtype="Int64", name="segment_id")

    def to_sql(
        self, *, customers: str = "customers", customer_topics: str = "customer_topics"
    ) -> str:
        """Return one SELECT of customer_id and segment_id; see :mod:`.sql`.

        Parameters
        ----------
        customers, customer_topics : str
            Tables with the exports of that name. A plain name, with or without a schema, is taken
            as it is; any other is quoted.
        """
        from textseg.segments.rules.sql import select

        return select(self, customers, customer_topics)

    def to_json(self) -> dict[str, Any]:
        """Return the rules as JSON; its fields are listed at :mod:`.stored`."""
        from textseg.segments.rules.stored import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """Make the rules again from :meth:`to_json`.

        Raises
        ------
        InputError
            It is not what :meth:`to_json` gave.
        """
        from textseg.segments.rules.stored import from_json

        return from_json(data)

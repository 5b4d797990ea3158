"""Rules from the exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.customers.rfm import TIERS
from textseg.segments.rules.features import feature_table, features_of
from textseg.segments.rules.rules import Condition, Fidelity, Path, Rule, Rules
from textseg.segments.rules.tree import Labels, Leaf, Matrix, choose_size, grow, predict

_MOST = 20_000
"""Customers that a tree is grown on; borders with two digits need no more."""


def fit_rules(
    customers: pd.DataFrame,
    customer_topics: pd.DataFrame,
    topics: pd.DataFrame,
    segments: pd.DataFrame,
    *,
    seed: int,
) -> Rules:
    """Find a rule for each segment that needs nothing but the exports.

    Parameters
    ----------
    customers, customer_topics, topics, segments : DataFrame
        The exports of that name. The order of their rows does not matter.
    seed : int
        Of the folds, and of the choice between features that part equally well.

    Returns
    -------
    Rules
        Segments from text by a decision tree with at most four conditions a path, grown on up to
        20,000 of their customers, with as few leaves as cross-validation allows; segments of
        silent customers by value tier, as they were made.

    Notes
    -----
    Breiman, Friedman, Olshen and Stone (1984), "Classification and Regression Trees". The fidelity
    of the chosen size comes from the folds it was chosen on; as the size is the smallest within a
    standard error of the best, it is not the luckiest of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.schema import exported
    >>> from textseg.segments.rules import fit_rules
    >>> customers = exported("customers", pd.DataFrame({
    ...     "customer_id": [f"c{n:02}" for n in range(40)], "segment_id": [0] * 20 + [1] * 20,
    ...     "is_silent": False, "n_feedback": 2, "sentiment": [-0.5] * 20 + [0.5] * 20}))
    >>> segments = exported("segments", pd.DataFrame({
    ...     "segment_id": [0, 1], "kind": "text", "name": ["Complaints", "Praise"],
    ...     "description": "", "n_customers": 20, "share": 0.5}))
    >>> none = {name: exported(name, pd.DataFrame()) for name in ("customer_topics", "topics")}
    >>> fit_rules(customers, **none, segments=segments, seed=0).table["rule"].tolist()
    ['Sentiment at most 0', 'Sentiment above 0']
    """
    customers = customers.sort_values("customer_id", ignore_index=True)
    segments = segments.sort_values("segment_id")
    features = features_of(customers, topics)
    is_text = segments["kind"] == "text"
    writers = customers[customers["n_feedback"] > 0]
    values = feature_table(features, writers, customer_topics).to_numpy()
    labels = writers["segment_id"].to_numpy(dtype="int64")
    placed = np.isin(labels, segments.loc[is_text, "segment_id"].to_numpy(dtype="int64"))
    leaves, cross_validated = _tree(values[placed], labels[placed], seed)
    used = sorted({feature for leaf in leaves for feature in leaf.borders})
    paths = _paths(leaves, [feature.name for feature in features], values, labels)
    rules = [
        _text_rule(segment, name, paths, labels)
        for segment, name in segments.loc[is_text, ["segment_id", "name"]].to_numpy()
    ]
    silent = customers[customers["n_feedback"] == 0]
    rules += [
        _value_rule(segment, name, silent)
        for segment, name in segments.loc[~is_text, ["segment_id", "name"]].to_numpy()
    ]
    own = predict(leaves, values[placed]) == labels[placed]
    sizes = np.unique(labels[placed], return_counts=True)[1]
    return Rules(
        tuple(features[feature] for feature in used),
        tuple(sorted(rules, key=lambda rule: rule.segment_id)),
        Fidelity(_share(own), cross_validated, _ratio(sizes.max(initial=0), sizes.sum())),
    )


def _tree(values: Matrix, labels: Labels, seed: int) -> tuple[list[Leaf], float | None]:
    if not len(labels):
        return [], None
    if len(labels) > _MOST:
        rows = np.sort(np.random.default_rng(seed).choice(len(labels), _MOST, replace=False))
        values, labels = values[rows], labels[rows]
    size, fidelity = choose_size(values, labels, seed)
    return grow(values, labels, size, seed), None if fidelity is None else round(fidelity, 6)


def _paths(
    leaves: Sequence[Leaf], names: Sequence[str], values: Matrix, labels: Labels
) -> dict[int, list[Path]]:
    """Return the paths to each segment, the one that most customers take first."""
    result: dict[int, list[Path]] = {}
    for leaf in leaves:
        inside = leaf.contains(values)
        conditions = tuple(
            Condition(names[feature], _finite(above), _finite(at_most))
            for feature, (above, at_most) in leaf.borders.items()
        )
        path = Path(conditions, int(inside.sum()), _share(labels[inside] == leaf.label))
        result.setdefault(leaf.label, []).append(path)
    return {
        label: sorted(paths, key=lambda path: -path.n_customers) for label, paths in result.items()
    }


def _text_rule(
    segment: int, name: str, paths: Mapping[int, Sequence[Path]], labels: Labels
) -> Rule:
    own = tuple(paths.get(segment, ()))
    number = sum(path.n_customers for path in own)
    right = sum(round(path.n_customers * (path.precision or 0)) for path in own)
    members = int((labels == segment).sum())
    return Rule(
        int(segment), str(name), "text", own, (), number,
        precision=_ratio(right, number), recall=_ratio(right, members),
    )  # fmt: skip


def _value_rule(segment: int, name: str, silent: pd.DataFrame) -> Rule:
    own = (silent["segment_id"] == segment).to_numpy(dtype=bool)
    found = set(silent.loc[own, "value_tier"].dropna())
    tiers = tuple(tier for tier in reversed(TIERS) if tier in found)
    inside = silent["value_tier"].isin(tiers).to_numpy(dtype=bool)
    return Rule(
        int(segment), str(name), "value", (), tiers, int(inside.sum()),
        precision=_share(own[inside]), recall=_share(inside[own]),
    )  # fmt: skip


def _finite(border: float) -> float | None:
    return border if np.isfinite(border) else None


def _share(holds: NDArray[np.bool_]) -> float | None:
    return _ratio(int(holds.sum()), len(holds))


def _ratio(part: int, whole: int) -> float | None:
    return round(float(part) / float(whole), 6) if whole else None

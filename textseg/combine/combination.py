"""The result of crossing text segments with segments from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from textseg.report.page import Page


@dataclass(frozen=True)
class Overlap:
    """How many customers could be crossed, and what became of the others.

    Attributes
    ----------
    counted : int
        In the table: they have a text segment and another segment.
    silent : int
        On both sides, left out because their text segment is made from orders alone.
    without_text_segment : int
        On both sides, but without a segment in the run (id −1).
    only_run, only_other : int
        On one side only; a customer without the other segment counts as in the run only.
    without_other_segment : int
        Named by the other side without a segment.
    rows_without_id : int
        Rows of the other side without a customer.
    """

    counted: int
    silent: int
    without_text_segment: int
    only_run: int
    only_other: int
    without_other_segment: int
    rows_without_id: int


@dataclass(frozen=True, eq=False)
class Combination(Page):
    """Text segments crossed with segments from elsewhere; it shows itself in a notebook.

    Made by :meth:`textseg.Segmentation.combine` and :func:`textseg.combine.combine`. How the
    figures are computed and whose methods they are: :func:`textseg.combine.associate` and
    :func:`textseg.combine.association.cramers_v`.

    Attributes
    ----------
    counts : DataFrame of int64
        Customers per pair: a row per text segment, a column per other segment.
    lift : DataFrame of float64
        Of the same shape: counted over expected if the two had nothing to do with each other.
    residuals : DataFrame of float64
        Adjusted standardised residuals (standard deviations from what was expected).
    p_values : DataFrame of float64
        Exact, two-sided, corrected for the number of cells by Holm's method.
    stands_out : DataFrame of bool
        Where the corrected p-value is at most 0.05.
    cramers_v : float or None
        In [0, 1], corrected for bias; None where a side has one segment only.
    cramers_v_interval : tuple of float or None
        95 % interval.
    adjusted_mutual_information, adjusted_rand : float or None
        1 for the same grouping, about 0 for independent ones.
    segments : DataFrame
        Joint segments, the largest first: joint_segment_id, joint_segment, segment_id and
        segment_name (null where several are put together), other_segment (null likewise),
        n_customers, share of those in the table, lift, sentiment in [−1, 1] and monetary_mean
        (means over customers, null if unknown).
    customers : DataFrame
        All customers of the run, in its order: customer_id, segment_id, segment_name,
        other_segment, joint_segment_id, joint_segment (null where not in the table).
    overlap : Overlap
    findings : tuple of str
        What it means, in two to five sentences.
    notes : tuple of str
        Who is not in the table and what to be careful with.
    label : str
        What the other segments are called.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.combine import combine
    >>> customers = pd.DataFrame(
    ...     {
    ...         "customer_id": range(40),
    ...         "segment_id": [0, 1] * 20,
    ...         "segment_name": ["Sizing complaints", "Delivery praise"] * 20,
    ...     }
    ... )
    >>> found = combine(customers, {i: "new" if i < 20 else "loyal" for i in range(40)})
    >>> found.counts.to_numpy().tolist()
    [[10, 10], [10, 10]]
    >>> found.cramers_v
    0.0
    """

    counts: pd.DataFrame
    lift: pd.DataFrame
    residuals: pd.DataFrame
    p_values: pd.DataFrame
    stands_out: pd.DataFrame
    cramers_v: float | None
    cramers_v_interval: tuple[float, float] | None
    adjusted_mutual_information: float | None
    adjusted_rand: float | None
    segments: pd.DataFrame
    customers: pd.DataFrame
    overlap: Overlap
    findings: tuple[str, ...]
    notes: tuple[str, ...]
    label: str

    def __repr__(self) -> str:
        rows, columns = self.counts.shape
        v = "None" if self.cramers_v is None else f"{self.cramers_v:.2f}"
        return (
            f"Combination({rows} x {columns} segments, customers={self.overlap.counted}, "
            f"cramers_v={v})"
        )

    @property
    def expected(self) -> pd.DataFrame:
        """Customers per pair if both groupings had nothing to do with each other."""
        rows, columns = self.counts.sum(axis=1), self.counts.sum(axis=0)
        product = rows.to_numpy()[:, None] * columns.to_numpy()[None, :] / self.overlap.counted
        return pd.DataFrame(product, index=self.counts.index, columns=self.counts.columns)

    @property
    def outstanding(self) -> pd.DataFrame:
        """The pairs that stand out, the strongest first.

        One row each: segment_name, other_segment, n_customers, expected, lift, residual, p_value.
        """
        rows, columns = self.stands_out.to_numpy().nonzero()
        found = {
            "segment_name": self.counts.index.to_numpy()[rows],
            "other_segment": self.counts.columns.to_numpy()[columns],
        }
        cells = {
            "n_customers": self.counts,
            "expected": self.expected,
            "lift": self.lift,
            "residual": self.residuals,
            "p_value": self.p_values,
        }
        found |= {name: frame.to_numpy()[rows, columns] for name, frame in cells.items()}
        table = pd.DataFrame(found).astype({"segment_name": "string", "other_segment": "string"})
        order = table["residual"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order].reset_index(drop=True)

    @cached_property
    def html(self) -> str:
        """The page: self-contained, without scripts, all names escaped."""
        from textseg.combine.page import page

        return page(self)

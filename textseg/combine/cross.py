"""Cross text segments with segments from elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from textseg.combine.association import ALPHA, associate
from textseg.combine.combination import Combination, Overlap
from textseg.combine.findings import findings, notes
from textseg.combine.joint import join_pairs, joint_table, smallest
from textseg.combine.other import Other, OtherSegments, read_other
from textseg.errors import ConfigError, InputError
from textseg.ingest.ids import normalise_ids

_NEEDED = ("customer_id", "segment_id", "segment_name")


def combine(
    customers: pd.DataFrame,
    other: OtherSegments,
    *,
    customer: str | None = None,
    segment: str | None = None,
    silent: bool = False,
    min_customers: int | None = None,
    label: str = "purchase segment",
) -> Combination:
    """Cross text segments with segments from elsewhere.

    Customers without a text segment (id −1) are no group of their own, and are left out. So are
    silent customers unless asked for: their segments are made from orders, and would make any
    purchase segments look connected with what customers say.

    Parameters
    ----------
    customers : DataFrame
        ``customers`` of the exports: customer_id, segment_id, segment_name, and if known
        is_silent, sentiment and monetary.
    other : Series, DataFrame, mapping, str or Path
        A Series indexed by customer id, a table with a column of ids and one of segments, a mapping
        of id to segment, or the path of a table. Ids are compared as text.
    customer, segment : str, optional
        Columns of a table; by default they are found by their names.
    silent : bool, default False
        Whether silent customers count.
    min_customers : int, optional
        Customers a joint segment needs; smaller pairs are put together. Default: 1 % of those in
        the table, at least 5.
    label : str, default "purchase segment"
        What to call one of the other segments in words and pictures.

    Returns
    -------
    Combination

    Raises
    ------
    InputError
        The other segments cannot be read, a column is missing or ambiguous, a customer has two
        segments, or no customer is on both sides.
    ConfigError
        ``min_customers`` is below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.combine import combine
    >>> customers = pd.DataFrame(
    ...     {
    ...         "customer_id": ["a", "b", "c", "d"] * 10,
    ...         "segment_id": [0, 0, 1, 1] * 10,
    ...         "segment_name": ["Sizing", "Sizing", "Delivery", "Delivery"] * 10,
    ...     }
    ... )
    >>> customers["customer_id"] += customers.index.astype(str)
    >>> tiers = pd.Series(["gold", "gold", "basic", "basic"] * 10, index=customers["customer_id"])
    >>> found = combine(customers, tiers, label="tier")
    >>> found.segments["joint_segment"].to_list()
    ['Sizing × gold', 'Delivery × basic']
    >>> round(found.cramers_v, 2)
    1.0
    """
    if min_customers is not None and min_customers < 1:
        raise ConfigError(f"min_customers must be 1 or more, got {min_customers}.")
    ours = _ours(customers)
    theirs = read_other(other, customer=customer, segment=segment)
    _refuse_strangers(ours["id"], theirs)
    ours["other_segment"] = ours["id"].map(theirs.segments).astype("string")
    met = ours["other_segment"].notna()
    placed = ours["segment_id"] >= 0
    audible = ~ours["is_silent"] | silent
    overlap = Overlap(
        counted=int((met & placed & audible).sum()),
        silent=int((met & placed & ~audible).sum()),
        without_text_segment=int((met & ~placed).sum()),
        only_run=int((~met).sum()),
        only_other=int((~theirs.segments.index.isin(ours["id"])).sum()),
        without_other_segment=theirs.n_without_segment,
        rows_without_id=theirs.n_without_id,
    )
    _refuse_nobody(overlap)
    rows = ours[met & placed & audible].sort_values("id", kind="stable")
    return _crossed(customers, ours, rows, theirs, overlap, min_customers, label)


def _crossed(
    customers: pd.DataFrame,
    ours: pd.DataFrame,
    rows: pd.DataFrame,
    theirs: Other,
    overlap: Overlap,
    min_customers: int | None,
    label: str,
) -> Combination:
    names = rows.drop_duplicates("segment_id").sort_values("segment_id")["segment_name"].to_list()
    others = _other_names(rows["other_segment"], theirs.order)
    r = pd.Index(names).get_indexer(pd.Index(rows["segment_name"]))
    c = pd.Index(others).get_indexer(pd.Index(rows["other_segment"]))
    table = np.zeros((len(names), len(others)), dtype=np.int64)
    np.add.at(table, (r, c), 1)
    measured = associate(table)
    least = smallest(len(rows)) if min_customers is None else min_customers
    ids, joint_names = join_pairs(table, names, others, label, least)
    rows = rows.assign(joint_segment_id=ids[r, c])
    joint = joint_table(rows, ids, joint_names, measured.expected)

    def frame(values: np.ndarray) -> pd.DataFrame:
        index = pd.Index(names, name="text segment", dtype="string")
        return pd.DataFrame(
            values, index=index, columns=pd.Index(others, name=label, dtype="string")
        )

    counts, stands_out = frame(table), frame(measured.p_values <= ALPHA)
    return Combination(
        counts=counts,
        lift=frame(measured.lift),
        residuals=frame(measured.residuals),
        p_values=frame(measured.p_values),
        stands_out=stands_out,
        cramers_v=measured.cramers_v,
        cramers_v_interval=measured.cramers_v_interval,
        adjusted_mutual_information=measured.adjusted_mutual_information,
        adjusted_rand=measured.adjusted_rand,
        segments=joint,
        customers=_customers(customers, ours, rows["joint_segment_id"], joint_names),
        overlap=overlap,
        findings=findings(counts, measured, stands_out, rows, label=label, least=least),
        notes=notes(counts, overlap, label),
        label=label,
    )


def _ours(customers: pd.DataFrame) -> pd.DataFrame:
    """Bring our side to what is needed, rows as they are, numbered from 0."""
    missing = [name for name in _NEEDED if name not in customers.columns]
    if missing:
        raise InputError(
            f"The frame of customers has no column {missing[0]!r}.",
            hint="Give the export customers, or Segmentation.customers.",
        )
    plain = customers.reset_index(drop=True)
    ids = normalise_ids(plain["customer_id"])
    if ids.isna().any() or ids.duplicated().any():
        raise InputError(
            "The frame of customers must have one row per customer, each with an id.",
            hint="Give the export customers, or Segmentation.customers.",
        )
    segment_ids = plain["segment_id"].astype("Int64").fillna(-1).astype("int64")
    return pd.DataFrame(
        {
            "id": ids,
            "segment_id": segment_ids,
            "segment_name": _our_names(segment_ids, plain["segment_name"]),
            "is_silent": plain["is_silent"].astype(bool) if "is_silent" in plain else False,
            "sentiment": _numbers(plain, "sentiment"),
            "monetary": _numbers(plain, "monetary"),
        }
    )


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    return frame[name].astype("Float64").astype("float64")


def _our_names(segment_ids: pd.Series, names: pd.Series) -> pd.Series:
    """Name every segment, those of the same name apart."""
    first = names.astype("string").groupby(segment_ids).first()
    first = first.fillna(
        pd.Series([f"Segment {i}" for i in first.index], first.index, dtype="string")
    )
    twice = first.duplicated(keep=False)
    numbered = first + " (" + first.index.astype(str) + ")"
    return segment_ids.map(first.mask(twice, numbered)).astype("string")


def _other_names(segments: pd.Series, order: list[str] | None) -> list[str]:
    """List the other segments in their order, else the largest first."""
    sizes = segments.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    found = [str(name) for name in sizes.index]
    return found if order is None else [name for name in order if name in found]


def _customers(
    customers: pd.DataFrame, ours: pd.DataFrame, joint: pd.Series, names: list[str]
) -> pd.DataFrame:
    ids = joint.reindex(ours.index).astype("Int64")
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"].array,
            "segment_id": ours["segment_id"].astype("Int64").array,
            "segment_name": ours["segment_name"].where(ours["segment_id"] >= 0).array,
            "other_segment": ours["other_segment"].array,
            "joint_segment_id": ids.array,
            "joint_segment": ids.map(dict(enumerate(names))).astype("string").array,
        },
        index=customers.index,
    )


def _refuse_strangers(ours: pd.Series, theirs: Other) -> None:
    if not theirs.segments.index.isin(ours).any():
        some = (", ".join(map(repr, sorted(side)[:3])) for side in (ours, theirs.segments.index))
        raise InputError(
            f"No customer of the run is in the purchase segments: the run has {next(some)}; "
            f"{theirs.label[0].lower()}{theirs.label[1:]} has {next(some)}.",
            hint="Ids are compared as text, leading zeros count.",
        )


def _refuse_nobody(overlap: Overlap) -> None:
    if overlap.counted:
        return
    met = overlap.silent + overlap.without_text_segment
    raise InputError(
        f"None of the {met:,} customers on both sides has a text segment: {overlap.silent:,} have "
        f"written nothing, {overlap.without_text_segment:,} are in no segment.",
        hint="silent=True counts those who have written nothing, by their value."
        if overlap.silent
        else None,
    )

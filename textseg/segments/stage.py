"""The segments stage: the customer view in, named segments out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import Config
from textseg.counted import counted
from textseg.customers.view import CustomerView, customer_topics
from textseg.fitted import Fitted
from textseg.progress import SILENT, Progress
from textseg.segments.lookalike import fit_lookalike
from textseg.segments.lookalike_features import lookalike_features
from textseg.segments.model import MIN_CUSTOMERS, Found, fit_segments
from textseg.segments.names import segment_names
from textseg.segments.profile import profiles
from textseg.segments.selection import weakest_kind
from textseg.segments.silent import silent_segments
from textseg.segments.table import customer_table, micro_table, segment_table, text_traits
from textseg.topics.stage import Topics


@dataclass(frozen=True)
class Segments:
    """What the stage gives.

    Attributes
    ----------
    fitted : Fitted
        Topics and segments, ready to assign.
    customers, customer_topics, table, micro : DataFrame
        ``customers``, ``customer_topics``, ``segments`` and ``micro_segments`` of the exports.
    profiles : DataFrame
        See :func:`textseg.segments.profile.profiles`.
    figures : dict
        Quality figures for the manifest.
    notes : list of str
        What could not be done, and why.
    """

    fitted: Fitted
    customers: pd.DataFrame
    customer_topics: pd.DataFrame
    table: pd.DataFrame
    micro: pd.DataFrame
    profiles: pd.DataFrame
    figures: dict[str, Any]
    notes: list[str]


def find_segments(
    view: CustomerView,
    topics: Topics,
    config: Config,
    progress: Progress = SILENT,
    *,
    attributes: pd.DataFrame | None = None,
) -> Segments:
    """Find, name and describe the segments.

    Parameters
    ----------
    view : CustomerView
    topics : Topics
    config : Config
    progress : Progress
    attributes : DataFrame, optional
        ``schema.CUSTOMERS``; what silent customers are compared by, beside their purchases.

    Returns
    -------
    Segments
        Without segments where there are too few customers; the notes say so.
    """
    readable = readable_features(view, topics.model.names)
    tiers = _silent_tiers(view)
    share = config.segments.min_share
    _, silent = silent_segments(tiers, len(view.table), first_id=0, min_share=share)
    found: Found | None = None
    notes: list[str] = []
    if len(view.with_text) >= MIN_CUSTOMERS:
        at_most = max(2, config.segments.max_number - len(silent))
        found = fit_segments(
            view.features,
            readable,
            config.segments,
            seed=config.seed,
            at_most=at_most,
            progress=progress,
        )
        notes += _asked_for(config.segments.number, found.chosen.number, len(view.with_text))
    elif len(view.table):
        notes.append(
            f"Segments need at least {MIN_CUSTOMERS} customers with text, "
            f"got {len(view.with_text)}."
        )
    model = found.model if found is not None else None
    n_segments = len(model) if model is not None else 0
    _, silent = silent_segments(tiers, len(view.table), first_id=n_segments, min_share=share)
    fitted = Fitted(topics.model, model, view.baseline, silent=silent)
    ids = fitted.place(view).loc[view.with_text, "segment_id"].to_numpy(dtype=np.int64)
    figures = _figures(found)
    if found is not None and view.table["is_silent"].any():
        of_text = pd.Series(ids, index=view.with_text).reindex(view.table.index, fill_value=-1)
        lookalike, measured = fit_lookalike(
            lookalike_features(view.table, attributes), of_text.to_numpy(), seed=config.seed
        )
        fitted = replace(fitted, lookalike=lookalike)
        notes.append(measured.note)
        figures["lookalike"] = measured.to_json()
    placed = fitted.place(view, attributes)
    table = _segment_table(view, placed, topics, found, ids, silent)
    names = tuple(table["name"]) if len(table) else ()
    return Segments(
        fitted=replace(fitted, segment_names=names),
        customers=customer_table(placed, names),
        customer_topics=customer_topics(topics.feedback, topics.clauses),
        table=table,
        micro=_micro_table(view, placed, topics, found),
        profiles=profiles(readable, ids),
        figures=figures,
        notes=notes,
    )


def _segment_table(
    view: CustomerView,
    placed: pd.DataFrame,
    topics: Topics,
    found: Found | None,
    ids: NDArray[np.int64],
    silent: dict[int, tuple[str, ...]],
) -> pd.DataFrame:
    names = topics.model.names
    if found is None:
        return segment_table(placed, [], [], [], silent)
    traits = text_traits(view, ids, len(found.model), names, topics.feedback)
    table = segment_table(placed, traits, found.chosen.jaccard.tolist(), found.kinds, silent)
    macro = found.macro
    broad = segment_names(
        text_traits(view, macro[ids], int(macro.max()) + 1, names, topics.feedback)
    )
    table["macro_id"] = pd.array([*macro, *[None] * len(silent)], dtype="Int64")
    table["macro_name"] = [*(broad[each] for each in macro), *[None] * len(silent)]
    return table


def _micro_table(
    view: CustomerView, placed: pd.DataFrame, topics: Topics, found: Found | None
) -> pd.DataFrame:
    if found is None or not len(found.model.micro):
        return pd.DataFrame()
    micro = found.model.micro
    ids = placed.loc[view.with_text, "micro_segment_id"].fillna(-1).to_numpy(dtype=np.int64)
    traits = text_traits(view, ids, len(micro), topics.model.names, topics.feedback)
    return micro_table(placed, traits, micro.parents.tolist(), micro.stability.tolist())


def _asked_for(asked: int | str, number: int, n_customers: int) -> list[str]:
    if asked in ("auto", number):
        return []
    return [
        f"segments.number asks for {asked} segments; the {counted(n_customers, 'customer')} with "
        f"text give {number}."
    ]


def _silent_tiers(view: CustomerView) -> pd.Series:
    if "value_tier" not in view.table:
        return pd.Series(dtype="string")
    tiers: pd.Series = view.table.loc[view.table["is_silent"], "value_tier"]
    return tiers


def readable_features(view: CustomerView, topics: tuple[str, ...]) -> pd.DataFrame:
    """Collect the features that a person can read.

    Parameters
    ----------
    view : CustomerView
    topics : tuple of str
        Names of the topics.

    Returns
    -------
    DataFrame of float64
        One row per customer with text; columns of topics are called "topic: NAME".
    """
    own = view.table.loc[view.with_text]
    numbers = own.select_dtypes("number").drop(columns="dominant_topic_id").astype("float64")
    shares = view.features["topics"].set_axis([f"topic: {name}" for name in topics], axis=1)
    channels = view.features["activity"].filter(like="channel: ")
    if channels.shape[1] < 2:
        channels = channels.iloc[:, :0]
    return numbers.join(shares).join(channels)


def _figures(found: Found | None) -> dict[str, Any]:
    if found is None:
        return {"n_segments": 0}
    chosen = found.chosen
    return {
        "n_segments": chosen.number,
        "method": chosen.method,
        "kind": weakest_kind(found.kinds),
        "stability": round(chosen.stability, 6),
        "stability_lowest": round(float(chosen.agreement.min()), 6),
        "jaccard": [round(float(each), 6) for each in chosen.jaccard],
        **{name: round(value, 6) for name, value in asdict(found.repeats).items()},
        "candidates": [
            {
                "method": candidate.method,
                "n_segments": candidate.number,
                "stability": round(candidate.stability, 6),
                "weakest": round(candidate.weakest, 6),
                "smallest_share": round(candidate.smallest_share, 6),
            }
            for candidate in found.candidates
        ],
    }

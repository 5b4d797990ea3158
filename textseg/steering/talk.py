"""What segments are said to talk about, and their names by it, after an edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from textseg.customers.view import Baseline, CustomerView
from textseg.schema import exported
from textseg.segments.names import Traits, segment_names
from textseg.segments.table import segment_table, text_traits
from textseg.topics.edits import followers
from textseg.topics.model import TopicModel

Frames: TypeAlias = dict[str, pd.DataFrame]
Lists: TypeAlias = list[list[str] | None]


def told(frames: Mapping[str, pd.DataFrame]) -> dict[str, list[str | None]]:
    """Return what the exports say of segments, micro-segments and macro-segments, as JSON."""
    return {
        "top_topics": _texts(frames["segments"]["top_topics"]),
        "micro_topics": _texts(frames["micro_segments"]["top_topics"]),
        "macro_names": _texts(_macro(frames["segments"])["macro_name"]),
    }


@dataclass(frozen=True)
class Talk:
    """Names of the topics that segments talk about, the most typical first.

    Attributes
    ----------
    segments : list of (list of str or None)
        One per segment; None for silent customers.
    micro : list of list of str
        One per micro-segment.
    macro : list of list of str
        One per macro-segment: those that its name is made of.
    """

    segments: Lists
    micro: Lists
    macro: Lists

    @classmethod
    def read(cls, texts: Mapping[str, Any], names: Collection[str]) -> Talk:
        """Cut what :func:`told` gave into names of topics.

        Parameters
        ----------
        texts : mapping
            The edits of an earlier version know of the segments only.
        names : collection of str
            Of the topics; some have a comma.
        """
        return cls(
            _lists(texts["top_topics"], names),
            _lists(texts.get("micro_topics", ()), names),
            [_named_topics(text, names) for text in texts.get("macro_names", ())],
        )

    def after(self, before: TopicModel, model: TopicModel) -> Talk:
        """Put today's names in the place of the old ones; a hidden topic is not talked about."""
        now = {
            before.names[old]: "" if new in model.hidden else model.names[new]
            for old, new in followers(before, model).items()
        }
        return Talk(*(_renamed(lists, now) for lists in (self.segments, self.micro, self.macro)))

    def named(self, frames: Mapping[str, pd.DataFrame], silent: dict[int, Any]) -> Frames:
        """Name and describe the segments on all levels; who is in them stays.

        Parameters
        ----------
        frames : mapping of str to DataFrame
            The exports.
        silent : dict of int to tuple of str
            Value tiers of the segments of silent customers.

        Returns
        -------
        dict of str to DataFrame
            ``segments``, ``micro_segments`` and ``customers``.
        """
        segments, micro, customers = (
            frames[name] for name in ("segments", "micro_segments", "customers")
        )
        own = self.segments[: int((segments["kind"] == "text").sum())]
        traits = _traits(frames, customers["segment_id"], own)
        stability, kinds = segments["stability"].to_list(), segments["stability_kind"].to_list()
        again = segment_table(customers.set_index("customer_id"), traits, stability, kinds, silent)
        columns = ["name", "description", "top_topics"]
        segments = segments.assign(**{name: again[name] for name in columns})
        segments["macro_name"] = self._macro_names(frames)
        small = _traits(frames, customers["micro_segment_id"], self.micro)
        micro = micro.assign(
            name=segment_names(small), top_topics=[", ".join(trait.topics) for trait in small]
        )
        name_of = segments.set_index("segment_id")["name"]
        names = customers["segment_id"].map(name_of).astype("string")
        return {
            "segments": exported("segments", segments),
            "micro_segments": exported("micro_segments", micro),
            "customers": customers.assign(segment_name=names),
        }

    def _macro_names(self, frames: Mapping[str, pd.DataFrame]) -> pd.Series:
        table = frames["segments"]
        macro = _macro(table)
        of_segment = table.set_index("segment_id")["macro_id"]
        groups = frames["customers"]["segment_id"].map(of_segment)
        # Where all of its own are hidden, those of its largest segment stand in.
        topics = [
            own or self.segments[row] for own, row in zip(self.macro, macro.index, strict=True)
        ]
        names = segment_names(_traits(frames, groups, topics))
        known = dict(zip(macro["macro_id"], names, strict=True))
        return table["macro_id"].map(known).astype("string")


def _traits(
    frames: Mapping[str, pd.DataFrame], groups: pd.Series, topics: Sequence[list[str] | None]
) -> list[Traits]:
    """Collect what names are made of: moods and tiers from the exports, topics as given."""
    customers = frames["customers"].set_index("customer_id")
    with_text = customers.index[customers["n_feedback"] > 0]
    known = groups.set_axis(customers.index)[with_text].astype("Int64")
    ids = np.asarray(known.to_numpy(dtype="int64", na_value=-1), dtype=np.int64)
    nothing = pd.DataFrame(np.zeros((len(with_text), 0)))
    view = CustomerView(customers, with_text, {"topics": nothing}, Baseline({}, None))
    found = text_traits(view, ids, len(topics), (), frames["feedback"])
    return [replace(trait, topics=own or []) for trait, own in zip(found, topics, strict=True)]


def _macro(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the first segment of each macro-segment, by its id; segments are by size."""
    known = segments[segments["macro_id"].notna()].reset_index(drop=True)
    return known.drop_duplicates("macro_id").sort_values("macro_id")


def _texts(column: pd.Series) -> list[str | None]:
    texts: list[str | None] = column.astype(object).where(column.notna(), None).to_list()
    return texts


def _renamed(lists: Lists, now: Mapping[str, str]) -> Lists:
    return [
        None
        if names is None
        else list(dict.fromkeys(now.get(name, name) for name in names if now.get(name, name)))
        for names in lists
    ]


def _lists(texts: Sequence[str | None], known: Collection[str]) -> Lists:
    return [None if text is None else _names_in(text.split(", "), known) for text in texts]


def _names_in(parts: list[str], known: Collection[str]) -> list[str]:
    names = []
    while parts:
        ends = (end for end in range(len(parts), 1, -1) if ", ".join(parts[:end]) in known)
        end = next(ends, 1)
        names.append(", ".join(parts[:end]))
        parts = parts[end:]
    return [name for name in names if name]


def _named_topics(name: str | None, known: Collection[str]) -> list[str]:
    """Return the topics that a name begins with; see :func:`textseg.segments.names.segment_names`.

    Examples
    --------
    >>> from textseg.steering.talk import _named_topics
    >>> _named_topics("Fit and size and Returns praise, mid value", {"Fit and size", "Returns"})
    ['Fit and size', 'Returns']
    """
    found: list[str] = []
    rest = name or ""
    while True:
        starts = [each for each in known if re.match(re.escape(each) + r"(?= )", rest)]
        if not starts:
            return found
        found.append(max(starts, key=len))
        rest = rest[len(found[-1]) :]
        if not rest.startswith(" and "):
            return found
        rest = rest.removeprefix(" and ")

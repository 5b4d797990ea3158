"""What a person changes in the topics that were found: a small edit, and the model after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from textseg.counted import counted
from textseg.errors import InputError, did_you_mean
from textseg.topics.corpus import Corpus, Descriptions, described
from textseg.topics.model import TopicModel
from textseg.topics.names import free_name
from textseg.topics.parts import MIN_TEXTS, find_parts, with_parts
from textseg.topics.quality import top_words

Kind: TypeAlias = Literal["rename", "merge", "split", "hide", "show", "pin", "unpin"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOVING = ("merge", "split")
"""Kinds of edits after which texts may have another topic; they need the texts."""

SEGMENTS_STAY = (
    "Topics were merged or split by hand: segments keep the topics they were found with until the "
    "next run."
)
"""What is said of a run after such an edit."""

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Edit:
    """One change to the topics of a run.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    topics : tuple of int
        Ids; the smallest stays where topics are merged. Empty where a theme is renamed.
    name : str or None
        For "rename", and for "merge" where the topic that stays does not keep its name.
    into : int
        Parts that "split" makes.
    theme : int or None
        The theme that "rename" is about, counted from 0.

    Examples
    --------
    >>> from textseg.topics.edits import Edit
    >>> Edit.from_json(Edit("rename", (3,), name="Late delivery").to_json()).topics
    (3,)
    """

    kind: Kind
    topics: tuple[int, ...]
    name: str | None = None
    into: int = 2
    theme: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the edit as JSON, without what its kind does not need."""
        used = {"name": self.name is not None, "into": self.kind == "split"}
        used["theme"] = self.theme is not None
        everything = {**asdict(self), "topics": list(self.topics)}
        return {key: value for key, value in everything.items() if used.get(key, True)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Edit:
        """Make the edit again from :meth:`to_json`."""
        return cls(**{**data, "topics": tuple(data["topics"])})


def find_topic(topics: pd.DataFrame, given: int | str) -> int:
    """Find a topic or a theme by its id or its name.

    Parameters
    ----------
    topics : DataFrame
        ``topics`` of the exports.
    given : int or str
        An id, or the whole name in upper or lower case.

    Returns
    -------
    int
        The id; of a topic and a theme that share a name, the topic's.

    Raises
    ------
    InputError
        There is none.
    """
    ids = topics["topic_id"].astype("int64").to_list()
    lower = topics["name"].str.lower().to_list()
    wanted = str(given).strip()
    if wanted.isdecimal():
        if int(wanted) in ids:
            return int(wanted)
        raise InputError(
            f"There is no topic {wanted}.", hint="textseg topics WORKSPACE lists ids and names."
        )
    if wanted.lower() in lower:
        return ids[lower.index(wanted.lower())]
    raise InputError(f"There is no topic {wanted!r}.", hint=did_you_mean(wanted.lower(), lower))


def apply_edit(model: TopicModel, edit: Edit, corpus: Corpus | None = None) -> TopicModel:
    """Make the model that an edit asks for.

    Parameters
    ----------
    model : TopicModel
        Stays as it is.
    edit : Edit
        Its ids exist.
    corpus : Corpus, optional
        Needed for the kinds in :data:`MOVING`.

    Returns
    -------
    TopicModel
        All topics that the edit does not name keep id, name, keywords and prototypes. The ids of
        topics that were merged into another are left empty.

    Raises
    ------
    InputError
        The name is empty, too long or taken, or there is nothing to merge, split, hide or show.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import Centroids
    >>> from textseg.topics.edits import Edit, apply_edit
    >>> from textseg.topics.model import TopicModel
    >>> found = Centroids(np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32))
    >>> model = TopicModel(found, ("Parcel late", "Refund"), (("parcel",), ("refund",)))
    >>> apply_edit(model, Edit("rename", (0,), name="Late delivery")).names
    ('Late delivery', 'Refund')
    """
    match edit.kind:
        case "rename":
            return _followed(model, _renamed(model, edit))
        case "merge":
            return _followed(model, _merged(model, edit, _needed(corpus)))
        case "split":
            return _followed(model, _split(model, edit, _needed(corpus)))
        case "hide" | "show":
            return _marked(model, edit, "hidden", edit.kind == "hide")
        case "pin" | "unpin":
            return _marked(model, edit, "pinned", edit.kind == "pin")


def followers(before: TopicModel, after: TopicModel) -> dict[int, int]:
    """Say which topic each topic has become: itself, or the one that it was merged into.

    Parameters
    ----------
    before, after : TopicModel
        Around one edit.

    Returns
    -------
    dict of int to int
        Without topics that are gone: parts of a split that was undone.
    """
    result = {}
    for topic in before.ids:
        if topic in after.ids:
            result[topic] = topic
        elif len(before.centroids.groups) == len(after.centroids.groups):  # same rows: merged
            result[topic] = int(after.centroids.groups[before.centroids.groups == topic][0])
    return result


def describe(edit: Edit, before: TopicModel, after: TopicModel) -> str:
    """Say in one sentence what an edit has done."""
    if edit.theme is not None:
        return f"The theme “{before.theme_names[edit.theme]}” is now called “{edit.name}”."
    quoted = [f"“{before.names[topic]}”" for topic in edit.topics]
    stays = f"“{after.names[min(edit.topics)]}”"
    match edit.kind:
        case "rename":
            return f"{quoted[0]} is now called {stays}."
        case "merge":
            return f"{_listed(quoted)} are one topic now: {stays}."
        case "split":
            parts = [stays, *(f"“{name}”" for name in after.names[len(before.names) :])]
            return f"{quoted[0]} is split into {_listed(parts)}."
    what = {
        "hide": "hidden: left out of the report and of the names of segments",
        "show": "shown again",
        "pin": "pinned",
        "unpin": "no longer pinned",
    }
    return f"{_listed(quoted)} {'is' if len(quoted) == 1 else 'are'} {what[edit.kind]}."


def _followed(before: TopicModel, after: TopicModel) -> TopicModel:
    """Let themes that are called by their topics follow the topics' names."""
    names = {before.names[old]: after.names[new] for old, new in followers(before, after).items()}
    themes = []
    for theme in after.theme_names:
        parts = theme.split(" / ")
        known = all(part in names for part in parts)
        themes.append(" / ".join(dict.fromkeys(names[p] for p in parts)) if known else theme)
    return replace(after, theme_names=tuple(themes))


def _needed(corpus: Corpus | None) -> Corpus:
    if corpus is None:
        raise ValueError(f"edits of the kinds {MOVING} need the texts")
    return corpus


def _renamed(model: TopicModel, edit: Edit) -> TopicModel:
    if edit.theme is not None:
        name = _free_name(model, edit.name, but=model.theme_names[edit.theme])
        return replace(model, theme_names=_with(model.theme_names, edit.theme, name))
    (topic,) = edit.topics
    name = _free_name(model, edit.name, but=model.names[topic])
    return replace(model, names=_with(model.names, topic, name))


def _marked(model: TopicModel, edit: Edit, field: str, mark: bool) -> TopicModel:
    marked: frozenset[int] = getattr(model, field)
    chosen = frozenset(edit.topics)
    idle = [topic for topic in edit.topics if (topic in marked) == mark]
    if idle:
        state = field if mark else f"not {field}"
        raise InputError(f"The topic “{model.names[idle[0]]}” is {state} already.")
    after = marked | chosen if mark else marked - chosen
    if field == "hidden" and after.issuperset(model.ids):
        raise InputError("One topic at least should stay visible.", hint="Hide fewer topics.")
    return replace(model, **{field: after})  # type: ignore[arg-type]


def _merged(model: TopicModel, edit: Edit, corpus: Corpus) -> TopicModel:
    merged = sorted(set(edit.topics))
    if len(merged) < 2:
        raise InputError(
            f"Merging takes two different topics, got “{model.names[merged[0]]}” alone.",
            hint="textseg topics WORKSPACE lists the topics.",
        )
    stays, *gone = merged
    name = model.names[stays]
    if edit.name is not None:
        name = _free_name(model, edit.name, but=[model.names[topic] for topic in merged])
    groups = model.centroids.groups
    groups = np.where(np.isin(groups, merged), stays, groups).astype(np.int64)
    names, keywords = list(model.names), list(model.keywords)
    names[stays] = name
    for topic in gone:
        names[topic], keywords[topic] = "", ()
    pinned, hidden = model.pinned - {*gone}, model.hidden - {*gone}
    after = replace(
        model,
        centroids=replace(model.centroids, groups=groups),
        names=tuple(names),
        keywords=tuple(keywords),
        pinned=pinned | {stays} if model.pinned & {*merged} else pinned,
        hidden=hidden if model.hidden >= {*merged} else hidden - {stays},
    )
    words = described(after, corpus, named=False)[stays][1]
    return replace(after, keywords=_with(after.keywords, stays, words))


def _split(model: TopicModel, edit: Edit, corpus: Corpus) -> TopicModel:
    (topic,) = edit.topics
    labels, _ = model.centroids.assign(corpus.embeddings)
    X = model.centroids.project(corpus.embeddings[labels == topic])
    parts = find_parts(X, edit.into)
    if np.bincount(parts, minlength=edit.into).min() < MIN_TEXTS:
        raise _unsplittable(model.names[topic], len(X), edit.into)
    first_new = len(model.names)
    added = range(first_new, first_new + edit.into - 1)
    after = replace(
        model,
        centroids=with_parts(model.centroids, topic, X, parts, [topic, *added]),
        names=(*model.names, *("" for _ in added)),
        keywords=(*model.keywords, *(() for _ in added)),
        parents=(*model.parents, *(model.parents[topic] for _ in added if model.parents)),
        hidden=model.hidden | {*added} if topic in model.hidden else model.hidden,
    )
    found = described(after, corpus, named=True)
    if not {topic, *added} <= found.keys():  # a part's texts are all nearer to other topics
        raise _unsplittable(model.names[topic], len(X), edit.into)
    return _named_parts(model, after, [topic, *added], found)


def _unsplittable(name: str, n_texts: int, into: int) -> InputError:
    return InputError(
        f"“{name}” cannot be split into {into}: it has {counted(n_texts, 'different text')}, "
        f"and each part should have {MIN_TEXTS} that stand apart from the rest.",
        hint="Leave it whole, or split a larger topic.",
    )


def _named_parts(
    before: TopicModel, after: TopicModel, ids: Sequence[int], found: Descriptions
) -> TopicModel:
    """Name the parts by their own words; the first keeps the topic's name if that is its own."""
    old, first = before.names[ids[0]], ids[0]
    others = [word for part in ids[1:] for word in found[part][1]]
    own = set(top_words([old])) & set(top_words(found[first][1]))
    apt = bool(own) and not set(top_words([old])) & set(top_words(others))
    names = list(after.names)
    names[first] = old if apt or first in before.pinned else ""
    keywords = list(after.keywords)
    for part in ids:
        name, keywords[part] = found[part]
        if not names[part]:
            names[part] = free_name(name, keywords[part], {*names, *after.theme_names})
    return replace(after, names=tuple(names), keywords=tuple(keywords))


def _free_name(model: TopicModel, name: str | None, *, but: str | Sequence[str]) -> str:
    """Check a name that a person gives: it must be fit to be looked up by, and no other's."""
    name = " ".join((name or "").split())
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise InputError(
            f"A topic's name should have 1 to {_LONGEST_NAME} characters, got {name[:100]!r}."
        )
    if name.isdecimal():
        raise InputError(f"A topic's name should have a word, got {name!r}.")
    own = {but} if isinstance(but, str) else {*but}
    taken = {other.lower() for other in {*model.names, *model.theme_names} - own}
    if name.lower() in taken:
        raise InputError(
            f"There is a topic or theme called {name!r} already.",
            hint="Choose another name, or merge the two topics.",
        )
    return name


def _with(values: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

"""Topics that the user asked for: seeds and the labels of a taxonomy, looked for in the data.

A guide is a name and some phrases. Phrases and texts are written in different ways, so that no
fixed similarity says whether a text is about a guide. What says it is the text itself: it belongs
if the guide is about as near to it as its own neighbours are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.cluster.points import NONE, Floats, Labels, nearest, products, sums, unit
from textseg.counted import counted

_FOUND = 0.8
"""Similarity to the phrases, over that to the own neighbours, of a text that speaks for a guide."""
_MEMBER = 0.85
"""The same for the texts of a guide, once its direction is that of its texts."""
_STRAY = 0.01
"""Share of the texts that are too lonely to say what is near."""
_RANDOM = 200
"""Directions without meaning that are tried, and 99 % of which must not be found."""
_STEPS = 3
_REFERENCE = 10_000
"""Texts among which neighbours are looked for."""


@dataclass(frozen=True, eq=False)
class Guides:
    """What was asked for, and what of it the data has.

    Attributes
    ----------
    names : tuple of str
        As given, shape (g,).
    directions : ndarray of float32, shape (g, d)
        Unit directions, from ``center``; of guides that were not found, those of their phrases.
    center : ndarray of float32, shape (d,)
        Mean of the texts.
    member : ndarray of int64, shape (n,)
        Guide of each text, −1 for none.
    found : ndarray of bool, shape (g,)
        Whether the data has it.
    n_texts : ndarray of int64, shape (g,)
        Members.
    least : int
        Texts that a guide needs to be found.
    notes : tuple of str
        A sentence for each guide that was not found.
    """

    names: tuple[str, ...]
    directions: Floats
    center: Floats
    member: Labels
    found: NDArray[np.bool_]
    n_texts: Labels
    least: int
    notes: tuple[str, ...]

    def figures(self) -> list[dict[str, Any]]:
        """Say which were found and how many texts they have, as JSON."""
        rows = zip(self.names, self.found.tolist(), self.n_texts.tolist(), strict=True)
        return [{"name": name, "found": found, "n_texts": n} for name, found, n in rows]


def find_guides(X: NDArray[Any], names: Sequence[str], phrases: Sequence[NDArray[Any]]) -> Guides:
    """Look for what the user asked for.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
        Unit embeddings of distinct texts, in an order that does not depend on how they were
        collected.
    names : sequence of str, shape (g,)
        All different, whatever their case.
    phrases : sequence of ndarray of float, shape (m_i, d)
        Embeddings of each guide's phrases; their order does not matter.

    Returns
    -------
    Guides

    Notes
    -----
    All similarities are cosines from the mean of the texts, which takes out what all texts share.
    A text is near a guide if its similarity to it is at least 0.85 times its mean similarity to
    its own nearest texts, which adapts to how dense the data is around it; lonely texts, whose
    neighbours are far, would be near anything, and so there is a least similarity: that which
    99 % of the texts have to as many others as make a guide found, and at which 99 % of random
    directions are not found. A guide's direction is moved
    towards the mean of its texts in a few steps, as in mean shift (Fukunaga and Hostetler, 1975),
    and the phrases keep half the weight, so that it cannot drift off.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import unit
    >>> from textseg.topics.guided import find_guides
    >>> rng = np.random.default_rng(0)
    >>> X = unit(np.repeat(np.eye(4, 32), 50, axis=0) + rng.normal(scale=0.1, size=(200, 32)))
    >>> guides = find_guides(X, ["first", "absent"], [np.eye(4, 32)[:1], np.eye(32)[9:10]])
    >>> guides.found.tolist(), guides.n_texts.tolist()
    ([True, False], [50, 0])
    """
    X = np.asarray(X, dtype=np.float32)
    center = X.mean(axis=0)
    texts = unit(X - center)
    # In an order of their own, so that ties and last bits do not depend on that of the file.
    order = sorted(range(len(names)), key=lambda i: (names[i].casefold(), names[i]))
    start = np.stack([_direction(phrases[i], center) for i in order])
    least = _least(len(texts))
    own, floor = _surroundings(texts, least)
    speaking = np.array([(row >= np.maximum(_FOUND * own, floor)).sum() for row in start @ texts.T])
    directions, member = _gather(texts, start, speaking >= least, own, floor)
    n_texts = np.bincount(member[member >= 0], minlength=len(order)).astype(np.int64)
    back = np.argsort(order)
    notes = tuple(
        _note(names[i], int(speaking[at]), least) for i, at in enumerate(back) if not n_texts[at]
    )
    return Guides(
        names=tuple(names),
        directions=directions[back],
        center=center,
        member=np.where(member >= 0, np.array(order)[member], NONE),
        found=n_texts[back] > 0,
        n_texts=n_texts[back],
        least=least,
        notes=notes,
    )


def apply_seeds(labels: Labels, guides: Guides) -> tuple[Labels, tuple[str | None, ...]]:
    """Give the seeds their place among discovered topics.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Discovered topics 0 to k−1, −1 for none.
    guides : Guides
        The seeds, found in the same texts.

    Returns
    -------
    labels : ndarray of int64, shape (n,)
        Discovered topics first, then the seeds.
    names : tuple of str or None
        Name of each topic; None is to be named from its texts.

    Notes
    -----
    A topic that is a seed's for more than half belongs to the seed as a whole. If most of the
    seed's texts are in such topics, it is these topics, and its other texts stay where they are
    unless they have no topic; if not, the seed takes its texts out of the topics they are in.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.topics.guided import Guides, apply_seeds
    >>> member = np.array([0] * 8 + [-1] * 8)
    >>> guides = Guides(("delivery",), np.eye(1, dtype=np.float32), np.zeros(1, np.float32),
    ...     member, np.array([True]), np.array([8]), 5, ())
    >>> labels, names = apply_seeds(np.array([0] * 9 + [1] * 7), guides)
    >>> labels.tolist(), names
    ([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], (None, 'delivery'))
    """
    shared = _shared(labels, guides)
    sizes = np.bincount(labels[labels >= 0], minlength=len(shared))
    mine = 2 * shared > sizes[:, None]
    topic_of = np.where(mine.any(axis=1), mine.argmax(axis=1), NONE)
    whole = 2 * (shared * mine).sum(axis=0) > guides.n_texts
    taken = np.append(topic_of, NONE)[labels]
    takes = (guides.member >= 0) & (taken == NONE) & ((labels == NONE) | ~whole[guides.member])
    return _combined(labels, np.where(takes, guides.member, taken), guides)


def apply_taxonomy(
    labels: Labels, X: NDArray[Any], guides: Guides
) -> tuple[Labels, tuple[str | None, ...]]:
    """Put a taxonomy in the place of discovered topics; only what it leaves unexplained stays.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Discovered topics 0 to k−1, −1 for none.
    X : ndarray of float, shape (n, d)
        The embeddings that the guides were found in.
    guides : Guides
        The labels of the taxonomy.

    Returns
    -------
    labels : ndarray of int64, shape (n,)
        Discovered topics first, then the labels that were found.
    names : tuple of str or None
        Name of each topic; None is to be named from its texts.

    Notes
    -----
    Whether the taxonomy explains a text is asked of the text and of its whole topic: a topic that
    is near labels for more than half is dissolved, each text going to its nearest label; of the
    others only the texts that are near a label leave.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.cluster import unit
    >>> from textseg.topics.guided import apply_taxonomy, find_guides
    >>> rng = np.random.default_rng(0)
    >>> X = unit(np.repeat(np.eye(4, 32), 50, axis=0) + rng.normal(scale=0.1, size=(200, 32)))
    >>> discovered = np.repeat([0, 0, 1, 2], 50)
    >>> phrases = [np.eye(32)[:1], np.eye(32)[1:2]]
    >>> guides = find_guides(X, ["delivery", "returns"], phrases)
    >>> labels, names = apply_taxonomy(discovered, X, guides)
    >>> labels[::50].tolist(), names
    ([2, 3, 0, 1], (None, None, 'delivery', 'returns'))
    """
    shared = _shared(labels, guides).sum(axis=1)
    explained = 2 * shared > np.bincount(labels[labels >= 0], minlength=len(shared))
    guide = guides.member.copy()
    rest = np.flatnonzero(np.append(explained, False)[labels] & (guide == NONE))
    found = np.flatnonzero(guides.found)
    if len(rest):
        texts = unit(np.asarray(X[rest], dtype=np.float32) - guides.center)
        guide[rest] = found[nearest(texts, guides.directions[found])[0]]
    return _combined(labels, guide, guides)


def _direction(phrases: NDArray[Any], center: Floats) -> Floats:
    """Return the mean direction of a guide's phrases; of repeated ones, each counts once."""
    distinct = np.unique(unit(phrases), axis=0)
    mean = unit(distinct - center).mean(axis=0, keepdims=True)
    return unit(mean).reshape(-1)


def _surroundings(texts: Floats, least: int) -> tuple[Floats, np.float32]:
    """Return each text's mean similarity to its nearest ones, and the least that counts as near."""
    n = len(texts)
    step = -(-n // _REFERENCE)
    reference = texts[::step]
    # As many as the smallest topics have, so that the neighbours are those of the same topic.
    wide = max(least, round(0.35 * np.sqrt(n)))
    wide, narrow = (min(max(1, round(k / step)), len(reference) - 1) for k in (wide, least))
    own = np.ones(n, dtype=np.float32)
    farthest = np.ones(n, dtype=np.float32)
    if n < least:
        return own, np.float32(1)
    for rows, product in products(texts, reference):
        itself = np.arange(rows.start, rows.stop)
        itself = itself[itself % step == 0]
        product[itself - rows.start, itself // step] = -1
        near = -np.sort(np.partition(-product, wide - 1, axis=1)[:, :wide], axis=1)
        own[rows] = near.mean(axis=1)
        farthest[rows] = near[:, narrow - 1]
    return own, max(np.float32(np.quantile(farthest, _STRAY)), _chance(texts, least))


def _chance(texts: Floats, least: int) -> np.float32:
    """Return the similarity that hardly any random direction has to as many texts as needed."""
    directions = unit(np.random.default_rng(0).normal(size=(_RANDOM, texts.shape[1])))
    similarity = directions @ texts.T
    reached = -np.partition(-similarity, least - 1, axis=1)[:, least - 1]
    return np.float32(np.quantile(reached, 0.99))


def _gather(
    texts: Floats, start: Floats, found: NDArray[np.bool_], own: Floats, floor: np.float32
) -> tuple[Floats, Labels]:
    """Move the directions to their texts; guides that are left with too few give up."""
    least = _least(len(texts))
    needed = np.maximum(_MEMBER * own, floor)
    directions = start
    member = _members(texts, directions, found, np.maximum(_FOUND * own, floor))
    for _ in range(_STEPS):
        # The texts say how people put it, the phrases keep what is meant.
        directions = unit(unit(sums(texts, member, len(start))) + start)
        member = _members(texts, directions, found, needed)
    while True:
        enough = found & (np.bincount(member[member >= 0], minlength=len(start)) >= least)
        if np.array_equal(enough, found):
            return np.where(found[:, None], directions, start), member
        found = enough
        member = _members(texts, directions, found, needed)


def _members(texts: Floats, directions: Floats, found: NDArray[np.bool_], needed: Floats) -> Labels:
    """Give each text the nearest of the guides, if it is near enough."""
    at = np.flatnonzero(found)
    if not len(at):
        return np.full(len(texts), NONE, dtype=np.int64)
    label, similarity = nearest(texts, directions[at])
    return np.where(similarity >= needed, at[label], NONE).astype(np.int64)


def _least(n: int) -> int:
    """Return how many of n texts a guide needs."""
    return max(5, round(0.001 * n))


def _note(name: str, near: int, least: int) -> str:
    """Say why a guide was not found."""
    if near >= least:
        return f"{name!r} is no topic of its own: the texts near its phrases fit others better."
    near_by = f"{counted(near, 'text')} {'is' if near == 1 else 'are'}"
    return f"The data does not have {name!r}: {near_by} near its phrases, {least} are needed."


def _shared(labels: Labels, guides: Guides) -> Labels:
    """Count the texts of each topic (rows) that are each guide's (columns)."""
    both = (labels >= 0) & (guides.member >= 0)
    table = np.zeros((int(labels.max(initial=NONE)) + 1, len(guides.names)), dtype=np.int64)
    np.add.at(table, (labels[both], guides.member[both]), 1)
    return table


def _combined(
    labels: Labels, guide: Labels, guides: Guides
) -> tuple[Labels, tuple[str | None, ...]]:
    """Put the guides behind what is left of the topics; those that have become tiny are gone."""
    k = int(labels.max(initial=NONE)) + 1
    left = np.where(guide >= 0, NONE, labels)
    before, after = (np.bincount(each[each >= 0], minlength=k) for each in (labels, left))
    stays = (after > 0) & ((after == before) | (after >= guides.least))
    topic = np.where(stays, np.cumsum(stays) - 1, NONE)
    used = np.unique(guide[guide >= 0])
    number = int(stays.sum()) + np.searchsorted(used, guide)
    combined = np.where(guide >= 0, number, np.append(topic, NONE)[left]).astype(np.int64)
    return combined, (*[None] * int(stays.sum()), *[guides.names[i] for i in used])

"""New texts from labelled parts of others, so that a clause is read apart from its neighbours."""

from __future__ import annotations

import numpy as np
from sources import Example, Target, joined

LONGEST = 22
"""Words of a part that may be joined with others."""

BETWEEN = (
    " but ", ", but ", ", although ", ", while ", ", though ", ". However, ", "; ", " - ",
    ", and ", ". ", ". ", ", ", " and ", ", yet ", ". On the other hand, ", ", whereas ",
)  # fmt: skip


def compose(pool: list[Example], number: int, rng: np.random.Generator) -> list[Example]:
    """Join two or three parts of different texts at random.

    Parameters
    ----------
    pool : list of Example
        Where the parts come from.
    number : int
        Texts wanted.
    rng : Generator

    Returns
    -------
    list of Example
        Without a target for the whole: what it would mean is anybody's guess.
    """
    parts = list(_parts(pool))
    result = []
    for _ in range(number):
        chosen = [parts[i] for i in rng.integers(len(parts), size=rng.integers(2, 4))]
        between = BETWEEN[rng.integers(len(BETWEEN))]
        bare = [(text.strip(" .!?,;-") or text, target) for text, target in chosen]
        if not between.startswith("."):
            bare[1:] = [(text[0].lower() + text[1:], target) for text, target in bare[1:]]
        result.append(joined(bare, between, whole=False))
    return result


def _parts(pool: list[Example]) -> list[tuple[str, Target]]:
    found = []
    for example in pool:
        if example.parts:
            found += [(example.text[a:b].strip(), target) for a, b, target in example.parts]
        elif example.target is not None:
            found.append((example.text.strip(), example.target))
    return [(text, target) for text, target in found if 2 <= len(text.split()) <= LONGEST]

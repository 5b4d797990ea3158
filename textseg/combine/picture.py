"""The geometry of the two pictures; the template draws them as inline SVG."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.combine.combination import Combination

_LETTER = 6.7
_LINE = 15
_LEFT = 236
_CELL_HEIGHT = 46
_NARROW, _BROAD = 50, 132
_ROOM = 750
_SLANT = math.radians(52)
_STRONGEST = 0.5
_FULL_LIFT = 2.0

_FLOW_WIDTH, _FLOW_HEIGHT = 1000, 440
_NODE_LEFT, _NODE_RIGHT, _NODE_WIDTH = 290, 710, 10
_SLOT, _GAP = 15, 7


def clip(name: str, letters: int) -> str:
    """Cut a name to a number of letters, in its middle: names often differ at their ends.

    Examples
    --------
    >>> from textseg.combine.picture import clip
    >>> clip("Sizing complaints, mid value", 20)
    'Sizing compl…d value'
    """
    if len(name) <= letters:
        return name
    tail = (letters - 1) * 2 // 5
    return f"{name[: letters - 1 - tail].rstrip()}…{name[len(name) - tail :].lstrip()}"


def heat_map(found: Combination) -> dict[str, Any]:
    """Place the cells of the heat map.

    Only cells that stand out are coloured, the more the further their lift is from 1, up to four
    times or a quarter.

    Parameters
    ----------
    found : Combination

    Returns
    -------
    dict
        ``width``, ``height``, ``rows`` and ``columns`` (labels), ``slanted`` and ``cells``.
    """
    rows, columns = found.counts.shape
    width = min(max(_ROOM / columns, _NARROW), _BROAD)
    labels = [_wrap(name, width - 8, 3) for name in found.counts.columns]
    slanted = any(label is None for label in labels)
    cut = [clip(name, 30) for name in found.counts.columns]
    longest = max(len(name) for name in cut) * _LETTER
    beside = longest * math.cos(_SLANT)
    if slanted:
        width = min(max((_ROOM - beside) / (columns - 0.5), _NARROW), _BROAD)
    lines = max(len(label or []) for label in labels)
    top = 14 + (longest * math.sin(_SLANT) if slanted else _LINE * lines)
    right = _LEFT + columns * width
    return {
        "top": top,
        "left": _LEFT,
        "width": right + (max(0.0, beside - width / 2) if slanted else 0) + 4,
        "height": top + rows * _CELL_HEIGHT + 4,
        "slanted": slanted,
        "columns": [
            {
                "x": _LEFT + (place + 0.5) * width,
                "name": name,
                "lines": [short] if slanted else label,
            }
            for place, (name, short, label) in enumerate(
                zip(found.counts.columns, cut, labels, strict=True)
            )
        ],
        "rows": [
            {
                "y": top + (place + 0.5) * _CELL_HEIGHT,
                "name": name,
                "lines": _lines(name, _LEFT - 16),
            }
            for place, name in enumerate(found.counts.index)
        ],
        "cells": [
            _heat_cell(found, row, column, top, width)
            for row in range(rows)
            for column in range(columns)
        ],
    }


def _heat_cell(
    found: Combination, row: int, column: int, top: float, width: float
) -> dict[str, Any]:
    lift = float(found.lift.to_numpy()[row, column])
    strength = _FULL_LIFT if lift == 0 else min(abs(math.log2(lift)), _FULL_LIFT)
    out = bool(found.stands_out.iat[row, column])
    return {
        "x": _LEFT + column * width + 1,
        "y": top + row * _CELL_HEIGHT + 1,
        "width": width - 2,
        "height": _CELL_HEIGHT - 2,
        "n": int(found.counts.to_numpy()[row, column]),
        "lift": lift,
        "kind": _kind(found, row, column),
        "opacity": 0.15 + (_STRONGEST - 0.15) * strength / _FULL_LIFT if out else 1.0,
        "title": _title(found, row, column),
    }


def flows(found: Combination) -> dict[str, Any]:
    """Place the two stacks and the flows between them.

    Parameters
    ----------
    found : Combination

    Returns
    -------
    dict
        ``width``, ``height``, ``nodes`` and ``flows``; flows that stand out come last, so that
        they are drawn on top.
    """
    counts = found.counts.to_numpy()
    scale = _FLOW_HEIGHT / counts.sum()
    heights = [_stack(counts.sum(axis=axis) * scale)[1] for axis in (1, 0)]
    height = max(heights)
    left, right = (
        _stack(counts.sum(axis=axis) * scale)[0] + (height - own) / 2
        for axis, own in zip((1, 0), heights, strict=True)
    )
    before = np.cumsum(counts, axis=1) - counts, np.cumsum(counts, axis=0) - counts
    ribbons = [
        {
            "path": _ribbon(
                left[r] + before[0][r, c] * scale,
                right[c] + before[1][r, c] * scale,
                max(counts[r, c] * scale, 0.6),
            ),
            "kind": _kind(found, r, c),
            "title": _title(found, r, c),
        }
        for r, c in zip(*counts.nonzero(), strict=True)
    ]
    ribbons.sort(key=lambda ribbon: ribbon["kind"] != "plain")
    sides = (
        (left, counts.sum(axis=1), found.counts.index, _NODE_LEFT - _NODE_WIDTH, "end"),
        (right, counts.sum(axis=0), found.counts.columns, _NODE_RIGHT, "start"),
    )
    return {
        "width": _FLOW_WIDTH,
        "height": height + 34,
        "flows": ribbons,
        "nodes": [
            {
                "x": x,
                "y": y,
                "width": _NODE_WIDTH,
                "height": max(n * scale, 1.0),
                "middle": y + n * scale / 2,
                "text_x": x - 8 if anchor == "end" else x + _NODE_WIDTH + 8,
                "anchor": anchor,
                "name": name,
                "short": clip(str(name), 33),
                "n": int(n),
            }
            for tops, sizes, names, x, anchor in sides
            for y, n, name in zip(tops, sizes, names, strict=True)
        ],
    }


def _stack(sizes: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the tops of a stack, in which each has room for a line of text, and its height."""
    slots = np.maximum(sizes, _SLOT) + _GAP
    ends = np.cumsum(slots)
    return ends - slots + (slots - _GAP - sizes) / 2, float(ends[-1])


def _ribbon(left: float, right: float, thick: float) -> str:
    middle = (_NODE_LEFT + _NODE_RIGHT) / 2
    a, b = _NODE_LEFT, _NODE_RIGHT
    return (
        f"M{a} {left:.1f}C{middle:.0f} {left:.1f} {middle:.0f} {right:.1f} {b} {right:.1f}"
        f"V{right + thick:.1f}"
        f"C{middle:.0f} {right + thick:.1f} {middle:.0f} {left + thick:.1f} {a} {left + thick:.1f}Z"
    )


def _kind(found: Combination, row: int, column: int) -> str:
    if not found.stands_out.iat[row, column]:
        return "plain"
    return "more" if found.residuals.to_numpy()[row, column] > 0 else "fewer"


def _title(found: Combination, row: int, column: int) -> str:
    names = f"{found.counts.index[row]} × {found.counts.columns[column]}"
    out = ", stands out" if found.stands_out.iat[row, column] else ""
    return (
        f"{names}: {found.counts.to_numpy()[row, column]:,} customers, "
        f"{found.lift.to_numpy()[row, column]:.2f} times what was expected{out}"
    )


def _wrap(name: str, width: float, most: int) -> list[str] | None:
    """Break a name into lines that fit; None if it does not."""
    lines = textwrap.wrap(str(name), int(width / _LETTER), break_long_words=False) or [""]
    fits = len(lines) <= most and max(map(len, lines)) * _LETTER <= width
    return lines if fits else None


def _lines(name: str, width: float) -> Sequence[str]:
    letters = int(width / _LETTER)
    lines = textwrap.wrap(str(name), letters) or [""]
    return lines if len(lines) <= 3 else [*lines[:2], clip(" ".join(lines[2:]), letters)]

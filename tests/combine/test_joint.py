from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from textseg.combine.joint import OTHER_PAIRS, join_pairs, smallest


@given(arrays(np.int64, (4, 3), elements=st.integers(0, 30)), st.integers(1, 40))
def test_every_pair_with_customers_is_in_one_joint_segment(counts, least):
    ids, names = join_pairs(counts, list("ABCD"), list("xyz"), "tier", least)
    assert ((ids >= 0) == (counts > 0)).all()
    assert sorted(set(ids[ids >= 0].tolist())) == list(range(len(names)))
    assert len(set(names)) == len(names)
    sizes = [int(counts[ids == joint].sum()) for joint in range(len(names))]
    assert sum(sizes) == counts.sum()
    # Only the last, of what is too small everywhere, may be small.
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    assert all(size >= least for size in sizes[:-1])
    for r, c in zip(*np.nonzero(counts >= least), strict=True):
        assert names[ids[r, c]] == f"{'ABCD'[r]} × {'xyz'[c]}"


def test_small_pairs_join_within_their_text_segment_first():
    counts = np.array([[50, 6, 5, 0], [40, 3, 0, 30], [20, 0, 2, 1]])
    ids, names = join_pairs(counts, ["A", "B", "C"], ["w", "x", "y", "z"], "tier", 10)
    assert names == ["A × w", "B × w", "B × z", "C × w", "A × other tiers", OTHER_PAIRS]
    assert ids.tolist() == [[0, 4, 4, -1], [1, 5, -1, 2], [3, -1, 5, 5]]


def test_a_small_pair_alone_keeps_its_name():
    _, names = join_pairs(np.array([[50, 3], [40, 60]]), ["A", "B"], ["x", "y"], "tier", 10)
    assert names == ["B × y", "A × x", "B × x", "A × y"]


@pytest.mark.parametrize(("n", "least"), [(1, 5), (500, 5), (1815, 19), (100_000, 1000)])
def test_default_size(n, least):
    assert smallest(n) == least

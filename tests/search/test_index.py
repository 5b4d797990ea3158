from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.search.index import Index, fixed


def made_index(n=1500, d=24, seed=0, repeats=2):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, d))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = rng.permutation(np.tile(np.arange(n), repeats)).astype(np.int32)
    return Index(fixed(vectors), rows), vectors, rng


def unit(values):
    return values / np.linalg.norm(values)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.integers(1, 40), st.sampled_from([0, 1, 7, 600, 3000]))
def test_the_nearest_are_those_of_a_plain_product(seed, n, n_allowed):
    index, _, rng = made_index(seed=seed)
    query = unit(rng.normal(size=24))
    positions = rng.choice(3000, n_allowed, replace=False) if n_allowed < 3000 else None
    allowed = np.arange(1500) if positions is None else np.unique(index.rows[positions])
    expected = np.round(index.vectors[allowed].astype(np.float64) @ query / 32767, 6)
    rows, similarity = index.nearest(query, n, positions)
    best = np.sort(expected)[::-1][:n]
    assert len(rows) >= len(best)
    np.testing.assert_allclose(similarity[: len(best)], best, atol=1.01e-6)
    assert set(rows) <= set(allowed)
    assert (np.diff(similarity) <= 0).all()


def test_similarity_is_the_cosine_to_five_decimals():
    index, vectors, rng = made_index(d=384)
    query = unit(rng.normal(size=384) + 5 * vectors[3])
    rows, similarity = index.nearest(query, 1500)
    np.testing.assert_allclose(similarity, vectors[rows] @ query, atol=5e-5)
    assert rows[0] == 3


def test_texts_as_similar_as_the_last_are_all_returned():
    vectors = np.repeat(np.eye(4), 5, axis=0)
    index = Index(fixed(vectors), np.arange(20, dtype=np.int32))
    rows, similarity = index.nearest(np.eye(4)[2], 2)
    assert rows.tolist() == [10, 11, 12, 13, 14]
    assert (similarity == 1.0).all()


def test_a_similarity_does_not_depend_on_what_else_may_be_found():
    index, _, rng = made_index()
    query = unit(rng.normal(size=24))
    everything = dict(zip(*index.nearest(query, 1500), strict=True))
    for size in (1, 5, 513):
        rows, similarity = index.nearest(query, 1500, rng.choice(3000, size, replace=False))
        assert [everything[row] for row in rows] == similarity.tolist()


def test_positions_are_those_of_the_rows():
    index = Index(fixed(np.eye(3)), np.array([1, -1, 0, 1, 2], dtype=np.int32))
    assert index.positions(np.array([1])).tolist() == [0, 3]
    assert index.positions(np.array([1, 2]), np.array([4, 3])).tolist() == [4, 3]


def test_an_index_comes_back_from_its_folder_and_takes_the_place_of_others(tmp_path):
    index, *_ = made_index()
    made_index(seed=1)[0].save(tmp_path / "search" / "old")
    index.save(tmp_path / "search" / "new")
    assert [each.name for each in (tmp_path / "search").iterdir()] == ["new"]
    again = Index.load(tmp_path / "search" / "new", 24)
    np.testing.assert_array_equal(again.vectors, index.vectors)
    np.testing.assert_array_equal(again.rows, index.rows)
    assert Index.load(tmp_path / "search" / "old", 24) is None
    assert Index.load(tmp_path / "search" / "new", 25) is None


@pytest.mark.parametrize("name", ["vectors.npy", "rows.npy"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 500, None])
def test_a_damaged_index_is_none(tmp_path, name, content):
    path = tmp_path / "search" / "a"
    made_index()[0].save(path)
    whole = (path / name).read_bytes()
    (path / name).write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert Index.load(path, 24) is None


def test_rows_that_point_nowhere_are_damage(tmp_path):
    index, *_ = made_index()
    Index(index.vectors[:10], index.rows).save(tmp_path / "search" / "a")
    assert Index.load(tmp_path / "search" / "a", 24) is None


def test_a_disk_that_cannot_be_written_keeps_nothing(tmp_path):
    (tmp_path / "search").write_text("a file in the way")
    made_index()[0].save(tmp_path / "search" / "a")
    assert [each.name for each in tmp_path.iterdir()] == ["search"]

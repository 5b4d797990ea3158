"""The embeddings of a run's distinct texts, in a form that one pass over memory can compare.

Numbers are kept as 16-bit fixed point: as many bytes as half precision, as exact (half a step is
1.5e-5, that of a half-precision number around 0.05), but NumPy turns them into single precision
several times as fast.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 32767
# Rows that are compared at once: as single precision they must stay in a core's cache.
_BLOCK = 512
# Picking rows out costs more than reading all of them, unless they are fewer than one in this many.
_SPARSE = 4
# Single precision may err by this much; what it leaves undecided is computed again in double.
_DOUBT = 5e-5
_DECIMALS = 6
_VECTORS, _ROWS = "vectors.npy", "rows.npy"
_DAMAGED = (OSError, ValueError, EOFError)


@dataclass(frozen=True, eq=False)
class Index:
    """What a query is compared with.

    Parameters
    ----------
    vectors : ndarray of int16, shape (n_texts, d)
        Unit vectors of the distinct texts, in steps of 1 / 32767, in the order of their hashes.
    rows : ndarray of int32, shape (n_positions,)
        The row of the feedback at each position of the run; −1 where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.search.index import Index, fixed
    >>> index = Index(fixed(np.eye(3)), np.array([2, 0, 1, 0], dtype=np.int32))
    >>> rows, similarity = index.nearest(np.array([0.8, 0.6, 0.0]), 1)
    >>> rows.tolist(), similarity.tolist(), index.positions(rows).tolist()
    ([0], [0.8], [1, 3])
    """

    vectors: NDArray[np.int16]
    rows: NDArray[np.int32]

    def nearest(
        self, query: NDArray[np.floating], n: int, positions: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the texts with the highest cosine similarity.

        Parameters
        ----------
        query : ndarray of float, shape (d,)
            Unit length.
        n : int
            How many.
        positions : ndarray of int64, optional
            The feedback that may be found; default: all.

        Returns
        -------
        rows : ndarray of int64, shape (at least n, or all that may be found,)
            More than n where several are as similar as the last.
        similarity : ndarray of float64
            In [−1, 1], highest first, at 6 decimals. A text's does not depend on the other texts.
        """
        allowed = None if positions is None else np.flatnonzero(self._marked(self.rows[positions]))
        rough = self._compare(query, allowed)
        if not len(rough):
            return np.empty(0, dtype=np.int64), np.empty(0)
        if n < len(rough):
            bar = np.partition(rough, len(rough) - n)[len(rough) - n]
            near = np.flatnonzero(rough >= bar - _DOUBT)
        else:
            near = np.arange(len(rough))
        rows = near if allowed is None else allowed[near]
        exact = np.einsum("nd,d->n", self.vectors[rows], query, dtype=np.float64) / _STEPS
        exact = np.clip(exact.round(_DECIMALS), -1.0, 1.0)
        order = np.lexsort((rows, -exact))
        kept = order[exact[order] >= exact[order[min(n, len(order)) - 1]]]
        return rows[kept], exact[kept]

    def positions(
        self, rows: NDArray[np.int64], among: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Return where the texts of some rows occur in the run."""
        wanted = self._marked(rows)
        if among is None:
            among = np.flatnonzero(self.rows >= 0)
        return among[wanted[self.rows[among]]]

    def _marked(self, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        marked = np.zeros(len(self.vectors), dtype=np.bool_)
        marked[rows] = True
        return marked

    def _compare(
        self, query: NDArray[np.floating], rows: NDArray[np.int64] | None
    ) -> NDArray[np.float32]:
        """Multiply block by block, so that no block leaves the cache."""
        if rows is not None and len(rows) * _SPARSE > len(self.vectors):
            return self._compare(query, None)[rows]
        n = len(self.vectors) if rows is None else len(rows)
        result = np.empty(n, dtype=np.float32)
        block = np.empty((_BLOCK, self.vectors.shape[1]), dtype=np.float32)
        scaled = np.asarray(query, dtype=np.float32) / np.float32(_STEPS)
        for start in range(0, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            part = block[: stop - start]
            part[...] = self.vectors[slice(start, stop) if rows is None else rows[start:stop]]
            np.dot(part, scaled, out=result[start:stop])
        return result

    def save(self, folder: Path) -> None:
        """Keep the index as a folder, there whole or not at all, in the place of all older ones.

        A disk that is full or cannot be written keeps nothing; the next search makes it again.
        """
        draft = folder.with_name(f".{folder.name}-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            draft.mkdir(parents=True)
            _write(draft / _VECTORS, self.vectors)
            _write(draft / _ROWS, self.rows)
            for other in folder.parent.iterdir():
                if other != draft:
                    shutil.rmtree(other, ignore_errors=True)
            draft.rename(folder)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path, dim: int) -> Index | None:
        """Map an index into memory; None if it is not there, or damaged."""
        try:
            vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
            rows = np.load(folder / _ROWS, allow_pickle=False)
        except _DAMAGED:
            return None
        right = vectors.dtype == np.int16 and vectors.ndim == 2 and vectors.shape[1] == dim
        right &= rows.dtype == np.int32 and rows.ndim == 1
        return cls(vectors, rows) if right and rows.max(initial=-1) < len(vectors) else None


def fixed(embeddings: NDArray[np.floating]) -> NDArray[np.int16]:
    """Turn unit vectors into fixed point, shape kept."""
    steps = np.rint(np.asarray(embeddings, dtype=np.float32) * _STEPS)
    return np.clip(steps, -_STEPS, _STEPS).astype(np.int16)


def _write(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())

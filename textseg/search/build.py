"""From the stored encodings of a run's texts to the index that is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textseg.encode.cache import EncodingCache, Rows
from textseg.encode.reader import Reader
from textseg.encode.work import text_keys
from textseg.progress import Progress
from textseg.search.index import Index, fixed


@dataclass(frozen=True)
class _Vectors(Rows):
    """Takes the embeddings out of what a shelf reads, as fixed point, and nothing else.

    What comes for row i goes to ``vectors[target[i]]``.
    """

    vectors: NDArray[np.int16]
    target: NDArray[np.int64]

    @classmethod
    def into(cls, vectors: NDArray[np.int16], target: NDArray[np.int64]) -> _Vectors:
        """Write into some rows of an array."""
        none = Rows.empty(0, vectors.shape[1], 0)
        return cls(none.embeddings, none.features, none.truncated, vectors, target)

    def put(self, rows: NDArray[np.int64], other: Rows) -> None:
        """Copy the embeddings of another into the targets of the rows."""
        self.vectors[self.target[rows]] = fixed(other.embeddings)


def build_index(
    texts: Sequence[str],
    positions: NDArray[np.int64],
    reader: Reader,
    folder: Path | None,
    shelves: Sequence[str],
    progress: Progress,
) -> tuple[Index, int]:
    """Gather the embeddings of all texts; what is not stored is encoded again.

    Parameters
    ----------
    texts : sequence of str
        Of all feedback of the run.
    positions : ndarray of int64
        Where each stands in the run.
    reader : Reader
    folder : Path or None
        Where encodings are kept.
    shelves : sequence of str
        Names of those of the run's encoder in it; an earlier one wins.
    progress : Progress

    Returns
    -------
    index : Index
    n_encoded : int
        Distinct texts without stored encoding.
    """
    encoder = reader.encoder
    keys, first, row = np.unique(
        text_keys(texts, encoder.prompt), return_index=True, return_inverse=True
    )
    vectors = np.zeros((len(keys), encoder.dim), dtype=np.int16)
    missing = np.arange(len(keys))
    if folder is not None:
        cache = EncodingCache(folder, read_only=True)
        with progress.stage("Preparing the search"):
            for name in shelves:
                shelf = cache.shelf(name, encoder.dim, reader.scorer.n_features)
                found = shelf.read(keys[missing], _Vectors.into(vectors, missing))
                missing = missing[~found]
    if len(missing):
        made = reader.read([texts[i] for i in first[missing]], progress)
        vectors[missing] = fixed(made.embeddings[made.index])
    rows = np.full(positions.max(initial=-1) + 1, -1, dtype=np.int32)
    rows[positions] = row
    return Index(vectors, rows), len(missing)


def shelf_names(folder: Path | None, facts: Mapping[str, str]) -> list[str]:
    """Name the shelves of a run's encoder and sentiment, the newest way of cutting texts first.

    Parameters
    ----------
    folder : Path or None
        Where encodings are kept.
    facts : mapping
        What the run says of its encoder: ``fingerprint`` and ``sentiment``.
    """
    if folder is None:
        return []
    prefix = f"{facts['fingerprint']}-{facts['sentiment'].rpartition('-')[0]}-"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((each.name for each in found if each.name.startswith(prefix)), reverse=True)

"""Encodings that were paid for once: append-only shards beside the store.

A shard is one Arrow IPC file, written under a temporary name and renamed, so that it is there whole
or not at all. Several processes may append at once: each shard has a name of its own.
"""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseg.errors import WorkspaceError, remedy

Keys = NDArray[np.bytes_]
"""One 128-bit key per text or clause, dtype "S16"; numpy compares all 16 bytes."""

_SUFFIX = ".arrow"
_DRAFT = ".part"
_STALE_SECONDS = 3600.0
_DAMAGED = (OSError, ValueError, KeyError, TypeError)  # pyarrow's errors derive from these


@dataclass(frozen=True)
class Rows:
    """Encodings of distinct texts and clauses, row by row.

    Parameters
    ----------
    embeddings : ndarray of float16, shape (n, d)
        Unit length.
    features : ndarray of float16, shape (n, f)
        What the sentiment head reads.
    truncated : ndarray of bool, shape (n,)
        Whether the encoder read only the beginning of the text, or nothing of the clause.
    """

    embeddings: NDArray[np.float16]
    features: NDArray[np.float16]
    truncated: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int, dim: int, n_features: int) -> Rows:
        """Make room for n rows."""
        return cls(
            embeddings=np.zeros((n, dim), dtype=np.float16),
            features=np.zeros((n, n_features), dtype=np.float16),
            truncated=np.zeros(n, dtype=np.bool_),
        )

    def put(self, rows: NDArray[np.int64], other: Rows) -> None:
        """Copy all of another into the given rows."""
        self.embeddings[rows] = other.embeddings
        self.features[rows] = other.features
        self.truncated[rows] = other.truncated

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """Copy the given rows out."""
        return Rows(self.embeddings[rows], self.features[rows], self.truncated[rows])


class EncodingCache:
    """Encodings of every encoder that was used here, each in a folder of its own.

    Parameters
    ----------
    folder : Path
        Made when the first shard is written.
    read_only : bool
        Look encodings up and add none.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from textseg.encode import EncodingCache
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     shelf = EncodingCache(Path(folder)).shelf("encoder", dim=384, n_features=384)
    ...     len(shelf)
    0
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.read_only = read_only

    def shelf(self, name: str, dim: int, n_features: int) -> Shelf:
        """Open the encodings of one encoder and one origin of the features.

        Parameters
        ----------
        name : str
            The fingerprints of both.
        dim, n_features : int
            Sizes of embedding and features.

        Returns
        -------
        Shelf
        """
        return Shelf(self.folder / name, dim, n_features, read_only=self.read_only)


class Shelf:
    """The shards of one encoder and origin of features, as they are at the moment of opening.

    A shard that is damaged counts as not there, so that its texts are encoded again.
    """

    def __init__(self, folder: Path, dim: int, n_features: int, *, read_only: bool = False) -> None:
        self._folder = folder
        self._read_only = read_only
        self._sizes = (dim, n_features)
        self._shards: list[Path] = []
        if not read_only:
            _remove_drafts(folder)
        keys, shards = [], []
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            found = self._read_shard(path)
            if found is not None:
                keys.append(found[0])
                shards.append(np.full(len(found[0]), len(self._shards), dtype=np.int32))
                self._shards.append(path)
        self._index(keys, shards)

    def __len__(self) -> int:
        return len(self._keys)

    def read(self, keys: Keys, out: Rows) -> NDArray[np.bool_]:
        """Copy what is known into the rows of the keys.

        Parameters
        ----------
        keys : ndarray of S16, shape (n,)
            What is wanted.
        out : Rows
            n rows; those of unknown keys stay as they are.

        Returns
        -------
        ndarray of bool, shape (n,)
            Which keys were known.
        """
        found = np.zeros(len(keys), dtype=np.bool_)
        if not len(self._keys):
            return found
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        wanted = np.flatnonzero(self._keys[place] == keys)
        shards = self._shard_of[place[wanted]]
        for shard in np.unique(shards):
            targets = wanted[shards == shard]
            content = self._read_shard(self._shards[shard])
            if content is not None:
                out.put(targets, content[1].take(self._row_of[place[targets]]))
                found[targets] = True
        return found

    def append(self, keys: Keys, rows: Rows) -> None:
        """Commit encodings as one new shard; nothing happens where the cache is read-only.

        Parameters
        ----------
        keys : ndarray of S16, shape (n,)
            One per row.
        rows : Rows
            Their encodings.

        Raises
        ------
        WorkspaceError
            The folder cannot be written.
        """
        if self._read_only:
            return
        name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        draft = self._folder / f".{name}{_DRAFT}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(draft, keys, rows)
            draft.replace(self._folder / name)
        except OSError as error:
            raise WorkspaceError(
                f"The encodings cannot be written to {self._folder}: {error.strerror}.",
                hint=remedy(str(error)) or "Correct the folder's permissions, then run again.",
            ) from error
        finally:
            draft.unlink(missing_ok=True)

    def _index(self, keys: list[Keys], shards: list[NDArray[np.int32]]) -> None:
        """Sort all keys, so that a lookup is a binary search; the oldest shard wins."""
        joined = np.concatenate(keys) if keys else np.empty(0, dtype="S16")
        order = np.argsort(joined, kind="stable")
        rows = [np.arange(len(part), dtype=np.int64) for part in keys]
        self._keys = joined[order]
        self._shard_of = _join(shards, np.int32)[order]
        self._row_of = _join(rows, np.int64)[order]

    def _read_shard(self, path: Path) -> tuple[Keys, Rows] | None:
        """Return None for a shard that is damaged, foreign or gone."""
        import pyarrow as pa

        try:
            with pa.memory_map(str(path)) as file:
                reader = pa.ipc.open_file(file)
                batch = reader.get_batch(0)
                keys = np.frombuffer(batch["key"].buffers()[1], dtype="S16", count=len(batch))
                rows = Rows(
                    embeddings=_matrix(batch["embedding"]),
                    features=_matrix(batch["sentiment_features"]),
                    truncated=batch["truncated"].to_numpy(zero_copy_only=False),
                )
                intact = int(reader.schema.metadata[b"crc32"]) == _checksum(keys, rows)
        except _DAMAGED:
            return None
        sizes = (rows.embeddings.shape[1], rows.features.shape[1])
        return (keys, rows) if intact and sizes == self._sizes else None


def _remove_drafts(folder: Path) -> None:
    """Remove what killed processes have left; writing a shard takes seconds, not hours."""
    for draft in folder.glob(f".*{_DRAFT}"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > _STALE_SECONDS:
                draft.unlink()


def _join(parts: Iterable[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=dtype), *parts])


def _matrix(column: Any) -> NDArray[Any]:
    """View a fixed-size list column as a matrix, without copying."""
    values: NDArray[Any] = column.flatten().to_numpy(zero_copy_only=True)
    return values.reshape(-1, column.type.list_size)


def _checksum(keys: Keys, rows: Rows) -> int:
    checksum = 0
    for part in (keys, rows.embeddings, rows.features, rows.truncated):
        checksum = zlib.crc32(np.ascontiguousarray(part).data, checksum)
    return checksum


def _write(path: Path, keys: Keys, rows: Rows) -> None:
    import pyarrow as pa

    columns = {
        "key": pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), len(keys), [None, pa.py_buffer(keys.tobytes())]
        ),
        "embedding": _list_column(rows.embeddings),
        "sentiment_features": _list_column(rows.features),
        "truncated": pa.array(rows.truncated),
    }
    fields = [pa.field(name, column.type, nullable=False) for name, column in columns.items()]
    schema = pa.schema(fields, metadata={"crc32": str(_checksum(keys, rows))})
    batch = pa.record_batch(list(columns.values()), schema=schema)
    with path.open("wb") as file:
        with pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())


def _list_column(matrix: NDArray[Any]) -> Any:
    import pyarrow as pa

    values = pa.array(np.ascontiguousarray(matrix).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(values, matrix.shape[1])

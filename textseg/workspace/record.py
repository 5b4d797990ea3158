"""What one run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from textseg.schema import EXPORTS, checked

Frames = dict[str, pd.DataFrame]
Arrays = dict[str, dict[str, np.ndarray[Any, Any]]]

MODELS = ("topics", "segments", "sentiment")
"""The fitted models a run keeps; each becomes ``model/<name>.safetensors``."""


@dataclass(frozen=True, eq=False)
class RunRecord:
    """Everything one run leaves behind; plain data.

    Parameters
    ----------
    run_id : str
        Given by the workspace at commit: a counter and the as-of date, such as
        ``"0007-2025-06-30"``, so that ids sort in the order of the commits.
    created_at : datetime
        When it was committed, UTC.
    as_of : Timestamp
        The last moment of the data, naive UTC.
    frames : dict of str to DataFrame
        The exports, by the names of :data:`textseg.schema.EXPORTS`, numbered from 0.
    arrays : dict of str to dict of str to ndarray
        The arrays of each of :data:`MODELS`, by name; bool, int or float.
    metadata : dict
        JSON that belongs to the arrays: names, keywords, feature names; ``encoder`` with ``name``
        and ``fingerprint`` goes on the model's card.
    manifest : dict
        JSON: seed, versions, config, hashes, counts, timings, quality.
    report : str
        HTML of the report; empty if there is none.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> import pandas as pd
    >>> from textseg.workspace import RunRecord
    >>> now = datetime(2025, 7, 1, tzinfo=timezone.utc)
    >>> RunRecord("0001-2025-06-30", now, pd.Timestamp("2025-06-30"), {}, {}, {}, {}, "").run_id
    '0001-2025-06-30'
    """

    run_id: str
    created_at: datetime
    as_of: pd.Timestamp
    frames: Frames
    arrays: Arrays
    metadata: dict[str, Any]
    manifest: dict[str, Any]
    report: str


def checked_frames(frames: Mapping[str, pd.DataFrame]) -> Frames:
    """Return all exports in the schema's order and dtypes; missing ones are empty."""
    unknown = sorted(set(frames) - set(EXPORTS))
    if unknown:
        raise ValueError(f"frames holds {unknown}; the exports are {list(EXPORTS)}")
    return {
        name: checked(frames.get(name, pd.DataFrame()), export).reset_index(drop=True)
        for name, export in EXPORTS.items()
    }


def checked_arrays(arrays: Mapping[str, Mapping[str, np.ndarray[Any, Any]]]) -> Arrays:
    """Return the arrays of all models, contiguous and little-endian."""
    unknown = sorted(set(arrays) - set(MODELS))
    if unknown:
        raise ValueError(f"arrays holds {unknown}; the models are {list(MODELS)}")
    return {
        model: {name: _storable(name, array) for name, array in arrays.get(model, {}).items()}
        for model in MODELS
    }


def _storable(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"array {name!r} is {array.dtype}; expected bool, int or float")
    return array.astype(array.dtype.newbyteorder("<"), order="C")


def plain_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mapping as JSON gives it back: NumPy values plain, NaN and infinities None."""
    text = json.dumps(value, default=_plain)
    data: dict[str, Any] = json.loads(text, parse_constant=lambda _: None)
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def naive_utc(moment: pd.Timestamp) -> pd.Timestamp:
    """Return the moment in UTC, without a zone, in nanoseconds."""
    moment = pd.Timestamp(moment)
    if moment.tz is not None:
        moment = moment.tz_convert("UTC").tz_localize(None)
    return moment.as_unit("ns")

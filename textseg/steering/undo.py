"""What an edit keeps of the time before, so that it can be undone."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.steering.talk import told
from textseg.topics.model import TopicModel

if TYPE_CHECKING:
    from textseg.workspace import RunRecord


def keep(run: RunRecord, after: TopicModel) -> dict[str, Any]:
    """Keep what undoing cannot compute, as JSON.

    Parameters
    ----------
    run : RunRecord
        Before the edit.
    after : TopicModel
        After it.

    Returns
    -------
    dict
        The model's metadata, those of its arrays that the edit changes, what the segments talk
        about and, where arrays change, what was measured when the topics were found, and the
        profiles of the segments.
    """
    # Through the model: the arrays of an earlier version are fewer.
    old = TopicModel.from_arrays(run.arrays["topics"], run.metadata["topics"]).to_arrays()
    new = after.to_arrays()
    changed = {name: old[name] for name in old if not np.array_equal(old[name], new[name])}
    before: dict[str, Any] = {
        "metadata": run.metadata["topics"],
        "arrays": {name: _packed(array) for name, array in changed.items()},
        **told(run.frames),
    }
    if changed:
        table = run.frames["topics"]
        before["core"] = _packed(run.frames["feedback"]["is_core"].to_numpy(dtype=bool))
        before["profiles"] = run.metadata["profiles"]
        topics = table[table["kind"].fillna("topic") == "topic"]
        before["stability"] = dict(
            zip(topics["topic_id"].astype(str), topics["stability"].to_list(), strict=True)
        )
    return before


def model_before(run: RunRecord, before: Mapping[str, Any]) -> TopicModel:
    """Make the model of before the edit again."""
    arrays = {name: _unpacked(array) for name, array in before["arrays"].items()}
    return TopicModel.from_arrays({**run.arrays["topics"], **arrays}, before["metadata"])


def core_before(before: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return which feedback lay in a dense core, shape (n_feedback,)."""
    return _unpacked(before["core"]).astype(bool)


def stability_before(before: Mapping[str, Any], n_topics: int) -> NDArray[np.float64]:
    """Return the stability of each topic, shape (n_topics,)."""
    known = before["stability"]
    values = [known.get(str(topic)) for topic in range(n_topics)]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def _unpacked(packed: Mapping[str, Any]) -> NDArray[Any]:
    data = zlib.decompress(base64.b64decode(packed["data"]))
    return np.frombuffer(data, np.dtype(packed["dtype"])).reshape(packed["shape"]).copy()

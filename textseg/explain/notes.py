"""What to know beside an explanation."""

from __future__ import annotations

from textseg.explain.contest import Matrix
from textseg.explain.features import Features
from textseg.explain.record import Record
from textseg.report.numbers import count

_SAME = 1e-3
"""Difference in confidence that rounding can bring."""


def notes(
    record: Record,
    features: Features,
    distances: Matrix,
    rival: int,
    name: str,
    confidence: float,
) -> list[str]:
    """List what is not as it was when the run was made, or says little.

    Parameters
    ----------
    record : Record
    features : Features
    distances : ndarray of float64, shape (k,)
        To the segments, with these features.
    rival : int
    name : str
        Of the rival.
    confidence : float
        With these features.

    Returns
    -------
    list of str
    """
    found = []
    stored = record.customer.get("segment_confidence")
    cause = "their feedback or the topics have been changed since the segments were found"
    if features.missing:
        cause = "what is not kept counts as average here"
        found.append(f"A run does not keep {' and '.join(features.missing)}.")
    if distances[rival] < distances[record.segment_id]:
        found.append(f"As the run is stored now, they would be in “{name}”: {cause}.")
    elif stored is not None and abs(float(stored) - confidence) > _SAME:
        found.append(
            f"The run gave a confidence of {float(stored):.2f}, now it is {confidence:.2f}: "
            f"{cause}."
        )
    if not features.informative.any():
        found.append("None of their texts says anything by itself, such as “ok” or “thanks”.")
    if features.n_encoded:
        found.append(f"Encodings that were gone and made again: {count(features.n_encoded)}.")
    return found

"""Scales of ratings, found out from their values, and what the ratings on them mean.

A source of feedback has one scale: stars from one file and recommendations from 0 to 10 from
another can stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEWEST_RATED = 20
"""With fewer ratings neither a scale is found out nor a check made."""
_STRAY = 100  # One rating in so many may lie above the scale, such as 99 for "no answer".


@dataclass(frozen=True)
class RatingScale:
    """From which number to which ratings go, and what they mean.

    Parameters
    ----------
    name : str
        Such as ``"1-5"``; ``"other"`` where it is none of those known.
    low, high : float
        The worst and the best rating.
    negative_to, positive_from : float
        The best rating that is negative and the worst that is positive.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment.rating_scale import RatingScale
    >>> stars = RatingScale("1-5", 1, 5, 2, 4)
    >>> stars.classes(np.array([1.0, 3.0, 4.5, 99.0, np.nan])).tolist()
    [0, 1, 2, -1, -1]
    """

    name: str
    low: float
    high: float
    negative_to: float
    positive_from: float

    def position(self, ratings: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where on the scale ratings lie, from 0 (worst) to 1; NaN if beside it."""
        inside = (ratings >= self.low) & (ratings <= self.high)
        place = (ratings.astype(np.float64) - self.low) / (self.high - self.low)
        return np.where(inside, place, np.nan)

    def classes(self, ratings: NDArray[np.floating]) -> NDArray[np.int8]:
        """Return 0 (negative), 1 (neutral), 2 (positive), or −1 for what lies beside the scale."""
        inside = (ratings >= self.low) & (ratings <= self.high)
        number = 1 + (ratings >= self.positive_from) - (ratings <= self.negative_to).astype(int)
        return np.where(inside, number, -1).astype(np.int8)


# Each with the rating that must be passed for it: where nobody goes beyond 3, nobody could.
_KNOWN = (
    (3, RatingScale("1-5", 1, 5, 2, 4)),
    (7, RatingScale("1-10", 1, 10, 4, 7)),
    (7, RatingScale("0-10", 0, 10, 6, 9)),  # Would recommend: detractors, passives, promoters.
    (50, RatingScale("0-100", 0, 100, 33, 67)),
)


def find_scale(ratings: NDArray[np.floating]) -> RatingScale | None:
    """Find out the scale that ratings are on.

    Parameters
    ----------
    ratings : ndarray of float, shape (n,)
        Without NaN. Up to one in a hundred may lie below or above the scale.

    Returns
    -------
    RatingScale or None
        1-5, 1-10, 0-10, 0-100, or else a scale from the lowest rating to the highest, in thirds;
        None where fewer than 20 ratings are given, or all are the same and fit no known scale.

    Examples
    --------
    >>> import numpy as np
    >>> from textseg.sentiment.rating_scale import find_scale
    >>> find_scale(np.repeat([0, 6, 8, 9, 10], 5))
    RatingScale(name='0-10', low=0, high=10, negative_to=6, positive_from=9)
    """
    if len(ratings) < FEWEST_RATED:
        return None
    ordered, stray = np.sort(ratings), len(ratings) // _STRAY
    low, high = float(ordered[stray]), float(ordered[-1 - stray])
    if low >= 1 and high <= 5 and ordered[-1] in (4, 5):
        return _KNOWN[0][1]
    for passed, scale in _KNOWN:
        if scale.low <= low and passed < high <= scale.high:
            return scale
    if low == high:
        return None
    third = (high - low) / 3
    return RatingScale("other", low, high, low + third, high - third)


def rating_scales(feedback: pd.DataFrame) -> dict[str, RatingScale]:
    """Find out the scale of each source; sources with few ratings are looked at together.

    Parameters
    ----------
    feedback : DataFrame
        With ``source`` and ``rating``.

    Returns
    -------
    dict of str to RatingScale
        By source, in the order of their names; without those whose scale cannot be known.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.sentiment.rating_scale import rating_scales
    >>> stars = pd.DataFrame({"source": "reviews.csv", "rating": [1.0, 5.0] * 10})
    >>> rating_scales(stars)["reviews.csv"].name
    '1-5'
    """
    rated = feedback.loc[np.isfinite(_numbers(feedback)), ["source", "rating"]]
    values = {
        str(source): ratings.to_numpy(dtype="float64")
        for source, ratings in rated.groupby("source")["rating"]
    }
    few = {source for source, ratings in values.items() if len(ratings) < FEWEST_RATED}
    pool = [ratings for source, ratings in values.items() if source in few]
    together = find_scale(np.concatenate([np.empty(0), *pool]))
    found = {
        source: together if source in few else find_scale(ratings)
        for source, ratings in values.items()
    }
    return {source: scale for source, scale in sorted(found.items()) if scale is not None}


def ratings_class(feedback: pd.DataFrame) -> NDArray[np.int8]:
    """Turn ratings into the classes that sentiment has.

    Parameters
    ----------
    feedback : DataFrame
        With ``source`` and ``rating``.

    Returns
    -------
    ndarray of int8, shape (n,)
        0 (negative), 1 (neutral), 2 (positive), or −1 where there is no rating that is understood.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.sentiment.rating_scale import ratings_class
    >>> frame = pd.DataFrame({"source": "reviews.csv", "rating": [1, 2, 3, 4, 5, None] * 4})
    >>> ratings_class(frame)[:6].tolist()
    [0, 0, 1, 2, 2, -1]
    """
    classes = np.full(len(feedback), -1, dtype=np.int8)
    for scale, rows, ratings in _by_scale(feedback):
        classes[rows] = scale.classes(ratings)
    return classes


def ratings_position(feedback: pd.DataFrame) -> NDArray[np.float64]:
    """Return where on the scale of its source each rating lies.

    Parameters
    ----------
    feedback : DataFrame
        With ``source`` and ``rating``.

    Returns
    -------
    ndarray of float64, shape (n,)
        From 0 (worst) to 1, NaN where there is no rating that is understood.

    Examples
    --------
    >>> import pandas as pd
    >>> from textseg.sentiment.rating_scale import ratings_position
    >>> frame = pd.DataFrame({"source": "reviews.csv", "rating": [1, 2, 3, 4, 5, None] * 4})
    >>> ratings_position(frame)[:6].tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0, nan]
    """
    positions = np.full(len(feedback), np.nan)
    for scale, rows, ratings in _by_scale(feedback):
        positions[rows] = scale.position(ratings)
    return positions


def _by_scale(
    feedback: pd.DataFrame,
) -> Iterator[tuple[RatingScale, NDArray[np.bool_], NDArray[np.float64]]]:
    """Go through the scales, each with the rows that are on it and their ratings."""
    ratings = _numbers(feedback)
    of_source = rating_scales(feedback)
    for scale in dict.fromkeys(of_source.values()):
        sources = [source for source, each in of_source.items() if each == scale]
        rows = feedback["source"].isin(sources).to_numpy(dtype=bool)
        yield scale, rows, ratings[rows]


def _numbers(feedback: pd.DataFrame) -> NDArray[np.float64]:
    return feedback["rating"].to_numpy(dtype="float64", na_value=np.nan)

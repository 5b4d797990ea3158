"""What the report says of the topics over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textseg.counted import counted
from textseg.report.numbers import count, signed
from textseg.report.quotes import short

FEWEST = 5
"""Recent unclustered texts of which a group could be made."""
MOST = 12
"""Topics with a flag that are shown; the strongest first."""
_WIDTH, _HEIGHT = 220.0, 44.0


def trends_view(
    trends: Mapping[str, Any] | None, feedback: pd.DataFrame, topics: pd.DataFrame
) -> dict[str, Any] | None:
    """Lay out the topics that have changed, or the largest where none has.

    Parameters
    ----------
    trends : mapping or None
        The manifest's ``figures.trends``, which :meth:`textseg.topics.trends.Trends.to_json` gave.
    feedback, topics : DataFrame
        The exports of those names: quotes and names are looked up in them.

    Returns
    -------
    dict or None
        ``rows`` (name, flags, changes in words, spark, quotes), ``emerging`` (keywords, words,
        quotes), ``more`` (topics with a flag that are not shown), ``lines`` (what was compared, and
        how many flags are expected to be false) and ``notes``; None without weeks.
    """
    if not trends or not trends["series"]["weeks"]:
        return None
    texts = _texts(feedback, trends)
    if "hidden" in topics:
        topics = topics[~topics["hidden"].astype("boolean").fillna(False).astype("bool")]
    names = dict(zip(topics["topic_id"].astype(int), topics["name"].astype(str), strict=True))
    flags = sorted(
        (flag for flag in trends["flags"] if flag["topic_id"] in names),
        key=lambda flag: (_strength(flag), flag["topic_id"]),
    )
    flagged = {flag["topic_id"]: flag for flag in flags[:MOST]}
    series = {each["topic_id"]: each for each in trends["series"]["topics"]}
    shown = list(flagged) if flags else [key for key in series if key in names]
    rows = [
        {
            "name": names[key],
            "spark": _spark(series[key], trends["series"], trends["periods"]),
            **_said(flagged.get(key), trends["periods"], texts),
        }
        for key in shown
        if key in series
    ]
    emerging = [_group(group, trends["periods"], texts) for group in trends["emerging"]]
    return {
        "rows": rows,
        "emerging": emerging,
        "more": len(flags) - len(flagged),
        "lines": _lines(trends),
        "notes": list(trends["notes"]),
    }


def change_in_words(flag: Mapping[str, Any], periods: Mapping[str, Any]) -> list[str]:
    """Say what has changed about a topic.

    Parameters
    ----------
    flag : mapping
        One of the manifest's ``figures.trends.flags``.
    periods : mapping
        Its ``periods``.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from textseg.report.trends import change_in_words
    >>> flag = {"flag": "rising", "n_recent": 40, "n_before": 80, "ratio": 2.41, "ratio_low": 1.88,
    ...         "ratio_high": 3.1, "sentiment_flag": "steady"}
    >>> change_in_words(flag, {"recent": {"weeks": 4}, "before": {"weeks": 20}})
    ['2.4 times as often as in the 20 weeks before, 1.9 to 3.1.']
    """
    before, recent = (_weeks(periods[name]["weeks"]) for name in ("before", "recent"))
    said = []
    if flag["flag"] in ("rising", "fading", "new"):
        if not flag["n_before"]:
            said.append(f"{count(flag['n_recent'])} in the last {recent}, none in the {before}.")
        else:
            low, high = (_times(flag[name]) for name in ("ratio_low", "ratio_high"))
            interval = f"{low} to {high}" if flag["ratio_high"] is not None else f"at least {low}"
            said.append(
                f"{_times(flag['ratio'])} times as often as in the {before} before, {interval}."
            )
    if flag["sentiment_flag"] in ("better", "worse"):
        change, low, high = (
            signed(flag[name])
            for name in ("sentiment_change", "sentiment_change_low", "sentiment_change_high")
        )
        said.append(f"Sentiment {change} against the {before} before, {low} to {high}.")
    return said


def _said(
    flag: Mapping[str, Any] | None, periods: Mapping[str, Any], texts: Mapping[Any, Any]
) -> dict[str, Any]:
    if flag is None:
        return {"flags": [], "changes": [], "quotes": []}
    marks = [flag["flag"], flag["sentiment_flag"]]
    return {
        "flags": [mark for mark in marks if mark not in (None, "steady")],
        "changes": change_in_words(flag, periods),
        "quotes": _quotes(flag["keys"], texts),
    }


def _group(
    group: Mapping[str, Any], periods: Mapping[str, Any], texts: Mapping[Any, Any]
) -> dict[str, Any]:
    before = _weeks(periods["before"]["weeks"])
    expected = f"{group['expected']:.2g}"
    earlier = f"{count(group['n_before'])} in the {before} before" if group["n_before"] else "none"
    return {
        "keywords": group["keywords"],
        "words": f"{count(group['n'])} close texts where {expected} would be usual; {earlier}"
        + ("." if group["n_before"] else f" in the {before} before."),
        "quotes": _quotes(group["keys"], texts),
    }


def _lines(trends: Mapping[str, Any]) -> list[str]:
    """Say what was compared, and what the flags are worth."""
    alarms, periods = trends["alarms"], trends["periods"]
    if not alarms:
        return []
    recent, before = periods["recent"], periods["before"]
    volume, mood, new = (alarms[name] for name in ("volume", "sentiment", "emerging"))
    lines = [
        f"The {_weeks(recent['weeks'])} from {recent['first']} to {recent['last']} against the "
        f"{_weeks(before['weeks'])} before, by the share of each week's feedback: growth of "
        "everything is no change. Bars are texts per week, the line is what the earlier share "
        "gives."
    ]
    for name, each in (("share", volume), ("sentiment", mood)):
        if each["flagged"]:
            lines.append(
                f"Of {counted(each['tested'], 'topic')} tested by {name} {count(each['flagged'])} "
                f"{'is' if each['flagged'] == 1 else 'are'} flagged; at most "
                f"{each['false_at_most']:.2g} of these flags are expected to be false alarms."
            )
        elif each["tested"]:
            lines.append(f"Of {counted(each['tested'], 'topic')} tested by {name} none is flagged.")
    if new["tested"] >= FEWEST:
        lines.append(
            f"New groups were looked for among {count(new['tested'])} recent unclustered texts: "
            f"where nothing is new, any is found with a chance of {new['level']:.0%} at most."
        )
    return lines


def _spark(
    series: Mapping[str, Any], weeks: Mapping[str, Any], periods: Mapping[str, Any]
) -> dict[str, Any]:
    """Place a bar per week, and a line where they would end with the share of before."""
    mondays, n = weeks["weeks"], series["n"]
    totals = weeks["totals"]
    before = _inside(mondays, periods.get("before"))
    of_all = sum(total for total, own in zip(totals, before, strict=True) if own)
    own = sum(number for number, mine in zip(n, before, strict=True) if mine)
    usual = [total * own / of_all for total in totals] if of_all else []
    peak = max([1.0, *n, *usual])
    step, scale = _WIDTH / len(n), _HEIGHT / peak
    recent = _inside(mondays, periods.get("recent"))
    bars = [
        {
            "x": round(place * step, 2),
            "width": round(step * 0.8, 2),
            "y": round(_HEIGHT - number * scale, 2),
            "height": round(number * scale, 2),
            "kind": "partial" if days < 7 else "accent" if late else "neu",
            "title": f"Week of {monday}: {count(number)}, {low:.1f} to {high:.1f}"
            + (f" ({days} days)" if days < 7 else ""),
        }
        for place, (monday, number, low, high, days, late) in enumerate(
            zip(mondays, n, series["low"], series["high"], weeks["days"], recent, strict=True)
        )
    ]
    line = " ".join(
        f"{(place + 0.4) * step:.2f},{_HEIGHT - value * scale:.2f}"
        for place, value in enumerate(usual)
    )
    label = f"Texts per week from {mondays[0]} to {mondays[-1]}, at most {count(max(n))}"
    return {"bars": bars, "line": line, "label": label, "peak": max(n)}


def _inside(mondays: Sequence[str], period: Mapping[str, Any] | None) -> list[bool]:
    if period is None:
        return [False] * len(mondays)
    return [period["first"] <= monday <= period["last"] for monday in mondays]


def _strength(flag: Mapping[str, Any]) -> float:
    return min(float(flag[name]) for name in ("p", "sentiment_p") if flag[name] is not None)


def _texts(
    feedback: pd.DataFrame, trends: Mapping[str, Any]
) -> dict[tuple[str, str], tuple[str, float]]:
    """Look up what is quoted; all texts would be too many."""
    told = (*trends["flags"], *trends["emerging"])
    ids = sorted({str(key) for each in told for _, key in each["keys"]})
    quoted = feedback[feedback["feedback_id"].isin(ids)]
    columns = quoted[["source", "feedback_id", "text", "sentiment"]]
    return {
        (str(source), str(key)): (str(text), float(felt))
        for source, key, text, felt in columns.itertuples(index=False)
    }


def _quotes(keys: Sequence[Sequence[str]], texts: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """Quote what is still there; what was forgotten is not."""
    found = [texts[tuple(key)] for key in keys if tuple(key) in texts]
    return [{"text": short(text), "topic": None, "sentiment": felt} for text, felt in found]


def _times(value: float) -> str:
    return f"{value:.2g}" if value < 1 else f"{value:.1f}" if value < 10 else count(value)


def _weeks(number: int) -> str:
    return f"{number} week" if number == 1 else f"{number} weeks"

"""What the report says, as plain values: chosen from the exports, before any layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from textseg.report import figures
from textseg.report.evidence import evidence_lines, evidence_of_segments
from textseg.report.groups import in_groups, ordered
from textseg.report.numbers import amount, count, percent, signed
from textseg.report.quotes import segment_quotes, topic_quotes
from textseg.report.ratings import ratings_view
from textseg.report.refreshed import refreshed_view
from textseg.report.scales import scales_of_segments
from textseg.report.stability import stability_view
from textseg.report.trends import trends_view

Row = dict[str, Any]


def content(frames: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Gather everything that the report shows.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The exports ``segments``, ``micro_segments``, ``topics``, ``customers`` and ``feedback``.
    manifest : mapping
        The run's facts, as :class:`textseg.report.Report` lists them.

    Returns
    -------
    dict
        Only strings, numbers, None, lists and dicts.
    """
    feedback, customers = frames["feedback"], frames["customers"]
    measured = manifest.get("figures") or {}
    of_segments = measured.get("segments")
    segments = _segments(
        frames["segments"],
        segment_quotes(feedback, customers, frames["segments"]),
        scales_of_segments(customers),
        evidence_of_segments(of_segments, frames["micro_segments"], customers),
    )
    topics = _topics(frames["topics"], topic_quotes(feedback))
    return {
        "as_of": _as_of(manifest),
        "headline": _headline(segments, topics, feedback, customers, manifest.get("match_rate")),
        "stability": stability_view(of_segments, segments),
        "findings": _findings(segments, topics),
        "refreshed": refreshed_view(manifest.get("refresh")),
        "segments": segments,
        "groups": in_groups(segments),
        "evidence": evidence_lines(of_segments),
        "segment_map": figures.segment_map(segments),
        "topics": topics,
        "unclustered": _mean(feedback["topic_id"] == -1),
        "timeline": figures.timeline(feedback),
        "trends": trends_view(measured.get("trends"), feedback, frames["topics"]),
        "ratings": ratings_view(measured.get("sentiment"), feedback),
        "quality": _quality(manifest.get("data_quality")),
        "notes": [str(note) for note in manifest.get("notes") or ()],
        "facts": _facts(manifest),
    }


def records(frame: pd.DataFrame) -> list[Row]:
    """List the rows of a frame with None for every kind of null."""
    plain = frame.astype(object)
    return cast("list[Row]", plain.where(plain.notna(), None).to_dict("records"))


def _segments(
    frame: pd.DataFrame,
    quotes: Mapping[int, list[Row]],
    scales: Mapping[int, dict[str, str]],
    evidence: Mapping[int, Row],
) -> list[Row]:
    """Give the segments their numbers, in the order of their cards, and what the cards say."""
    rows = ordered(records(frame))
    of_id = {row["segment_id"]: row for row in rows}
    for number, row in enumerate(rows, start=1):
        own = evidence.get(row["segment_id"], {})
        row["number"] = number
        row["quotes"] = quotes.get(int(row["segment_id"]), [])
        row["scales"] = scales.get(int(row["segment_id"]), {})
        row["phrases"] = own.get("phrases", [])
        row["rule"] = own.get("rule")
        row["products"] = own.get("products", [])
        row["micro"] = own.get("micro", [])
        row["lookalike"] = [
            {"name": of_id[alike["segment_id"]]["name"], "share": alike["share"]}
            for alike in own.get("lookalike", [])
            if alike["segment_id"] in of_id
        ]
    return rows


def _topics(frame: pd.DataFrame, quotes: Mapping[int, list[Row]]) -> list[Row]:
    everything = records(frame)
    themes = {row["topic_id"]: row["name"] for row in everything if row["kind"] == "theme"}
    rows = [row for row in everything if row["kind"] != "theme" and not row["hidden"]]
    rows.sort(key=lambda row: (-row["n_feedback"], row["topic_id"]))
    for row in rows:
        row["theme"] = themes.get(row["parent_id"])
        row["keywords"] = [word for word in str(row["keywords"] or "").split(", ") if word]
        row["quotes"] = quotes.get(int(row["topic_id"]), [])
    return rows


def _headline(
    segments: list[Row],
    topics: list[Row],
    feedback: pd.DataFrame,
    customers: pd.DataFrame,
    match_rate: float | None,
) -> list[Row]:
    silent = int(customers["is_silent"].sum())
    negative = _mean(feedback["sentiment_label"] == "negative")
    revenue = customers["monetary"].sum(min_count=1)
    by_value = sum(row["kind"] == "value" for row in segments)
    figures_ = [
        ("Customers", count(len(customers)), f"{count(silent)} silent" if silent else ""),
        ("Feedback", count(len(feedback)), f"{percent(negative)} negative"),
        ("Segments", count(len(segments)), f"{by_value} of them silent" if by_value else ""),
        ("Topics", count(len(topics)), ""),
        ("Sentiment", signed(_mean(feedback["sentiment"])), "from −1 to +1"),
    ]
    if pd.notna(revenue):
        figures_.append(("Revenue", amount(float(revenue)), "net, up to the as-of date"))
    if match_rate is not None:
        figures_.append(("Match rate", percent(match_rate), "feedback customers with orders"))
    return [{"label": label, "value": value, "note": note} for label, value, note in figures_]


def _findings(segments: list[Row], topics: list[Row]) -> list[str]:
    """Say the few things that a reader in a hurry wants to know."""
    lines = []
    if segments:
        largest = max(segments, key=lambda row: row["n_customers"])
        lines.append(
            f"The largest segment is “{largest['name']}” with {percent(largest['share'])} "
            "of the customers."
        )
    valued = [row for row in segments if row["revenue_share"] is not None]
    if valued:
        top = max(valued, key=lambda row: row["revenue_share"])
        lines.append(
            f"“{top['name']}” brings {percent(top['revenue_share'])} of the revenue with "
            f"{percent(top['share'])} of the customers."
        )
    felt = [row for row in segments if row["sentiment"] is not None]
    if len(felt) > 1:
        low = min(felt, key=lambda row: row["sentiment"])
        lines.append(
            f"“{low['name']}” is the least satisfied segment "
            f"(sentiment {signed(low['sentiment'])})."
        )
    blamed = [row for row in topics if row["negative_share"]]
    if blamed:
        n = sum(row["n_feedback"] for row in blamed)
        usual = sum(row["negative_share"] * row["n_feedback"] for row in blamed) / n
        # By how much more than usual, so that the largest topic is not the worst for its size.
        worst = max(blamed, key=lambda row: (row["negative_share"] - usual) * row["n_feedback"])
        lines.append(
            f"“{worst['name']}” draws more negative feedback than others: "
            f"{percent(worst['negative_share'])} of {count(worst['n_feedback'])}."
        )
    return lines


def _quality(quality: Mapping[str, Any] | None) -> list[Row]:
    """List the tables that were read, each with what was found in it."""
    if not quality:
        return []
    found: dict[str, list[Row]] = {name: [] for name in quality["totals"]}
    for finding in quality["findings"]:
        found.setdefault(finding["table"], []).append(dict(finding))
    nothing = {"read": None, "kept": None, "dropped": None}
    return [
        {"table": name, **quality["totals"].get(name, nothing), "findings": findings}
        for name, findings in found.items()
    ]


def _as_of(manifest: Mapping[str, Any]) -> str | None:
    value = manifest.get("as_of")
    return None if value is None or pd.isna(value) else str(value)[:10]


def _facts(manifest: Mapping[str, Any]) -> list[Row]:
    """List the run's facts that let somebody repeat it."""
    facts = [("As of", _as_of(manifest)), ("Run", manifest.get("run_id"))]
    facts.append(("Seed", manifest.get("seed")))
    facts.append(("Languages", _languages(manifest)))
    facts.extend(("Version of " + name, text) for name, text in _items(manifest, "versions"))
    facts.extend((f"Seconds: {name}", f"{_seconds(t)}") for name, t in _items(manifest, "timings"))
    return [{"label": label, "value": str(value)} for label, value in facts if value is not None]


def _languages(manifest: Mapping[str, Any]) -> str | None:
    """List the languages of the feedback with their shares, the commonest first."""
    counts = (manifest.get("figures") or {}).get("languages")
    if not counts:
        return None
    total = sum(counts.values())
    return ", ".join(f"{code} {percent(n / total)}" for code, n in counts.items())


def _items(manifest: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    section = manifest.get(name)
    return [(str(key), value) for key, value in section.items()] if section else []


def _seconds(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else str(value)


def _mean(series: pd.Series[Any]) -> float | None:
    known = series.dropna()
    return float(known.astype("float64").mean()) if len(known) else None

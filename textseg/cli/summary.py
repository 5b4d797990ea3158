"""What the screen and ``--json`` say about a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from textseg.cli.output import Output
from textseg.counted import counted
from textseg.errors import TooLateError
from textseg.report.content import records
from textseg.report.numbers import amount, count, percent, signed
from textseg.report.refreshed import refreshed_view

if TYPE_CHECKING:
    import pandas as pd

    from textseg.segmentation import Segmentation

FILES = ("report.html", "exports", "manifest.json", "store.duckdb")
_MOST_FINDINGS = 25


def save_and_show(out: Output, segmentation: Segmentation, workspace: Path) -> None:
    """Save a run and say what it found; what has come to an end is never called interrupted.

    Parameters
    ----------
    out : Output
    segmentation : Segmentation
        From a fit or a refresh.
    workspace : Path

    Raises
    ------
    TooLateError
        If somebody interrupts while the saved run is shown.
    """
    record = segmentation.save(workspace)
    try:
        if out.as_json:
            out.json(run_document(segmentation, workspace, record.run_id))
        elif not out.quiet:
            show_run(out, segmentation, workspace)
    except KeyboardInterrupt:
        raise TooLateError from None


def run_document(segmentation: Segmentation, workspace: Path, run_id: str) -> dict[str, Any]:
    """Gather the JSON document of ``textseg run`` and ``textseg refresh``.

    Parameters
    ----------
    segmentation : Segmentation
        What the run found.
    workspace : Path
        Where it is saved.
    run_id : str
        As what.

    Returns
    -------
    dict
        run_id, as_of, counts, match_rate, mappings, quality, notes, segments, timings, paths; of a
        refresh also refresh.
    """
    manifest = segmentation.manifest
    document = {
        "run_id": run_id,
        "as_of": f"{segmentation.as_of:%Y-%m-%d}",
        "counts": manifest["counts"],
        "match_rate": segmentation.match_rate,
        "mappings": segmentation.mappings,
        "quality": manifest["data_quality"],
        "notes": segmentation.notes,
        "segments": records(segmentation.segments),
        "timings": manifest["timings"],
        "paths": {name.partition(".")[0]: str(workspace / name) for name in FILES},
    }
    if "refresh" in manifest:
        document["refresh"] = manifest["refresh"]
    return document


def show_run(out: Output, segmentation: Segmentation, workspace: Path) -> None:
    """Print what was read, what was lost, the segments, how they hold, and where the files are."""
    show_changes(out, segmentation.manifest.get("refresh"))
    quality = segmentation.manifest["data_quality"]
    # A refresh also keeps the mappings of what was read before.
    found = segmentation.mappings.items()
    show_columns(out, {name: columns for name, columns in found if name in quality["totals"]})
    show_quality(out, **quality)
    out.line()
    if segmentation.match_rate is not None:
        rate = percent(segmentation.match_rate)
        out.line(f"Match rate: {rate} of the customers with feedback have orders.")
    for note in segmentation.notes:
        out.line(f"Note: {note}")
    if len(segmentation.segments):
        show_segments(out, segmentation.segments)
    else:
        show_topics(out, segmentation.topics)
    out.line()
    out.line(_sentence(segmentation))
    for line in (stability_line(segmentation.manifest), fidelity_line(segmentation.manifest)):
        if line is not None:
            out.line(line)
    if len(segmentation.segments):
        out.line(
            f"Why a customer is in a segment: textseg explain {quote(str(workspace))} CUSTOMER"
        )
    out.line(f"Report: {workspace / 'report.html'}")
    out.line(f"Tables: {workspace / 'exports'}")


def show_changes(out: Output, refresh: Mapping[str, Any] | None) -> None:
    """Print what a refresh has changed; nothing of a run that found its topics itself."""
    changes = refreshed_view(refresh)
    if changes is None:
        return
    out.heading("New")
    for line in changes["lines"]:
        out.line(line)
    if changes["moves"]:
        out.table(
            ["from segment", "to segment", "customers"],
            [
                (move["source"], move["target"], count(move["n_customers"]))
                for move in changes["moves"]
            ],
            right=["customers"],
        )
        if changes["more"]:
            out.line(f"… and {counted(changes['more'], 'smaller move')} in manifest.json.")


def show_columns(out: Output, mappings: Mapping[str, Mapping[str, str | None]]) -> None:
    """Print which column was taken for what, a line per source."""
    out.heading("Columns")
    rows = [
        (source, ", ".join(f"{meaning} = {column}" for meaning, column in found.items() if column))
        for source, found in mappings.items()
    ]
    out.table(["table", "taken as"], rows)


def show_quality(
    out: Output, totals: Mapping[str, Mapping[str, int]], findings: list[dict[str, Any]]
) -> None:
    """Print what was read and what was found in it, on one screen."""
    out.heading("Data quality")
    rows = list(_quality_rows(totals, findings))
    out.table(
        ["table", "read", "kept", "found", "rows", "first row"],
        rows[:_MOST_FINDINGS],
        right=["read", "kept", "rows", "first row"],
    )
    if len(rows) > _MOST_FINDINGS:
        out.line(f"… and {len(rows) - _MOST_FINDINGS} more in the report.")


def show_segments(out: Output, segments: pd.DataFrame) -> None:
    """Print the segments in the order of the export."""
    out.heading("Segments")
    out.table(
        ["segment", "customers", "share", "sentiment", "mean value", "revenue", "talks about"],
        [
            (
                str(row["name"]),
                count(row["n_customers"]),
                percent(row["share"]),
                signed(row["sentiment"]),
                amount(row["monetary_mean"]),
                percent(row["revenue_share"]),
                str(row["top_topics"] or ""),
            )
            for row in records(segments)
        ],
        right=["customers", "share", "sentiment", "mean value", "revenue"],
    )


def show_topics(out: Output, topics: pd.DataFrame) -> None:
    """Print the topics, which are the result where there are no segments."""
    out.heading("Topics")
    out.table(
        ["topic", "feedback", "share", "sentiment", "keywords"],
        [
            (
                str(row["name"]),
                count(row["n_feedback"]),
                percent(row["share"]),
                signed(row["sentiment"]),
                str(row["keywords"]),
            )
            for row in records(topics)
            if row.get("kind") != "theme"
        ],
        right=["feedback", "share", "sentiment"],
    )


def stability_line(manifest: Mapping[str, Any]) -> str | None:
    """Say how well the text segments are found again; None where it was not measured."""
    figures = manifest.get("figures", {}).get("segments") or {}
    if figures.get("n_segments", 0) < 2 or "bootstrap" not in figures:
        return None
    again = {name: f"{figures[name]:.2f}" for name in ("bootstrap", "seeds", "halves")}
    return (
        f"{figures['n_segments']} segments from text, {figures['kind']}: found again at "
        f"{again['bootstrap']} in bootstrap samples, {again['seeds']} with other seeds, "
        f"{again['halves']} in halves (adjusted Rand)."
    )


def fidelity_line(manifest: Mapping[str, Any]) -> str | None:
    """Say how often the rules are right; None where there are none."""
    figures = manifest.get("figures", {}).get("segments") or {}
    fidelity = figures.get("fidelity") or {}
    if fidelity.get("in_sample") is None:
        return None
    left_out = fidelity.get("cross_validated")
    tested = "" if left_out is None else f" ({percent(left_out)} of customers left out)"
    return (
        f"The rules in rules.sql put {percent(fidelity['in_sample'])} of the customers with text "
        f"into their own segment{tested}."
    )


def _quality_rows(
    totals: Mapping[str, Mapping[str, int]], findings: list[dict[str, Any]]
) -> Iterator[tuple[str, ...]]:
    """Give a table's totals on its first line only."""
    for name, total in totals.items():
        first = (name, count(total["read"]), count(total["kept"]))
        found = [_finding(finding) for finding in findings if finding["table"] == name]
        for cells in found or [("nothing", "", "")]:
            yield (*first, *cells)
            first = ("", "", "")


def _finding(finding: dict[str, Any]) -> tuple[str, str, str]:
    example = finding["example"]
    return (
        f"{finding['reason']} ({finding['action']})",
        count(finding["rows"]),
        "" if example is None else count(example),
    )


def _sentence(segmentation: Segmentation) -> str:
    counts = segmentation.manifest["counts"]
    unclustered = counts["unclustered"] / counts["feedback"] if counts["feedback"] else 0.0
    return (
        f"{count(counts['feedback'])} feedback in {counted(counts['topics'], 'topic')} "
        f"({percent(unclustered)} unclustered), {counted(counts['customers'], 'customer')} in "
        f"{counted(counts['segments'], 'segment')}, as of {segmentation.as_of:%Y-%m-%d}."
    )

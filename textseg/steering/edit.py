"""From what a person asks for to the run after it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from textseg.config import Config, make_config
from textseg.errors import InputError, WorkspaceError
from textseg.fitted import Fitted
from textseg.progress import SILENT, Progress
from textseg.steering.evidence import moved_profiles, new_evidence, renamed_profiles
from textseg.steering.frames import moved_frames, named_frames
from textseg.steering.texts import Texts
from textseg.steering.undo import core_before, keep, model_before, stability_before
from textseg.topics.edits import (
    MOVING,
    SEGMENTS_STAY,
    Edit,
    Kind,
    apply_edit,
    describe,
    find_topic,
)
from textseg.topics.model import TopicModel
from textseg.topics.trends import find_trends
from textseg.workspace import Workspace
from textseg.workspace.edits import UNDO

if TYPE_CHECKING:
    from textseg.segmentation import Segmentation
    from textseg.workspace import RunRecord
    from textseg.workspace.edits import StoredEdit

Asked: TypeAlias = Kind | Literal["undo"]


def edit_topics(
    workspace: str | Path,
    kind: Asked,
    *topics: int | str,
    name: str | None = None,
    into: int = 2,
    progress: Progress = SILENT,
) -> Segmentation:
    """Change the topics of the latest run of a workspace, in its place.

    Parameters
    ----------
    workspace : str or Path
    kind : {"rename", "merge", "split", "hide", "show", "pin", "unpin", "undo"}
        "rename" gives a topic or a theme another name; "merge" makes one of several topics, under
        the smallest id; "split" makes several of one; "hide" leaves topics out of the report and
        of the names of segments; "pin" marks topics as one's own, which keep their names when they
        are split; "undo" takes back the last edit that is in effect.
    *topics : int or str
        Ids or names.
    name : str, optional
        The new name, for "rename" and "merge".
    into : int
        Parts, for "split".
    progress : Progress

    Returns
    -------
    Segmentation
        The run after the edit. Its ``manifest["edits"]`` lists the edits in effect.

    Raises
    ------
    InputError
        There is no such topic, or the edit makes no sense.
    WorkspaceError
        There is no such workspace or run, or it cannot be written. The workspace is as it was.

    Examples
    --------
    >>> import textseg
    >>> from textseg.steering import edit_topics
    >>> try:
    ...     edit_topics("nowhere", "rename", 3, name="Late delivery")
    ... except textseg.TextsegError as error:
    ...     print(error.message)
    nowhere does not exist.
    """
    from textseg.segmentation import load

    change_topics(workspace, kind, *topics, name=name, into=into, progress=progress)
    return load(workspace)


def change_topics(
    workspace: str | Path,
    kind: Asked,
    *topics: int | str,
    name: str | None = None,
    into: int = 2,
    progress: Progress = SILENT,
) -> tuple[str, RunRecord]:
    """Do what :func:`edit_topics` does; return a sentence about it, and the run."""
    state = _State.of(Workspace.open(workspace))
    if kind == "undo":
        change = state.undone()
    else:
        edit = _edit(state.run.frames["topics"], kind, topics, name, into)
        change = state.edited(edit, progress)
    return change.edit["text"], state.write(change, progress)


@dataclass(frozen=True)
class _Change:
    """An edit, the model after it, and the kinds of all edits that are then in effect.

    ``texts`` are there if they had to be read; ``before`` is there if an edit is undone.
    """

    model: TopicModel
    edit: Mapping[str, Any]
    standing: list[str]
    texts: Texts | None = None
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _State:
    """The latest run of a workspace, ready to be edited."""

    workspace: Workspace
    run: RunRecord
    fitted: Fitted
    config: Config
    edits: list[StoredEdit]

    @classmethod
    def of(cls, workspace: Workspace) -> _State:
        run = workspace.latest()
        if run is None:
            raise WorkspaceError(f"{workspace.path} has no run yet.", hint="textseg run makes one.")
        fitted = Fitted.from_arrays(run.arrays, run.metadata)
        config = make_config(run.metadata["config"])
        return cls(workspace, run, fitted, config, workspace.edits(run.run_id))

    def texts(self, progress: Progress) -> Texts:
        return Texts.read(self.run, self.fitted, self.config, self.workspace.encodings, progress)

    def edited(self, edit: Edit, progress: Progress) -> _Change:
        model = self.fitted.topics
        if edit.kind in MOVING:
            self._check_may_move(edit.kind)
        texts = self.texts(progress) if edit.kind in MOVING else None
        corpus = None if texts is None else texts.corpus(self.config.topics.keywords)
        after = apply_edit(model, edit, corpus)
        standing = [*(each.kind for each in self.edits), edit.kind]
        about = {**edit.to_json(), "text": describe(edit, model, after)}
        return _Change(after, about, standing, texts)

    def undone(self) -> _Change:
        if not self.edits:
            raise InputError(f"Run {self.run.run_id} has no edit that could be undone.")
        *others, last = self.edits
        if last.run_id != self.run.run_id:
            raise InputError(
                f"The last edit ({last.edit['text']}) is of run {last.run_id}, from before the "
                "refresh, and cannot be undone.",
                hint="Rename, show or unpin topics by hand; textseg run finds them afresh.",
            )
        about = {"kind": UNDO, "undoes": last.id, "text": f"Undone: {last.edit['text']}"}
        model = model_before(self.run, last.before)
        return _Change(model, about, [each.kind for each in others], before=last.before)

    def write(self, change: _Change, progress: Progress) -> RunRecord:
        """Make everything that follows from the model, and put it into the run's place."""
        from textseg.report import Report

        run, model, before = self.run, change.model, change.before
        undo = keep(run, model)
        frames: dict[str, pd.DataFrame] = {}
        baseline = self.fitted.baseline
        profiles = renamed_profiles(run.metadata["profiles"], self.fitted.topics, model)
        if undo["arrays"]:
            core = run.frames["feedback"]["is_core"].to_numpy(dtype=bool)
            core = core if before is None else core_before(before)
            texts = change.texts or self.texts(progress)
            moved = moved_frames(
                run, texts, model, baseline, self.config, core, self._stability(model, before)
            )
            frames, baseline = moved.frames, moved.baseline
            profiles = moved_profiles(profiles, moved.shares, run.frames["customers"], model)
        if before is not None:
            profiles = before.get("profiles", profiles)
        frames = named_frames(run, frames, self.fitted, model, before)
        every = {**run.frames, **frames}
        names = tuple(every["segments"]["name"])
        fitted = replace(self.fitted, topics=model, baseline=baseline, segment_names=names)
        evidence, figures = new_evidence(run.metadata, profiles, every, model, self.config.seed)
        manifest = _manifest(run.manifest, every, change.standing, figures)
        facts = {**manifest, "run_id": run.run_id, "as_of": run.as_of}
        return self.workspace.edit(
            run,
            frames=frames,
            arrays=fitted.to_arrays(),
            metadata={**run.metadata, **fitted.metadata(), **evidence},
            manifest=manifest,
            report=Report(every, facts).html,
            edit=change.edit,
            before=undo,
        )

    def _check_may_move(self, kind: Kind) -> None:
        """Segments that were found in the topics' shares mean nothing once the shares change."""
        segments = self.fitted.segments
        blocks = [] if segments is None else [*segments.fusion.blocks]
        for block in ("topics", "themes"):
            if block in blocks:
                weight = getattr(self.config.segments.weights, block)
                raise InputError(
                    f"The segments were found in the {block}, with segments.weights.{block} = "
                    f"{weight:g}: to {kind} topics now would leave them without ground.",
                    hint="Rename, hide or pin; or run again with that weight 0 and edit then.",
                )

    def _stability(
        self, model: TopicModel, before: Mapping[str, Any] | None
    ) -> NDArray[np.float64]:
        """Carry over what was measured; of a topic that was made by hand nothing is known."""
        if before is not None:
            return stability_before(before, len(model))
        table = self.run.frames["topics"]
        kind = table["kind"].fillna("topic")  # null in the runs of an earlier version
        known = table[kind == "topic"].set_index("topic_id")["stability"]
        values = np.full(len(model), np.nan)
        for topic in model.ids:
            if _prototypes(model, topic) == _prototypes(self.fitted.topics, topic):
                values[topic] = known[topic]
        return values


def _edit(
    table: pd.DataFrame, kind: Kind, given: tuple[int | str, ...], name: str | None, into: int
) -> Edit:
    """Look the topics up; all that can be done to a theme is to rename it."""
    ids = list(dict.fromkeys(find_topic(table, each) for each in given))
    if not ids or (kind in ("rename", "split") and len(ids) > 1):
        raise InputError(f"To {kind}, give {'one topic' if ids else 'a topic'}, got {len(ids)}.")
    themes = table.loc[table["kind"] == "theme", "topic_id"].to_list()
    named = [each for each in ids if each in themes]
    if kind == "rename" and named:
        return Edit(kind, (), name, theme=themes.index(named[0]))
    if named:
        theme = table.loc[table["topic_id"] == named[0], "name"].iloc[0]
        raise InputError(
            f"“{theme}” is a theme; to {kind}, give topics.",
            hint="textseg topics WORKSPACE lists the topics of each theme.",
        )
    return Edit(kind, tuple(ids), name, into)


def _prototypes(model: TopicModel, topic: int) -> bytes:
    rows = model.centroids.groups == topic
    return bytes(model.centroids.directions[rows].tobytes())


def _manifest(
    manifest: Mapping[str, Any],
    frames: Mapping[str, pd.DataFrame],
    standing: list[str],
    evidence: Mapping[str, Any],
) -> dict[str, Any]:
    counts = {
        **manifest["counts"],
        "topics": int((frames["topics"]["kind"] == "topic").sum()),
        "unclustered": int((frames["feedback"]["topic_id"] < 0).sum()),
    }
    notes = [note for note in manifest["notes"] if note != SEGMENTS_STAY]
    if any(kind in MOVING for kind in standing):
        notes.append(SEGMENTS_STAY)
    figures = dict(manifest["figures"])
    if evidence:
        figures["segments"] = {**figures["segments"], **evidence}
    if figures.get("trends"):
        figures["trends"] = _trends(figures["trends"], manifest, frames)
    return {**manifest, "counts": counts, "notes": notes, "figures": figures}


def _trends(
    old: Mapping[str, Any], manifest: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """Follow the topics of now; groups of unclustered texts stay as they were found."""
    found = find_trends(
        frames["feedback"],
        frames["topics"],
        as_of=pd.Timestamp(manifest["as_of"]),
        seed=manifest["seed"],
    ).to_json()
    alarms = {**found["alarms"], "emerging": old["alarms"].get("emerging")}
    return {**found, "alarms": alarms if found["alarms"] else {}, "emerging": old["emerging"]}

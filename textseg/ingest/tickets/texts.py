"""Titles and texts as the customers wrote them: mended, cut and joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from textseg.ingest.cells import as_text
from textseg.ingest.clean import clean_texts, flatten, join_titles
from textseg.ingest.quality import Log
from textseg.ingest.tickets.cut import KINDS, cut, cut_label, cut_subject
from textseg.ingest.tickets.templates import Templates, without_templates

_PART = 20_000
_UNTOUCHED: tuple[Any, frozenset[str]] = (pd.NA, frozenset())


def read_texts(
    frame: pd.DataFrame,
    texts: pd.Series,
    titles: pd.Series | None,
    log: Log,
    templates: Templates,
) -> pd.DataFrame:
    """Mend the texts, cut what the customers did not mean to say, and put titles in front.

    Parameters
    ----------
    frame : DataFrame
        With ``row`` and ``customer_id``.
    texts, titles : Series
        As they were read, with the same index.
    log : Log
        Where it is told what was mended and cut.
    templates : Templates
        The company's paragraphs.

    Returns
    -------
    DataFrame
        The same with ``text`` and ``uncut``: the text before the cuts, null where nothing was cut.
    """
    said = _parted(as_text(texts), _mend_and_cut)
    log.changed(frame, said["encoding"], "broken characters mended")
    log.changed(frame, said["markup"], "HTML removed")
    for kind in KINDS:
        log.changed(frame, said[kind], f"{kind} cut")
    own = templates.of(said["text"], frame["customer_id"])
    body = _parted(said["text"], lambda part: _finish(part, own))
    log.changed(frame, body["template"], "company's template cut")
    text, whole = body["text"], said["uncut"].fillna(body["uncut"]).fillna(body["text"])
    if titles is not None:
        title = clean_texts(titles).text
        subject = _each(title, cut_subject)
        log.changed(frame, _differ(title, subject), "Re:, Fwd: or ticket number cut from the title")
        text, added = join_titles(subject, text)
        log.changed(frame, added, "title put in front")
        whole, _ = join_titles(title, whole)
    return frame.assign(text=text, uncut=whole.where(_differ(whole, text)))


def _parted(texts: pd.Series, function: Callable[[pd.Series], pd.DataFrame]) -> pd.DataFrame:
    """Work on one part after the other: as Python's objects, texts take several times the space."""
    starts = range(0, max(1, len(texts)), _PART)
    return pd.concat([function(texts.iloc[start : start + _PART]) for start in starts])


def _mend_and_cut(texts: pd.Series) -> pd.DataFrame:
    """Give the texts with their lines, what was done, and the flat text before the cuts."""
    said = clean_texts(texts, lines=True)
    parts = [_UNTOUCHED if cell is pd.NA else cut(cell) for cell in said.text]
    done = {kind: [kind in kinds for _, kinds in parts] for kind in KINDS}
    frame = pd.DataFrame(done, index=texts.index, dtype=bool)
    left = pd.Series([text for text, _ in parts], index=texts.index, dtype="string")
    uncut = _each(said.text.where(_differ(said.text, left)), flatten)
    return frame.assign(text=left, uncut=uncut, encoding=said.encoding, markup=said.markup)


def _finish(left: pd.Series, templates: frozenset[str]) -> pd.DataFrame:
    """Cut the templates and the label of a subject, and write each text in one line."""
    rest = left
    if templates:
        rest = _each(left, lambda text: cut(without_templates(text, templates))[0])
    text = _each(rest, lambda text: flatten(cut_label(text)))
    before = _each(left, flatten)
    uncut = before.where(_differ(before, text))
    return pd.DataFrame({"text": text, "template": _differ(left, rest), "uncut": uncut})


def _each(text: pd.Series, function: Callable[[str], str]) -> pd.Series:
    cells = [cell if cell is pd.NA else function(cell) for cell in text]
    return pd.Series(cells, index=text.index, dtype="string")


def _differ(before: pd.Series, after: pd.Series) -> pd.Series:
    return (before != after).fillna(False).astype(bool)

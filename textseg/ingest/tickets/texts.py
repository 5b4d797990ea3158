"""Titles and texts as the customers wrote them: mended, cut and joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from textseg.ingest.cells import as_text
from textseg.ingest.clean import clean_texts, flatten, join_titles
from textseg.ingest.quality import Log
from textseg.ingest.tickets.cut import KINDS, cut, cut_label, cut_subject
from textseg.ingest.tickets.templates import Templates, without_templates

_UNTOUCHED: tuple[Any, frozenset[str]] = (pd.NA, frozenset())
_DONE = {
    "encoding": "broken characters mended",
    "markup": "HTML removed",
    **{kind: f"{kind} cut" for kind in KINDS},
    "template": "company's template cut",
    "subject": "Re:, Fwd: or ticket number cut from the title",
    "title": "title put in front",
}


def read_texts(
    frame: pd.DataFrame,
    texts: Iterable[pd.Series],
    titles: pd.Series | None,
    log: Log,
    templates: Templates,
) -> pd.DataFrame:
    """Mend the texts, cut what the customers did not mean to say, and put titles in front.

    Parameters
    ----------
    frame : DataFrame
        With ``row`` and ``customer_id``.
    texts : iterable of Series
        As they were read, part by part, with the frame's index; rows that it has not are skipped.
    titles : Series or None
        As they were read.
    log : Log
        Where it is told what was mended and cut.
    templates : Templates
        The company's paragraphs.

    Returns
    -------
    DataFrame
        The same with ``text`` and ``uncut``: a digest (uint64) of the text before the cuts.
    """
    # Of a large table, one copy of the texts: what is read goes as what is made of it comes.
    parts = [_mend_and_cut(part[part.index.isin(frame.index)]) for part in texts]
    own = templates.of(pd.concat([part["text"] for part in parts]), frame["customer_id"])
    parts.reverse()
    finished = []
    while parts:
        finished.append(_finish(parts.pop(), titles, own))
    made = pd.concat(finished)
    for name, what in _DONE.items():
        log.changed(frame, made[name], what)
    return frame.assign(text=made["text"], uncut=made["uncut"])


def _mend_and_cut(texts: pd.Series) -> pd.DataFrame:
    """Give the texts with their lines, what was done, and the flat text before the cuts."""
    said = clean_texts(as_text(texts), lines=True)
    parts = [_UNTOUCHED if cell is pd.NA else cut(cell) for cell in said.text]
    done = {kind: [kind in kinds for _, kinds in parts] for kind in KINDS}
    frame = pd.DataFrame(done, index=texts.index, dtype=bool)
    left = pd.Series([text for text, _ in parts], index=texts.index, dtype="string")
    uncut = _each(said.text.where(_differ(said.text, left)), flatten)
    return frame.assign(text=left, uncut=uncut, encoding=said.encoding, markup=said.markup)


def _finish(
    part: pd.DataFrame, titles: pd.Series | None, templates: frozenset[str]
) -> pd.DataFrame:
    """Cut templates and the label of a subject, write each text in one line, add its title."""
    left = rest = part["text"]
    if templates:
        rest = _each(left, lambda text: cut(without_templates(text, templates))[0])
    text = _each(rest, lambda text: flatten(cut_label(text)))
    whole = part["uncut"].fillna(_each(left, flatten))
    subjects = added = pd.Series(False, index=part.index)
    if titles is not None:
        title = clean_texts(titles.loc[part.index]).text
        subject = _each(title, cut_subject)
        subjects = _differ(title, subject)
        text, added = join_titles(subject, text)
        whole, _ = join_titles(title, whole)
    return part.assign(
        text=text,
        uncut=np.array([_digest(cell) for cell in whole], dtype=np.uint64),
        template=_differ(left, rest),
        subject=subjects,
        title=added,
    )


def _digest(cell: Any) -> int:
    text = b"" if cell is pd.NA else cell.encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest())


def _each(text: pd.Series, function: Callable[[str], str]) -> pd.Series:
    cells = [cell if cell is pd.NA else function(cell) for cell in text]
    return pd.Series(cells, index=text.index, dtype="string")


def _differ(before: pd.Series, after: pd.Series) -> pd.Series:
    return (before != after).fillna(False).astype(bool)

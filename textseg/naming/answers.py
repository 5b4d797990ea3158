"""Answers of language models that were paid for once, in a JSON file."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from textseg.naming.prompt import ANSWER_TOKENS, Messages

_KEPT_LENGTH = 200  # characters of an answer; a longer one is no label anyway


class Answers:
    """Answers by the hash of model and prompt.

    A file that cannot be read counts as empty, and one that cannot be written is no reason to
    stop: the names are made, only the next run asks again.

    Parameters
    ----------
    path : Path or None
        The file; made with its folder when the first answer comes. None keeps answers in memory.

    Examples
    --------
    >>> from textseg.naming.answers import Answers
    >>> answers = Answers(None)
    >>> messages = [{"role": "user", "content": "..."}]
    >>> answers.put("llama3.2", messages, "Card delivery")
    >>> answers.get("llama3.2", messages), answers.get("another", messages)
    ('Card delivery', None)
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._answers = _read(path) if path is not None else {}
        self.is_kept = True

    def get(self, model: str, messages: Messages) -> str | None:
        """Look an answer up; None if there is none yet."""
        return self._answers.get(_key(model, messages))

    def put(self, model: str, messages: Messages, answer: str) -> None:
        """Keep an answer, at once and as a whole, so that a killed run does not lose it."""
        self._answers[_key(model, messages)] = answer[:_KEPT_LENGTH]
        if self._path is not None:
            try:
                _write(self._path, self._answers)
            except OSError:
                self.is_kept = False


def _key(model: str, messages: Messages) -> str:
    asked = json.dumps([model, messages, ANSWER_TOKENS])
    return hashlib.sha256(asked.encode("ascii")).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    items = found.items() if isinstance(found, dict) else ()
    return {key: answer for key, answer in items if isinstance(answer, str)}


def _write(path: Path, answers: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_text(json.dumps(answers, indent=0, sort_keys=True), encoding="utf-8")
    aside.replace(path)

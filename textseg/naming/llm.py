"""Ask a language model for the names of topics, and keep the keywords' names where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from textseg.counted import counted
from textseg.naming.answers import Answers
from textseg.naming.endpoint import Endpoint, NoReply
from textseg.naming.label import NoName, clean_label
from textseg.naming.prompt import ANSWER_TOKENS, Messages, count_tokens, make_messages
from textseg.progress import SILENT, Progress

if TYPE_CHECKING:
    from textseg.config import LlmConfig

GIVE_UP_AFTER = 3
"""Failures of the server in a row after which it is not asked any more."""


@dataclass(frozen=True)
class LlmNames:
    """Names of topics, and what it took.

    Attributes
    ----------
    names : tuple of str
        One per topic, no two alike.
    notes : tuple of str
        For whoever reads the run: how many names are the model's, and why others are not.
    n_calls, n_cached : int
        Requests sent, and answers known from earlier runs.
    tokens_in, tokens_out : int
        Of the requests sent: as the server counted them, or else as estimated.
    cost : float
        Of these tokens, in the currency of the prices.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...]
    n_calls: int = 0
    n_cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    def figures(self) -> dict[str, int | float]:
        """Tell what it took, for the manifest."""
        return {
            "calls": self.n_calls,
            "known": self.n_cached,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": self.cost,
        }


def check_llm(config: LlmConfig) -> None:
    """Find out what is missing before anything long begins; nothing is sent.

    Parameters
    ----------
    config : LlmConfig

    Raises
    ------
    ConfigError
        ``url``, ``model``, a price or the key is missing or not right.
    """
    Endpoint(config)


def name_topics(
    names: Sequence[str],
    keywords: Sequence[Sequence[str]],
    examples: Sequence[Sequence[str]],
    config: LlmConfig,
    *,
    fixed: frozenset[int] = frozenset(),
    cache: Path | None = None,
    say: Callable[[str], None] = lambda note: None,
    progress: Progress = SILENT,
) -> LlmNames:
    """Name topics by a language model, at any OpenAI-compatible chat endpoint.

    Parameters
    ----------
    names : sequence of str
        A name for each topic, no two alike: kept where the model gives none that is good.
    keywords, examples : sequence of sequence of str
        Of each topic. They are masked before anything is sent.
    config : LlmConfig
    fixed : frozenset of int
        Topics that keep their names; nothing of them is sent.
    cache : Path, optional
        JSON file that keeps answers, so that a repeated run sends nothing.
    say : callable
        Told what is to be sent, to whom and at what cost, before the first request.
    progress : Progress

    Returns
    -------
    LlmNames

    Raises
    ------
    ConfigError
        ``url``, ``model``, a price or the key is missing or not right.

    Notes
    -----
    Topics are asked for one after the other, in their order, at temperature 0. If the estimate is
    above ``config.max_cost``, nothing is sent; if the server turns out to count more tokens than
    were estimated, the next request that could go beyond the cap is not sent.
    """
    endpoint = Endpoint(config)
    prompts = [
        make_messages(words, texts[: config.examples])
        for words, texts in zip(keywords, examples, strict=True)
    ]
    asking = _Asking(endpoint, Answers(cache), config.max_cost)
    asking.look_up(prompts, fixed)
    estimate = asking.estimate(prompts)
    if asking.open and estimate.cost > config.max_cost:
        asking.refuse_all(f"the cap of {_money(config.max_cost)}, estimate {_money(estimate.cost)}")
    elif asking.open:
        say(_announcement(endpoint, config, asking, estimate))
        with progress.stage("Naming topics", len(asking.open)) as advance:
            for topic in asking.open:
                asking.ask(topic, prompts[topic])
                advance(1)
    chosen, reasons = _settle(names, asking.answers, asking.reasons)
    n_topics = len(names) - len(fixed)
    return LlmNames(
        names=tuple(chosen),
        notes=tuple(_notes(endpoint.model, n_topics, reasons, asking.is_kept)),
        n_calls=asking.n_calls,
        n_cached=n_topics - len(asking.open),
        tokens_in=asking.spent.tokens_in,
        tokens_out=asking.spent.tokens_out,
        cost=round(asking.spent.cost, 6),
    )


@dataclass(frozen=True)
class _Bill:
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0


@dataclass
class _Asking:
    """The answers so far, and what they cost."""

    endpoint: Endpoint
    kept: Answers
    max_cost: float
    answers: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    open: list[int] = field(default_factory=list)
    n_calls: int = 0
    spent: _Bill = field(default_factory=_Bill)
    _failures: int = 0

    @property
    def is_kept(self) -> bool:
        """Whether all answers could be written."""
        return self.kept.is_kept

    def look_up(self, prompts: Sequence[Messages], fixed: frozenset[int]) -> None:
        """Take the answers that are known; the topics of the others are open."""
        for topic, prompt in enumerate(prompts):
            if topic in fixed:
                continue
            answer = self.kept.get(self.endpoint.model, prompt)
            if answer is None:
                self.open.append(topic)
            else:
                self.answers[topic] = answer

    def estimate(self, prompts: Sequence[Messages]) -> _Bill:
        """Say what asking for all open topics takes at most."""
        tokens_in = sum(count_tokens(prompts[topic]) for topic in self.open)
        return self._bill(tokens_in, ANSWER_TOKENS * len(self.open))

    def refuse_all(self, reason: str) -> None:
        """Ask for none of the open topics."""
        self.reasons |= dict.fromkeys(self.open, reason)

    def ask(self, topic: int, prompt: Messages) -> None:
        """Ask for one topic, unless the server has failed too often or the money has run out."""
        most = self._bill(count_tokens(prompt), ANSWER_TOKENS)
        if self._failures >= GIVE_UP_AFTER:
            self.reasons[topic] = "not asked after repeated failures"
        elif self.spent.cost + most.cost > self.max_cost:
            self.reasons[topic] = f"the cap of {_money(self.max_cost)}"
        else:
            self._send(topic, prompt, most)

    def _send(self, topic: int, prompt: Messages, most: _Bill) -> None:
        self.n_calls += 1
        try:
            reply = self.endpoint.ask(prompt)
        except NoReply as reason:
            # A request that failed may be on the bill all the same.
            self._failures += 1
            self.reasons[topic] = str(reason)
            self._spend(most.tokens_in, most.tokens_out)
            return
        self._failures = 0
        self.answers[topic] = reply.content
        self._spend(
            most.tokens_in if reply.tokens_in is None else reply.tokens_in,
            most.tokens_out if reply.tokens_out is None else reply.tokens_out,
        )
        self.kept.put(self.endpoint.model, prompt, reply.content)

    def _spend(self, tokens_in: int, tokens_out: int) -> None:
        before = self.spent
        self.spent = self._bill(before.tokens_in + tokens_in, before.tokens_out + tokens_out)

    def _bill(self, tokens_in: int, tokens_out: int) -> _Bill:
        return _Bill(tokens_in, tokens_out, self.endpoint.cost(tokens_in, tokens_out))


def _settle(
    names: Sequence[str], answers: dict[int, str], reasons: dict[int, str]
) -> tuple[list[str], dict[int, str]]:
    """Choose between the model's names and the keywords' so that no two topics share one."""
    reasons = dict(reasons)
    labels: dict[int, str] = {}
    for topic, answer in sorted(answers.items()):
        try:
            labels[topic] = clean_label(answer)
        except NoName as reason:
            reasons[topic] = str(reason)
    # A topic that goes back to its keywords may take the name that another one was given, so this
    # is repeated; keywords' names differ, so it ends.
    while clashing := _clashes(names, labels):
        for topic in clashing:
            del labels[topic]
            reasons[topic] = "name of another topic"
    return [labels.get(topic, name) for topic, name in enumerate(names)], reasons


def _clashes(names: Sequence[str], labels: dict[int, str]) -> list[int]:
    """Find labels that are the keywords' name of another topic, or the label of an earlier one."""
    taken = {name.casefold() for topic, name in enumerate(names) if topic not in labels}
    clashing = []
    for topic, label in labels.items():
        if label.casefold() in taken:
            clashing.append(topic)
        taken.add(label.casefold())
    return clashing


def _announcement(endpoint: Endpoint, config: LlmConfig, asking: _Asking, estimate: _Bill) -> str:
    n_open, n_known = len(asking.open), len(asking.answers)
    known = f" ({n_known:,} known from earlier runs)" if n_known else ""
    return (
        f"Naming {counted(n_open, 'topic')}{known} with {endpoint.model}: "
        f"{counted(n_open, 'call')}, up to "
        f"{config.examples} masked texts each, go to {endpoint.base}; about "
        f"{estimate.tokens_in:,} tokens in and at most {estimate.tokens_out:,} out, "
        f"cost {_money(estimate.cost)}."
    )


def _notes(model: str, n_topics: int, reasons: dict[int, str], is_kept: bool) -> list[str]:
    notes = [f"{n_topics - len(reasons)} of {n_topics} topics are named by {model}."]
    if reasons:
        counts = sorted(Counter(reasons.values()).items(), key=lambda item: (-item[1], item[0]))
        why = ", ".join(f"{reason}: {count}" for reason, count in counts)
        notes = [f"{notes[0][:-1]}; {len(reasons)} keep names of their keywords ({why})."]
    if not is_kept:
        notes.append("The model's answers could not be kept; the next run asks again.")
    return notes


def _money(amount: float) -> str:
    return f"{amount:.4f}" if 0 < amount < 1 else f"{amount:.2f}"

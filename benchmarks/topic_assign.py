"""Assigning texts to topics: the same answer however they come, and strangers told from members.

Run: python benchmarks/topic_assign.py [--data DIR] [--sets banking77] [--seeds 5]

"assign" finds topics in a set and assigns the same texts again: shuffled, in batches, one by one;
with the stored encodings, and encoded again. It gives the share that gets the topic that it was
fitted with. What is encoded again, and what goes one by one, is a sample of 500 texts.

"strangers" finds topics in a random part of a set's classes (57 of BANKING77's 77), and asks how
well the confidence of an assignment tells texts of those classes from texts of the others: the
area under the ROC curve. Far strangers are texts of another set, asked of topics found in all
classes. The texts that are asked about were never fitted: one in five of the known classes is kept
back. Each seed draws other classes and other texts; every method gets the same, with the same
embeddings, in a process of its own. BERTopic runs with its default settings and is judged by the
probabilities that ``transform`` gives; K-means is told the number of classes and judged by the
cosine similarity to the nearest centre, which leaves no text out.
"""

from __future__ import annotations

import statistics
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import fresh, show_all, spread
from numpy.typing import NDArray
from topic_methods import Task, arguments, packages, present, read_set, run_textseg

from textseg.config import Config
from textseg.encode import Reader
from textseg.topics.stage import label_feedback

FAR = {"banking77": "bitext-intent", "bitext-category": "banking77", "bitext-intent": "banking77"}
"""The set whose texts are far strangers to a set."""
_KNOWN = 57 / 77
_ASKED = 0.2
_SAMPLE = 500
_BATCH = 97

Row = dict[str, Any]
Answer = tuple[NDArray[Any], NDArray[np.bool_]]
"""Confidence of each text that was asked about, and whether it got no topic."""
Judge = Callable[[Task, Task, int], Answer]
"""Takes the texts to fit, those to ask about, and a seed."""


def main() -> None:
    chosen = arguments(__doc__, ["banking77"])
    judges = present(list(JUDGES))
    tables: dict[str, list[Row]] = {"assign": [], "strangers": []}
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader.load(Config(), Path(folder))
        for name in chosen.sets:
            task = read_set(name, chosen, reader)
            tables["assign"] += _assign(name, task, reader)
            tables["strangers"] += _strangers(name, task, judges, chosen, reader)
    show_all(tables, chosen.json, packages(judges))


def _assign(name: str, task: Task, reader: Reader) -> list[Row]:
    """Assign the fitted texts again, in every way."""
    found = run_textseg(task, reader, seed=0)
    fitted = found.feedback["topic_id"].to_numpy()
    everything = np.random.default_rng(0).permutation(len(fitted))
    sample = everything[:_SAMPLE]

    def again(rows: NDArray[Any], reader: Reader) -> NDArray[Any]:
        part = task.part(rows, reader)
        return label_feedback(found.model, part.feedback, part.encodings)["topic_id"].to_numpy()

    rows = []
    for kind, by, shuffled in (
        ("stored", reader, everything),
        ("made again", Reader.load(Config()), sample),
    ):
        for way, batches in _ways(shuffled, sample):
            labels = np.concatenate([again(batch, by) for batch in batches])
            same = labels == fitted[np.concatenate(batches)]
            rows.append(
                {
                    "set": name,
                    "encodings": kind,
                    "texts come": way,
                    "texts": len(same),
                    "same topic": float(same.mean()),
                }
            )
    return rows


def _ways(shuffled: NDArray[Any], sample: NDArray[Any]) -> Iterator[tuple[str, list[NDArray[Any]]]]:
    yield "as they were", [np.sort(shuffled)]
    yield "shuffled", [shuffled]
    yield f"in batches of {_BATCH}", np.split(shuffled, range(_BATCH, len(shuffled), _BATCH))
    yield "one by one", list(sample[:, None])


def _strangers(
    name: str, task: Task, judges: list[Judge], chosen: Namespace, reader: Reader
) -> list[Row]:
    """Tell members from near and from far strangers."""
    other = read_set(FAR[name], chosen, reader)
    n_known = round(_KNOWN * len(set(task.truth)))
    rows: list[Row] = []
    for strangers, source, number in (
        (f"classes left out ({n_known} known)", task, n_known),
        (f"texts of {FAR[name]}", other, len(set(task.truth))),
    ):
        cases = [_case(task, source, number, seed, reader) for seed in range(chosen.seeds)]
        for judge in judges:
            answers = [fresh(judge, fit, asked, seed) for seed, (fit, asked, _) in enumerate(cases)]
            truth = [is_stranger for _, _, is_stranger in cases]
            rows.append({"set": name, "strangers": strangers, **_told(judge, answers, truth)})
    return rows


def _case(
    task: Task, source: Task, n_known: int, seed: int, reader: Reader
) -> tuple[Task, Task, NDArray[np.bool_]]:
    """Draw the texts to fit and those to ask about; tell which of the latter are strangers."""
    draw = np.random.default_rng(seed)
    known = draw.permutation(np.unique(task.truth))[:n_known]
    members = draw.permutation(np.flatnonzero(np.isin(task.truth, known)))
    kept_back = round(_ASKED * len(members))
    unknown = np.flatnonzero(~np.isin(source.truth, known))
    asked = [task.feedback.iloc[members[:kept_back]], source.feedback.iloc[unknown]]
    feedback = pd.concat(asked, ignore_index=True)
    truth = np.concatenate([task.truth[members[:kept_back]], source.truth[unknown]])
    is_stranger = np.arange(len(feedback)) >= kept_back
    encodings = reader.read(feedback["text"].to_list())
    fit = task.part(np.sort(members[kept_back:]), reader)
    return fit, Task(feedback, encodings, truth), is_stranger


def _told(judge: Judge, answers: list[Answer], truth: list[NDArray[np.bool_]]) -> Row:
    from sklearn.metrics import roc_auc_score

    pairs = list(zip(answers, truth, strict=True))
    areas = [float(roc_auc_score(~strange, confidence)) for (confidence, _), strange in pairs]
    return {
        "judged by": JUDGES[judge],
        "AUROC": statistics.mean(areas),
        "range": spread(areas),
        "members left out": statistics.mean(
            float(out[~strange].mean()) for (_, out), strange in pairs
        ),
        "strangers left out": statistics.mean(
            float(out[strange].mean()) for (_, out), strange in pairs
        ),
    }


def by_textseg(fit: Task, asked: Task, seed: int) -> Answer:
    found = run_textseg(fit, Reader.load(Config()), seed)
    labelled = label_feedback(found.model, asked.feedback, asked.encodings)
    return labelled["topic_confidence"].to_numpy(), labelled["topic_id"].to_numpy() < 0


def by_bertopic(fit: Task, asked: Task, seed: int) -> Answer:
    from bertopic import BERTopic

    model = BERTopic().fit(fit.texts, fit.X)
    labels, probabilities = model.transform(asked.texts, asked.X)
    return np.asarray(probabilities), np.asarray(labels) < 0


def by_k_means(fit: Task, asked: Task, seed: int) -> Answer:
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import normalize

    model = KMeans(len(set(fit.truth)), n_init=10, random_state=seed).fit(fit.X)
    similarity = (asked.X @ normalize(model.cluster_centers_).T).max(axis=1)
    return similarity, np.zeros(len(similarity), dtype=bool)


JUDGES: dict[Judge, str] = {
    by_textseg: "textseg, topic_confidence",
    by_bertopic: "BERTopic, probability",
    by_k_means: "K-means, told k, similarity",
}


if __name__ == "__main__":
    main()

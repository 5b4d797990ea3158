"""Customer segments beside what a team would build by hand, against planted segments.

Run: python benchmarks/segments.py [--data DIR] [--seeds 3]

The shop's customers have one of a few planted segments, made of what they talk about, how they feel
and what they are worth. Scored are the customers who wrote something: the adjusted Rand index, and
the share in the right segment after the best one-to-one matching of found and planted segments, no
segment being wrong. The peers that use K-means are told the true number; textseg is not. All see
the same cleaned feedback and orders and the same embeddings; ratings and channels are not used.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import options, share_right, shop, show, spread
from numpy.typing import NDArray

from textseg import Config, Segmenter
from textseg.customers.rfm import purchase_features
from textseg.encode import Reader
from textseg.ingest import ingest

RFM = ["recency_days", "frequency", "monetary"]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of every method")
    chosen = parser.parse_args()
    files = shop(chosen.data)
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(files, Path(folder), chosen.seeds)
    show(rows, chosen.json, ("bertopic", "vaderSentiment", "scikit-learn"))


def compare(files: dict[str, Path], encodings: Path, seeds: int) -> list[dict[str, Any]]:
    """Score all methods; encodings are made once and kept in a folder."""
    data = ingest([files["feedback"]], files["transactions"], None, config=Config())
    planted = pd.read_csv(files["truth"], dtype={"customer_id": str}).set_index("customer_id")
    truth = planted.loc[sorted(set(data.feedback["customer_id"].dropna())), "segment"]
    truth = truth[truth >= 0]
    k = truth.nunique()
    rfm = purchase_features(data.orders, data.as_of)[RFM].reindex(truth.index)
    rfm = rfm.fillna({"frequency": 0, "monetary": 0, "recency_days": rfm["recency_days"].max()})
    read = Reader.load(Config(), encodings).read(data.feedback["text"].to_list())
    X = read.embeddings[read.index].astype(np.float32)

    def by_hand(seed: int) -> NDArray[Any]:
        said = topic_shares(data.feedback, X).join(mean_vader(data.feedback)).reindex(truth.index)
        return k_means(said.join(logarithms(rfm)), k, seed)

    def ours(seed: int) -> NDArray[Any]:
        inputs = (files["feedback"], files["transactions"])
        found = Segmenter(seed=seed).fit(*inputs, encodings=encodings).customers
        return found.set_index("customer_id")["segment_id"].reindex(truth.index).to_numpy(dtype=int)

    methods = {
        "RFM, quintile grid": (None, lambda seed: quintile_grid(rfm)),
        "RFM, K-means": (k, lambda seed: k_means(logarithms(rfm), k, seed)),
        "BERTopic + VADER + RFM, K-means": (k, by_hand),
        "textseg": (None, ours),
    }
    return [
        _row(name, told, truth.to_numpy(), [method(seed) for seed in range(seeds)])
        for name, (told, method) in methods.items()
    ]


def quintile_grid(rfm: pd.DataFrame) -> NDArray[Any]:
    """Return the cell of each customer in the grid of 5 x 5 x 5."""
    ranks = rfm.rank(method="first", pct=True)
    fifths = np.ceil(ranks.to_numpy() * 5).astype(int) - 1
    return fifths @ np.array([25, 5, 1])


def k_means(features: pd.DataFrame, k: int, seed: int) -> NDArray[Any]:
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(features)
    return KMeans(k, n_init=10, random_state=seed).fit_predict(scaled)


def logarithms(rfm: pd.DataFrame) -> pd.DataFrame:
    return np.log1p(rfm.clip(lower=0))


def topic_shares(feedback: pd.DataFrame, X: NDArray[np.float32]) -> pd.DataFrame:
    """Return the share of each BERTopic topic in a customer's feedback; outliers are no topic."""
    from bertopic import BERTopic

    labels, _ = BERTopic().fit_transform(feedback["text"].to_list(), X)
    customers = feedback["customer_id"].to_numpy(dtype=object)
    shares = pd.crosstab(customers, np.array(labels), normalize="index")
    return shares.drop(columns=-1, errors="ignore").rename(columns="topic {}".format)


def mean_vader(feedback: pd.DataFrame) -> pd.Series:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    scores = feedback["text"].map(lambda text: analyzer.polarity_scores(text)["compound"])
    return scores.groupby(feedback["customer_id"]).mean().rename("sentiment")


def _row(name: str, k: int | None, truth: NDArray[Any], runs: list[NDArray[Any]]) -> dict[str, Any]:
    """Average the runs of a method."""
    from sklearn.metrics import adjusted_rand_score

    scores = [float(adjusted_rand_score(truth, labels)) for labels in runs]
    right = [share_right(truth, labels) for labels in runs]
    return {
        "method": name,
        "told k": k,
        "ARI": statistics.mean(scores),
        "range": spread(scores),
        "right segment": statistics.mean(right),
        "right, range": spread(right),
        "segments": round(statistics.mean(len(set(x[x >= 0])) for x in runs)),
        "without": float(np.mean([np.mean(x < 0) for x in runs])),
    }


if __name__ == "__main__":
    main()

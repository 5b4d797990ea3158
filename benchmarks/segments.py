"""Customer segments beside what a team would build by hand, against planted segments.

Run: python benchmarks/segments.py [--data DIR] [--seeds 3]

The shop's customers have one of a few planted segments, made of what they talk about, how they feel
and what they are worth. Scored are the customers who wrote something: the adjusted Rand index, and
the share in the right segment after the best one-to-one matching of found and planted segments, no
segment being wrong. Peers with k-means are told the true number; textseg is not, nor are UMAP and
HDBSCAN on the features of the best of them. All see the same cleaned feedback and orders and the
same embeddings; ratings and channels are not used. Last, how textseg's segments repeat: the median
adjusted Rand index between its seeds, and what the run with seed 0 says of itself.
"""

from __future__ import annotations

import statistics
import tempfile
from itertools import combinations
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
        rows, repeats = compare(files, Path(folder), chosen.seeds)
    show(rows, chosen.json, ("bertopic", "vaderSentiment", "scikit-learn"), **repeats)


def compare(
    files: dict[str, Path], encodings: Path, seeds: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
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
    felt = pd.DataFrame(read.probabilities[read.index])
    owner = data.feedback["customer_id"].to_numpy(dtype=object)
    means = principal(pd.DataFrame(X).groupby(owner).mean().reindex(truth.index))
    vader = mean_vader(data.feedback).to_frame().reindex(truth.index)
    worth = scaled(logarithms(rfm), 0.15)
    shrunk = shrunken(pd.DataFrame(X), owner).reindex(truth.index)
    fused = np.hstack(
        [principal(shrunk), scaled(shrunken(felt, owner).reindex(truth.index), 0.6), worth]
    )
    by_embedding = np.hstack([means, scaled(vader, 0.6), worth])

    def by_hand(seed: int) -> NDArray[Any]:
        said = topic_shares(data.feedback, X).join(vader).reindex(truth.index)
        return k_means(standard(said.join(logarithms(rfm))), k, seed)

    runs = []

    def ours(seed: int) -> NDArray[Any]:
        inputs = (files["feedback"], files["transactions"])
        runs.append(Segmenter(seed=seed).fit(*inputs, encodings=encodings))
        found = runs[-1].customers.set_index("customer_id")
        return found["segment_id"].reindex(truth.index).to_numpy(dtype=int)

    methods = {
        "RFM, quintile grid": (None, lambda seed: quintile_grid(rfm)),
        "RFM, K-means": (k, lambda seed: k_means(standard(logarithms(rfm)), k, seed)),
        "BERTopic + VADER + RFM, K-means": (k, by_hand),
        "mean embedding + VADER + RFM, K-means": (k, lambda seed: k_means(by_embedding, k, seed)),
        "the same, sentiment of textseg, shrunk": (k, lambda seed: k_means(fused, k, seed)),
        "the same features, UMAP + HDBSCAN": (None, lambda seed: dense(fused, seed)),
        "textseg": (None, ours),
    }
    found = {name: [method(seed) for seed in range(seeds)] for name, (_, method) in methods.items()}
    rows = [_row(name, methods[name][0], truth.to_numpy(), runs) for name, runs in found.items()]
    return rows, repeats(found["textseg"], runs[0].manifest["figures"]["segments"])


def repeats(labels: list[NDArray[Any]], figures: dict[str, Any]) -> dict[str, Any]:
    """Say how textseg's segments are found again."""
    from sklearn.metrics import adjusted_rand_score

    pairs = [adjusted_rand_score(*pair) for pair in combinations(labels, 2)]
    return {
        "median_ARI_between_seeds": float(np.median(pairs)) if pairs else None,
        "kind": figures["kind"],
        "mean_ARI_with_bootstrap_samples": figures["bootstrap"],
        "mean_ARI_between_halves": figures["halves"],
        "weakest_mean_Jaccard": min(figures["jaccard"]),
        "fidelity_of_the_rules_cross_validated": figures["fidelity"]["cross_validated"],
    }


def quintile_grid(rfm: pd.DataFrame) -> NDArray[Any]:
    """Return the cell of each customer in the grid of 5 x 5 x 5."""
    ranks = rfm.rank(method="first", pct=True)
    fifths = np.ceil(ranks.to_numpy() * 5).astype(int) - 1
    return fifths @ np.array([25, 5, 1])


def k_means(X: NDArray[Any], k: int, seed: int) -> NDArray[Any]:
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=10, random_state=seed).fit_predict(X)


def dense(X: NDArray[Any], seed: int) -> NDArray[Any]:
    """Run UMAP to five dimensions, and HDBSCAN with 3 % of the customers as smallest group."""
    import hdbscan
    import umap

    low = umap.UMAP(n_components=5, min_dist=0.0, random_state=seed, n_jobs=1).fit_transform(X)
    return hdbscan.HDBSCAN(min_cluster_size=round(0.03 * len(X))).fit_predict(low)


def standard(features: pd.DataFrame) -> NDArray[Any]:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit_transform(features)


def scaled(features: pd.DataFrame, weight: float) -> NDArray[Any]:
    """Give the features together the variance of a square of the weight."""
    values = standard(features)
    return values * weight / np.sqrt(values.shape[1])


def principal(features: pd.DataFrame) -> NDArray[Any]:
    """Return 20 principal components with a total variance of 1."""
    from sklearn.decomposition import PCA

    parts = PCA(20, random_state=0).fit_transform(features)
    return parts / np.sqrt(parts.var(axis=0).sum())


def shrunken(values: pd.DataFrame, owner: NDArray[Any]) -> pd.DataFrame:
    """Average each customer's values, with two average texts added."""
    groups = values.groupby(owner)
    counts = groups.size().to_numpy()[:, None]
    return (groups.sum() + 2 * values.mean()) / (counts + 2)


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

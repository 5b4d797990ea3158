"""Whether purchases and attributes tell the segment of a customer who has written nothing.

Run: python benchmarks/lookalikes.py [--data DIR] [--customers 2000] [--seed 0] [--runs FOLDER ...]

Learned from the customers with text, whose planted segments are known, and measured on those left
out, against the base rate: the share of the largest segment. The real purchases of the shop and a
simulated shop, which has attributes, too; there the segments of the silent customers are known as
well, so that the last column tells how right the prediction is for those it is made for. Each is
repeated with the segments dealt out anew at random, where it should be withheld. Workspaces given
with --runs are measured on the segments that textseg found there, by what their exports hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import need, options, shop, show
from numpy.typing import NDArray

from textseg import Config
from textseg.customers.rfm import purchase_features
from textseg.ingest import Ingested, ingest
from textseg.segments.lookalike import fit_lookalike
from textseg.segments.lookalike_features import lookalike_features
from textseg.simulate import simulate


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=2000, help="of the simulated shop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="workspaces to measure")
    chosen = parser.parse_args()
    cases = {
        "shop": real(shop(chosen.data)),
        "simulated shop": simulated(chosen.customers, chosen.seed),
        **{folder.name: found(folder) for folder in chosen.runs},
    }
    rows = []
    for name, (features, segments, silent) in cases.items():
        rng = np.random.default_rng(chosen.seed)
        written = segments >= 0
        dealt = np.where(written, segments, -1)
        dealt[written] = rng.permutation(segments[written])
        rows.append(measure(name, features, segments, silent, chosen.seed))
        rows.append(measure(f"{name}, dealt anew", features, dealt, None, chosen.seed))
    show(rows, chosen.json, ("scikit-learn",))


def measure(
    name: str,
    features: pd.DataFrame,
    segments: NDArray[np.int64],
    silent: pd.Series | None,
    seed: int,
) -> dict[str, Any]:
    """Fit once; ``silent`` has the true segments of silent customers, where they are known."""
    model, figures = fit_lookalike(features, segments, seed=seed)
    right = None
    if model is not None and silent is not None:
        right = float(np.mean(model.predict(features.loc[silent.index])[0] == silent.to_numpy()))
    return {
        "customers": name,
        "with text": figures.n_customers,
        "segments": figures.n_segments,
        "features": figures.n_features,
        "accuracy": figures.accuracy,
        "base rate": figures.base_rate,
        "p": figures.p_value,
        "offered": figures.offered,
        "log loss": figures.log_loss,
        "of the prior": figures.prior_log_loss,
        "calibration error": figures.calibration_error,
        "silent right": right,
    }


def real(files: dict[str, Path]) -> tuple[pd.DataFrame, NDArray[np.int64], None]:
    """Read the shop; nobody knows the segments of its silent customers."""
    data = ingest([files["feedback"]], files["transactions"], None, config=Config())
    truth = pd.read_csv(files["truth"], dtype={"customer_id": str}).set_index("customer_id")
    features = _features(data)
    return features, truth["segment"].reindex(features.index, fill_value=-1).to_numpy(), None


def simulated(customers: int, seed: int) -> tuple[pd.DataFrame, NDArray[np.int64], pd.Series]:
    """Simulate a shop; who wrote nothing has a segment, too."""
    made = simulate(customers, seed=seed)
    data = ingest([made.feedback], made.transactions, made.customers, config=Config())
    features = _features(data)
    truth = made.truth.set_index("customer_id")["segment"].astype("int64").reindex(features.index)
    written = features.index.isin(data.feedback["customer_id"].dropna())
    return features, np.where(written, truth, -1), truth[~written]


def found(folder: Path) -> tuple[pd.DataFrame, NDArray[np.int64], None]:
    """Read the segments and the purchases that a workspace exports."""
    table = pd.read_parquet(need(folder / "exports/customers.parquet")).set_index("customer_id")
    segments = table["segment_id"].where(table["n_feedback"] > 0, -1).to_numpy("int64")
    return lookalike_features(table, None), segments, None


def _features(data: Ingested) -> pd.DataFrame:
    """Describe the customers with orders, as a run would."""
    return lookalike_features(purchase_features(data.orders, data.as_of), data.customers)


if __name__ == "__main__":
    main()

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import textseg

SHOP = Path(__file__).parents[3] / "shared" / "data" / "shop"


@pytest.mark.skipif(not SHOP.is_dir(), reason="the shop with planted segments is not here")
def test_planted_segments_of_the_shop_are_found():
    planted = pd.read_csv(SHOP / "truth.csv", dtype={"customer_id": str}).set_index("customer_id")
    seg = textseg.Segmenter().fit(SHOP / "feedback.csv", SHOP / "transactions.csv.gz")
    customers = seg.customers.set_index("customer_id")
    wrote = customers[customers["n_feedback"] > 0]
    truth = planted["segment"].reindex(wrote.index)
    known = truth >= 0
    assert known.sum() > 1500
    assert adjusted_rand_score(truth[known], wrote.loc[known, "segment_id"]) >= 0.50
    silent = planted.index[planted["segment"] == -1].intersection(customers.index)
    assert customers.loc[silent, "is_silent"].all()

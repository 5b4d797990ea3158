from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

from textseg.cluster import Level, discover, unit

# A busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SIZES = (120, 90, 70, 50, 40, 30)


@pytest.fixture(scope="session")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """400 unit vectors in six planted clusters, shuffled, and the cluster of each."""
    rng = np.random.default_rng(0)
    centers = np.linalg.qr(rng.normal(size=(48, 48)))[0]
    truth = rng.permutation(np.repeat(np.arange(len(SIZES)), SIZES))
    return unit(centers[truth] + rng.normal(scale=0.09, size=(len(truth), 48))), truth


@pytest.fixture(scope="session")
def levels(blobs: tuple[np.ndarray, np.ndarray]) -> tuple[Level, ...]:
    """What is discovered in the blobs; UMAP compiles on its first use."""
    return discover(blobs[0])

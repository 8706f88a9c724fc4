"""The population stability index (PSI): how far a sample's distribution lies from a reference.

PSI = Σ (p_i − q_i) · ln(p_i / q_i) over bins, p the sample's and q the reference's share: the symmetrised
Kullback-Leibler divergence (Kullback and Leibler 1951), known by this name from credit scoring, as are its
rules of thumb 0.1 and 0.25 (Siddiqi, Credit Risk Scorecards, 2006). They disregard the size of the sample
(Yurdakul, Statistical Properties of Population Stability Index, 2018). Written here: the libraries that have
it (evidently, NannyML) bring a reporting stack and would not fit Lambda's 250 MB; scipy has none.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS: Final = 10  # deciles of the reference
# The least share of a bin: two thirds of an hour in 28 days. With less, one empty bin alone would decide.
EPSILON: Final = 0.001


def psi(sample: Floats, reference: Floats) -> float:
    """Return the PSI of a sample against a reference, both one-dimensional, finite and not empty.

    Bins are the reference's deciles, upper ends included; equal deciles (most hours have no rain) make one
    bin, so a variable that is mostly one value is compared by how often it is not.
    """
    edges = np.unique(np.quantile(reference, np.arange(1, BINS) / BINS))
    p, q = _shares(sample, edges), _shares(reference, edges)
    return float(np.sum((p - q) * np.log(p / q)))


def _shares(values: Floats, edges: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return np.maximum(counts / len(values), EPSILON)

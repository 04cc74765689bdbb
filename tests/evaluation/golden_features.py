"""The feature arrays that the golden numbers were measured on."""

import numpy as np

# Name: (samples, reference examples, width). Both n > d and n < d.
SHAPES = {"many": (400, 350, 24), "few": (40, 50, 96)}


def golden_features(name):
    """(samples, reference), float64, from NumPy's frozen generator: the same arrays
    with every version of NumPy."""
    n, m, d = SHAPES[name]
    rng = np.random.RandomState(d)
    mixing = rng.randn(d, d) / np.sqrt(d)
    samples = np.maximum(rng.randn(n, d) @ mixing * 1.2 + 0.3, 0)
    reference = np.maximum(rng.randn(m, d) @ mixing.T + 0.5, 0)
    return samples, reference


def golden_logits():
    return 2.0 * np.random.RandomState(7).randn(505, 10)

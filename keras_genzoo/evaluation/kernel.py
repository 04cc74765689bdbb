"""The kernel distance between two sets of features: an unbiased squared MMD."""

from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_enough, check_whole, check_widths
from keras_genzoo.evaluation.features import (
    Extractor,
    extract_features,
    extractor_name,
    extractor_resizer,
)
from keras_genzoo.evaluation.score import Score

# Rows of a kernel matrix that are in memory at once.
_BLOCK = 1024


def kernel_distance(
    reference: Any,
    samples: Any,
    features: Extractor | None = None,
    split: str | None = None,
    seed: int | None = None,
    subsets: int | None = 100,
    subset_size: int = 1000,
    subset_seed: int = 2020,
    batch_size: int = 256,
) -> Score:
    """The unbiased squared maximum mean discrepancy with the kernel (x'y / d + 1)^3.

    Unlike the Fréchet distance its expectation does not depend on the number of
    samples, so it is the one to use where there are few; it can be a little below 0.
    It is called KID if, and only if, the features are Inception's.

    Args:
        reference: real images `(n, ...)` or an iterable of batches.
        samples: likewise, generated.
        features: the extractor; None if both hold features `(n, d)` already.
        split: which part of the data `reference` is.
        seed: with which the samples were drawn.
        subsets: the value is the mean over so many random subsets and the error the
            standard deviation among them, as usual; None takes all examples at once,
            the exact mean over all subsets, with a standard error.
        subset_size: examples of each kind in a subset.
        subset_seed: of the subsets; those of torch-fidelity with the same seed.
        batch_size: images at a time.

    Raises:
        ValueError: fewer examples than a subset, or than two; features that are not
            finite or of different widths.

    Reference: Bińkowski et al., Demystifying MMD GANs, 2018.
    """
    x = extract_features(samples, features, batch_size, "samples")
    y = extract_features(reference, features, batch_size, "reference")
    check_widths(y.shape[1], x.shape[1])
    needed, why = 2, "for an unbiased estimate"
    if subsets is not None:
        check_whole(subsets, "subsets")
        needed = check_whole(subset_size, "subset_size", 2)
        why = "for one subset (see `subset_size`)"
    check_enough(len(x), needed, "samples", why)
    check_enough(len(y), needed, "reference", why)
    if subsets is None:
        value, error = _mmd_of_all(x, y)
        kind, settings = "standard error", "all examples at once"
    else:
        # The old generator, whose stream is frozen, so that a number can be had again.
        rng = np.random.RandomState(check_whole(subset_seed, "subset_seed", 0))
        values = [
            _squared_mmd(
                x[rng.choice(len(x), subset_size, replace=False)].astype("float64"),
                y[rng.choice(len(y), subset_size, replace=False)].astype("float64"),
            )
            for _ in range(subsets)
        ]
        value, error = float(np.mean(values)), float(np.std(values))
        kind = "standard deviation over subsets"
        settings = f"{subsets} subsets of {subset_size}, seed {subset_seed}"
    inception = getattr(features, "is_inception", False)
    return Score(
        "KID" if inception else "kernel distance",
        value,
        error,
        kind,
        n_samples=len(x),
        n_reference=len(y),
        extractor=extractor_name(features),
        n_features=x.shape[1],
        split=split,
        seed=seed,
        resizer=extractor_resizer(features),
        settings=settings,
    )


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    n, m = len(x), len(y)
    xx, yy = _kernel(x, x), _kernel(y, y)
    return float(
        (xx.sum() - np.trace(xx)) / (n * (n - 1))
        + (yy.sum() - np.trace(yy)) / (m * (m - 1))
        - 2.0 * _kernel(x, y).mean()
    )


def _mmd_of_all(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The same from all examples, in blocks of rows, and its standard error.

    The error is that of the first-order terms of the U-statistic: each example's mean
    kernel with the others. Between equal distributions these vanish and the error is
    an overestimate.
    """
    n, m = len(x), len(y)
    x, y = x.astype("float64"), y.astype("float64")
    xx, xy = np.empty(n), np.empty(n)
    yy, yx = np.empty(m), np.zeros(m)
    for begin in range(0, n, _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        xx[rows] = _kernel(x[rows], x).sum(axis=1)
        block = _kernel(x[rows], y)
        xy[rows] = block.mean(axis=1)
        yx += block.sum(axis=0) / n
    for begin in range(0, m, _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        yy[rows] = _kernel(y[rows], y).sum(axis=1)
    for sums, a in ((xx, x), (yy, y)):
        sums -= (np.square(a).sum(axis=1) / a.shape[1] + 1.0) ** 3
        sums /= len(a) - 1
    value = xx.mean() + yy.mean() - 2.0 * xy.mean()
    variance = 4.0 * (np.var(xx - xy, ddof=1) / n + np.var(yy - yx, ddof=1) / m)
    return float(value), float(np.sqrt(variance))

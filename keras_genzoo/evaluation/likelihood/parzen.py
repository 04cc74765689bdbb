"""Kernel density estimates of log p(x) from samples alone (Parzen windows)."""

from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_disjoint, check_positive, to_numpy
from keras_genzoo.evaluation.likelihood.estimate import LikelihoodEstimate
from keras_genzoo.evaluation.neighbours import distance_blocks
from keras_genzoo.losses.likelihood import LOG_2PI
from keras_genzoo.training.pixels import to_float_array


def kernel_density_estimate(
    samples: Any,
    x: Any,
    bandwidth: float | None = None,
    validation: Any = None,
    candidates: Any = None,
    seed: int = 0,
) -> LikelihoodEstimate:
    """log of the mean of N(x; sample, bandwidth^2 I) over the samples, in nats.

    It needs nothing of a model but samples. In many dimensions it is far below the
    model's log-likelihood however many there are, and its order of models can be
    wrong (Theis et al., 2016): it is here to be compared with the other estimates.

    Args:
        samples: `(k, *shape)`, `uint8` or in the data's units.
        x: examples, `(n, *shape)`.
        bandwidth: the kernel's standard deviation, in units of x; None chooses it.
        validation: examples `(m, *shape)` on which it is chosen, none of which may
            be in `x`.
        candidates: bandwidths to choose from; None takes 13 from 0.01 to 1.
        seed: with which the samples were drawn.

    Returns:
        The estimate, with no weights: `log_weights` is `(n, 0)`.

    Raises:
        ValueError: a bandwidth that is not positive, or neither it nor `validation`;
            shapes that differ, values that are not finite; validation examples that
            are also in `x`.

    Reference: Breuleux, Bengio and Vincent, 2011; Theis, van den Oord and Bethge, A
    Note on the Evaluation of Generative Models, 2016.
    """
    samples, x = _rows(samples, "samples"), _rows(x, "x")
    chosen = ""
    if bandwidth is None:
        if validation is None:
            raise ValueError("`bandwidth` or `validation` must be given, got neither.")
        check_disjoint(validation, x, ("validation", "x"))
        bandwidth, _ = choose_bandwidth(samples, validation, candidates)
        chosen = f", chosen on {len(validation)} validation examples"
    check_positive(bandwidth, "bandwidth")
    _check_widths(samples, x)
    values, errors = _log_densities(samples, x, [bandwidth])
    return LikelihoodEstimate(
        "KDE",
        values[0],
        errors[0],
        np.empty((len(x), 0)),
        seed,
        f"{len(samples)} samples, bandwidth {bandwidth:.4g}{chosen}",
    )


def choose_bandwidth(
    samples: Any, validation: Any, candidates: Any = None
) -> tuple[float, dict[float, float]]:
    """The bandwidth with the highest mean log density of validation examples.

    Args:
        samples, candidates: as in `kernel_density_estimate`.
        validation: `(m, *shape)`.

    Returns:
        The bandwidth, and the mean of each candidate, in nats.

    Raises:
        ValueError: no or non-positive candidates; as `kernel_density_estimate`.
    """
    samples, validation = _rows(samples, "samples"), _rows(validation, "validation")
    _check_widths(samples, validation)
    if candidates is None:
        candidates = np.geomspace(0.01, 1.0, 13)
    scales = [check_positive(c, "candidates") for c in np.ravel(candidates)]
    if not scales:
        raise ValueError("`candidates` must hold a bandwidth, got none.")
    values, _ = _log_densities(samples, validation, scales)
    means = {s: float(v.mean()) for s, v in zip(scales, values, strict=True)}
    return max(means, key=means.__getitem__), means


def _log_densities(
    samples: np.ndarray, x: np.ndarray, bandwidths: list[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Values and standard errors, each `(bandwidths, n)`."""
    k, d = samples.shape
    values = np.empty((len(bandwidths), len(x)))
    errors = np.empty_like(values)
    for rows, squares in distance_blocks(x, samples):
        nearest = squares.min(axis=1, keepdims=True)
        for i, h in enumerate(bandwidths):
            weights = np.exp((nearest - squares) / (2 * h**2))
            mean = weights.mean(axis=1)
            values[i, rows] = (
                np.log(mean)
                - nearest[:, 0] / (2 * h**2)
                - d * (np.log(h) + 0.5 * LOG_2PI)
            )
            spread = (
                weights.std(axis=1, ddof=1) if k > 1 else np.full(len(mean), np.nan)
            )
            errors[i, rows] = spread / np.sqrt(k) / mean
    return values, errors


def _rows(x: Any, name: str) -> np.ndarray:
    x = to_float_array(to_numpy(x))
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(f"`{name}` must have shape (n, *shape), got {x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError(f"`{name}` must be finite, got NaN or infinity.")
    return x.reshape(len(x), -1)


def _check_widths(samples: np.ndarray, x: np.ndarray) -> None:
    if samples.shape[1] != x.shape[1]:
        raise ValueError(
            f"`samples` and examples must have the same shape, got {samples.shape[1]} "
            f"and {x.shape[1]} values each."
        )

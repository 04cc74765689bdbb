"""How many modes of a known mixture a generator has found, and how evenly.

The protocol is that of VEEGAN and PacGAN. A sample is of *high quality* when it lies
within three standard deviations of the nearest mode; a mode is found when at least
one high-quality sample is nearest to it. The reverse KL divergence, KL(p || uniform),
is taken over the modes, p being the distribution of the *high-quality* samples over
them: so counts PacGAN's released code, though its paper speaks of all samples. A
sample far from all modes says nothing about which of them it belongs to; what it
costs shows in the share of high quality.

References: Srivastava et al., VEEGAN, 2017, section 4; Lin et al., PacGAN, 2018,
section 4.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_genzoo.data.mixtures import Mixture


@dataclass(frozen=True, eq=False)
class ModeCoverage:
    """What `mode_coverage` returns.

    Attributes:
        modes: number of modes found.
        n_modes: number of modes that there are.
        high_quality: share of samples near a mode, in [0, 1].
        reverse_kl: in nats, from 0 (evenly spread) to `log(n_modes)` (all in one
            mode); NaN without a single high-quality sample.
        counts: high-quality samples of each mode, `(n_modes,)`.
        n_samples: samples looked at.
    """

    modes: int
    n_modes: int
    high_quality: float
    reverse_kl: float
    counts: np.ndarray
    n_samples: int

    def __str__(self) -> str:
        return (
            f"{self.modes} of {self.n_modes} modes, {self.high_quality:.1%} of "
            f"{self.n_samples} samples of high quality, "
            f"reverse KL {self.reverse_kl:.4f} nats"
        )


@dataclass(frozen=True, eq=False)
class ClassCoverage:
    """What `class_coverage` returns; as `ModeCoverage`, without a quality."""

    modes: int
    n_modes: int
    reverse_kl: float
    counts: np.ndarray
    n_samples: int

    def __str__(self) -> str:
        return (
            f"{self.modes} of {self.n_modes} modes in {self.n_samples} samples, "
            f"reverse KL {self.reverse_kl:.4f} nats"
        )


@dataclass(frozen=True)
class Ceiling:
    """What a perfect generator is expected to reach.

    Attributes:
        modes: expected number of modes found.
        high_quality: expected share near a mode; 1 for classes.
        reverse_kl: expected reverse KL, above 0 because the samples are finite.
        n_samples: samples looked at.
    """

    modes: float
    high_quality: float
    reverse_kl: float
    n_samples: int

    def __str__(self) -> str:
        return (
            f"a perfect generator reaches {self.modes:.4g} modes, "
            f"{self.high_quality:.2%} high quality and "
            f"reverse KL {self.reverse_kl:.4f} nats in {self.n_samples} samples"
        )


def mode_coverage(
    samples: Any, mixture: Mixture, threshold: float = 3.0
) -> ModeCoverage:
    """Counts the modes of `mixture` among `samples`; see this module.

    Args:
        samples: generated points, `(n, 2)`.
        mixture: what they should be distributed as.
        threshold: distance from the nearest mode, in standard deviations, up to
            which a sample is of high quality.

    Raises:
        ValueError: samples of another shape, none, or not finite.
    """
    samples = np.asarray(samples, "float64")
    width = mixture.means.shape[1]
    if samples.ndim != 2 or samples.shape[1] != width or not len(samples):
        raise ValueError(
            f"`samples` must have shape (n, {width}), got {samples.shape}."
        )
    if not np.isfinite(samples).all():
        raise ValueError("`samples` must be finite, got NaN or infinite values.")
    _check_threshold(threshold)
    squares = ((samples[:, None] - mixture.means[None]) ** 2).sum(axis=-1)
    nearest = squares.argmin(axis=1)
    near = squares.min(axis=1) <= (threshold * mixture.std) ** 2
    counts = np.bincount(nearest[near], minlength=len(mixture))
    return ModeCoverage(
        modes=int((counts > 0).sum()),
        n_modes=len(mixture),
        high_quality=float(near.mean()),
        reverse_kl=_kl_to_uniform(counts),
        counts=counts,
        n_samples=len(samples),
    )


def class_coverage(labels: Any, n_classes: int) -> ClassCoverage:
    """Counts the classes among `labels`, for stacked digits and the like.

    Three digits, one in each colour channel, are 1,000 modes; a classifier tells
    which of them a generated image shows.

    Args:
        labels: class of each generated example, integers `(n,)` in [0, n_classes).
        n_classes: number of classes, equally likely in the data.

    Raises:
        ValueError: labels of another shape, none, or out of range.
    """
    labels = np.asarray(labels)
    _check_whole(n_classes, "n_classes")
    if labels.ndim != 1 or not labels.size or labels.dtype.kind not in "iu":
        raise ValueError(
            "`labels` must be integers of shape (n,), got "
            f"{labels.dtype} of shape {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(
            f"`labels` must lie in [0, {n_classes}), got "
            f"[{labels.min()}, {labels.max()}]."
        )
    counts = np.bincount(labels, minlength=n_classes)
    return ClassCoverage(
        modes=int((counts > 0).sum()),
        n_modes=n_classes,
        reverse_kl=_kl_to_uniform(counts),
        counts=counts,
        n_samples=len(labels),
    )


def ceiling(mixture: Mixture, n: int, threshold: float = 3.0) -> Ceiling:
    """What `mode_coverage` gives on average for `n` samples of the mixture itself.

    In the plane `1 - exp(-threshold^2 / 2)` of them are of high quality, 98.89 %
    within three standard deviations, as long as the modes do not overlap. The
    reverse KL is about `(k - 1) / 2n`.
    """
    _check_threshold(threshold)
    share = -math.expm1(-(threshold**2) / 2)
    modes, kl = _even_spread(len(mixture), n, share)
    return Ceiling(modes, share, kl, n)


def class_ceiling(n_classes: int, n: int) -> Ceiling:
    """What `class_coverage` gives on average for `n` equally likely labels."""
    _check_whole(n_classes, "n_classes")
    modes, kl = _even_spread(n_classes, n, 1.0)
    return Ceiling(modes, 1.0, kl, n)


def _even_spread(k: int, n: int, share: float) -> tuple[float, float]:
    """Expected modes and reverse KL of `n` samples, `share` of which count.

    A mode's count is binomial. The KL is exact for `round(share * n)` samples.
    """
    _check_whole(n, "n")
    modes = k * -math.expm1(n * math.log1p(-share / k)) if share < k else 1.0
    n = max(1, round(share * n))
    if k == 1:
        return modes, 0.0
    counts = np.arange(n + 1)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    log_probabilities = (
        log_factorials[n]
        - log_factorials
        - log_factorials[::-1]
        - counts * math.log(k)
        + (n - counts) * math.log1p(-1 / k)
    )
    shares = counts[1:] / n
    terms = shares * np.log(shares * k)
    return modes, float(k * np.exp(log_probabilities[1:]) @ terms)


def _kl_to_uniform(counts: np.ndarray) -> float:
    if not counts.sum():
        return math.nan
    shares = counts[counts > 0] / counts.sum()
    # Rounding may leave an even spread a little below 0.
    return max(0.0, float((shares * np.log(shares * len(counts))).sum()))


def _check_threshold(threshold: Any) -> None:
    number = isinstance(threshold, int | float | np.number)
    if not number or not threshold > 0:
        raise ValueError(f"`threshold` must be a positive number, got {threshold!r}.")


def _check_whole(value: Any, name: str) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"`{name}` must be a positive integer, got {value!r}.")

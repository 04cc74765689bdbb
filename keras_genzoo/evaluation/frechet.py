"""The Fréchet distance between two sets of features."""

from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_enough, check_whole, check_widths
from keras_genzoo.evaluation.features import Extractor, extractor_name
from keras_genzoo.evaluation.moments import (
    FeatureStatistics,
    RunningMoments,
    as_statistics,
    feature_statistics,
    grouped_moments,
)
from keras_genzoo.evaluation.score import Score


def frechet_distance(
    reference: Any,
    samples: Any,
    features: Extractor | None = None,
    split: str | None = None,
    seed: int | None = None,
    allow_few: bool = False,
    error_groups: int = 10,
    batch_size: int = 256,
) -> Score:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)): the squared Wasserstein-2 distance
    between the Gaussians that have the features' means and covariances.

    It is biased upwards by about 1/n, so numbers from different sample counts cannot
    be compared. It is called FID if, and only if, the features are Inception's.

    Args:
        reference: real images `(n, ...)`, an iterable of batches, or their
            `FeatureStatistics`.
        samples: likewise, generated; from statistics no error can be estimated.
        features: the extractor; None if both hold features `(n, d)` already.
        split: which part of the data `reference` is.
        seed: with which the samples were drawn.
        allow_few: whether fewer examples than features are all right; a covariance
            is then singular, and the distance says little about a distribution.
        error_groups: parts of `samples` of which each is left out once for a
            jackknife estimate of the standard error; 0 estimates none. It costs one
            covariance matrix and one eigenvalue problem each.
        batch_size: images at a time.

    Raises:
        ValueError: fewer than two examples, or, without `allow_few`, not more than
            there are features; features that are not finite or of different widths;
            statistics of another extractor.

    Reference: Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to
    a Local Nash Equilibrium, 2017; Dowson and Landau, 1982.
    """
    check_whole(error_groups, "error_groups", 0)
    if error_groups == 1:
        raise ValueError("`error_groups` must be 0 or at least 2, got 1.")
    if not isinstance(reference, FeatureStatistics):
        reference = feature_statistics(reference, features, split, batch_size)
    parts: list[RunningMoments] = []
    if not isinstance(samples, FeatureStatistics):
        parts = grouped_moments(
            samples, features, max(1, error_groups), batch_size, "samples"
        )
        whole = _joined(parts)
        check_enough(whole.n, 2, "samples", "for a covariance")
        samples = as_statistics(whole, features)
    _check_comparable(reference, samples, features)
    width = len(reference.mean)
    if not allow_few:
        for name, statistics in (("reference", reference), ("samples", samples)):
            check_enough(
                statistics.n,
                width + 1,
                name,
                f"for {width} features (or pass `allow_few=True`, in the shell "
                "`--allow-few`: with fewer the covariance is singular)",
            )
    value = gaussian_frechet_distance(
        reference.mean, reference.covariance, samples.mean, samples.covariance
    )
    error = _jackknife(reference, parts) if len(parts) > 1 else None
    inception = reference.is_inception and samples.is_inception
    return Score(
        "FID" if inception else "Fréchet distance",
        value,
        error,
        f"standard error, jackknife over {len(parts)} groups of samples",
        n_samples=samples.n,
        n_reference=reference.n,
        extractor=reference.extractor,
        n_features=width,
        split=split if split is not None else reference.split,
        seed=seed,
        resizer=reference.resizer,
    )


def gaussian_frechet_distance(
    mean1: Any, covariance1: Any, mean2: Any, covariance2: Any
) -> float:
    """The squared Wasserstein-2 distance between two Gaussians, in float64.

    The eigenvalues of S1 S2 are those of the symmetric S1^(1/2) S2 S1^(1/2): real,
    at least 0 but for rounding, and right for singular matrices too, for which the
    matrix root that the first implementations took can fail.

    Args:
        mean1, mean2: `(d,)`.
        covariance1, covariance2: `(d, d)`, symmetric.

    Raises:
        ValueError: shapes that do not fit, values that are not finite.
    """
    mean1, covariance1, mean2, covariance2 = (
        np.asarray(a, "float64") for a in (mean1, covariance1, mean2, covariance2)
    )
    shapes = [a.shape for a in (mean1, covariance1, mean2, covariance2)]
    d = mean1.shape
    if len(d) != 1 or shapes != [d, d * 2, d, d * 2]:
        raise ValueError(
            f"means and covariances must be (d,) and (d, d), got {shapes}."
        )
    if not all(np.isfinite(a).all() for a in (mean1, covariance1, mean2, covariance2)):
        raise ValueError("means and covariances must be finite, got NaN or infinity.")
    values, vectors = np.linalg.eigh(covariance1)
    root = (vectors * _roots(values)) @ vectors.T
    product = root @ covariance2 @ root
    overlap = np.linalg.eigvalsh((product + product.T) / 2)
    shift = mean1 - mean2
    return float(
        shift @ shift
        + np.trace(covariance1)
        + np.trace(covariance2)
        - 2.0 * _roots(overlap).sum()
    )


def _roots(eigenvalues: np.ndarray) -> np.ndarray:
    """Square roots, 0 where an eigenvalue is not more than the rounding of others.

    The root of a rounding error of 1e-16 would be 1e-8.
    """
    rounding = len(eigenvalues) * np.finfo("float64").eps * np.abs(eigenvalues).max()
    return np.sqrt(np.where(eigenvalues > rounding, eigenvalues, 0.0))


def _joined(parts: list[RunningMoments]) -> RunningMoments:
    whole = RunningMoments()
    for part in parts:
        whole.join(part)
    return whole


def _jackknife(reference: FeatureStatistics, parts: list[RunningMoments]):
    values = []
    for left_out in range(len(parts)):
        rest = _joined(parts[:left_out] + parts[left_out + 1 :])
        if rest.n < 2 or not parts[left_out].n:
            return None
        values.append(
            gaussian_frechet_distance(
                reference.mean, reference.covariance, rest.mean, rest.covariance()
            )
        )
    return float(np.sqrt((len(parts) - 1) * np.var(values)))


def _check_comparable(
    reference: FeatureStatistics,
    samples: FeatureStatistics,
    features: Extractor | None,
) -> None:
    check_widths(len(reference.mean), len(samples.mean))
    known = {(s.extractor, s.resizer) for s in (reference, samples)}
    if features is not None:
        known |= {(extractor_name(features), samples.resizer)}
    if len(known) > 1:
        raise ValueError(
            "`reference` and `samples` must have the features of one extractor and "
            f"resizer, got {sorted(known)}."
        )

"""The noise of a decoder that has none: chosen on validation data."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_positive
from keras_genzoo.evaluation.likelihood.ais import annealed_importance_sampling
from keras_genzoo.evaluation.likelihood.estimate import LikelihoodEstimate
from keras_genzoo.evaluation.likelihood.latent_model import LatentModel


def choose_noise_scale(
    decoder: Callable[[Any], Any],
    validation: Any,
    candidates: Any = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3),
    latent_dim: int | None = None,
    estimate: Callable[..., LikelihoodEstimate] = annealed_importance_sampling,
    **settings,
) -> tuple[float, dict[float, LikelihoodEstimate]]:
    """The Gaussian noise with the highest mean log-likelihood of validation data.

    Choosing it on the test data would flatter the model: keep the two apart (see
    `evaluation.check_disjoint`).

    Args:
        decoder, latent_dim: as in `LatentModel`.
        validation: examples, `(n, *shape)`; the published protocol took 100.
        candidates: standard deviations above 0, in units of x.
        estimate: from a `LatentModel` and examples to an estimate.
        settings: its other arguments, such as `distributions`.

    Returns:
        The noise, and each candidate's estimate.

    Raises:
        ValueError: no candidates or some that are not positive; as `estimate`.
    """
    scales = [check_positive(float(c), "candidates") for c in np.ravel(candidates)]
    if not scales:
        raise ValueError("`candidates` must hold a standard deviation, got none.")
    estimates = {
        scale: estimate(LatentModel(decoder, scale, latent_dim), validation, **settings)
        for scale in scales
    }
    return max(estimates, key=lambda s: estimates[s].value), estimates

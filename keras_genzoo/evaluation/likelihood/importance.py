"""Bounds on log p(x) by importance sampling, from the prior or from an encoder."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_genzoo.evaluation.checks import check_whole, to_numpy
from keras_genzoo.evaluation.likelihood.draws import PROPOSAL, generator, prior_latents
from keras_genzoo.evaluation.likelihood.estimate import (
    LikelihoodEstimate,
    from_weights,
)
from keras_genzoo.evaluation.likelihood.latent_model import LatentModel

Proposal = Callable[[np.ndarray], tuple[Any, Any]] | tuple[Any, Any] | None


def importance_weighted_bound(
    model: LatentModel,
    x: Any,
    samples: int = 1000,
    proposal: Proposal = None,
    seed: int = 0,
    rows: int = 4096,
) -> LikelihoodEstimate:
    """log mean_k p(x, z_k) / q(z_k | x): a lower bound in expectation.

    Args:
        model: decoder and noise.
        x: examples, `(n, *shape)`, `uint8` or in the noise model's units.
        samples: k; the bound rises with it towards log p(x).
        proposal: q(z | x): a function of `x` to `(z_mean, z_log_var)` such as a VAE's
            `encode`, or these two arrays `(n, latent_dim)`; None takes the prior,
            which needs very many samples unless the noise is large.
        seed: of the draws.
        rows: latents decoded at a time; with the prior examples share draws' keys in
            groups of `rows // samples`, so other rows are other draws.

    Raises:
        ValueError: examples that do not fit the decoder; posteriors of another shape
            or not finite; counts that are not positive.

    Reference: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016.
    """
    weights, name = _log_weights(model, x, samples, proposal, seed, rows)
    return from_weights(
        "importance-weighted",
        weights,
        seed,
        f"{samples} samples from {name}, {model.noise_name}",
    )


def evidence_lower_bound(
    model: LatentModel,
    x: Any,
    proposal: Proposal,
    samples: int = 100,
    seed: int = 0,
    rows: int = 4096,
) -> LikelihoodEstimate:
    """The ELBO, mean_k log p(x, z_k) / q(z_k | x), with its standard errors.

    Arguments and errors as in `importance_weighted_bound`.
    """
    weights, name = _log_weights(model, x, samples, proposal, seed, rows)
    spread = (
        weights.std(axis=1, ddof=1) if samples > 1 else np.full(len(weights), np.nan)
    )
    return LikelihoodEstimate(
        "ELBO of the",
        weights.mean(axis=1),
        spread / np.sqrt(samples),
        weights,
        seed,
        f"{samples} samples from {name}, {model.noise_name}",
    )


def _log_weights(
    model: LatentModel, x: Any, samples: int, proposal: Proposal, seed: int, rows: int
) -> tuple[np.ndarray, str]:
    x = model.check_examples(x)
    check_whole(samples, "samples")
    check_whole(rows, "rows")
    check_whole(seed, "seed", 0)
    posterior = _posterior(model, x, proposal)
    group = max(1, rows // samples)
    weights = np.empty((len(x), samples))
    for first in range(0, len(x), group):
        batch = x[first : first + group]
        shape = (len(batch), samples, model.latent_dim)
        if posterior is None:
            z = prior_latents(seed, first, *shape)
            log_ratio = 0.0
        else:
            mean, log_var = (p[first : first + group, None] for p in posterior)
            epsilon = generator(seed, PROPOSAL, first).standard_normal(shape)
            z = (mean + np.exp(0.5 * log_var) * epsilon).astype("float32")
            # log N(z; 0, I) - log q(z | x), by the noise itself.
            log_ratio = 0.5 * (
                epsilon**2 - np.square(z.astype("float64")) + log_var
            ).sum(axis=-1)
        log_p = _in_blocks(model, batch, z, rows)
        weights[first : first + group] = log_p + log_ratio
    return weights, "the prior" if posterior is None else "the encoder"


def _posterior(
    model: LatentModel, x: np.ndarray, proposal: Proposal
) -> tuple[np.ndarray, np.ndarray] | None:
    if proposal is None:
        return None
    pair = proposal(x) if callable(proposal) else proposal
    expected = (len(x), model.latent_dim)
    shapes = [np.shape(p) for p in pair]
    if shapes != [expected, expected]:
        raise ValueError(
            f"`proposal` must give z_mean and z_log_var of shape {expected}, got "
            f"{shapes}."
        )
    mean, log_var = (to_numpy(p).astype("float64") for p in pair)
    if not (np.isfinite(mean).all() and np.isfinite(log_var).all()):
        raise ValueError("`proposal` must be finite, got NaN or infinity.")
    return mean, log_var


def _in_blocks(
    model: LatentModel, x: np.ndarray, z: np.ndarray, rows: int
) -> np.ndarray:
    """log p(x | z) of latents `(n, k, latent_dim)`: `(n, k)`."""
    n, k, width = z.shape
    flat = z.reshape(n * k, width)
    size = min(rows, n * k)
    values = np.empty(n * k)
    for begin in range(0, n * k, size):
        # A last block that reaches back is as long as the others: one compilation.
        begin = min(begin, n * k - size)
        owners = np.arange(begin, begin + size) // k
        values[begin : begin + size] = model.log_likelihoods(
            x[owners], flat[begin : begin + size]
        )
    return values.reshape(n, k)

"""Divergences between distributions, per example, in nats."""

from typing import Any

from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares


def gaussian_kl(z_mean: Any, z_log_var: Any) -> Any:
    """KL(N(z_mean, exp(z_log_var)) || N(0, I)), in closed form.

    Args:
        z_mean, z_log_var: tensors of shape `(batch, latent_dim)`.

    Returns:
        Tensor of shape `(batch,)`, a sum over the latent dimensions, in nats.

    Reference: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix B.
    """
    return ops.sum(gaussian_kl_per_dimension(z_mean, z_log_var), axis=-1)


def gaussian_kl_per_dimension(z_mean: Any, z_log_var: Any) -> Any:
    """The terms of `gaussian_kl`, one a latent dimension: `(batch, latent_dim)`."""
    # expm1: near the prior the terms cancel, and their difference is what counts.
    return 0.5 * (ops.square(z_mean) + ops.expm1(z_log_var) - z_log_var)


def free_bits_kl(kl_per_dimension: Any, free_bits: float, per: str) -> Any:
    """A batch's mean divergence, of which some nats cost nothing.

    Below its allowance a divergence has no gradient, so that a latent dimension is
    not switched off before the decoder has learned to use it.

    Args:
        kl_per_dimension: `(batch, latent_dim)`, see `gaussian_kl_per_dimension`.
        free_bits: the allowance in nats, of each dimension or in total.
        per: `"dimension"`: the sum over the dimensions of the batch's mean
            divergence or the allowance, whichever is more (Kingma et al., Improving
            Variational Inference with Inverse Autoregressive Flow, 2016);
            `"total"`: the mean over the examples of the whole divergence or the
            allowance, whichever is more.

    Returns:
        Scalar tensor, in nats.
    """
    if per == "dimension":
        means = ops.mean(kl_per_dimension, axis=0)
        # On several devices it is the joined batch's mean that is above or below.
        return ops.sum(backends.where(shares.mean(means) > free_bits, means, free_bits))
    return ops.mean(backends.clip(ops.sum(kl_per_dimension, axis=-1), low=free_bits))

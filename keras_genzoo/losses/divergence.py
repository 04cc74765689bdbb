"""Divergences between distributions, per example, in nats."""

from typing import Any

from keras import ops


def gaussian_kl(z_mean: Any, z_log_var: Any) -> Any:
    """KL(N(z_mean, exp(z_log_var)) || N(0, I)), in closed form.

    Args:
        z_mean, z_log_var: tensors of shape `(batch, latent_dim)`.

    Returns:
        Tensor of shape `(batch,)`, a sum over the latent dimensions, in nats.

    Reference: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix B.
    """
    # expm1: near the prior the terms cancel, and their difference is what counts.
    terms = ops.square(z_mean) + ops.expm1(z_log_var) - z_log_var
    return 0.5 * ops.sum(terms, axis=-1)

"""Log-likelihoods of observations, per example, in nats, with every constant."""

import math
from typing import Any

from keras import ops

LOG_2PI = math.log(2.0 * math.pi)


def sum_per_example(values: Any) -> Any:
    """Sums over all axes but the first."""
    axes = tuple(range(1, len(values.shape)))
    return ops.sum(values, axis=axes) if axes else values


def gaussian_log_likelihood(x: Any, mean: Any, log_var: Any) -> Any:
    """log N(x; mean, exp(log_var) I).

    Args:
        x, mean: tensors of shape `(batch, ...)`.
        log_var: tensor that broadcasts against them; a scalar is one noise for all.

    Returns:
        Tensor of shape `(batch,)`, a sum over pixels, in nats; a density, so it may
        be positive.
    """
    terms = ops.square(x - mean) * ops.exp(-log_var) + log_var + LOG_2PI
    return -0.5 * sum_per_example(terms)


def bernoulli_log_likelihood(x: Any, logits: Any) -> Any:
    """sum x log p + (1 - x) log(1 - p), with p = sigmoid(logits).

    A likelihood where every `x` is 0 or 1. For grey values in between it is the
    expected log-likelihood over the binary images of which `x` holds the
    probabilities.

    Args:
        x: tensor of shape `(batch, ...)` in [0, 1].
        logits: tensor of the same shape.

    Returns:
        Tensor of shape `(batch,)`, a sum over pixels, in nats.
    """
    return sum_per_example(x * logits - ops.softplus(logits))

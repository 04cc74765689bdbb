"""The continuous Bernoulli: a density on [0, 1] with one parameter a pixel.

Its density is proportional to exp(logit x), so that everything follows from
A(l) = log((exp(l) - 1) / l) = l / 2 + log(sinh(h) / h), with h = |l| / 2. Near h = 0,
where a difference of near numbers would be divided by a small one, stand the Taylor
series.

Reference: Loaiza-Ganem and Cunningham, The Continuous Bernoulli: Fixing a Pervasive
Error in Variational Autoencoders, 2019.
"""

from typing import Any

from keras import ops

from keras_genzoo import backends
from keras_genzoo.losses.likelihood import sum_per_example

# Below it the series are exact to float32, above it the closed forms are.
_SERIES_BELOW = 0.5


def continuous_bernoulli_log_likelihood(x: Any, logits: Any) -> Any:
    """log p(x), the sum over pixels of `logit x - log((exp(logit) - 1) / logit)`.

    Args:
        x: tensor of shape `(batch, ...)` in [0, 1].
        logits: tensor of the same shape.

    Returns:
        Tensor of shape `(batch,)`, in nats; a density, so it may be positive.
    """
    h = 0.5 * ops.abs(logits)
    # The branch not taken must not overflow either: its gradient is multiplied by 0.
    large = backends.clip(h, low=_SERIES_BELOW)
    closed = large + ops.log1p(-ops.exp(-2.0 * large)) - ops.log(2.0 * large)
    square = ops.square(backends.clip(h, high=_SERIES_BELOW))
    series = square * (1 / 6 - square * (1 / 180 - square / 2835))
    log_sinh_ratio = ops.where(h < _SERIES_BELOW, series, closed)
    return sum_per_example((x - 0.5) * logits - log_sinh_ratio)


def continuous_bernoulli_mean(logits: Any) -> Any:
    """E[x] for each pixel, `1 / 2 + sign(l) (coth(h) - 1 / h) / 2`, in (0, 1)."""
    h = 0.5 * ops.abs(logits)
    large = backends.clip(h, low=_SERIES_BELOW)
    decay = ops.exp(-2.0 * large)
    closed = (1.0 + decay) / (1.0 - decay) - 1.0 / large
    small = backends.clip(h, high=_SERIES_BELOW)
    square = ops.square(small)
    series = small * (1 / 3 - square * (1 / 45 - square * (2 / 945 - square / 4725)))
    return 0.5 + 0.5 * ops.sign(logits) * ops.where(h < _SERIES_BELOW, series, closed)

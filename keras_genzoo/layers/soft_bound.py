"""A bound that gives way, slowly."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends


@keras.saving.register_keras_serializable(package="keras_genzoo")
def soft_bound(x: Any, low: float = -16.0, high: float = 6.0) -> Any:
    """x inside [low, high]; beyond, the bound plus a logarithm of the excess.

    `y = c + arcsinh(e)` with c the nearest point of the interval and e = x - c. The
    slope is 1 inside and `1 / sqrt(1 + e^2)` outside: continuous, never zero.

    An activation for a log-variance, which is in nats. A bad step can throw one far
    out, where its exponential overflows and the loss is lost; a hard clip would hold
    it there, with no gradient to come back. Here `exp(y)` is at most
    `exp(high) (1 + 2 e)`, and there is always a way back. A float32 holds the
    exponential of the default interval, a standard deviation from 3e-4 to 20, with
    room on both sides.

    Args:
        x: float tensor of any shape.
        low: the lower end.
        high: the upper end.
    """
    nearest = backends.clip(x, low, high)
    return nearest + ops.arcsinh(x - nearest)

"""A bound that gives way, slowly."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SoftBound(keras.layers.Layer):
    """x inside [low, high]; beyond, the bound plus a logarithm of the excess.

    `y = c + arcsinh(e)` with c the nearest point of the interval and e = x - c. The
    slope is 1 inside and `1 / sqrt(1 + e^2)` outside: continuous, never zero.

    For a log-variance, which is in nats. A bad step can throw one far out, where its
    exponential overflows and the loss is lost; a hard clip would hold it there, with
    no gradient to come back. Here `exp(y)` is at most `exp(high) (1 + 2 e)`, and
    there is always a way back. A float32 holds the exponential of the default
    interval, a standard deviation from 3e-4 to 20, with room on both sides.

    Args:
        low: the lower end.
        high: the upper end.

    Call arguments:
        inputs: float tensor of any shape.

    Raises:
        ValueError: `low` and `high` are not two finite numbers, the first smaller.
    """

    def __init__(self, low: float = -16.0, high: float = 6.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("low", low), ("high", high)):
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not abs(value) < float("inf"):
                raise ValueError(f"`{name}` must be a finite number, got {value!r}.")
        if not low < high:
            raise ValueError(
                f"`low` must be smaller than `high`, got low={low}, high={high}."
            )
        self.low = low
        self.high = high

    def call(self, inputs: Any) -> Any:
        nearest = ops.clip(inputs, self.low, self.high)
        return nearest + ops.arcsinh(inputs - nearest)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "low": self.low, "high": self.high}

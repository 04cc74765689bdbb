"""Normalisation of each channel of each example over its pixels."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype


@keras.saving.register_keras_serializable(package="keras_genzoo")
class InstanceNormalization(keras.layers.Layer):
    """`(x - mean) / sqrt(variance + epsilon)` over height and width, no weights.

    On maps `(batch, height, width, channels)`; computed in float32, the same in
    training and inference, whatever else is in the batch.

    `keras.layers.GroupNormalization(groups=-1)` is the same on paper. On PyTorch it
    takes the variance as `E[x^2] - E[x]^2`, which in float32 is noise, or negative,
    where a map is nearly flat: the white ground of a drawing, say.

    Args:
        epsilon: added to the variance.

    Reference: Ulyanov, Vedaldi and Lempitsky, Instance Normalization: The Missing
    Ingredient for Fast Stylization, 2016.
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, inputs: Any) -> Any:
        y = backends.instance_normalization(inputs, self.epsilon)
        if y is None:
            x = ops.cast(inputs, full_dtype())
            x = x - ops.mean(x, axis=(1, 2), keepdims=True)
            variance = ops.mean(ops.square(x), axis=(1, 2), keepdims=True)
            y = x * ops.rsqrt(variance + self.epsilon)
        return ops.cast(y, inputs.dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "epsilon": self.epsilon}

"""A convolution of stride 1, computed in the way that is fastest where it stands."""

from typing import Any

import keras

from keras_genzoo import backends
from keras_genzoo.layers._weights import DrawnWeights

_FIXED = {"strides": (1, 1), "data_format": "channels_last"}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class PlainConv2D(DrawnWeights, keras.layers.Conv2D):
    """`keras.layers.Conv2D` of stride 1: the same weights, the same result.

    From `(batch, height, width, channels)` to `(batch, height, width, filters)`, less
    `kernel_size - 1` on each side where `padding` is "valid". Where a backend's own
    convolution or its gradient is slow, matrix products take its place.

    Args:
        filters: channels of the output.
        kernel_size: int, or `(height, width)`.
        padding: "valid" or "same".
        **kwargs: as `keras.layers.Conv2D` (`activation`, `use_bias`,
            `kernel_initializer`, ...).
    """

    def __init__(
        self, filters: int, kernel_size: Any, padding: str = "valid", **kwargs
    ):
        super().__init__(filters, kernel_size, padding=padding, **_FIXED, **kwargs)

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        kernel = keras.ops.convert_to_tensor(kernel)
        outputs = backends.plain_convolution(inputs, kernel, self.padding)
        if outputs is None:
            return super().convolution_op(inputs, kernel)
        return outputs

    def get_config(self) -> dict:
        dropped = {*_FIXED, "dilation_rate", "groups", "rank"}
        return {k: v for k, v in super().get_config().items() if k not in dropped}

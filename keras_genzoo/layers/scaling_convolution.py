"""A 3x3 convolution and the doubling before it, or the mean after it, in one.

Reference: Karras, Aila, Laine and Lehtinen, Progressive Growing of GANs for Improved
Quality, Stability, and Variation, 2018 (`upscale2d_conv2d` and `conv2d_downscale2d` of
the authors' code).
"""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.layers._weights import DrawnWeights

_FIXED = {
    "kernel_size": (3, 3),
    "strides": (1, 1),
    "padding": "same",
    "data_format": "channels_last",
}


class _Scaling(DrawnWeights, keras.layers.Conv2D):
    """What the two layers share."""

    def __init__(self, filters: int, **kwargs):
        super().__init__(filters, **_FIXED, **kwargs)

    def _finish(self, outputs: Any) -> Any:
        if self.use_bias:
            outputs = ops.add(outputs, ops.cast(self.bias, outputs.dtype))
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self) -> dict:
        dropped = {*_FIXED, "dilation_rate", "groups", "rank"}
        return {k: v for k, v in super().get_config().items() if k not in dropped}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class UpscalingConv2D(_Scaling):
    """Every pixel twice along each side, then a 3x3 `Conv2D` with "same" padding.

    From `(batch, height, width, channels)` to
    `(batch, 2 * height, 2 * width, filters)`. Computed as a 4x4 transposed convolution
    of stride 2, whose taps are sums of the kernel's: the same weights, and the same
    result to rounding, for 4/9 of the products.

    Args:
        filters: channels of the output.
        **kwargs: as `keras.layers.Conv2D` (`activation`, `use_bias`,
            `kernel_initializer`, ...).
    """

    def call(self, inputs: Any) -> Any:
        kernel = _widened(ops.convert_to_tensor(self.kernel))
        # What a convolution gathers, its transpose scatters: the other way round.
        kernel = ops.transpose(ops.flip(kernel, (0, 1)), (0, 1, 3, 2))
        return self._finish(backends.doubling_convolution(inputs, kernel))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, *sides, _ = input_shape
        return (batch, *(None if s is None else 2 * s for s in sides), self.filters)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class DownscalingConv2D(_Scaling):
    """A 3x3 `Conv2D` with "same" padding, then the means of 2x2 blocks.

    From `(batch, height, width, channels)` to
    `(batch, height / 2, width / 2, filters)`, rounded down. Computed, where the sides
    are even, as a 4x4 convolution of stride 2 whose taps are means of the kernel's: the
    same weights, and the same result to rounding, for 4/9 of the products. An
    activation comes after the means.

    Args:
        filters: channels of the output.
        **kwargs: as `keras.layers.Conv2D` (`activation`, `use_bias`,
            `kernel_initializer`, ...).
    """

    def call(self, inputs: Any) -> Any:
        kernel = ops.convert_to_tensor(self.kernel)
        if any(side is None or side % 2 for side in inputs.shape[1:3]):
            outputs = ops.conv(
                inputs, kernel, padding="same", data_format="channels_last"
            )
            outputs = ops.average_pool(outputs, 2, 2, data_format="channels_last")
        else:
            outputs = backends.halving_convolution(inputs, _widened(kernel) / 4.0)
        return self._finish(outputs)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, *sides, _ = input_shape
        return (batch, *(None if s is None else s // 2 for s in sides), self.filters)


def _widened(kernel: Any) -> Any:
    """The sum of the kernel at four places: that of 3x3 met by a 2x2 block.

    One product of matrices: the gradients of slices take a hundred times as long on
    TensorFlow.
    """
    # What each of four taps along a side has of three; made where the kernel is, since
    # PyTorch would wait for a constant that is sent there.
    dtype = keras.backend.standardize_dtype(kernel.dtype)
    side = ops.eye(4, 3, dtype=dtype) + ops.eye(4, 3, k=-1, dtype=dtype)
    both = ops.reshape(side[:, None, :, None] * side[None, :, None, :], (16, 9))
    sums = ops.matmul(both, ops.reshape(kernel, (9, -1)))
    return ops.reshape(sums, (4, 4, *kernel.shape[2:]))

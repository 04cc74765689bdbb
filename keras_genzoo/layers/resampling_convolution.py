"""The convolutions of stride 2 that halve and double images: DCGAN's and CycleGAN's.

Weights and results are those of Keras' layers; only how the sums are taken differs,
because on some backends Keras' general way is slow for these cases.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.layers._weights import DrawnWeights

_FIXED = {"strides": (2, 2), "padding": "same", "data_format": "channels_last"}
_DROPPED = {*_FIXED, "dilation_rate", "groups", "output_padding", "rank"}


class _Resampling(DrawnWeights):
    """What the two layers share."""

    def __init__(self, filters: int, kernel_size: int = 4, **kwargs):
        if isinstance(kernel_size, bool) or kernel_size not in (3, 4):
            raise ValueError(f"`kernel_size` must be 3 or 4, got {kernel_size!r}.")
        super().__init__(filters, kernel_size, **_FIXED, **kwargs)

    def _convolve(self, convolution: Callable, inputs: Any) -> Any:
        bias = ops.convert_to_tensor(self.bias) if self.use_bias else None
        outputs = convolution(inputs, ops.convert_to_tensor(self.kernel), bias)
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self) -> dict:
        config = {k: v for k, v in super().get_config().items() if k not in _DROPPED}
        return {**config, "kernel_size": self.kernel_size[0]}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class HalvingConv2D(_Resampling, keras.layers.Conv2D):
    """`keras.layers.Conv2D` of stride 2.

    From `(batch, height, width, channels)` to
    `(batch, height / 2, width / 2, filters)`, rounded up.

    Args:
        filters: channels of the output.
        kernel_size: 4, with Keras' "same" padding; or 3, with a row and a column of
            zeros on every side, as PyTorch's `padding=1` (Keras pads an even side at
            its end alone).
        **kwargs: as `keras.layers.Conv2D` (`activation`, `use_bias`,
            `kernel_initializer`, ...).

    Raises:
        ValueError: another `kernel_size`.
    """

    def call(self, inputs: Any) -> Any:
        return self._convolve(backends.halving_convolution, inputs)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class DoublingConv2DTranspose(_Resampling, keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose` of stride 2.

    From `(batch, height, width, channels)` to
    `(batch, 2 * height, 2 * width, filters)`.

    Args:
        filters: channels of the output.
        kernel_size: 4, with Keras' "same" padding; or 3: of the 2n + 1 rows and columns
            the last 2n, as PyTorch's `padding=1, output_padding=1` (Keras' "same" has
            the first).
        **kwargs: as `keras.layers.Conv2DTranspose`.

    Raises:
        ValueError: another `kernel_size`.
    """

    def call(self, inputs: Any) -> Any:
        return self._convolve(backends.doubling_convolution, inputs)

"""The 4x4 convolutions of stride 2 that DCGAN halves and doubles images with.

Weights, results and configuration are those of Keras' layers; only how the sums are
taken differs, because on some backends Keras' general way is slow for this one case.
"""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends

_FIXED = {
    "kernel_size": (4, 4),
    "strides": (2, 2),
    "padding": "same",
    "data_format": "channels_last",
}


def _without_fixed(config: dict) -> dict:
    dropped = {*_FIXED, "dilation_rate", "groups", "output_padding", "rank"}
    return {k: v for k, v in config.items() if k not in dropped}


class _Resampling:
    """What the two layers share: bias and activation after the convolution."""

    def _finish(self, outputs: Any) -> Any:
        if self.use_bias:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self) -> dict:
        return _without_fixed(super().get_config())


@keras.saving.register_keras_serializable(package="keras_genzoo")
class HalvingConv2D(_Resampling, keras.layers.Conv2D):
    """`keras.layers.Conv2D` with a 4x4 kernel, stride 2 and "same" padding.

    From `(batch, height, width, channels)` to
    `(batch, height / 2, width / 2, filters)`, rounded up.

    Args:
        filters: channels of the output.
        **kwargs: as `keras.layers.Conv2D` (`activation`, `use_bias`,
            `kernel_initializer`, ...).
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(filters, **_FIXED, **kwargs)

    def call(self, inputs: Any) -> Any:
        return self._finish(
            backends.halving_convolution(inputs, ops.convert_to_tensor(self.kernel))
        )


@keras.saving.register_keras_serializable(package="keras_genzoo")
class DoublingConv2DTranspose(_Resampling, keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose` with a 4x4 kernel, stride 2, "same" padding.

    From `(batch, height, width, channels)` to
    `(batch, 2 * height, 2 * width, filters)`.

    Args:
        filters: channels of the output.
        **kwargs: as `keras.layers.Conv2DTranspose`.
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(filters, **_FIXED, **kwargs)

    def call(self, inputs: Any) -> Any:
        return self._finish(
            backends.doubling_convolution(inputs, ops.convert_to_tensor(self.kernel))
        )

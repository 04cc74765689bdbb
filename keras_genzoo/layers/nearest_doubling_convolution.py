"""Every pixel twice along each side, then a 3x3 convolution, at half the cost.

Reference: Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts, 2016.
"""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.layers._weights import DrawnWeights

_FIXED = {
    "kernel_size": (3, 3),
    "strides": (1, 1),
    "padding": "valid",
    "data_format": "channels_last",
}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class NearestDoublingConv2D(DrawnWeights, keras.layers.Conv2D):
    """Nearest upsampling by 2, reflection padding of 1 and a 3x3 `Conv2D`, in one.

    From `(batch, height, width, channels)` to
    `(batch, 2 * height, 2 * width, filters)`.

    Of the nine pixels that a kernel meets on the doubled map only four differ. Each of
    the four pixels that come from one is therefore a 2x2 convolution of the small map
    with sums of the kernel's taps: the same weights, and the same result to rounding,
    for 4/9 of the products. The reflection of a doubled map repeats its border pixel,
    so it is the small map that is continued by its border.

    Args:
        filters: channels of the output.
        **kwargs: as `keras.layers.Conv2D` (`activation`, `use_bias`,
            `kernel_initializer`, ...).
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(filters, **_FIXED, **kwargs)

    def call(self, inputs: Any) -> Any:
        x = _with_border(_with_border(inputs, 1), 2)
        shape = ops.shape(inputs)
        rows = []
        for i, by_row in enumerate(_halves(ops.convert_to_tensor(self.kernel), 0)):
            columns = []
            for j, kernel in enumerate(_halves(by_row, 1)):
                part = x[:, i : i + shape[1] + 1, j : j + shape[2] + 1]
                y = backends.plain_convolution(part, kernel, "valid")
                if y is None:
                    y = ops.conv(
                        part, kernel, padding="valid", data_format="channels_last"
                    )
                columns.append(y)
            rows.append(ops.stack(columns, axis=3))
        # (batch, height, row of the block, width, column of the block, filters)
        outputs = ops.stack(rows, axis=2)
        outputs = ops.reshape(outputs, (-1, 2 * shape[1], 2 * shape[2], self.filters))
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, *sides, _ = input_shape
        return (batch, *(None if s is None else 2 * s for s in sides), self.filters)

    def get_config(self) -> dict:
        dropped = {*_FIXED, "dilation_rate", "groups", "rank"}
        return {k: v for k, v in super().get_config().items() if k not in dropped}


def _with_border(x: Any, axis: int) -> Any:
    first, last = [slice(None)] * 4, [slice(None)] * 4
    first[axis], last[axis] = slice(0, 1), slice(-1, None)
    return ops.concatenate([x[tuple(first)], x, x[tuple(last)]], axis=axis)


def _halves(kernel: Any, axis: int) -> list:
    """The two taps that make the first, and the second, of the two pixels."""
    before, at, after = ops.split(kernel, 3, axis=axis)
    return [
        ops.concatenate([before, at + after], axis=axis),
        ops.concatenate([before + at, after], axis=axis),
    ]

"""Padding with the mirror image of what lies inside."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ReflectionPadding2D(keras.layers.Layer):
    """Continues a map beyond its borders as in a mirror standing on the last pixel.

    From `(batch, height, width, channels)` to `(batch, height + 2 padding,
    width + 2 padding, channels)`; the border pixel itself is not repeated. A
    convolution of such a map leaves no dark frame, as one of a map padded with zeros
    does.

    Args:
        padding: pixels on each of the four sides, less than height and width.

    Raises:
        ValueError: `padding` that is not a positive integer; a map that is too small.
    """

    def __init__(self, padding: int, **kwargs):
        super().__init__(**kwargs)
        if isinstance(padding, bool) or not isinstance(padding, int) or padding < 1:
            raise ValueError(f"`padding` must be a positive integer, got {padding!r}.")
        self.padding = padding

    def build(self, input_shape: Any) -> None:
        sides = [side for side in input_shape[1:3] if side is not None]
        if any(side <= self.padding for side in sides):
            raise ValueError(
                f"A reflection of {self.padding} pixels needs a map with larger sides, "
                f"got {input_shape[1]}x{input_shape[2]}."
            )

    def call(self, inputs: Any) -> Any:
        x = backends.reflection_padding(inputs, self.padding)
        if x is not None:
            return x
        x = inputs
        # Slices rather than `ops.pad`: half the time of it on an eager backend, and
        # no detour over float32 under mixed precision.
        for axis in (1, 2):
            before, after = [slice(None)] * 4, [slice(None)] * 4
            before[axis] = slice(1, self.padding + 1)
            after[axis] = slice(-self.padding - 1, -1)
            x = ops.concatenate(
                [ops.flip(x[tuple(before)], axis), x, ops.flip(x[tuple(after)], axis)],
                axis=axis,
            )
        return x

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, *sides, channels = input_shape
        grown = [None if s is None else s + 2 * self.padding for s in sides]
        return (batch, *grown, channels)

    def get_config(self) -> dict:
        return {**super().get_config(), "padding": self.padding}

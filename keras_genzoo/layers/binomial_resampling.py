"""Halving and doubling images through the binomial filter [1, 2, 1].

Written with slices and sums instead of a convolution by channel: these are linear
maps with the same cost and the same derivatives of any order on every backend.
"""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends


def _check(name: str, input_shape: Any, divisor: int) -> None:
    shape = tuple(input_shape)
    if len(shape) != 4 or any(s is None or s % divisor for s in shape[1:3]):
        raise ValueError(
            f"`inputs` of {name} must have shape (batch, height, width, channels) "
            f"with known sides divisible by {divisor}, got {shape}."
        )


def _slice(x: Any, axis: int, start: int, stop: int) -> Any:
    index = [slice(None)] * 4
    index[axis] = slice(start, stop)
    return x[tuple(index)]


def _shifted(x: Any, axis: int, step: int) -> Any:
    """`x` moved along `axis` by one entry, forwards or backwards; zero moves in."""
    size = x.shape[axis]
    padding = [(0, 0)] * 4
    padding[axis] = (1, 0) if step > 0 else (0, 1)
    kept = _slice(x, axis, 0, size - 1) if step > 0 else _slice(x, axis, 1, size)
    return backends.zero_padding(kept, padding)


def _halve(x: Any, axis: int) -> Any:
    shape = list(x.shape)
    pairs = (-1, *shape[1:axis], shape[axis] // 2, 2, *shape[axis + 1 :])
    even, odd = ops.unstack(ops.reshape(x, pairs), axis=axis + 1)
    near = even + odd
    far = _shifted(odd, axis, 1) + _shifted(even, axis, -1)
    return 0.375 * near + 0.125 * far


def _double(x: Any, axis: int) -> Any:
    shape = list(x.shape)
    near = 0.75 * x
    even = near + 0.25 * _shifted(x, axis, 1)
    odd = near + 0.25 * _shifted(x, axis, -1)
    doubled = (-1, *shape[1:axis], 2 * shape[axis], *shape[axis + 1 :])
    return ops.reshape(ops.stack([even, odd], axis=axis + 1), doubled)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class BinomialDownsampling2D(keras.layers.Layer):
    """Halves images: along each side the filter [1, 2, 1] / 4, then means of pairs.

    From `(batch, height, width, channels)` to
    `(batch, height / 2, width / 2, channels)`; zeros beyond the border. In one step
    this is the filter [1, 3, 3, 1] / 8 at every other place.

    Raises:
        ValueError: sides that are not even and known.

    References: Zhang, Making Convolutional Networks Shift-Invariant Again, 2019;
    Huang et al., The GAN is dead; long live the GAN! A Modern Baseline GAN (R3GAN),
    2024.
    """

    def build(self, input_shape: Any) -> None:
        _check("BinomialDownsampling2D", input_shape, 2)

    def call(self, inputs: Any) -> Any:
        return _halve(_halve(inputs, 1), 2)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, height, width, channels = input_shape
        return (batch, height // 2, width // 2, channels)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class BinomialUpsampling2D(keras.layers.Layer):
    """Doubles images: each pixel twice, then along each side [1, 2, 1] / 4.

    From `(batch, height, width, channels)` to
    `(batch, 2 * height, 2 * width, channels)`; zeros beyond the border. It is four
    times the transpose of `BinomialDownsampling2D`, and inside the image bilinear
    interpolation.

    Raises:
        ValueError: sides that are not known.

    References: as `BinomialDownsampling2D`.
    """

    def build(self, input_shape: Any) -> None:
        _check("BinomialUpsampling2D", input_shape, 1)

    def call(self, inputs: Any) -> Any:
        return _double(_double(inputs, 1), 2)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, height, width, channels = input_shape
        return (batch, 2 * height, 2 * width, channels)

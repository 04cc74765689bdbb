"""A channel that shows a discriminator how much the examples of a batch differ."""

import math
from typing import Any

import keras
from keras import ops

from keras_genzoo.backends.precision import full_dtype


@keras.saving.register_keras_serializable(package="keras_genzoo")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Appends the standard deviation within groups of examples as one channel.

    In each group: the standard deviation of every feature (at every pixel) over the
    examples, averaged over features and pixels to one number, the same for all
    examples of the group and at all pixels.

    A batch of n makes `max(1, n // group_size)` groups; example i is in group i
    modulo their number. Where `group_size` divides n these are the groups of the
    reference implementation. Where it does not, the examples that are left over are
    spread over the groups, which then have `group_size` examples or more, never
    fewer: a group of one would show no variation whatever the generator does. Only a
    batch smaller than `group_size` makes a smaller group, of the whole batch.

    Args:
        group_size: examples in a group.

    Call arguments:
        inputs: `(batch, features)` or `(batch, height, width, channels)`.

    Returns:
        The inputs with one more feature or channel.

    Raises:
        ValueError: `group_size` is not a positive integer, or inputs of another rank.

    Reference: Karras, Aila, Laine and Lehtinen, Progressive Growing of GANs for
    Improved Quality, Stability, and Variation, 2018.
    """

    # Under the root, so that it can be differentiated where all examples agree.
    epsilon = 1e-8

    def __init__(self, group_size: int = 4, **kwargs):
        super().__init__(**kwargs)
        if (
            isinstance(group_size, bool)
            or not isinstance(group_size, int)
            or group_size < 1
        ):
            raise ValueError(
                f"`group_size` must be a positive integer, got {group_size!r}."
            )
        self.group_size = group_size

    def build(self, input_shape: Any) -> None:
        if len(input_shape) not in (2, 4) or None in tuple(input_shape[1:]):
            raise ValueError(
                "`inputs` must have shape (batch, features) or (batch, height, width, "
                f"channels), all but the batch known, got {tuple(input_shape)}."
            )

    def call(self, inputs: Any) -> Any:
        count = ops.shape(inputs)[0]
        groups = ops.maximum(count // self.group_size, 1)
        group = ops.mod(ops.arange(count, dtype="int32"), groups)
        same = ops.cast(group[:, None] == group[None, :], full_dtype())
        # A row of `average` takes the mean over the row's group. The product is small
        # beside a convolution's, and no batch size needs a case of its own.
        average = same / ops.sum(same, axis=1, keepdims=True)
        size = math.prod(inputs.shape[1:])
        x = ops.cast(ops.reshape(inputs, (-1, size)), full_dtype())
        variance = ops.matmul(average, ops.square(x - ops.matmul(average, x)))
        deviation = ops.mean(ops.sqrt(variance + self.epsilon), axis=1)
        deviation = ops.cast(deviation, inputs.dtype)
        shape = (*ops.shape(inputs)[:-1], 1)
        deviation = ops.reshape(deviation, (-1,) + (1,) * (len(shape) - 1))
        return ops.concatenate([inputs, ops.broadcast_to(deviation, shape)], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict:
        return {**super().get_config(), "group_size": self.group_size}

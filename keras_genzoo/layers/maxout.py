"""The activation that learns its own shape."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Maxout(keras.layers.Layer):
    """The largest of several affine functions, for each unit.

    `y[u] = max over p of x @ W[:, u, p] + b[u, p]`: convex and piecewise linear.

    Args:
        units: features of the output.
        pieces: affine functions for each.
        kernel_initializer: of all `units * pieces` functions.
        use_bias: whether they have the constant b, which starts at zero.

    Call arguments:
        inputs: `(..., features)`.

    Raises:
        ValueError: `units` or `pieces` is not a positive integer.

    Reference: Goodfellow et al., Maxout Networks, 2013.
    """

    def __init__(
        self,
        units: int,
        pieces: int,
        kernel_initializer: Any = "glorot_uniform",
        use_bias: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value in (("units", units), ("pieces", pieces)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"`{name}` must be a positive integer, got {value!r}.")
        self.units = units
        self.pieces = pieces
        self.use_bias = use_bias
        self.affine = keras.layers.Dense(
            units * pieces,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            dtype=self.dtype_policy,
            name="affine",
        )

    def build(self, input_shape: Any) -> None:
        self.affine.build(input_shape)

    def call(self, inputs: Any) -> Any:
        values = self.affine(inputs)
        shape = (*ops.shape(values)[:-1], self.units, self.pieces)
        return ops.max(ops.reshape(values, shape), axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "pieces": self.pieces,
            "kernel_initializer": keras.initializers.serialize(
                self.affine.kernel_initializer
            ),
            "use_bias": self.use_bias,
        }

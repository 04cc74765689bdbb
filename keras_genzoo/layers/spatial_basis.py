"""From features to a small map and back, through one learned picture a channel."""

from typing import Any

import keras
from keras import ops

from keras_genzoo.layers._weights import DrawnWeights


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SpatialBasis(DrawnWeights, keras.layers.Layer):
    """Spreads each feature over a map as a multiple of its own learned picture.

    `y[h, w, c] = x[c] * basis[h, w, c]`, from `(batch, channels)` to
    `(batch, size, size, channels)`. The pictures start as standard normal noise.

    Args:
        size: side of the map.
        seed: int, for the pictures; None takes Keras' own random state.

    Reference: Huang et al., The GAN is dead; long live the GAN! A Modern Baseline
    GAN (R3GAN), 2024.
    """

    def __init__(self, size: int, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.seed = seed

    def build(self, input_shape: Any) -> None:
        self.basis = self.add_weight(
            shape=(self.size, self.size, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(0.0, 1.0, seed=self.seed),
            name="basis",
        )

    def call(self, inputs: Any) -> Any:
        return ops.expand_dims(inputs, (1, 2)) * self.basis

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], self.size, self.size, input_shape[-1])

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size, "seed": self.seed}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SpatialProjection(DrawnWeights, keras.layers.Layer):
    """Reads one number from each channel of a map by its own learned picture.

    `y[c] = sum over h, w of x[h, w, c] * basis[h, w, c]`, from
    `(batch, height, width, channels)` to `(batch, channels)`. The pictures start as
    normal noise of variance 1 / (height * width), which keeps the inputs' variance.

    Args:
        seed: int, for the pictures; None takes Keras' own random state.

    Reference: as `SpatialBasis`.
    """

    def __init__(self, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, input_shape: Any) -> None:
        height, width, channels = input_shape[1:]
        self.basis = self.add_weight(
            shape=(height, width, channels),
            initializer=keras.initializers.RandomNormal(
                0.0, (height * width) ** -0.5, seed=self.seed
            ),
            name="basis",
        )

    def call(self, inputs: Any) -> Any:
        return ops.sum(inputs * self.basis, axis=(1, 2))

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (input_shape[0], input_shape[-1])

    def get_config(self) -> dict:
        return {**super().get_config(), "seed": self.seed}

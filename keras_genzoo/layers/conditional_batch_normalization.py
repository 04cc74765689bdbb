"""Batch normalisation whose gain and bias depend on a condition."""

from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.layers import _seeds
from keras_genzoo.layers.batch_normalization import BatchNormalization
from keras_genzoo.layers.spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Normalises images, then scales and shifts each channel as a condition says.

    `y = (1 + condition @ A) * (x - mean) / sqrt(variance + epsilon) + condition @ B`,
    the products broadcast over the pixels. A condition of zeros leaves plain batch
    normalisation without gain and bias.

    Args:
        momentum: of the moving mean and variance that inference uses.
        epsilon: added to the variance.
        spectral: whether A and B are spectrally normalised, as in BigGAN.
        seed: int, for A and B; None takes Keras' own random state.

    Call arguments:
        inputs: `[x, condition]` of shapes `(batch, height, width, channels)` and
            `(batch, features)`.
        training: True normalises by the batch's statistics.

    Raises:
        ValueError: inputs of other ranks.

    Reference: Brock, Donahue and Simonyan, Large Scale GAN Training for High
    Fidelity Natural Image Synthesis, 2019; Dumoulin et al., A Learned
    Representation for Artistic Style, 2017.
    """

    def __init__(
        self,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        spectral: bool = True,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon
        self.spectral = spectral
        self.seed = seed
        self.normalization = BatchNormalization(
            momentum=momentum,
            epsilon=epsilon,
            center=False,
            scale=False,
            dtype=self.dtype_policy,
            name="normalization",
        )

    def _linear(self, units: int, name: str, seeds: list) -> keras.layers.Layer:
        layer = keras.layers.Dense(
            units,
            use_bias=False,
            kernel_initializer=keras.initializers.Orthogonal(seed=seeds[0]),
            dtype=self.dtype_policy,
            name=name,
        )
        if not self.spectral:
            return layer
        return SpectralNormalization(layer, seed=seeds[1], name=f"{name}_normalized")

    def build(self, input_shape: Any) -> None:
        shapes = list(input_shape)
        ranks = [len(s) if isinstance(s, tuple | list) else None for s in shapes]
        if ranks != [4, 2]:
            raise ValueError(
                "`inputs` must be [x, condition] of shapes (batch, height, width, "
                f"channels) and (batch, features), got shapes {input_shape}."
            )
        x_shape, condition_shape = shapes
        self.normalization.build(x_shape)
        seeds = _seeds.split(self.seed, 4)
        self.gain = self._linear(x_shape[-1], "gain", seeds[:2])
        self.gain.build(condition_shape)
        self.bias = self._linear(x_shape[-1], "bias", seeds[2:])
        self.bias.build(condition_shape)

    def call(self, inputs: tuple, training: bool | None = None) -> Any:
        x, condition = inputs
        kwargs = {"training": training} if self.spectral else {}
        gain, bias = (
            ops.expand_dims(
                backends.run_layer(self, layer, condition, **kwargs), (1, 2)
            )
            for layer in (self.gain, self.bias)
        )
        x = backends.run_layer(self, self.normalization, x, training=training)
        return x * (1.0 + gain) + bias

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return tuple(input_shape[0])

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "spectral": self.spectral,
            "seed": self.seed,
        }

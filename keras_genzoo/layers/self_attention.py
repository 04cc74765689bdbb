"""Self-attention over the pixels of a feature map."""

from typing import Any

import keras
from keras import ops

from keras_genzoo.layers import _seeds
from keras_genzoo.layers.spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SelfAttention2D(keras.layers.Layer):
    """`x + gamma * attention(x)`, each pixel attending to 2x2 blocks of pixels.

    Queries and keys have an eighth of the channels, values half of them. Keys and
    values are max-pooled 2x2; the softmax of the unscaled products is over the keys;
    a last 1x1 convolution leads back to all channels. No biases. gamma is one number
    that starts at 0, where the layer is the identity. This is the layer of BigGAN's
    released code, from which the papers' descriptions differ.

    Args:
        spectral: whether the four 1x1 convolutions are spectrally normalised.
        seed: int, for their kernels; None takes Keras' own random state.

    Call arguments:
        inputs: `(batch, height, width, channels)`; the sides even and known, the
            channels divisible by 8.
        training: True lets spectral normalisation store its state.

    Raises:
        ValueError: another shape.

    Reference: Zhang, Goodfellow, Metaxas and Odena, Self-Attention Generative
    Adversarial Networks, 2019; Brock, Donahue and Simonyan, 2019.
    """

    def __init__(self, spectral: bool = True, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.spectral = spectral
        self.seed = seed

    def _projection(self, filters: int, name: str, seeds: list) -> keras.layers.Layer:
        layer = keras.layers.Conv2D(
            filters,
            1,
            use_bias=False,
            data_format="channels_last",
            kernel_initializer=keras.initializers.Orthogonal(seed=seeds[0]),
            dtype=self.dtype_policy,
            name=name,
        )
        if not self.spectral:
            return layer
        return SpectralNormalization(layer, seed=seeds[1], name=f"{name}_normalized")

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        if (
            len(shape) != 4
            or any(s is None or s % 2 for s in shape[1:3])
            or shape[3] is None
            or shape[3] % 8
        ):
            raise ValueError(
                "`inputs` must have shape (batch, height, width, channels) with even "
                f"sides and channels divisible by 8, got {shape}."
            )
        channels = shape[3]
        seeds = _seeds.split(self.seed, 8)
        self.theta = self._projection(channels // 8, "theta", seeds[0:2])
        self.phi = self._projection(channels // 8, "phi", seeds[2:4])
        self.g = self._projection(channels // 2, "g", seeds[4:6])
        self.out = self._projection(channels, "out", seeds[6:8])
        for layer in (self.theta, self.phi, self.g):
            layer.build(shape)
        self.out.build((*shape[:3], channels // 2))
        self.gamma = self.add_weight(shape=(), initializer="zeros", name="gamma")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        kwargs = {"training": training} if self.spectral else {}
        height, width, channels = inputs.shape[1:]

        def pooled(x):
            blocks = (-1, height // 2, 2, width // 2, 2, x.shape[-1])
            x = ops.max(ops.reshape(x, blocks), axis=(2, 4))
            return ops.reshape(x, (-1, height * width // 4, x.shape[-1]))

        queries = ops.reshape(
            self.theta(inputs, **kwargs), (-1, height * width, channels // 8)
        )
        keys = pooled(self.phi(inputs, **kwargs))
        values = pooled(self.g(inputs, **kwargs))
        attention = ops.softmax(ops.matmul(queries, ops.transpose(keys, (0, 2, 1))))
        read = ops.reshape(
            ops.matmul(attention, values), (-1, height, width, channels // 2)
        )
        return inputs + self.gamma * self.out(read, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict:
        return {**super().get_config(), "spectral": self.spectral, "seed": self.seed}

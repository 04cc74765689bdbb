"""The reparameterisation trick."""

from typing import Any

import keras
from keras import ops

from keras_genzoo.backends import shares
from keras_genzoo.layers.joint_seeds import JointSeedGenerator


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Sampling(keras.layers.Layer):
    """Draws `z = z_mean + exp(z_log_var / 2) * epsilon`, epsilon ~ N(0, I).

    The noise does not depend on the parameters, so the gradient of an expectation
    over `z` passes through the draw.

    Call arguments:
        inputs: `(z_mean, z_log_var)`, each of shape `(batch, latent_dim)`.

    Args:
        seed: int, a `keras.random.SeedGenerator`, or None for a random start.

    Reference: Kingma and Welling, Auto-Encoding Variational Bayes, 2014.
    """

    def __init__(self, seed: Any = None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed if isinstance(seed, int) else None
        self.seed_generator = (
            seed
            if isinstance(seed, keras.random.SeedGenerator)
            else JointSeedGenerator(seed)
        )

    def call(self, inputs: tuple) -> Any:
        z_mean, z_log_var = inputs
        epsilon = shares.rows(
            lambda n: keras.random.normal(
                (n, *ops.shape(z_mean)[1:]),
                dtype=z_mean.dtype,
                seed=self.seed_generator,
            ),
            ops.shape(z_mean)[0],
        )
        return z_mean + ops.exp(0.5 * z_log_var) * epsilon

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}

"""Our models' random draws, given: for the check, where both sides share them."""

import itertools

import keras
import numpy as np

from keras_genzoo.layers import ImagePool, Sampling
from keras_genzoo.losses import GradientPenalty
from keras_genzoo.losses.penalties import gradient_penalty


def with_fixed_latents(cls: type, latents: np.ndarray) -> type:
    """A GAN's class whose turns take these latents, `(turns, batch, latent_dim)`.

    A compiled step is traced turn by turn, so each finds its own.
    """
    turns = itertools.cycle(latents)

    class FixedLatents(cls):
        def _latents(self, batch):
            return keras.ops.convert_to_tensor(next(turns))

    return FixedLatents


def fixed_gradient_penalty(alphas: np.ndarray) -> GradientPenalty:
    """A `GradientPenalty` at given points, `(turns, batch, 1, 1, 1)`."""
    turns = itertools.cycle(alphas)

    class FixedGradientPenalty(GradientPenalty):
        def penalty(self, critic, real, fake, variables, seed):
            alpha = keras.ops.convert_to_tensor(next(turns))
            return self.weight * keras.ops.mean(
                gradient_penalty(critic, real, fake, alpha)
            )

    return FixedGradientPenalty()


class FixedSampling(Sampling):
    """A `Sampling` whose noise is given, `(batch, latent_dim)`."""

    def __init__(self, noise: np.ndarray):
        super().__init__(seed=0, dtype="float32")
        self.noise = noise
        self.built = True

    def call(self, inputs):
        z_mean, z_log_var = inputs
        noise = keras.ops.convert_to_tensor(self.noise)
        return z_mean + keras.ops.exp(0.5 * z_log_var) * noise


class FixedPool(ImagePool):
    """An `ImagePool` whose draws are given: slots and coins, `(batch,)` each."""

    def __init__(self, size: int, image_shape: tuple, draws: tuple):
        super().__init__(size, image_shape, seed=0)
        self.draws = draws

    def draw(self, n):
        return tuple(keras.ops.convert_to_tensor(d) for d in self.draws)

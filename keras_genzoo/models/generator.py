"""A GAN's generator alone: what sampling needs."""

from typing import Any

import keras

from keras_genzoo.layers.joint_seeds import JointSeedGenerator
from keras_genzoo.models.checks import (
    check_count,
    check_latent_input,
    check_network,
    check_seed,
)
from keras_genzoo.models.gan_options import check_value_range
from keras_genzoo.models.labelled_sampling import LabelledSampling
from keras_genzoo.models.latent_sampling import LatentSampling


class Generator(LatentSampling):
    """Draws what the `GAN` draws whose generator it is, and cannot be trained.

    Args:
        generator: built `keras.Model` from `(batch, latent_dim)` to
            `(batch, *shape)`, in `value_range`.
        value_range, seed: as `GAN`'s.

    Raises:
        ValueError: a network or an option that `GAN` would refuse.
    """

    conditions = 0

    def __init__(
        self,
        generator: keras.Model,
        value_range: Any = "auto",
        seed: int | None = None,
    ):
        check_network(generator, "generator", inputs=1 + self.conditions)
        check_latent_input(generator)
        self.generator = generator
        self.average_generator = None
        self.value_range = check_value_range(value_range, len(self.example_shape) == 3)
        self.sample_seeds = JointSeedGenerator(check_seed(seed))


class ConditionalGenerator(LabelledSampling, Generator):
    """Draws what a `ConditionalGAN` draws.

    Args:
        generator: built `keras.Model` from `[latents, labels]` to `(batch, *shape)`.
        num_classes: how many; labels are integers in [0, num_classes).
        value_range, seed: as `GAN`'s.

    Raises:
        ValueError: as `Generator`.
    """

    conditions = 1

    def __init__(
        self,
        generator: keras.Model,
        num_classes: int,
        value_range: Any = "auto",
        seed: int | None = None,
    ):
        super().__init__(generator, value_range, seed)
        self.num_classes = check_count(num_classes, "num_classes")

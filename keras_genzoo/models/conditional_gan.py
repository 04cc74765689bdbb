"""The class-conditional generative adversarial network."""

from typing import Any

import keras
import numpy as np

from keras_genzoo.models.checks import check_count, check_labels
from keras_genzoo.models.gan import GAN
from keras_genzoo.models.labelled_sampling import LabelledSampling
from keras_genzoo.training.inputs import labels_of


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalGAN(LabelledSampling, GAN):
    """A `GAN` whose two networks also see each example's label.

    `fit(images, labels)`; the generated examples of a step have the labels of its
    real ones. With the networks of `keras_genzoo.networks.biggan` it is a BigGAN in
    small, with those of `sngan` a projection discriminator's GAN.

    Args:
        generator: built `keras.Model` from `[latents, labels]`, of shapes
            `(batch, latent_dim)` and `(batch,)`, to `(batch, *shape)`.
        discriminator: built `keras.Model` from `[examples, labels]` to logits,
            `(batch, 1)`.
        num_classes: how many; labels are integers in [0, num_classes).
        objective: as `GAN`'s; `"hinge"` unless told otherwise.
        **kwargs: as `GAN`'s, but for `pack`, which would need packs of one class.

    Raises:
        ValueError: as `GAN`; in `fit`, labels missing, not integers or out of range.

    Reference: Mirza and Osindero, Conditional Generative Adversarial Nets, 2014;
    Miyato and Koyama, cGANs with Projection Discriminator, 2018; Brock, Donahue and
    Simonyan, Large Scale GAN Training for High Fidelity Natural Image Synthesis, 2019.
    """

    conditions = 1

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        num_classes: int,
        objective: str = "hinge",
        **kwargs,
    ):
        if kwargs.get("pack", 1) != 1:
            raise ValueError(
                "`pack` must be 1 for a conditional model: a pack would have to be "
                f"of one class; got {kwargs['pack']!r}."
            )
        num_classes = check_count(num_classes, "num_classes")
        super().__init__(generator, discriminator, objective=objective, **kwargs)
        self.num_classes = num_classes

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        super().check_data(x, None, name)
        check_labels(y, self.num_classes, len(x))

    def prepare_batch(self, data: Any, training: bool) -> Any:
        """`(real, labels)`, the labels int32 of shape `(batch,)`."""
        return (*super().prepare_batch(data, training), labels_of(data))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The examples generated from `[latents, labels]`."""
        return super().call(inputs, training=training)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_classes": self.num_classes}

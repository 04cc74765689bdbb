"""The class-conditional generative adversarial network."""

from typing import Any

import keras
import numpy as np

from keras_genzoo.models.checks import (
    check_count,
    check_labels,
    check_latents,
    check_seed,
)
from keras_genzoo.models.gan import GAN
from keras_genzoo.training.batches import draw_rows
from keras_genzoo.training.inputs import labels_of


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalGAN(GAN):
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

    def decode(
        self,
        z: Any,
        labels: Any,
        batch_size: int = 256,
        averaged: bool | None = None,
    ) -> np.ndarray:
        """The examples generated from given latents and labels.

        Args:
            z: latents, `(n, latent_dim)`.
            labels: integers, `(n,)`, or one for all.
            batch_size: the most examples at a time.
            averaged: as in `GAN.decode`.

        Returns:
            float32 of shape `(n, *shape)`; images in [0, 1].

        Raises:
            ValueError: latents of another width, labels out of range.
        """
        z = check_latents(z, self.latent_dim)
        if np.ndim(labels) == 0 and labels is not None:
            labels = np.full(len(z), labels)
        labels = check_labels(labels, self.num_classes, len(z), "labels")
        return self._decode([z, labels], batch_size, averaged)

    def sample(
        self,
        n: int | None = None,
        labels: Any = None,
        seed: int | None = None,
        truncation: float | None = None,
        batch_size: int = 256,
        averaged: bool | None = None,
    ) -> np.ndarray:
        """Examples generated from the prior N(0, I) for given labels; see `decode`.

        Args:
            n: how many; None for one of each of `labels`, or one.
            labels: integers `(n,)`, or one for all; None draws them uniformly.
            seed, truncation, batch_size, averaged: as in `GAN.sample`.

        Raises:
            ValueError: labels out of range or not `n`; otherwise as `GAN.sample`.
        """
        if n is None:
            n = len(labels) if np.ndim(labels) == 1 else 1
        z = self.draw_latents(n, seed, truncation)
        if labels is None:
            draws = self.sample_seeds if seed is None else check_seed(seed)
            classes = self.num_classes
            labels = draw_rows(
                n, lambda k: keras.random.randint((k,), 0, classes, seed=draws)
            )
        return self.decode(z, labels, batch_size, averaged)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The examples generated from `[latents, labels]`."""
        return super().call(inputs, training=training)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_classes": self.num_classes}

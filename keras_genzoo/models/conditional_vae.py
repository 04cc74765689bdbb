"""The class-conditional variational autoencoder."""

from typing import Any

import keras
import numpy as np

from keras_genzoo.models.checks import check_count, check_labels
from keras_genzoo.models.vae import VAE
from keras_genzoo.training.inputs import labels_of


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalVAE(VAE):
    """A `VAE` whose two networks also see each example's label.

    What the label says need not stand in the latent, which is left with the style:
    `sample(labels=...)` draws styles for a class, `encode` and `decode` with another
    label carry a style over (`keras_genzoo.latent.label_analogies`). Log-likelihoods
    are those of x given its label.

    Args:
        encoder: built `keras.Model` from `[examples, labels]`, of shapes
            `(batch, *shape)` and `(batch,)`, to `[z_mean, z_log_var]`.
        decoder: built `keras.Model` from `[latents, labels]` to `(batch, *shape)`.
        num_classes: how many; labels are integers in [0, num_classes).
        **kwargs: as `VAE`'s.

    Raises:
        ValueError: as `VAE`; in `fit`, labels missing, not integers or out of range.

    Reference: Kingma, Mohamed, Rezende and Welling, Semi-supervised Learning with Deep
    Generative Models, 2014; Sohn, Lee and Yan, Learning Structured Output
    Representation using Deep Conditional Generative Models, 2015.
    """

    conditions = 1

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        num_classes: int,
        likelihood: Any = "gaussian",
        **kwargs,
    ):
        num_classes = check_count(num_classes, "num_classes")
        super().__init__(encoder, decoder, likelihood, **kwargs)
        self.num_classes = num_classes

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        self._check_examples(x, name)
        check_labels(y, self.num_classes, len(x))

    def prepare_batch(self, data: Any, training: bool) -> Any:
        """`(x, labels)`, the labels int32 of shape `(batch,)`."""
        return (*super().prepare_batch(data, training), labels_of(data))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The reconstruction of `[x, labels]` through the posterior's mean."""
        return super().call(inputs, training=training)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_classes": self.num_classes}

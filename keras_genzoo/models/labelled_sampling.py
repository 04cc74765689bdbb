"""Sampling from a generator of latents and labels."""

from typing import Any

import numpy as np

from keras_genzoo.models.checks import check_labels, check_latents, check_seed
from keras_genzoo.models.draws import draw_labels
from keras_genzoo.models.latent_sampling import LatentSampling


class LabelledSampling(LatentSampling):
    """`decode` and `sample` for given labels; the model has `num_classes` as well."""

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
            labels = draw_labels(n, self.num_classes, draws)
        return self.decode(z, labels, batch_size, averaged)

"""The user's side of a model with a posterior: NumPy in, NumPy out."""

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.losses.divergence import gaussian_kl, gaussian_kl_per_dimension
from keras_genzoo.models.checks import (
    check_count,
    check_examples,
    check_labels,
    check_latents,
    check_seed,
)
from keras_genzoo.models.draws import draw_labels, draw_normal
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.pixels import to_float_array

# Rows that pass the decoder at once while a bound is estimated.
_ROWS = 4096


class LatentInference:
    """`encode`, `decode`, `sample` and bounds on log p(x) of a VAE.

    The model has `encoder`, `decoder`, `observation`, `pixel_reading`, `latent_dim`,
    `num_classes` (None without labels), `sample_seeds`, `_check_examples`, `_image`.
    `labels` below are those of a conditional model: integers `(n,)`, or one for all;
    None elsewhere.
    """

    num_classes: int | None = None

    def encode(
        self, x: Any, labels: Any = None, batch_size: int = 256
    ) -> tuple[np.ndarray, np.ndarray]:
        """The posterior q(z | x).

        Args:
            x: examples, `(n, *shape)`.
            labels: of a conditional model.
            batch_size: the most examples at a time.

        Returns:
            `(z_mean, z_log_var)`, each float32 of shape `(n, latent_dim)`.

        Raises:
            ValueError: data of another shape or range than the model's, labels that
                are missing, out of range or not expected.
        """
        x = self._checked(x)
        labels = self._labels(labels, len(x))
        batch_size = check_count(batch_size, "batch_size")
        return self._encode(self._shown, x, labels, batch_size)

    def _shown(self, x: np.ndarray) -> np.ndarray:
        return self.pixel_reading.expected(to_float_array(x))

    def _encode(self, prepare, x, labels, batch_size):
        def prepared(batch):
            return prepare(batch) if labels is None else [prepare(batch[0]), batch[1]]

        inputs = x if labels is None else [x, labels]
        z_mean, z_log_var = run_in_batches(self.encoder, inputs, batch_size, prepared)
        return z_mean.astype("float32"), z_log_var.astype("float32")

    def decode(self, z: Any, labels: Any = None, batch_size: int = 256) -> np.ndarray:
        """E[x | z], float32 of shape `(n, *shape)`; images in [0, 1].

        Args:
            z: latents, `(n, latent_dim)`.
            labels: of a conditional model.
            batch_size: the most examples at a time.

        Raises:
            ValueError: latents of another width; labels as in `encode`.
        """
        z = check_latents(z, self.latent_dim)
        labels = self._labels(labels, len(z))
        size = check_count(batch_size, "batch_size")
        return self._decode(z, labels, size, self._image)

    def _decode(self, z, labels, batch_size, finish=None):
        inputs = z if labels is None else [z, labels]
        return run_in_batches(self.decoder, inputs, batch_size, finish=finish)

    def reconstruct(
        self, x: Any, labels: Any = None, batch_size: int = 256
    ) -> np.ndarray:
        """E[x' | z] at the posterior's mean: `decode(encode(x)[0])`."""
        return self.decode(self.encode(x, labels, batch_size)[0], labels, batch_size)

    def sample(
        self,
        n: int | None = None,
        labels: Any = None,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """E[x | z] for latents from the prior, `(n, *shape)`.

        Args:
            n: how many; None for one of each of `labels`, or one.
            labels: of a conditional model; None then draws them uniformly.
            seed: the same seed gives the same samples on one backend; None draws
                others each time.
            batch_size: the most examples at a time.

        Raises:
            ValueError: `n` or `seed` that is not such a number; labels as in
                `encode`.
        """
        seed = check_seed(seed)
        if n is None:
            n = len(labels) if np.ndim(labels) == 1 else 1
        draws = self.sample_seeds if seed is None else seed
        n, classes = check_count(n), self.num_classes
        z = draw_normal(n, self.latent_dim, draws)
        if labels is None and classes is not None:
            labels = draw_labels(n, classes, draws)
        return self.decode(z, labels, batch_size)

    def elbo(
        self,
        x: Any,
        labels: Any = None,
        samples: int = 1,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """The evidence lower bound of each example, in nats, shape `(n,)`.

        Args:
            x: examples, `(n, *shape)`.
            labels: of a conditional model.
            samples: draws of z per example to average over.
            seed: of these draws, and of the pixels' where they are drawn.
            batch_size: the most examples at a time.

        Raises:
            ValueError: as `encode`; `samples` below 1.
        """
        bounds = [
            np.mean(log_likelihood, axis=1)
            - ops.convert_to_numpy(gaussian_kl(z_mean, z_log_var))
            for z_mean, z_log_var, log_likelihood, _ in self._draws(
                x, labels, samples, seed, batch_size
            )
        ]
        return np.concatenate(bounds).astype("float32")

    def importance_weighted_bound(
        self,
        x: Any,
        labels: Any = None,
        samples: int = 50,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """log mean_k p(x, z_k) / q(z_k | x) of each example, in nats, shape `(n,)`.

        Its expectation is a lower bound on log p(x) that rises with the number of
        samples k, towards log p(x); with one sample it is the ELBO.

        Args:
            x, labels, seed, batch_size: as in `elbo`.
            samples: k.

        Raises:
            ValueError: as `elbo`.

        Reference: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders,
        2016.
        """
        bounds = [
            np.logaddexp.reduce(log_likelihood + log_ratio, axis=1)
            - math.log(log_ratio.shape[1])
            for _, _, log_likelihood, log_ratio in self._draws(
                x, labels, samples, seed, batch_size
            )
        ]
        return np.concatenate(bounds).astype("float32")

    def _draws(
        self, x: Any, labels: Any, samples: int, seed: Any, batch_size: int
    ) -> Iterator[tuple]:
        """Batch by batch: the posterior, log p(x | z) and log p(z) - log q(z | x).

        The last two float64 of shape `(batch, samples)`.
        """
        x, seed = self._checked(x), check_seed(seed)
        labels = self._labels(labels, len(x))
        samples = check_count(samples, "samples")
        batch_size = check_count(batch_size, "batch_size")
        draws = self.sample_seeds if seed is None else keras.random.SeedGenerator(seed)
        for begin in range(0, len(x), batch_size):
            own = slice(begin, begin + batch_size)
            batch = ops.convert_to_numpy(
                self.pixel_reading.visit(
                    ops.convert_to_tensor(to_float_array(x[own])), draws
                )
            )
            y = None if labels is None else labels[own]
            z_mean, z_log_var = self._encode(np.asarray, batch, y, batch_size)
            pieces = []
            at_once = min(samples, max(1, _ROWS // len(batch)))
            for first in range(0, samples, at_once):
                k = min(at_once, samples - first)
                pieces.append(self._weigh(batch, y, z_mean, z_log_var, k, draws))
            yield (
                z_mean,
                z_log_var,
                *(np.concatenate(p, axis=1) for p in zip(*pieces, strict=True)),
            )

    def _weigh(self, x, labels, z_mean, z_log_var, k, draws) -> tuple:
        epsilon = ops.convert_to_numpy(
            keras.random.normal((k * len(x), self.latent_dim), seed=draws)
        )
        epsilon = epsilon.reshape(len(x), k, self.latent_dim)
        z = z_mean[:, None] + np.exp(0.5 * z_log_var)[:, None] * epsilon
        # log N(z; 0, I) - log N(z; z_mean, exp(z_log_var)), by the noise itself.
        log_ratio = 0.5 * (
            np.square(epsilon.astype("float64"))
            - np.square(z.astype("float64"))
            + z_log_var[:, None]
        ).sum(axis=-1)
        rows = z.reshape(-1, self.latent_dim)
        labels = None if labels is None else np.repeat(labels, k)
        outputs = self._decode(rows, labels, _ROWS).astype("float32")
        log_likelihood = ops.convert_to_numpy(
            self.observation.log_likelihood(
                ops.convert_to_tensor(np.repeat(x, k, axis=0)),
                ops.convert_to_tensor(outputs),
            )
        )
        return log_likelihood.astype("float64").reshape(len(x), k), log_ratio

    def kl_per_dimension(
        self, x: Any, labels: Any = None, batch_size: int = 256
    ) -> np.ndarray:
        """The mean KL to the prior of each latent dimension, in nats, `(latent_dim,)`.

        A dimension near 0 is not used. Arguments and errors as `encode`.
        """
        z_mean, z_log_var = self.encode(x, labels, batch_size)
        return ops.convert_to_numpy(gaussian_kl_per_dimension(z_mean, z_log_var)).mean(
            axis=0
        )

    def active_units(
        self,
        x: Any,
        labels: Any = None,
        threshold: float = 1e-2,
        batch_size: int = 256,
    ) -> int:
        """How many latent dimensions tell examples apart: Var_x(E[z | x]) > threshold.

        Args:
            x, labels, batch_size: as in `encode`.
            threshold: of the variance over the examples.

        Reference: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders,
        2016.
        """
        z_mean, _ = self.encode(x, labels, batch_size)
        return int(np.sum(z_mean.var(axis=0) > threshold))

    def _checked(self, x: Any) -> np.ndarray:
        return check_examples(x, self._check_examples)

    def _labels(self, labels: Any, n: int) -> np.ndarray | None:
        if self.num_classes is None:
            if labels is not None:
                raise ValueError(
                    f"`labels` must be None: {type(self).__name__} is not "
                    f"conditional; got {np.shape(labels)}."
                )
            return None
        if labels is not None and np.ndim(labels) == 0:
            labels = np.full(n, labels)
        return check_labels(labels, self.num_classes, n, "labels")

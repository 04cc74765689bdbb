"""The variational autoencoder."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.layers import Sampling, get_observation
from keras_genzoo.losses import gaussian_kl
from keras_genzoo.models.checks import (
    check_count,
    check_latents,
    check_network,
    check_seed,
)
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.inputs import check_shape, check_values
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.pixels import to_float


@keras.saving.register_keras_serializable(package="keras_genzoo")
class VAE(PhasedModel):
    """A variational autoencoder with a Gaussian posterior and a N(0, I) prior.

    Minimises the negative ELBO with one draw of z per example:
    `elbo = reconstruction - kl`, with `reconstruction = log p(x | z)`, every constant
    kept, and the closed-form `kl` to the prior; all three are logged by `fit` and
    `evaluate` in nats per example, sums over pixels and latents, means over the
    batch.

    Images go in as `uint8` in [0, 255] or float in [0, 1], with channels last, and
    come out as float32 in [0, 1]; for a Gaussian noise model examples may also be
    vectors of any real numbers. The Gaussian's densities are those of pixels in
    [0, 1].

    Args:
        encoder: built `keras.Model` from `(batch, *shape)` to
            `[z_mean, z_log_var]`, each `(batch, latent_dim)`.
        decoder: built `keras.Model` from `(batch, latent_dim)` to `(batch, *shape)`:
            the mean of x for a Gaussian, logits for a Bernoulli.
        likelihood: `"gaussian"`, `"bernoulli"` or a layer like them
            (`keras_genzoo.layers`).
        noise: the Gaussian's standard deviation, in units of x: a number (fixed),
            `"learned"` (the default) or `"profiled"`; see
            `keras_genzoo.layers.GaussianObservation`.
        seed: of the draws of z.

    Raises:
        ValueError: networks that do not fit together, an unknown likelihood or noise.

    Reference: Kingma and Welling, Auto-Encoding Variational Bayes, 2014;
    Rezende, Mohamed and Wierstra, 2014.
    """

    phases = ("vae",)
    metric_names = ("elbo", "reconstruction", "kl")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Any = "gaussian",
        noise: float | str | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        check_network(encoder, "encoder", outputs=2)
        check_network(decoder, "decoder")
        latent_shapes = {tuple(t.shape[1:]) for t in encoder.outputs}
        if len(latent_shapes) != 1 or len(encoder.outputs[0].shape) != 2:
            raise ValueError(
                "`encoder` must return z_mean and z_log_var of shape (batch, "
                f"latent_dim), got {[tuple(t.shape) for t in encoder.outputs]}."
            )
        if tuple(decoder.input_shape[1:]) not in latent_shapes:
            raise ValueError(
                f"`decoder` must take latents of shape {encoder.outputs[0].shape}, as "
                f"`encoder` returns them, got an input of {decoder.input_shape}."
            )
        if decoder.output_shape[1:] != encoder.input_shape[1:]:
            raise ValueError(
                f"`decoder` must return {encoder.input_shape}, what `encoder` takes, "
                f"got {decoder.output_shape}."
            )
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.observation = get_observation(likelihood, noise)
        self.seed = check_seed(seed)
        self.sampling = Sampling(seed=self.seed, dtype="float32")
        self.sampling.built = True
        # Looking at samples must not change the noise that training will draw.
        self.sample_seeds = keras.random.SeedGenerator(self.seed)
        self.built = True

    @property
    def latent_dim(self) -> int:
        return self.decoder.input_shape[-1]

    @property
    def example_shape(self) -> tuple:
        return tuple(self.encoder.input_shape[1:])

    @property
    def _unit_range(self) -> bool:
        # Rank-4 batches are images, whose pixels are promised to be in [0, 1].
        return self.observation.unit_range or len(self.example_shape) == 3

    # The engine's side.

    def phase_variables(self, phase: str) -> list:
        return self.trainable_variables

    def default_optimizers(self) -> dict:
        # Burda, Grosse and Salakhutdinov, 2016: Adam with epsilon 1e-4.
        return {"vae": keras.optimizers.Adam(1e-3, epsilon=1e-4)}

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        check_shape(x.shape, self.example_shape, name)
        check_values(x, name, self._unit_range)

    def prepare_batch(self, data: Any, training: bool) -> Any:
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(x.shape, self.example_shape, "x")
        return to_float(x)

    def posterior(self, x: Any, training: bool = False) -> tuple:
        """`(z_mean, z_log_var)` of q(z | x), float32 tensors."""
        z_mean, z_log_var = self.encoder(x, training=training)
        return ops.cast(z_mean, "float32"), ops.cast(z_log_var, "float32")

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        z_mean, z_log_var = self.posterior(batch, training)
        z = self.sampling((z_mean, z_log_var))
        outputs = ops.cast(self.decoder(z, training=training), "float32")
        reconstruction = ops.mean(
            self.observation.log_likelihood(batch, outputs, training)
        )
        kl = ops.mean(gaussian_kl(z_mean, z_log_var))
        elbo = reconstruction - kl
        return -elbo, {"elbo": elbo, "reconstruction": reconstruction, "kl": kl}

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The reconstruction through the posterior's mean, in the range of x."""
        z_mean, _ = self.posterior(to_float(inputs), training)
        return self._image(self.decoder(z_mean, training=training))

    def _image(self, outputs: Any) -> Any:
        x = self.observation.mean(ops.cast(outputs, "float32"))
        return ops.clip(x, 0.0, 1.0) if self._unit_range else x

    # The user's side: NumPy in, NumPy out.

    def encode(self, x: Any, batch_size: int = 256) -> tuple[np.ndarray, np.ndarray]:
        """The posterior q(z | x).

        Args:
            x: examples, `(n, *shape)`.
            batch_size: the most examples at a time.

        Returns:
            `(z_mean, z_log_var)`, each float32 of shape `(n, latent_dim)`.

        Raises:
            ValueError: data of another shape or range than the model's.
        """
        x = self._checked(x)
        z_mean, z_log_var = run_in_batches(
            self.encoder, x, check_count(batch_size, "batch_size"), _to_float
        )
        return z_mean.astype("float32"), z_log_var.astype("float32")

    def decode(self, z: Any, batch_size: int = 256) -> np.ndarray:
        """E[x | z], float32 of shape `(n, *shape)`; images in [0, 1].

        Args:
            z: latents, `(n, latent_dim)`.
            batch_size: the most examples at a time.

        Raises:
            ValueError: latents of another width.
        """
        z = check_latents(z, self.latent_dim)
        outputs = run_in_batches(self.decoder, z, check_count(batch_size, "batch_size"))
        return ops.convert_to_numpy(self._image(outputs))

    def reconstruct(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """E[x' | z] at the posterior's mean: `decode(encode(x)[0])`."""
        return self.decode(self.encode(x, batch_size)[0], batch_size)

    def sample(
        self, n: int = 1, seed: int | None = None, batch_size: int = 256
    ) -> np.ndarray:
        """E[x | z] for n latents from the prior, `(n, *shape)`.

        Args:
            n: how many.
            seed: the same seed gives the same samples on one backend; None draws
                others each time.
            batch_size: the most examples at a time.

        Raises:
            ValueError: `n` or `seed` that is not such a number.
        """
        seed = check_seed(seed)
        z = keras.random.normal(
            (check_count(n), self.latent_dim),
            seed=self.sample_seeds if seed is None else seed,
        )
        return self.decode(ops.convert_to_numpy(z), batch_size)

    def elbo(
        self,
        x: Any,
        samples: int = 1,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """The evidence lower bound of each example, in nats, shape `(n,)`.

        Args:
            x: examples, `(n, *shape)`.
            samples: draws of z per example to average over.
            seed: of these draws.
            batch_size: the most examples at a time.

        Raises:
            ValueError: as `encode`; `samples` below 1.
        """
        x, seed = self._checked(x), check_seed(seed)
        samples = check_count(samples, "samples")
        draws = self.sample_seeds if seed is None else keras.random.SeedGenerator(seed)
        values = []
        for begin in range(0, len(x), batch_size):
            batch = _to_float(x[begin : begin + batch_size])
            z_mean, z_log_var = self.encode(batch, batch_size)
            total = 0.0
            for _ in range(samples):
                epsilon = ops.convert_to_numpy(
                    keras.random.normal(z_mean.shape, seed=draws)
                )
                z = z_mean + np.exp(0.5 * z_log_var) * epsilon
                outputs = run_in_batches(self.decoder, z, batch_size)
                total += ops.convert_to_numpy(
                    self.observation.log_likelihood(
                        ops.convert_to_tensor(batch),
                        ops.convert_to_tensor(outputs.astype("float32")),
                    )
                )
            kl = ops.convert_to_numpy(gaussian_kl(z_mean, z_log_var))
            values.append(total / samples - kl)
        return np.concatenate(values)

    def _checked(self, x: Any) -> np.ndarray:
        x = np.asarray(ops.convert_to_numpy(x))
        if x.ndim == 0 or len(x) == 0:
            raise ValueError(f"`x` must hold at least one example, got {x.shape}.")
        self.check_data(x, None, "x")
        return x

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "likelihood": keras.saving.serialize_keras_object(self.observation),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "VAE":
        config = dict(config)
        for name in ("encoder", "decoder", "likelihood"):
            if isinstance(config[name], dict):
                config[name] = keras.saving.deserialize_keras_object(
                    config[name], custom_objects=custom_objects
                )
        return cls(**config)


def _to_float(x: np.ndarray) -> np.ndarray:
    return x.astype("float32") / (255.0 if x.dtype == np.uint8 else 1.0)

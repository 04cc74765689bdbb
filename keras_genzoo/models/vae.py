"""The variational autoencoder."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers.joint_seeds import JointSeedGenerator
from keras_genzoo.layers.observation import get_observation
from keras_genzoo.layers.pixel_reading import PixelReading
from keras_genzoo.layers.sampling import Sampling
from keras_genzoo.losses.divergence import free_bits_kl, gaussian_kl_per_dimension
from keras_genzoo.losses.likelihood import gaussian_log_likelihood
from keras_genzoo.models.checks import check_autoencoding, check_count, check_seed
from keras_genzoo.models.latent_inference import LatentInference
from keras_genzoo.models.presets import Presets
from keras_genzoo.training.inputs import check_shape, check_values
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.pixels import to_float


@keras.saving.register_keras_serializable(package="keras_genzoo")
class VAE(Presets, LatentInference, PhasedModel):
    """A variational autoencoder with a Gaussian posterior and a N(0, I) prior.

    Minimises the negative ELBO with one draw of z per example:
    `elbo = reconstruction - kl`, with `reconstruction = log p(x | z)`, every constant
    kept, and the closed-form `kl` to the prior; all three are logged by `fit` and
    `evaluate` in nats per example, sums over pixels and latents, means over the
    batch. They are logged unchanged where `beta`, `free_bits` or
    `importance_samples` make `loss` another quantity than `-elbo`.

    Images go in as `uint8` in [0, 255] or float in [0, 1], with channels last, and
    come out as float32 in [0, 1]; for a Gaussian noise model examples may also be
    vectors of any real numbers. Densities are those of pixels in [0, 1].

    Args:
        encoder: built `keras.Model` from `(batch, *shape)` to
            `[z_mean, z_log_var]`, each `(batch, latent_dim)`.
        decoder: built `keras.Model` from `(batch, latent_dim)` to `(batch, *shape)`:
            the mean of x for a Gaussian, logits for the others.
        likelihood: `"gaussian"`, `"bernoulli"`, `"continuous_bernoulli"` or a layer
            like them (`keras_genzoo.layers`).
        noise: the Gaussian's standard deviation, in units of x: a number (fixed),
            `"learned"` (the default) or `"profiled"`; see
            `keras_genzoo.layers.GaussianObservation`.
        beta: weight of the KL term in the loss, a number >= 0 (Higgins et al.,
            beta-VAE, 2017) or a function of the training step, such as
            `keras_genzoo.training.LinearWarmup`, or one of
            `keras.optimizers.schedules`; `beta` is then logged too.
        free_bits: nats of the KL term that cost nothing; see `free_bits_per`.
        free_bits_per: `"dimension"`: each latent dimension has so many, compared
            with the mean over the batch; `"total"`: each example has so many for all
            its dimensions. See `keras_genzoo.losses.free_bits_kl`.
        importance_samples: k above 1 maximises the importance-weighted bound
            log mean_k p(x, z_k) / q(z_k | x) instead of the ELBO, without the closed
            form of the KL, and logs it as `importance_weighted_bound` (Burda, Grosse
            and Salakhutdinov, Importance Weighted Autoencoders, 2016). `beta` then
            weighs log p(z) - log q(z | x).
        pixels: `"as_given"`, `"binarized"` or `"dequantized"`, drawn anew at every
            visit, in training and in evaluation; see
            `keras_genzoo.layers.PixelReading`. `encode` and `reconstruct` take the
            mean of these draws.
        seed: of the draws of z and of pixels.

    Raises:
        ValueError: networks that do not fit together, an unknown likelihood, noise or
            reading of pixels, an option out of range.

    Reference: Kingma and Welling, Auto-Encoding Variational Bayes, 2014;
    Rezende, Mohamed and Wierstra, 2014.
    """

    phases = ("vae",)
    # Inputs of both networks besides the examples or the latents.
    conditions = 0

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Any = "gaussian",
        noise: float | str | None = None,
        beta: Any = 1.0,
        free_bits: float = 0.0,
        free_bits_per: str = "dimension",
        importance_samples: int = 1,
        pixels: str = "as_given",
        seed: int | None = None,
        **kwargs,
    ):
        check_autoencoding(encoder, decoder, True, self.conditions)
        importance_samples = check_count(importance_samples, "importance_samples")
        beta, scheduled = _check_beta(beta)
        _check_free_bits(free_bits, free_bits_per, importance_samples)
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.observation = get_observation(likelihood, noise)
        self.observation.built = True
        self.beta = beta
        self.free_bits = float(free_bits)
        self.free_bits_per = free_bits_per
        self.importance_samples = importance_samples
        self.seed = check_seed(seed)
        self.sampling = Sampling(seed=self.seed, dtype=full_dtype())
        self.sampling.built = True
        # Looking at samples must not change the noise that training will draw.
        self.sample_seeds = JointSeedGenerator(self.seed)
        self.pixel_reading = PixelReading(pixels, seed=self.seed)
        self.steps = None
        if scheduled:
            self.steps = self.add_weight(
                name="steps",
                shape=(),
                dtype="int32",
                initializer="zeros",
                trainable=False,
            )
        self.log_names(self._names())
        self.built = True

    def _names(self) -> tuple[str, ...]:
        names = ("elbo", "reconstruction", "kl")
        if self.importance_samples > 1:
            names += ("importance_weighted_bound",)
        return names if self.steps is None else (*names, "beta")

    @property
    def latent_dim(self) -> int:
        return self.encoder.outputs[0].shape[-1]

    @property
    def example_shape(self) -> tuple:
        return tuple(self.decoder.outputs[0].shape[1:])

    @property
    def _unit_range(self) -> bool:
        # Rank-4 batches are images, whose pixels are promised to be in [0, 1].
        return (
            self.observation.unit_range
            or self.pixel_reading.reading != "as_given"
            or len(self.example_shape) == 3
        )

    # The engine's side.

    def phase_variables(self, phase: str) -> list:
        return self.trainable_variables

    def default_optimizers(self) -> dict:
        # Burda, Grosse and Salakhutdinov, 2016: Adam with epsilon 1e-4.
        return {"vae": keras.optimizers.Adam(1e-3, epsilon=1e-4)}

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        self._check_examples(x, name)

    def _check_examples(self, x: np.ndarray, name: str) -> None:
        check_shape(x.shape, self.example_shape, name)
        check_values(x, name, self._unit_range)

    def prepare_batch(self, data: Any, training: bool) -> Any:
        """`(x, *conditions)`, x float32 as this visit sees it."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(x.shape, self.example_shape, "x")
        return (self.pixel_reading.visit(to_float(x)),)

    def posterior(self, inputs: Any, training: bool = False) -> tuple:
        """`(z_mean, z_log_var)` of q(z | x), float32 tensors."""
        z_mean, z_log_var = backends.run_network(self.encoder, inputs, training)
        return ops.cast(z_mean, full_dtype()), ops.cast(z_log_var, full_dtype())

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        x, *conditions = batch
        z_mean, z_log_var = self.posterior(_inputs(x, conditions), training)
        kl_per_dimension = gaussian_kl_per_dimension(z_mean, z_log_var)
        beta = self._beta_now()
        k = self.importance_samples
        draw = self._draw if k == 1 else self._draw_many
        log_likelihood, log_ratio = draw(x, conditions, z_mean, z_log_var, training)
        reconstruction = ops.mean(log_likelihood)
        kl = ops.mean(ops.sum(kl_per_dimension, axis=-1))
        logs = {
            "elbo": reconstruction - kl,
            "reconstruction": reconstruction,
            "kl": kl,
        }
        if k > 1:
            loss = -_log_mean_exp(log_likelihood + beta * log_ratio)
            bound = _log_mean_exp(log_likelihood + log_ratio)
            logs["importance_weighted_bound"] = bound
        elif self.free_bits:
            allowed = free_bits_kl(kl_per_dimension, self.free_bits, self.free_bits_per)
            loss = beta * allowed - reconstruction
        else:
            loss = beta * kl - reconstruction
        if self.steps is not None:
            logs["beta"] = beta
        return loss, logs

    def _draw(self, x, conditions, z_mean, z_log_var, training):
        """log p(x | z) of one draw each, `(batch,)`."""
        # Not `__call__`: where it runs eagerly that takes longer than the draw.
        z = self.sampling.call((z_mean, z_log_var))
        return self._log_likelihood(x, conditions, z, training), None

    def _draw_many(self, x, conditions, z_mean, z_log_var, training):
        """log p(x | z) and log p(z) - log q(z | x) of k draws each, `(batch, k)`."""
        k = self.importance_samples
        x, z_mean, z_log_var, *conditions = (
            ops.repeat(t, k, axis=0) for t in (x, z_mean, z_log_var, *conditions)
        )
        z = self.sampling((z_mean, z_log_var))
        log_likelihood = self._log_likelihood(x, conditions, z, training)
        log_ratio = prior_to_posterior(z, z_mean, z_log_var)
        return ops.reshape(log_likelihood, (-1, k)), ops.reshape(log_ratio, (-1, k))

    def _log_likelihood(self, x, conditions, z, training):
        outputs = backends.run_network(self.decoder, _inputs(z, conditions), training)
        return self.observation.log_likelihood(
            x, ops.cast(outputs, full_dtype()), training
        )

    def _beta_now(self) -> Any:
        return self.beta if self.steps is None else self.beta(self.steps)

    def after_step(self, batch: Any) -> None:
        if self.steps is not None:
            self.steps.assign(ops.convert_to_tensor(self.steps) + 1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The reconstruction through the posterior's mean, in the range of x."""
        x, *conditions = inputs if self.conditions else (inputs,)
        x = self.pixel_reading.expected(to_float(x))
        z_mean, _ = self.posterior(_inputs(x, conditions), training)
        return self._image(self.decoder(_inputs(z_mean, conditions), training=training))

    def _image(self, outputs: Any) -> Any:
        x = self.observation.mean(ops.cast(outputs, full_dtype()))
        return ops.clip(x, 0.0, 1.0) if self._unit_range else x

    def get_config(self) -> dict:
        beta = self.beta
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "likelihood": keras.saving.serialize_keras_object(self.observation),
            "beta": beta
            if self.steps is None
            else keras.saving.serialize_keras_object(beta),
            "free_bits": self.free_bits,
            "free_bits_per": self.free_bits_per,
            "importance_samples": self.importance_samples,
            "pixels": self.pixel_reading.reading,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "VAE":
        return cls(
            **{
                name: keras.saving.deserialize_keras_object(
                    value, custom_objects=custom_objects
                )
                if isinstance(value, dict) and "class_name" in value and name != "dtype"
                else value
                for name, value in config.items()
            }
        )


def prior_to_posterior(z: Any, z_mean: Any, z_log_var: Any) -> Any:
    """log p(z) - log q(z | x), per row, in nats."""
    return gaussian_log_likelihood(z, 0.0, ops.zeros(())) - gaussian_log_likelihood(
        z, z_mean, z_log_var
    )


def _inputs(x: Any, conditions: list) -> Any:
    return [x, *conditions] if conditions else x


def _log_mean_exp(log_weights: Any) -> Any:
    k = log_weights.shape[1]
    return ops.mean(ops.logsumexp(log_weights, axis=1)) - math.log(k)


def _check_beta(beta: Any) -> tuple[Any, bool]:
    """`beta`, and whether it changes with the steps."""
    if callable(beta):
        return beta, True
    if (
        isinstance(beta, bool)
        or not isinstance(beta, int | float)
        or not 0 <= beta < math.inf
    ):
        raise ValueError(
            "`beta` must be a number >= 0 or a function of the training step, got "
            f"{beta!r}."
        )
    return float(beta), False


def _check_free_bits(free_bits: Any, per: Any, importance_samples: int) -> None:
    if not isinstance(free_bits, int | float) or not 0 <= free_bits < math.inf:
        raise ValueError(
            f"`free_bits` must be a number of nats >= 0, got {free_bits!r}."
        )
    if per not in ("dimension", "total"):
        raise ValueError(
            f"`free_bits_per` must be 'dimension' or 'total', got {per!r}."
        )
    if free_bits and importance_samples > 1:
        raise ValueError(
            "`free_bits` must be 0 with `importance_samples` above 1, whose bound has "
            f"no KL term of its own; got {free_bits!r}."
        )

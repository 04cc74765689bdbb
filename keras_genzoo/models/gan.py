"""The generative adversarial network."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.losses import get_objective
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
class GAN(PhasedModel):
    """A generative adversarial network: in each step the discriminator, then the
    generator, takes its turn.

    The discriminator minimises
    `J_D = E[-log D(x)] + E[-log(1 - D(G(z)))]`, D the sigmoid of its logits; at
    equilibrium both cannot be told apart and `J_D = 2 log 2`. The generator
    minimises what `objective` says, against the discriminator just updated. Real
    and generated examples pass the discriminator as two batches, so that batch
    normalisation does not mix them; the generator's turn uses the batch that the
    discriminator has just seen.

    Logged by `fit` and `evaluate`: `discriminator_loss` and `generator_loss` in nats,
    `real_accuracy` and `fake_accuracy`, the shares of real and generated examples
    that the discriminator tells right.

    Args:
        generator: built `keras.Model` from `(batch, latent_dim)` to
            `(batch, *shape)`, in `value_range`.
        discriminator: built `keras.Model` from `(batch, *shape)` to logits,
            `(batch, 1)`.
        objective: `"non_saturating"` or `"minimax"`
            (`keras_genzoo.losses.adversarial`).
        discriminator_steps: turns of the discriminator in each step. Each gets its
            own part of the batch and fresh noise, so a batch should be this many
            times as large.
        value_range: the range in which the networks hold pixels, (-1, 1) for images
            unless told otherwise; users give and get pixels in [0, 1] all the same.
            None leaves examples as they come; that is the default for vectors.
        seed: of the latents.

    Raises:
        ValueError: networks that do not fit together, an unknown objective.

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014.
    """

    phases = ("discriminator", "generator")
    metric_names = (
        "discriminator_loss",
        "generator_loss",
        "real_accuracy",
        "fake_accuracy",
    )
    shared_phase = "generator"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        objective: str = "non_saturating",
        discriminator_steps: int = 1,
        value_range: Any = "auto",
        seed: int | None = None,
        **kwargs,
    ):
        check_network(generator, "generator")
        check_network(discriminator, "discriminator")
        if len(generator.input_shape) != 2:
            raise ValueError(
                "`generator` must take latents of shape (batch, latent_dim), got an "
                f"input of {generator.input_shape}."
            )
        if generator.output_shape[1:] != discriminator.input_shape[1:]:
            raise ValueError(
                f"`discriminator` must take {generator.output_shape}, what `generator` "
                f"returns, got an input of {discriminator.input_shape}."
            )
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.objective = get_objective(objective).name
        self.discriminator_steps = check_count(
            discriminator_steps, "discriminator_steps"
        )
        self.value_range = _range(value_range, len(self.example_shape) == 3)
        self.seed = check_seed(seed)
        self.latent_seeds = keras.random.SeedGenerator(self.seed)
        # Looking at samples must not change the noise that training will draw.
        self.sample_seeds = keras.random.SeedGenerator(self.seed)
        self.built = True

    @property
    def latent_dim(self) -> int:
        return self.generator.input_shape[-1]

    @property
    def example_shape(self) -> tuple:
        return tuple(self.generator.output_shape[1:])

    # The engine's side.

    def phase_variables(self, phase: str) -> list:
        return getattr(self, phase).trainable_variables

    def phase_repeats(self, phase: str) -> int:
        return self.discriminator_steps if phase == "discriminator" else 1

    def default_optimizers(self) -> dict:
        # Radford, Metz and Chintala, 2016.
        return {
            phase: keras.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8)
            for phase in self.phases
        }

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        check_shape(x.shape, self.example_shape, name)
        check_values(x, name, unit_range=self.value_range is not None)

    def prepare_batch(self, data: Any, training: bool) -> Any:
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(x.shape, self.example_shape, "x")
        x = to_float(x)
        if self.value_range is None:
            return x
        low, high = self.value_range
        return low + (high - low) * x

    def _generate(self, batch: Any, training: bool) -> Any:
        z = keras.random.normal(
            (ops.shape(batch)[0], self.latent_dim), seed=self.latent_seeds
        )
        return self.generator(z, training=training)

    def compute_shared(self, batch: Any, training: bool) -> Any:
        return self._generate(batch, training)

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        fake = self._generate(batch, training) if shared is None else shared
        if phase == "discriminator":
            return self._discriminator_loss(batch, ops.stop_gradient(fake), training)
        return self._generator_loss(fake, training)

    def _logits(self, x: Any, training: bool) -> Any:
        # Losses are float32 under mixed precision too.
        return ops.cast(self.discriminator(x, training=training), "float32")

    def _discriminator_loss(self, real: Any, fake: Any, training: bool) -> tuple:
        real_logits = self._logits(real, training)
        fake_logits = self._logits(fake, training)
        losses = get_objective(self.objective).discriminator(real_logits, fake_logits)
        loss = ops.mean(losses)
        return loss, {
            "discriminator_loss": loss,
            "real_accuracy": ops.mean(ops.cast(real_logits > 0.0, "float32")),
            "fake_accuracy": ops.mean(ops.cast(fake_logits < 0.0, "float32")),
        }

    def _generator_loss(self, fake: Any, training: bool) -> tuple:
        logits = self._logits(fake, training)
        loss = ops.mean(get_objective(self.objective).generator(logits))
        return loss, {"generator_loss": loss}

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The examples generated from latents `(batch, latent_dim)`."""
        return self._image(self.generator(inputs, training=training))

    def _image(self, outputs: Any) -> Any:
        outputs = ops.cast(outputs, "float32")
        if self.value_range is None:
            return outputs
        low, high = self.value_range
        return ops.clip((outputs - low) / (high - low), 0.0, 1.0)

    # The user's side: NumPy in, NumPy out.

    def decode(self, z: Any, batch_size: int = 256) -> np.ndarray:
        """The examples generated from given latents.

        Args:
            z: latents, `(n, latent_dim)`.
            batch_size: the most examples at a time.

        Returns:
            float32 of shape `(n, *shape)`; images in [0, 1].

        Raises:
            ValueError: latents of another width.
        """
        z = check_latents(z, self.latent_dim)
        outputs = run_in_batches(
            self.generator, z, check_count(batch_size, "batch_size")
        )
        return ops.convert_to_numpy(self._image(outputs))

    def sample(
        self, n: int = 1, seed: int | None = None, batch_size: int = 256
    ) -> np.ndarray:
        """Examples generated from n latents of the prior N(0, I); see `decode`.

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

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "objective": self.objective,
            "discriminator_steps": self.discriminator_steps,
            "value_range": self.value_range,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "GAN":
        config = dict(config)
        for name in ("generator", "discriminator"):
            if isinstance(config[name], dict):
                config[name] = keras.saving.deserialize_keras_object(
                    config[name], custom_objects=custom_objects
                )
        return cls(**config)


def _range(value_range: Any, images: bool) -> tuple[float, float] | None:
    if isinstance(value_range, str) and value_range == "auto":
        return (-1.0, 1.0) if images else None
    if value_range is None:
        return None
    try:
        low, high = (float(v) for v in value_range)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not low < high:
        raise ValueError(
            "`value_range` must be 'auto', None or (low, high) with low < high, got "
            f"{value_range!r}."
        )
    return (low, high)

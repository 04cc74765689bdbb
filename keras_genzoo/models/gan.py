"""The generative adversarial network."""

import copy
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import as_float, full_dtype
from keras_genzoo.layers.joint_seeds import JointSeedGenerator
from keras_genzoo.losses import get_objective, get_regularizers
from keras_genzoo.models.checks import (
    check_count,
    check_latent_input,
    check_network,
    check_seed,
)
from keras_genzoo.models.gan_options import (
    check_augment,
    check_average,
    check_compiled,
    check_pack,
    check_regularizers,
    check_smoothing,
    check_value_range,
    default_optimizer,
)
from keras_genzoo.models.latent_sampling import LatentSampling
from keras_genzoo.models.packing import pack_examples, unpack_examples
from keras_genzoo.models.penalty import total_penalty
from keras_genzoo.models.presets import Presets
from keras_genzoo.training.inputs import check_shape, check_values
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.pixels import to_float
from keras_genzoo.training.weight_average import WeightAverage, copy_with


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GAN(Presets, LatentSampling, PhasedModel):
    """A generative adversarial network: in each step the discriminator, then the
    generator, takes its turn.

    With the cross-entropy objectives the discriminator minimises
    `J_D = E[-log D(x)] + E[-log(1 - D(G(z)))]`, D the sigmoid of its logits; at
    equilibrium both cannot be told apart and `J_D = 2 log 2`. The generator
    minimises what `objective` says, against the discriminator just updated. Real
    and generated examples pass the discriminator as two batches, so that batch
    normalisation does not mix them; the generator's turn uses the batch that the
    discriminator has just seen.

    Logged by `fit` and `evaluate`: `discriminator_loss` and `generator_loss`,
    `real_accuracy` and `fake_accuracy`, the shares of real and generated examples
    that the discriminator tells right (for an objective whose logits have no zero:
    on their side of the other batch's mean), and, where there are regularisers,
    `discriminator_penalty` or `generator_penalty`, their weighted sum.

    Args:
        generator: built `keras.Model` from `(batch, latent_dim)` to
            `(batch, *shape)`, in `value_range`.
        discriminator: built `keras.Model` from `(batch, *shape)` to logits,
            `(batch, 1)`; with `pack`, from `(batch, ..., pack * channels)`.
        objective: `"non_saturating"`, `"minimax"`, `"least_squares"`, `"hinge"`,
            `"wasserstein"` or `"relativistic"` (`keras_genzoo.losses.adversarial`).
            Wasserstein's needs a critic kept Lipschitz, by `GradientPenalty` or
            spectral normalisation.
        label_smoothing: in [0, 1): how far the target of real examples, and only
            theirs, is below 1 (Salimans et al., 2016).
        regularizer: a regulariser, its name, or a list of them
            (`keras_genzoo.losses.regularizers`): `"gradient_penalty"`, `"r1"`,
            `"r2"`, `"orthogonality"`.
        discriminator_steps: turns of the discriminator in each step. Each gets its
            own part of the batch and fresh noise, and the generator's turn is as
            large as one of them, so a batch should be this many times as large.
        pack: how many examples the discriminator judges at once, joined along the
            last axis (PacGAN, Lin et al., 2018). Batches are divisible by it.
        augment: random changes of all that the discriminator sees, through which the
            generator's gradient flows: names of policies (`"color"`, `"translation"`,
            `"cutout"`) or a `keras_genzoo.layers.DifferentiableAugmentation`.
        average_half_life: in examples; keeps an averaged generator
            (`keras_genzoo.training.weight_average`), which `sample` then uses. None
            keeps none.
        value_range: the range in which the networks hold pixels, (-1, 1) for images
            unless told otherwise; users give and get pixels in [0, 1] all the same.
            None leaves examples as they come; that is the default for vectors.
        seed: of all random draws.

    Raises:
        ValueError: networks that do not fit together, an unknown objective, options
            that exclude each other.

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
    # How many inputs besides the latent, or the example, the networks take.
    conditions = 0

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        objective: str = "non_saturating",
        label_smoothing: float = 0.0,
        regularizer: Any = None,
        discriminator_steps: int = 1,
        pack: int = 1,
        augment: Any = None,
        average_half_life: float | None = None,
        value_range: Any = "auto",
        seed: int | None = None,
        **kwargs,
    ):
        self.pack = check_pack(pack, 1, None)
        self._check_networks(generator, discriminator)
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.objective = get_objective(objective).name
        self.label_smoothing = check_smoothing(label_smoothing, self.objective)
        self.regularizers = check_regularizers(
            get_regularizers(regularizer), discriminator
        )
        penalised = {r.phase for r in self.regularizers}
        self.log_names(
            (
                *self.metric_names,
                *(f"{p}_penalty" for p in self.phases if p in penalised),
            )
        )
        self.discriminator_steps = check_count(
            discriminator_steps, "discriminator_steps"
        )
        self.value_range = check_value_range(value_range, len(self.example_shape) == 3)
        self.seed = check_seed(seed)
        self.augmentation = check_augment(
            augment, self.example_shape, self.value_range, self.seed
        )
        self.latent_seeds = JointSeedGenerator(self.seed)
        self.penalty_seeds = JointSeedGenerator(self.seed)
        # Looking at samples must not change the noise that training will draw.
        self.sample_seeds = JointSeedGenerator(self.seed)
        self.trained_steps, self.trained_examples = (
            self.add_weight(
                shape=(), initializer="zeros", dtype=dtype, trainable=False, name=name
            )
            for name, dtype in (("steps", "int32"), ("examples", full_dtype()))
        )
        self.average_half_life = check_average(average_half_life)
        self.average_generator = None
        if average_half_life is not None:
            self._average = WeightAverage(generator, self.average_half_life)
            self.average_generator = self._average.average
        self.built = True

    def _check_networks(
        self, generator: keras.Model, discriminator: keras.Model
    ) -> None:
        inputs = 1 + self.conditions
        check_network(generator, "generator", inputs=inputs)
        check_network(discriminator, "discriminator", inputs=inputs)
        check_latent_input(generator)
        expected = generator.output_shape
        expected = (*expected[:-1], expected[-1] * self.pack)
        got = tuple(discriminator.inputs[0].shape)
        if got != expected:
            raise ValueError(
                f"`discriminator` must take {expected}, what `generator` returns"
                f"{f', {self.pack} at once' if self.pack > 1 else ''}; got an input "
                f"of {got}."
            )

    # The engine's side.

    def phase_variables(self, phase: str) -> list:
        return getattr(self, phase).trainable_variables

    def phase_repeats(self, phase: str) -> int:
        return self.discriminator_steps if phase == "discriminator" else 1

    def phase_parts(self, phase: str) -> int:
        return self.discriminator_steps

    def default_optimizers(self) -> dict:
        return {phase: default_optimizer(self.objective) for phase in self.phases}

    def compile(self, *args, **kwargs) -> None:
        super().compile(*args, **kwargs)
        check_compiled(self)

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        check_shape(x.shape, self.example_shape, name)
        check_values(x, name, unit_range=self.value_range is not None)

    def check_batch_size(self, size: int) -> None:
        check_pack(self.pack, self.discriminator_steps, size)

    def prepare_batch(self, data: Any, training: bool) -> Any:
        """`(real,)`, in the networks' range; subclasses put labels after it."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(x.shape, self.example_shape, "x")
        if x.shape[0] is not None:
            self.check_batch_size(x.shape[0])
        x = to_float(x)
        if self.value_range is None:
            return (x,)
        low, high = self.value_range
        return (low + (high - low) * x,)

    def _latents(self, batch: Any) -> Any:
        seeds = self.latent_seeds
        return seeds.rows(
            lambda n: keras.random.normal((n, self.latent_dim), seed=seeds),
            ops.shape(batch[0])[0],
        )

    def compute_shared(self, batch: Any, training: bool) -> Any:
        inputs = with_condition(self._latents(batch), batch[1:])
        return backends.run_network(self.generator, inputs, training)

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        fake = self.compute_shared(batch, training) if shared is None else shared
        if phase == "discriminator":
            fake = ops.stop_gradient(fake)
        real, *condition = batch
        real, fake = (pack_examples(x, self.pack) for x in (real, fake))
        critic = self._critic(condition, training)
        if phase == "discriminator":
            loss, logs = self._discriminator_loss(critic(real), critic(fake))
        else:
            loss, logs = self._generator_loss(critic, real, fake)
        if f"{phase}_penalty" in self.metric_names:
            penalty = self._penalty(phase, critic, real, fake, training)
            loss = loss + penalty
            logs[f"{phase}_penalty"] = penalty
        return loss, logs

    def _critic(self, condition: list, training: bool) -> Any:
        """From packed examples to float32 logits, also under mixed precision."""

        def critic(x: Any) -> Any:
            if self.augmentation is not None:
                x = unpack_examples(x, self.pack)
                x = pack_examples(self.augmentation(x, training=training), self.pack)
            inputs = with_condition(x, condition)
            logits = backends.run_network(self.discriminator, inputs, training)
            return ops.cast(logits, full_dtype())

        return critic

    def _discriminator_loss(self, real_logits: Any, fake_logits: Any) -> tuple:
        objective = get_objective(self.objective)
        losses = objective.discriminator(real_logits, fake_logits, self.label_smoothing)
        loss = ops.mean(losses)
        above, below = objective.threshold, objective.threshold
        if above is None:
            above, below = (
                shares.mean(ops.mean(x)) for x in (fake_logits, real_logits)
            )
        return loss, {
            "discriminator_loss": loss,
            "real_accuracy": ops.mean(ops.cast(real_logits > above, full_dtype())),
            "fake_accuracy": ops.mean(ops.cast(fake_logits < below, full_dtype())),
        }

    def _generator_loss(self, critic: Any, real: Any, fake: Any) -> tuple:
        objective = get_objective(self.objective)
        real_logits = critic(real) if objective.paired else None
        loss = ops.mean(objective.generator(real_logits, critic(fake)))
        return loss, {"generator_loss": loss}

    def _penalty(
        self, phase: str, critic: Any, real: Any, fake: Any, training: bool
    ) -> Any:
        return total_penalty(
            [r for r in self.regularizers if r.phase == phase],
            critic,
            real,
            fake,
            self.phase_variables(phase),
            self.penalty_seeds,
            self.trained_steps if training else None,
        )

    def after_step(self, batch: Any) -> None:
        examples = as_float(shares.examples(ops.shape(batch[0])[0]))
        backends.count(self.trained_steps)
        seen = ops.convert_to_tensor(self.trained_examples) + examples
        self.trained_examples.assign(seen)
        if self.average_generator is not None:
            self._average.update(seen, examples)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The examples generated from latents `(batch, latent_dim)`.

        By the network that `sample` uses; in training by the one that is trained.
        """
        network = self.generator if training else self.generating_network()
        return self._image(backends.run_network(network, inputs, training))

    def get_config(self) -> dict:
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "objective": self.objective,
            "label_smoothing": self.label_smoothing,
            "regularizer": [serialize(r) for r in self.regularizers],
            "discriminator_steps": self.discriminator_steps,
            "pack": self.pack,
            "augment": None
            if self.augmentation is None
            else serialize(self.augmentation),
            "average_half_life": self.average_half_life,
            "value_range": self.value_range,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "GAN":
        def read(value: dict) -> Any:
            # Keras takes out of a network's configuration what it has read.
            return keras.saving.deserialize_keras_object(
                copy.deepcopy(value), custom_objects
            )

        objects = {
            name: read(value)
            for name, value in config.items()
            if isinstance(value, dict) and "class_name" in value
        }
        if config.get("average_half_life") is not None:
            copy_with(objects["generator"], lambda: read(config["generator"]))
        return cls(**{**config, **objects})


def with_condition(x: Any, condition: Any) -> Any:
    """What a network takes: `x`, or the list of `x` and its conditions."""
    return [x, *condition] if condition else x

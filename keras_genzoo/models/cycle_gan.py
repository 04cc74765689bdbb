"""The cycle-consistent adversarial network."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers import ImagePool, JointSeedGenerator
from keras_genzoo.layers._seeds import split
from keras_genzoo.losses import get_objective, get_regularizers
from keras_genzoo.models.checks import check_seed
from keras_genzoo.models.cycle_gan_checks import (
    check_cycle_networks,
    check_cycle_weight,
    check_pair,
    check_pool_size,
    check_training_size,
    check_weight,
)
from keras_genzoo.models.gan_options import (
    check_augment,
    check_compiled,
    check_regularizers,
)
from keras_genzoo.models.joint_passes import is_separate, run_both
from keras_genzoo.models.penalty import total_penalty
from keras_genzoo.models.presets import Presets
from keras_genzoo.models.translation import Translation
from keras_genzoo.training.inputs import check_shape
from keras_genzoo.training.phased_model import PhasedModel
from keras_genzoo.training.pixels import to_float

# The paper's least-squares loss of the generator is (D - 1)^2, without the factor 1/2
# of Mao et al., 2017; against the weight of the cycle the factor counts.
_PAPERS_SCALE = {"least_squares": 2.0}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class CycleGAN(Presets, Translation, PhasedModel):
    """Translates images of one kind into another and back, learned without pairs.

    A generator leads from side a to side b, another back. On each side a
    discriminator tells real images from translated ones. In each step both
    generators take one turn together and minimise, with the least-squares objective,

        E[(D_b(G(a)) - 1)^2] + E[(D_a(F(b)) - 1)^2]
        + cycle_weight (E|F(G(a)) - a| + E|G(F(b)) - b|)
        + cycle_weight identity_weight (E|G(b) - b| + E|F(a) - a|),

    G = `a_to_b`, F = `b_to_a`, pixels in [-1, 1]; then both discriminators take one,
    on images from pools of the generators' last ones (`keras_genzoo.layers.ImagePool`)
    that were made before the generators' update.

    `fit` takes batches `(images of a, images of b)`, which have nothing to do with
    each other, as `keras_genzoo.data.unpaired` makes them, or two arrays `fit(a, b)`.

    Logged by `fit` and `evaluate`, unweighted: `adversarial_a_to_b` and
    `adversarial_b_to_a`; `cycle_a`, mean absolute error of an image of a that went to
    b and back, and `cycle_b`; `identity_a_to_b`, of an image of b given to `a_to_b`,
    and `identity_b_to_a`; `discriminator_a_loss`, `discriminator_b_loss`; `pool_fill`,
    the share of the pools in use; with regularizers `discriminator_a_penalty` and
    `discriminator_b_penalty`, or `a_to_b_penalty` and `b_to_a_penalty` for those of
    the generators, their weighted sums. The errors are in the networks' range, in which
    black and white are 2 apart. What has weight 0 is neither computed nor logged.

    Args:
        a_to_b: built `keras.Model` from images of side a,
            `(batch, height, width, channels)` in [-1, 1], to images of side b
            (`keras_genzoo.networks.cyclegan_generator`).
        b_to_a: likewise back.
        discriminator_a: built `keras.Model` from images of side a to logits of any
            shape (`keras_genzoo.networks.patchgan_discriminator`).
        discriminator_b: likewise of side b.
        image_size: side, or `(height, width)`, of the images trained on, which the
            pools hold. None takes it from `a_to_b`, where its input has a fixed size.
        objective: name of an adversarial objective, see
            `keras_genzoo.losses.adversarial`.
        adversarial_weight: of the first two terms.
        cycle_weight: of the next two; a pair `(forward, backward)` weighs the cycles
            a to b to a and b to a to b apart.
        identity_weight: relative to the cycle's weight on the same side. Without
            effect where the sides have different numbers of channels.
        pool_size: images in each of the two pools; 0 for none.
        regularizer: a regularizer, its name, or a list of them
            (`keras_genzoo.losses.regularizers`), for both sides; one that
            differentiates an image's logit takes the mean over its patches. The
            generated images are those that the discriminator trains on, from the pool.
        augment: random changes of all that the discriminators see, as in
            `keras_genzoo.GAN`: names of policies (`"color"`, `"translation"`,
            `"cutout"`) or a `keras_genzoo.layers.DifferentiableAugmentation`.
        seed: of all random draws.

    Raises:
        ValueError: networks that do not fit together, an unknown objective, a weight
            or size that is none, options that exclude each other.

    Reference: Zhu, Park, Isola and Efros, Unpaired Image-to-Image Translation using
    Cycle-Consistent Adversarial Networks, 2017, with the numbers of the authors' code.
    """

    phases = ("generators", "discriminators")
    shared_phase = "generators"

    def __init__(
        self,
        a_to_b: keras.Model,
        b_to_a: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        image_size: int | tuple[int, int] | None = None,
        objective: str = "least_squares",
        adversarial_weight: float = 1.0,
        cycle_weight: Any = 10.0,
        identity_weight: float = 0.5,
        pool_size: int = 50,
        regularizer: Any = None,
        augment: Any = None,
        seed: int | None = None,
        **kwargs,
    ):
        check_cycle_networks(a_to_b, b_to_a, discriminator_a, discriminator_b)
        super().__init__(**kwargs)
        self.a_to_b = a_to_b
        self.b_to_a = b_to_a
        self.discriminator_a = discriminator_a
        self.discriminator_b = discriminator_b
        self.image_size = check_training_size(image_size, a_to_b)
        self.objective = get_objective(objective).name
        self.adversarial_weight = check_weight(adversarial_weight, "adversarial_weight")
        self.cycle_weight = check_cycle_weight(cycle_weight)
        self.identity_weight = check_weight(identity_weight, "identity_weight")
        if not self.adversarial_weight and not any(self.cycle_weight):
            raise ValueError(
                "`adversarial_weight` and `cycle_weight` must not both be 0: there "
                "would be nothing to minimise."
            )
        self.pool_size = check_pool_size(pool_size)
        self.seed = check_seed(seed)
        seed_a, seed_b = split(self.seed, 2)
        self.pool_a = ImagePool(self.pool_size, self.image_shape("a"), seed=seed_a)
        self.pool_b = ImagePool(self.pool_size, self.image_shape("b"), seed=seed_b)
        self.sample_seeds = JointSeedGenerator(self.seed)
        self.regularizers = get_regularizers(regularizer)
        for name in ("discriminator_a", "discriminator_b"):
            check_regularizers(self.regularizers, getattr(self, name), name)
        self.augmentation = check_augment(
            augment, self.image_shape("a"), (-1.0, 1.0), self.seed
        )
        if self.regularizers:
            self.penalty_seeds = JointSeedGenerator(self.seed)
            self.trained_steps = self.add_weight(
                shape=(),
                initializer="zeros",
                dtype="int32",
                trainable=False,
                name="steps",
            )
        self._separate = {n: is_separate(getattr(self, n)) for n in _NETWORKS}
        if self.augmentation is not None:
            # It would draw other numbers for two batches at once.
            self._separate |= {"discriminator_a": False, "discriminator_b": False}
        self.log_names(self._names())
        self.built = True

    def _names(self) -> tuple[str, ...]:
        names = []
        if self.adversarial_weight:
            names += ["adversarial_a_to_b", "adversarial_b_to_a"]
        names += [f"cycle_{s}" for s in "ab" if self._weight(s)]
        names += [f"identity_{d}" for d, s in _RETURNS if self._identity_weight(s)]
        names += [f"discriminator_{s}_loss" for s in "ab"]
        if self._regularizers("generators"):
            names += [f"{d}_penalty" for d, _ in _RETURNS]
        if self._regularizers("discriminators"):
            names += [f"discriminator_{s}_penalty" for s in "ab"]
        return (*names, "pool_fill")

    def _regularizers(self, phase: str) -> list:
        """Regularizers name a player, phases the two that take a turn together."""
        return [r for r in self.regularizers if f"{r.phase}s" == phase]

    def _weight(self, side: str) -> float:
        """Of the cycle that starts and ends at this side."""
        return self.cycle_weight["ab".index(side)]

    def _identity_weight(self, side: str) -> float:
        """Of the identity on images of this side."""
        if self.channels("a") != self.channels("b"):
            return 0.0
        return self._weight(side) * self.identity_weight

    def image_shape(self, side: str) -> tuple[int, int, int]:
        """`(height, width, channels)` of the images of side "a" or "b" trained on."""
        return (*self.image_size, self.channels(side))

    # The engine's side.

    def phase_variables(self, phase: str) -> list:
        if phase == "generators":
            networks = (self.a_to_b, self.b_to_a)
        else:
            networks = (self.discriminator_a, self.discriminator_b)
        return [v for network in networks for v in network.trainable_variables]

    def default_optimizers(self) -> dict:
        return {phase: self._adam(2e-4) for phase in self.phases}

    @staticmethod
    def _adam(learning_rate: Any) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(
            learning_rate, beta_1=0.5, beta_2=0.999, epsilon=1e-8
        )

    def compile(
        self, optimizer: Any = None, *, learning_rate: Any = None, **kwargs: Any
    ) -> None:
        """`PhasedModel.compile`; without arguments, with Adam at 2e-4 (0.5, 0.999).

        Args:
            optimizer: as in `PhasedModel.compile`.
            learning_rate: for the paper's Adam in both phases: a number or a schedule,
                such as `keras_genzoo.training.LinearDecay`.
            **kwargs: as in `PhasedModel.compile`.

        Raises:
            ValueError: as `PhasedModel.compile`; a learning rate besides an optimizer.
        """
        if learning_rate is not None:
            if optimizer is not None:
                raise ValueError(
                    "`learning_rate` must be None where `optimizer` is given, got "
                    f"{learning_rate!r}."
                )
            own = {p for p in self.phases if kwargs.get(f"{p}_optimizer") is not None}
            optimizer = {
                p: self._adam(learning_rate) for p in self.phases if p not in own
            }
        super().compile(optimizer, **kwargs)
        check_compiled(self)

    def check_data(self, x: np.ndarray, y: Any, name: str) -> None:
        check_pair(x, y, name, self.image_shape("a"), self.image_shape("b"))

    def prepare_batch(self, data: Any, training: bool) -> Any:
        """`(a, b)` in [-1, 1]."""
        a, b, _ = keras.utils.unpack_x_y_sample_weight(data)
        if b is None:
            raise ValueError(
                "`x` must be batches (images of a, images of b), got batches of one."
            )
        check_shape(a.shape, self.image_shape("a"), "x (side a)")
        check_shape(b.shape, self.image_shape("b"), "y (side b)")
        return tuple(2.0 * to_float(images) - 1.0 for images in (a, b))

    def compute_shared(self, batch: Any, training: bool) -> Any:
        a, b = batch
        shared = {}
        for (direction, side), source, own in zip(
            _RETURNS, (a, b), (b, a), strict=True
        ):
            run = functools.partial(_run, getattr(self, direction), training=training)
            if self._identity_weight(side):
                fake, shared[f"same_{side}"] = run_both(
                    run, source, own, self._separate[direction]
                )
            else:
                fake = run(source)
            shared[f"fake_{side}"] = fake
        return shared

    def compute_phase(
        self, phase: str, batch: Any, training: bool, shared: Any
    ) -> tuple[Any, dict]:
        if phase == "generators":
            return self._generators(batch, shared, training)
        return self._discriminators(batch, shared, training)

    def _generators(self, batch: Any, made: dict, training: bool) -> tuple[Any, dict]:
        a, b = batch
        loss, logs = 0.0, {}
        if self.adversarial_weight:
            scale = self.adversarial_weight
            for (direction, side), real in zip(_RETURNS, (b, a), strict=True):
                critic = self._critic(side, training)
                value = self._adversarial(critic, real, made[f"fake_{side}"])
                logs[f"adversarial_{direction}"] = value
                loss = loss + scale * value
        for side, back, fake, real in (
            ("a", self.b_to_a, made["fake_b"], a),
            ("b", self.a_to_b, made["fake_a"], b),
        ):
            if self._weight(side):
                value = _error(_run(back, fake, training), real)
                logs[f"cycle_{side}"] = value
                loss = loss + self._weight(side) * value
        for direction, side in _RETURNS:
            if self._identity_weight(side):
                real = a if side == "a" else b
                value = _error(made[f"same_{side}"], real)
                logs[f"identity_{direction}"] = value
                loss = loss + self._identity_weight(side) * value
        if self._regularizers("generators"):
            for (direction, side), real in zip(_RETURNS, (b, a), strict=True):
                fake = made[f"fake_{side}"]
                value = self._penalty("generators", side, real, fake, training)
                logs[f"{direction}_penalty"] = value
                loss = loss + value
        return loss, logs

    def _critic(self, side: str, training: bool) -> Callable[[Any], Any]:
        """From images of a side to its discriminator's float32 logits."""
        network = getattr(self, f"discriminator_{side}")

        def critic(images: Any) -> Any:
            if self.augmentation is not None:
                images = self.augmentation(images, training=training)
            return _run(network, images, training)

        return critic

    def _adversarial(self, critic: Callable[[Any], Any], real: Any, fake: Any) -> Any:
        objective = get_objective(self.objective)
        real_logits = critic(real) if objective.paired else None
        losses = objective.generator(real_logits, critic(fake))
        return _PAPERS_SCALE.get(self.objective, 1.0) * ops.mean(losses)

    def _penalty(
        self, phase: str, side: str, real: Any, fake: Any, training: bool
    ) -> Any:
        """Of the network that makes, or judges, the images of a side."""
        critic = self._critic(side, training)
        owner = _GENERATORS[side] if phase == "generators" else f"discriminator_{side}"
        return total_penalty(
            self._regularizers(phase),
            # A penalty is of an image's one logit: the mean, as in the loss.
            lambda images: _mean_per_example(critic(images)),
            real,
            fake,
            getattr(self, owner).trainable_variables,
            self.penalty_seeds,
            self.trained_steps if training else None,
        )

    def _discriminators(
        self, batch: Any, fakes: dict, training: bool
    ) -> tuple[Any, dict]:
        objective = get_objective(self.objective)
        loss, logs = 0.0, {}
        for side, pool, real in zip(
            "ab", (self.pool_a, self.pool_b), batch, strict=True
        ):
            fake = fakes[f"fake_{side}"]
            fake = pool.query(fake) if training else ops.stop_gradient(fake)
            critic = self._critic(side, training)
            separate = self._separate[f"discriminator_{side}"]
            logits = run_both(critic, real, fake, separate)
            value = ops.mean(objective.discriminator(*logits))
            logs[f"discriminator_{side}_loss"] = value
            loss = loss + value
            if self._regularizers("discriminators"):
                value = self._penalty("discriminators", side, real, fake, training)
                logs[f"discriminator_{side}_penalty"] = value
                loss = loss + value
        logs["pool_fill"] = (self.pool_a.fill + self.pool_b.fill) / 2.0
        return loss, logs

    def after_step(self, batch: Any) -> None:
        if self.regularizers:
            backends.count(self.trained_steps)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Images of side a in [0, 1], translated to side b."""
        return (_run(self.a_to_b, 2.0 * to_float(inputs) - 1.0, training) + 1.0) / 2.0

    def get_config(self) -> dict:
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            **{name: serialize(getattr(self, name)) for name in _NETWORKS},
            "image_size": self.image_size,
            "objective": self.objective,
            "adversarial_weight": self.adversarial_weight,
            "cycle_weight": self.cycle_weight,
            "identity_weight": self.identity_weight,
            "pool_size": self.pool_size,
            "regularizer": [serialize(r) for r in self.regularizers],
            "augment": None
            if self.augmentation is None
            else serialize(self.augmentation),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: Any = None) -> "CycleGAN":
        config = dict(config)
        for name, value in config.items():
            if isinstance(value, dict) and "class_name" in value:
                config[name] = keras.saving.deserialize_keras_object(
                    value, custom_objects=custom_objects
                )
        return cls(**config)


_NETWORKS = ("a_to_b", "b_to_a", "discriminator_a", "discriminator_b")
# Each generator with the side on which it ends, whose images it should leave alone.
_RETURNS = (("a_to_b", "b"), ("b_to_a", "a"))
_GENERATORS = {side: direction for direction, side in _RETURNS}


def _run(network: keras.Model, images: Any, training: bool) -> Any:
    """float32 also under mixed precision."""
    return ops.cast(backends.run_network(network, images, training), full_dtype())


def _mean_per_example(logits: Any) -> Any:
    return ops.mean(logits, axis=tuple(range(1, len(logits.shape))))


def _error(images: Any, target: Any) -> Any:
    return ops.mean(ops.abs(images - target))

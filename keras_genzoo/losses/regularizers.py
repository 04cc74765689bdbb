"""Regularizers of a GAN: what a player's loss gets in addition, as objects to save."""

import math
import numbers
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_genzoo.backends import shares
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses.penalties import (
    gradient_penalty,
    orthogonality,
    zero_centred_penalty,
)

PHASES = ("discriminator", "generator")


class Regularizer:
    """A penalty on one player's loss; subclasses define `penalty`.

    Attributes:
        name: for `get_regularizers`.
        phase: whose loss, `"discriminator"` or `"generator"`.
        every: the penalty is computed in one of this many steps, and a model then
            multiplies it by `every`, so that its mean strength is the same (lazy
            regularisation; Karras et al., StyleGAN2, 2020).
        needs_examples_apart: it differentiates each example's own logit, which a
            discriminator with batch normalisation does not have.
        needs_second_derivative: its gradient differentiates a gradient.

    Raises:
        ValueError: `every` that is not a positive integer.
    """

    name = None
    phase = "discriminator"
    needs_examples_apart = False
    needs_second_derivative = False

    def __init__(self, every: int = 1):
        if not isinstance(every, numbers.Integral) or every is True or every < 1:
            raise ValueError(f"`every` must be a positive integer, got {every!r}.")
        self.every = int(every)

    def penalty(
        self,
        critic: Callable[[Any], Any],
        real: Any,
        fake: Any,
        variables: list,
        seed: Any,
    ) -> Any:
        """The penalty, weighted, but not yet multiplied by `every`.

        Args:
            critic: the discriminator, from examples to logits.
            real, fake: tensors of one shape `(batch, ...)`.
            variables: those that the phase trains.
            seed: a `keras.random.SeedGenerator`.

        Returns:
            float32 scalar: a mean over the batch.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `penalty`.")

    def get_config(self) -> dict:
        return {"every": self.every}

    @classmethod
    def from_config(cls, config: dict) -> "Regularizer":
        return cls(**config)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GradientPenalty(Regularizer):
    """`weight * mean((||grad D(x)|| - 1)^2)` between real and generated examples.

    Keeps a critic of the `"wasserstein"` objective near 1-Lipschitz. The paper takes
    weight 10 for images and 0.1 for points in the plane.

    Args:
        weight: of the mean, above 0.
        one_sided: penalise only norms above 1.
        every: see `Regularizer`.

    Raises:
        ValueError: an argument that is not such a value.

    Reference: Gulrajani et al., Improved Training of Wasserstein GANs, 2017.
    """

    name = "gradient_penalty"
    needs_examples_apart = True
    needs_second_derivative = True

    def __init__(self, weight: float = 10.0, one_sided: bool = False, every: int = 1):
        super().__init__(every)
        self.weight = _positive(weight, "weight")
        if not isinstance(one_sided, bool):
            raise ValueError(f"`one_sided` must be True or False, got {one_sided!r}.")
        self.one_sided = one_sided

    def penalty(self, critic, real, fake, variables, seed):
        inner = [1] * (len(real.shape) - 1)
        weights = shares.rows(
            lambda n: keras.random.uniform((n, *inner), dtype=full_dtype(), seed=seed),
            ops.shape(real)[0],
        )
        values = gradient_penalty(critic, real, fake, weights, self.one_sided)
        return self.weight * ops.mean(values)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "weight": self.weight,
            "one_sided": self.one_sided,
        }


class _ZeroCentred(Regularizer):
    """What `R1` and `R2` share."""

    needs_examples_apart = True
    needs_second_derivative = True

    def __init__(self, gamma: float = 10.0, every: int = 1):
        super().__init__(every)
        self.gamma = _positive(gamma, "gamma")

    def _penalty(self, critic, x):
        return self.gamma * ops.mean(zero_centred_penalty(critic, x))

    def get_config(self) -> dict:
        return {**super().get_config(), "gamma": self.gamma}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class R1(_ZeroCentred):
    """`gamma / 2 * mean(||grad D(x)||^2)` on real examples.

    The factor 1/2 is the paper's. The authors' code leaves it out: its 10 is 20 here.

    Args:
        gamma: the strength, above 0.
        every: see `Regularizer`.

    Raises:
        ValueError: an argument that is not such a value.

    Reference: Mescheder, Geiger and Nowozin, Which Training Methods for GANs do
    actually Converge?, 2018.
    """

    name = "r1"

    def penalty(self, critic, real, fake, variables, seed):
        return self._penalty(critic, real)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class R2(_ZeroCentred):
    """`gamma / 2 * mean(||grad D(x)||^2)` on generated examples; see `R1`.

    Together with `R1` of the same strength, and the `"relativistic"` objective, it is
    the loss of Huang et al., The GAN is Dead; Long Live the GAN! (R3GAN), 2024.
    """

    name = "r2"

    def penalty(self, critic, real, fake, variables, seed):
        return self._penalty(critic, fake)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Orthogonality(Regularizer):
    """`weight * sum(||W W^T * (1 - I)||_F^2)` over the kernels of one player.

    Kernels are the variables of rank 2 or more, except embeddings. The gradient is the
    true one of this sum; the authors' code takes half of it, so that its 1e-4 is 5e-5
    here.

    Args:
        weight: of the sum, above 0.
        phase: whose kernels, `"generator"` or `"discriminator"`.
        every: see `Regularizer`.

    Raises:
        ValueError: an argument that is not such a value.

    Reference: Brock, Donahue and Simonyan, Large Scale GAN Training (BigGAN), 2019.
    """

    name = "orthogonality"

    def __init__(self, weight: float = 1e-4, phase: str = "generator", every: int = 1):
        super().__init__(every)
        self.weight = _positive(weight, "weight")
        if phase not in PHASES:
            raise ValueError(f"`phase` must be one of {PHASES}, got {phase!r}.")
        self.phase = phase

    def penalty(self, critic, real, fake, variables, seed):
        total = ops.zeros((), dtype=full_dtype())
        for variable in variables:
            if len(variable.shape) >= 2 and "embedding" not in variable.path:
                total = total + orthogonality(ops.convert_to_tensor(variable))
        return self.weight * total

    def get_config(self) -> dict:
        return {**super().get_config(), "weight": self.weight, "phase": self.phase}


REGULARIZERS = {cls.name: cls for cls in (GradientPenalty, R1, R2, Orthogonality)}


def get_regularizers(identifier: Any) -> tuple[Regularizer, ...]:
    """The regularizers that this stands for.

    Args:
        identifier: None for none; a name, for its defaults (`"gradient_penalty"`,
            `"r1"`, `"r2"`, `"orthogonality"`); a `Regularizer`; what
            `keras.saving.serialize_keras_object` makes of one; or a list of these.

    Raises:
        ValueError: anything else.
    """
    if identifier is None:
        return ()
    if isinstance(identifier, list | tuple):
        return tuple(_get_regularizer(each) for each in identifier)
    return (_get_regularizer(identifier),)


def _get_regularizer(identifier: Any) -> Regularizer:
    found = identifier
    if isinstance(identifier, str) and identifier in REGULARIZERS:
        found = REGULARIZERS[identifier]()
    elif isinstance(identifier, dict):
        try:
            found = keras.saving.deserialize_keras_object(identifier)
        except TypeError:  # of no class that Keras knows
            found = None
    if not isinstance(found, Regularizer):
        raise ValueError(
            f"`regularizer` must be None, one of {sorted(REGULARIZERS)}, a "
            "`keras_genzoo.losses.Regularizer`, its serialised form or a list of "
            f"these, got {identifier!r}."
        )
    return found


def _positive(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(f"`{name}` must be a number above 0, got {value!r}.")
    if not 0.0 < value < math.inf:
        raise ValueError(f"`{name}` must be finite and above 0, got {value!r}.")
    return float(value)

"""What the models of the GAN family check before anything is built or trained."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_genzoo.layers import DifferentiableAugmentation
from keras_genzoo.losses import Regularizer, get_objective
from keras_genzoo.models.checks import check_count

# The optimizers of the papers, by objective: learning rate, beta_1, beta_2, epsilon.
# Radford et al., 2016; Miyato et al., 2018; Gulrajani et al., 2017; Huang et al., 2024.
_DCGAN = (2e-4, 0.5, 0.999, 1e-8)
_ADAM = {
    "hinge": (2e-4, 0.0, 0.9, 1e-8),
    "wasserstein": (1e-4, 0.5, 0.9, 1e-8),
    "relativistic": (2e-4, 0.0, 0.99, 1e-8),
}


def default_optimizer(objective: str) -> keras.optimizers.Optimizer:
    """Adam with the numbers of the paper that made the objective known."""
    rate, beta_1, beta_2, epsilon = _ADAM.get(objective, _DCGAN)
    return keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)


def normalizes_batches(network: keras.Model) -> bool:
    """Whether a batch normalisation is in the network, however deep."""
    return any(v.name == "moving_mean" for v in network.non_trainable_variables)


def check_smoothing(value: Any, objective: str) -> float:
    """`label_smoothing`, if this objective has it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = math.nan
    if not 0.0 <= value < 1.0:
        raise ValueError(f"`label_smoothing` must be in [0, 1), got {value!r}.")
    if value and not get_objective(objective).smooths:
        raise ValueError(
            "`label_smoothing` needs an objective with targets; got "
            f"{value!r} for {objective!r}."
        )
    return float(value)


def check_regularizers(
    regularizers: tuple[Regularizer, ...],
    discriminator: keras.Model,
    name: str = "discriminator",
) -> tuple[Regularizer, ...]:
    """The regularisers, if the discriminator leaves examples apart where they ask."""
    if any(r.needs_examples_apart for r in regularizers) and normalizes_batches(
        discriminator
    ):
        raise ValueError(
            "`regularizer` penalises the gradient of each example's logit, and batch "
            "normalisation makes a logit depend on the whole batch: build "
            f"`{name}` without it."
        )
    return regularizers


def check_compiled(model: keras.Model) -> None:
    """Refuses second derivatives under `torch.compile`, which has none."""
    if (
        keras.backend.backend() == "torch"
        and model.jit_compile
        and any(r.needs_second_derivative for r in model.regularizers)
    ):
        raise ValueError(
            "`jit_compile` must be False or 'auto' on PyTorch with a gradient "
            "penalty: `torch.compile` cannot differentiate twice."
        )


def check_augment(
    augment: Any, example_shape: tuple, value_range: Any, seed: int | None
) -> DifferentiableAugmentation | None:
    """The layer that `augment` asks for."""
    if augment is None:
        return None
    if len(example_shape) != 3:
        raise ValueError(
            f"`augment` changes images, got examples of shape {example_shape}."
        )
    if isinstance(augment, str):
        augment = (augment,)
    if isinstance(augment, Sequence):
        augment = DifferentiableAugmentation(
            tuple(augment), value_range=value_range or (0.0, 1.0), seed=seed
        )
    if not isinstance(augment, DifferentiableAugmentation):
        raise ValueError(
            "`augment` must be None, names of policies or a "
            f"`DifferentiableAugmentation`, got {augment!r}."
        )
    if not augment.built:
        augment.build((None, *example_shape))
    return augment


def check_average(half_life: Any) -> float | None:
    """`average_half_life`, if it is None or a positive number."""
    if half_life is None:
        return None
    number = isinstance(half_life, int | float | np.number)
    if not number or isinstance(half_life, bool) or not 0 < half_life < math.inf:
        raise ValueError(
            "`average_half_life` must be None or a positive number of examples, got "
            f"{half_life!r}."
        )
    return float(half_life)


def check_pack(pack: Any, steps: int, size: int | None) -> int:
    """`pack`, if it divides each discriminator step's part of `size` examples."""
    pack = check_count(pack, "pack")
    if size is not None and pack > 1 and size % (pack * steps):
        raise ValueError(
            f"`pack={pack}` must divide every batch"
            f"{f' {steps} times, once a discriminator step' if steps > 1 else ''}: "
            f"got a batch of {size} examples. Choose a batch size, and a number of "
            f"examples, that are multiples of {pack * steps}."
        )
    return pack


def check_value_range(value_range: Any, images: bool) -> tuple[float, float] | None:
    """`value_range`, with "auto" settled: (-1, 1) for images."""
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

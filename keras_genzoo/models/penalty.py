"""What a player's regularizers add to its loss in one step."""

from collections.abc import Callable, Iterable
from typing import Any

from keras import ops

from keras_genzoo import backends
from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.losses import Regularizer
from keras_genzoo.training.gradients import only_if


def total_penalty(
    regularizers: Iterable[Regularizer],
    critic: Callable[[Any], Any],
    real: Any,
    fake: Any,
    variables: list,
    seed: Any,
    step: Any,
) -> Any:
    """The sum of the penalties, each as often and as strong as its `every` says.

    Args:
        regularizers: those of the player whose turn it is.
        critic, real, fake, variables, seed: as in `Regularizer.penalty`.
        step: the variable that counts those of the training; None computes each
            penalty at its mean strength, whatever its `every`.

    Returns:
        float32 scalar.
    """
    total = ops.zeros((), full_dtype())
    for regularizer in regularizers:

        def compute(regularizer: Regularizer = regularizer) -> Any:
            return regularizer.penalty(critic, real, fake, variables, seed)

        every = regularizer.every
        if step is None or every == 1:
            total = total + compute()
        else:
            turn = backends.counter_value(step) % every == 0
            total = total + every * only_if(turn, compute)
    return total

"""Arithmetic in which a training gives the same losses on every machine.

Processors round in their own ways, and training magnifies that: of two players, with
weights that differ by 1e-15 of themselves, the losses part within 200 steps. Here all
is computed in float64, and every gradient is rounded to a few bits before Adam sees
it. What two machines do not agree on is then far below what is rounded away, so it
never reaches the weights.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.training import PhasedModel

# Bits of a gradient's largest entry that are kept. The fewer, the more rarely an entry
# lies where two machines round it to different sides.
BITS = 5

_running: ContextVar[bool] = ContextVar("portable_arithmetic", default=False)


class RoundedAdam(keras.optimizers.Adam):
    """Adam of `rounded` gradients."""

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        super().apply([rounded(g) for g in grads], trainable_variables)


def rounded(gradient: Any) -> Any:
    """A gradient in steps of 2^-BITS of the power of two above its largest entry."""
    # A gradient that is nothing but rounding, of a bias before a normalisation, is 0.
    largest = ops.maximum(ops.max(ops.abs(gradient)), 1e-9)
    two = ops.full_like(largest, 2.0)
    step = ops.power(two, ops.ceil(ops.log2(largest)) - BITS)
    return ops.round(gradient / step) * step


@contextlib.contextmanager
def portable_arithmetic() -> Iterator[None]:
    """Inside, a recipe's model computes in float64, its optimizers round gradients."""
    floats, policy = keras.config.floatx(), keras.config.dtype_policy()
    token = _running.set(True)
    try:
        with backends.double_precision():
            keras.config.set_floatx("float64")
            keras.config.set_dtype_policy("float64")
            yield
    finally:
        keras.config.set_floatx(floats)
        keras.config.set_dtype_policy(policy)
        _running.reset(token)


def optimizer_class() -> type[keras.optimizers.Adam]:
    """What recipes train with: Adam, inside `portable_arithmetic` `RoundedAdam`."""
    return RoundedAdam if _running.get() else keras.optimizers.Adam


def portable_optimizers(model: PhasedModel) -> dict[str, RoundedAdam]:
    """Inside `portable_arithmetic` the model's own optimizers, else none."""
    if not _running.get():
        return {}
    return {
        phase: RoundedAdam.from_config(optimizer.get_config())
        for phase, optimizer in model.default_optimizers().items()
    }

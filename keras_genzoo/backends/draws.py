"""Draws outside of training, on PyTorch and TensorFlow: op by op."""

from collections.abc import Callable
from typing import Any


def draw(fn: Callable, shape: tuple, seed: Any, *values: Any) -> Any:
    """`fn(shape, seed, *values)`.

    Args:
        fn: a function of a module, which draws with `keras.random`.
        shape: of what is drawn, integers.
        seed: int or a `keras.random.SeedGenerator`, which moves on.
        *values: numbers.
    """
    return fn(shape, seed, *values)

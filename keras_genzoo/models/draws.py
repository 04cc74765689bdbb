"""Latents and labels drawn outside of training, as NumPy arrays."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.training.batches import padded


def draw_normal(n: int, width: int, seed: Any) -> np.ndarray:
    """n latents of N(0, I), `(n, width)`.

    Args:
        n, width: how many, of how many components.
        seed: int or a `keras.random.SeedGenerator`.
    """
    return _rows(_normal, n, (width,), seed)


def draw_truncated(n: int, width: int, seed: Any, limit: float) -> np.ndarray:
    """n latents of N(0, I) with no component beyond `limit`; see `draw_normal`."""
    # What is left after drawing anew is the prior between -limit and limit; by its
    # quantiles it takes one draw, however narrow it is.
    inside = math.erf(limit / math.sqrt(2.0))
    z = _rows(_quantiles, n, (width,), seed, -inside, inside)
    return np.clip(math.sqrt(2.0) * z, -limit, limit).astype(z.dtype)


def draw_labels(n: int, num_classes: int, seed: Any) -> np.ndarray:
    """n labels, uniform on [0, num_classes); see `draw_normal`."""
    return _rows(_integers, n, (), seed, 0, num_classes)


def _rows(fn: Callable, n: int, shape: tuple, seed: Any, *values: Any) -> np.ndarray:
    # Drawn is a power of two of them, because each number compiles anew.
    rows = backends.draw(fn, (padded(n), *shape), seed, *values)
    return ops.convert_to_numpy(rows)[:n]


def _normal(shape: tuple, seed: Any) -> Any:
    return keras.random.normal(shape, seed=seed)


def _quantiles(shape: tuple, seed: Any, low: Any, high: Any) -> Any:
    return ops.erfinv(keras.random.uniform(shape, low, high, seed=seed))


def _integers(shape: tuple, seed: Any, low: Any, high: Any) -> Any:
    return keras.random.randint(shape, low, high, seed=seed)

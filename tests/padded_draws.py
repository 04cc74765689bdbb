"""Random numbers on JAX out of few programs.

JAX compiles a draw anew for each shape, and a test that builds a network would wait
for that more than for anything else. Its generator counts the elements of an array
from the front, so that a longer draw begins with the numbers of a shorter one.
"""

import functools
import math

import jax
import numpy as np
from keras.src import backend

from keras_genzoo.layers import _weights

NAMES = ("normal", "truncated_normal", "uniform")


def padded(draw):
    """`draw` of the next power of two, cut; inside a compiled program `draw` itself."""

    @functools.wraps(draw)
    def wrapped(key, *args, **kwargs):
        if args or "shape" not in kwargs or isinstance(key, jax.core.Tracer):
            return draw(key, *args, **kwargs)
        shape = kwargs.pop("shape")
        size = math.prod(shape)
        longer = draw(key, shape=(max(256, 1 << (size - 1).bit_length()),), **kwargs)
        if isinstance(longer, jax.core.Tracer) or longer.dtype != np.float32:
            return longer[:size].reshape(shape)
        return np.asarray(longer)[:size].reshape(shape)

    return wrapped


def on_device(draw):
    """Keras' `draw`, which NumPy has shifted and scaled: that compiles nothing."""

    @functools.wraps(draw)
    def wrapped(*args, **kwargs):
        drawn = draw(*args, **kwargs)
        return jax.device_put(drawn) if isinstance(drawn, np.ndarray) else drawn

    return wrapped


def install():
    """From here on Keras draws so."""
    for name in NAMES:
        setattr(jax.random, name, padded(getattr(jax.random, name)))
        setattr(backend.random, name, on_device(getattr(backend.random, name)))
    # A program for each shape of weights, in their place these.
    _weights.drawn = lambda initializer: initializer

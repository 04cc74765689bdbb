"""Whether what TensorFlow traces is differentiated here: then by gradients of ours.

An export holds no custom gradients; whoever loads it may differentiate it all the same.
"""

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator

import tensorflow as tf

_here = contextvars.ContextVar("here", default=False)


@contextlib.contextmanager
def differentiated() -> Iterator[None]:
    """Around what a gradient is taken of."""
    token = _here.set(True)
    try:
        yield
    finally:
        _here.reset(token)


def is_differentiated() -> bool:
    """Whether a gradient is taken of what is traced now."""
    return _here.get()


def traced_once(fn: Callable) -> Callable:
    """`tf.custom_gradient(fn)`, for tensors, in graphs that hold nothing else.

    TensorFlow keeps all gradients that were ever registered, and with each the graph in
    which it was: among others, of a training step, and so a model and its weights.
    """
    custom = tf.custom_gradient(fn)

    @functools.cache
    def traced(*specs):
        # In a graph of its own: the default one holds the functions that feed data.
        with tf.init_scope(), tf.Graph().as_default():
            return tf.function(custom, specs, autograph=False).get_concrete_function()

    @functools.wraps(fn)
    def call(*tensors):
        if tf.executing_eagerly():
            return custom(*tensors)
        return traced(*(tf.TensorSpec(t.shape, t.dtype) for t in tensors))(*tensors)

    return call

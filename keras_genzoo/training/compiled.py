"""Compiling a function of tensors."""

from collections.abc import Callable, Sequence
from typing import Any

from keras_genzoo import backends


def compiled(
    fn: Callable[..., Any], variables: Sequence[Any] = ()
) -> Callable[..., Any]:
    """`fn`, compiled on JAX and TensorFlow, without gradients kept on PyTorch.

    What `fn` writes to variables is dropped on JAX.

    Args:
        fn: of tensors to tensors, in `keras.ops`; may use `input_gradient`. Called
            with positional arguments, and traced anew for each of their shapes.
        variables: the Keras variables that `fn` reads. On JAX those that are not
            named are compiled in with the values that they had at the first call.
    """
    return backends.compiled(fn, tuple(variables))

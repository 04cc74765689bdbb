"""Gradients with respect to an input."""

from collections.abc import Callable
from typing import Any

from keras_genzoo import backends


def input_gradient(fn: Callable[[Any], Any], x: Any) -> Any:
    """The gradient of `sum(fn(x))` with respect to `x`.

    Where `fn` treats examples independently this is each example's own gradient, as
    gradient penalties need it. The result can be differentiated again, with respect
    to the variables that `fn` uses. State that `fn` changes (batch-normalisation
    statistics, seeds of dropout) is changed once, as if `fn` had been called.

    Works inside a phase, compiled or not, and outside. On PyTorch not under
    `torch.compile`, which cannot differentiate twice.

    Args:
        fn: from `x` to a tensor of any shape; may call sub-models.
        x: float tensor.

    Returns:
        A tensor of the shape of `x`.
    """
    return backends.input_gradient(fn, x)


def only_if(condition: Any, fn: Callable[[], Any]) -> Any:
    """`fn()` where `condition` holds, else 0; what is not needed is not computed.

    State that `fn` changes is changed only where it runs.

    Args:
        condition: boolean, a scalar tensor or a Python one.
        fn: takes nothing, returns a float32 scalar tensor.
    """
    return backends.only_if(condition, fn)

"""Arithmetic of tensors and Python numbers, on the compiled backends.

Keras makes a tensor of every Python number. Where programs are compiled that costs
nothing; PyTorch would send it to the device and wait until it has arrived, as it would
to read one.
"""

from typing import Any

from keras import ops


def clip(x: Any, low: float | None = None, high: float | None = None) -> Any:
    """`x` between two numbers, of which one may be left out."""
    if low is None:
        return ops.minimum(x, high)
    if high is None:
        return ops.maximum(x, low)
    return ops.clip(x, low, high)


def mix(x: Any, y: Any, share: float) -> Any:
    """`x` with a share of `y`, a number in [0, 1]."""
    return x * (1.0 - share) + y * share


def where(condition: Any, x: Any, y: Any) -> Any:
    """`keras.ops.where` of a tensor and a Python number, in either order."""
    return ops.where(condition, x, y)


def stack(scalars: list) -> Any:
    """`keras.ops.stack`."""
    return ops.stack(scalars)


def add_to(variable: Any, amount: Any) -> None:
    """Adds a tensor or a Python number to a variable."""
    variable.assign(ops.convert_to_tensor(variable) + amount)


def counter_value(variable: Any) -> Any:
    """What stands in a variable that only counts: an integer, or a scalar tensor."""
    return ops.convert_to_tensor(variable)


def count(variable: Any) -> None:
    """Adds one to a variable that only counts."""
    variable.assign(ops.convert_to_tensor(variable) + 1)

"""The floats in which losses, densities and statistics are computed."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops


def full_dtype() -> str:
    """`"float32"`, also under mixed precision; `"float64"` where Keras' floats are."""
    return "float64" if keras.config.floatx() == "float64" else "float32"


def as_float(n: Any) -> Any:
    """A number of examples, int or integer tensor, to compute with.

    A Python number stays one: as a tensor it would have to be sent to the device.
    """
    return float(n) if isinstance(n, int) else ops.cast(n, full_dtype())


@contextlib.contextmanager
def float64_kept() -> Iterator[None]:
    """Inside, no function of Keras makes float32 of float64.

    On JAX and PyTorch many do, even where `keras.config.floatx()` is float64, by a
    table of Keras for which there is no public switch.
    """
    from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE as table

    before = table["float64"]
    table["float64"] = "float64"
    try:
        yield
    finally:
        table["float64"] = before

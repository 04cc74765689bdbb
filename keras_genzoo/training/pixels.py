"""Pixels: from what users hold to what likelihoods and networks take."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.backends.precision import full_dtype


def to_float(x: Any) -> Any:
    """`uint8` in [0, 255] and `bool` to float32 in [0, 1]; floats as they are.

    Done inside the compiled step, so that `uint8` travels to the device.
    """
    x = ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    if dtype == "uint8":
        return ops.cast(x, full_dtype()) / 255.0
    return ops.cast(x, full_dtype())


def to_float_array(x: np.ndarray) -> np.ndarray:
    """The same of NumPy arrays."""
    return x.astype("float32") / (255.0 if x.dtype == np.uint8 else 1.0)

"""Zeros that JAX compiles nothing for."""

from typing import Any

import keras
import numpy as np


def zeros_by_numpy(shape: Any, dtype: str = "float32") -> Any:
    """Keras' initializer "zeros", of NumPy and by the type's name."""
    zeros = np.zeros(shape, keras.backend.standardize_dtype(dtype))
    return keras.ops.convert_to_tensor(zeros, dtype)

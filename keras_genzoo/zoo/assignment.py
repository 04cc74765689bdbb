"""Half-precision weights that JAX compiles nothing for."""

import contextlib
import threading
from collections.abc import Iterator

import keras
import numpy as np

_LOCK = threading.RLock()


@contextlib.contextmanager
def halves_by_numpy() -> Iterator[None]:
    """Inside, half-precision arrays assigned to variables are converted by NumPy.

    Keras would have the backend convert them, and JAX would compile a program for
    every shape: most of the time that loading takes.
    """
    with _LOCK:
        inherited = "assign" not in vars(keras.Variable)
        assign = keras.Variable.assign

        def assign_array(variable, value):
            halves = getattr(value, "dtype", None) == np.float16
            if halves and variable.dtype == "float32":
                value = np.asarray(value, "float32")
            return assign(variable, value)

        keras.Variable.assign = assign_array
        try:
            yield
        finally:
            if inherited:
                del keras.Variable.assign
            else:
                keras.Variable.assign = assign

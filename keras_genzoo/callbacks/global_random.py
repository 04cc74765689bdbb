"""The random states of the process, from which draws what has no seed of its own."""

import random

import numpy as np

from keras_genzoo import backends


def states() -> dict:
    """The states of Python, NumPy and the backend, as plain values."""
    version, values, gauss = random.getstate()
    # What callers draw from in `__getitem__` is the old generator.
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    return {
        "python": [version, list(values), gauss],
        "numpy": [kind, keys.tolist(), *rest],
        "backend": {k: v.tolist() for k, v in backends.random_states().items()},
    }


def restore(states: dict) -> None:
    """Sets them back."""
    version, values, gauss = states["python"]
    random.setstate((version, tuple(values), gauss))
    np.random.set_state(tuple(states["numpy"]))  # noqa: NPY002
    backends.restore_random_states(
        {k: np.asarray(v, np.uint8) for k, v in states["backend"].items()}
    )

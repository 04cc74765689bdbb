"""Checks of latents, of places in them and of counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops


def to_numpy(x: Any) -> np.ndarray:
    """`x`, an array, a backend's tensor or nested lists, as a NumPy array."""
    return np.asarray(ops.convert_to_numpy(x))


def check_latents(z: Any, name: str, width: int | None = None) -> np.ndarray:
    """`z` as a float32 array of shape `(n, width)`, of any width where that is None.

    Raises:
        ValueError: another shape, no rows, or values that are not finite.
    """
    z = to_numpy(z)
    if z.ndim != 2 or 0 in z.shape or width not in (None, z.shape[1]):
        single = z.ndim == 1 and z.size and width in (None, z.size)
        hint = f"; a single latent needs a batch axis, {name}[None]" if single else ""
        raise ValueError(
            f"`{name}` must be latents of shape (n, {width or 'latent_dim'}) with n "
            f"at least 1, got shape {z.shape}{hint}."
        )
    return _finite(z, name)


def check_vector(vector: Any, name: str, width: int | None = None) -> np.ndarray:
    """`vector` as a float32 array of shape `(width,)`; None: any but 0.

    Raises:
        ValueError: another shape, or values that are not finite.
    """
    vector = to_numpy(vector)
    if vector.ndim != 1 or not vector.size or width not in (None, vector.size):
        wanted = "at least one number" if width is None else f"{width} numbers"
        raise ValueError(
            f"`{name}` must be a flat sequence of {wanted}, got shape {vector.shape}."
        )
    return _finite(vector, name)


def _finite(values: np.ndarray, name: str) -> np.ndarray:
    if values.dtype.kind in "OSUVcb":
        raise ValueError(f"`{name}` must be real numbers, got dtype {values.dtype}.")
    values = values.astype("float32")
    if not np.isfinite(values).all():
        raise ValueError(f"`{name}` must be finite, got NaN or infinity.")
    return values


def check_dims(dims: Sequence[int], width: int) -> list[int]:
    """`dims` as ints in [0, width).

    Raises:
        ValueError: none, or one that is no integer in [0, width).
    """
    array = np.asarray(dims)
    integers = array.ndim == 1 and array.size > 0 and array.dtype.kind in "iu"
    if not integers or array.min() < 0 or array.max() >= width:
        raise ValueError(
            f"`dims` must be a sequence of integers in [0, {width}), places in a "
            f"latent of {width} numbers, got {dims!r}."
        )
    return [int(dim) for dim in array]


def check_count(n: Any, name: str, minimum: int = 1) -> int:
    """`n` as an int, if it is an integer >= minimum; a ValueError otherwise."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < minimum:
        raise ValueError(f"`{name}` must be an integer >= {minimum}, got {n!r}.")
    return int(n)


def check_same_length(**arrays: np.ndarray) -> int:
    """The number of examples that all of these hold.

    Raises:
        ValueError: where they hold different numbers.
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        names = ", ".join(f"`{name}`" for name in lengths)
        raise ValueError(
            f"{names} must hold equally many examples, got {list(lengths.values())}."
        )
    return next(iter(lengths.values()))

"""Checks of what the estimators are given."""

import hashlib
from typing import Any

import keras
import numpy as np


def to_numpy(x: Any) -> np.ndarray:
    """A NumPy array from an array or a tensor of any backend."""
    return np.asarray(x if isinstance(x, np.ndarray) else keras.ops.convert_to_numpy(x))


def check_features(x: Any, name: str) -> np.ndarray:
    """`x` as a float array of shape `(n, d)`, in its own precision.

    Raises:
        ValueError: another shape, no rows, or values that are not finite.
    """
    x = to_numpy(x)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(
            f"`{name}` must be features of shape (n, d), n and d at least 1, got "
            f"shape {x.shape}."
        )
    if x.dtype not in (np.float32, np.float64):
        x = x.astype("float64" if x.dtype.kind in "iu" else "float32")
    finite = np.isfinite(x).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"`{name}` must be finite, got NaN or infinite features in "
            f"{(~finite).sum()} of {len(x)} rows, first in row {finite.argmin()}."
        )
    return x


def check_enough(n: int, needed: int, name: str, why: str) -> None:
    """Raises a ValueError if `n` examples are fewer than the estimator needs."""
    if n < needed:
        raise ValueError(
            f"`{name}` must hold at least {needed} examples {why}, got {n}."
        )


def check_widths(reference: int, samples: int) -> None:
    """Raises a ValueError unless both sets have as many features."""
    if reference != samples:
        raise ValueError(
            "`reference` and `samples` must have features of the same width, got "
            f"{reference} and {samples}."
        )


def check_whole(value: Any, name: str, least: int = 1) -> int:
    """`value` as an int.

    Raises:
        ValueError: anything but an integer of at least `least`.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(
            f"`{name}` must be an integer of at least {least}, got {value!r}."
        )
    return int(value)


def check_positive(value: Any, name: str) -> float:
    """`value` as a float.

    Raises:
        ValueError: anything but a finite positive number.
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 < value < float("inf"):
        raise ValueError(f"`{name}` must be a positive number, got {value!r}.")
    return float(value)


def check_disjoint(
    first: Any, second: Any, names: tuple[str, str] = ("train", "test")
) -> None:
    """Refuses two sets of examples that have examples in common.

    A model that copies its training examples looks perfect on a test set that holds
    them. Two examples are the same if they agree in every 8-bit pixel value: `uint8`
    and float images in [0, 1] can be compared, and other floats are the same if they
    are equal in float32.

    Args:
        first, second: arrays of shape `(n, ...)`.
        names: what the error calls them.

    Raises:
        ValueError: with the number of examples of `second` that `first` holds too.
    """
    shared = shared_examples(first, second)
    if len(shared):
        raise ValueError(
            f"`{names[0]}` and `{names[1]}` must not share examples: {len(shared)} of "
            f"`{names[1]}` are in `{names[0]}`, first number {shared[0]}."
        )


def shared_examples(first: Any, second: Any) -> np.ndarray:
    """Which examples of `second` are in `first` too: indices, integers `(m,)`.

    Equality is as in `check_disjoint`.
    """
    known = set(_hashes(first))
    found = [i for i, key in enumerate(_hashes(second)) if key in known]
    return np.array(found, dtype=int)


def _hashes(x: Any) -> list[bytes]:
    x = to_numpy(x)
    if x.dtype == bool:
        x = x.astype("uint8") * np.uint8(255)
    elif x.dtype.kind == "f" and x.size and x.min() >= 0 and x.max() <= 1:
        scaled = x.astype("float32") * np.float32(255)
        pixels = np.round(scaled)
        # Only where these are pixels: features in [0, 1] would lose what tells them
        # apart.
        if np.abs(scaled - pixels).max() < 1e-3:
            x = pixels.astype("uint8")
    if x.dtype != np.uint8:
        # Adding 0 makes -0.0 and 0.0 the same bytes.
        x = x.astype("float32") + np.float32(0)
    return [hashlib.sha256(np.ascontiguousarray(row)).digest() for row in x]

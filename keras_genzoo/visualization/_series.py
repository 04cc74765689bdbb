"""What the curve functions make of a training history."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def series_of(history: Any, keys: Sequence[str] | None) -> dict[str, np.ndarray]:
    """Returns the named series of numbers of a history, one number an epoch.

    Args:
        history: What `fit` returns, its `.history`, or any mapping from names to
            sequences of numbers.
        keys: The names wanted, in this order. Defaults to all that hold numbers.

    Raises:
        TypeError: If `history` is no mapping and has none.
        ValueError: If nothing is left to draw, or a key is unknown.
    """
    table = getattr(history, "history", history)
    if not isinstance(table, Mapping):
        raise TypeError(
            "`history` must be what `fit` returns or a mapping from names to "
            f"sequences of numbers. Received: {type(history).__name__}."
        )
    if keys is None:
        keys = list(table)
    unknown = [key for key in keys if key not in table]
    if unknown:
        raise ValueError(
            f"`keys` must be among {sorted(table)}. Received: {unknown} besides."
        )
    series = {key: np.asarray(table[key], dtype="float64") for key in keys}
    for key, values in series.items():
        if values.ndim != 1:
            raise ValueError(
                f"`history[{key!r}]` must be a flat sequence of numbers. "
                f"Received: shape {values.shape}."
            )
    series = {key: values for key, values in series.items() if len(values)}
    if not series:
        raise ValueError("`history` must hold at least one series. Received: none.")
    return series

"""A look at the data before compiled code runs."""

import copy
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo.training.stream_checks import (
    BatchCheck,
    CheckedBatches,
    as_numpy,
    checked_dataset,
)


def look(x: Any, y: Any, check: BatchCheck) -> Any:
    """Checks arrays whole, a stream's first batch now and the others as they come.

    Args:
        x: anything that `fit` takes.
        y: labels, or None.
        check: what to check, and what the caller called `x`.

    Returns:
        What yields the same batches, each one checked when it is asked for; those of a
        torch `DataLoader` are not. A generator or a `DataLoader` whose batches are bare
        arrays yields them as `(x,)`, the form that Keras takes.

    Raises:
        ValueError: nothing was given, it is empty, or `check` raised.
    """
    name = check.name
    if x is None:
        raise ValueError(f"`{name}` must be an array or a stream of batches, got None.")
    if isinstance(x, keras.utils.PyDataset):
        if x.num_batches == 0:
            raise ValueError(f"`{name}` must hold at least one batch, got none.")
        check.first(x[0])
        return CheckedBatches(x, check)
    if isinstance(x, GeneratorType):
        first = next(x, None)
        if first is None:
            raise ValueError(f"`{name}` must yield at least one batch, got none.")
        check.first(first)
        return _replay(first, x, check)
    if hasattr(x, "collate_fn"):
        loader = copy.copy(x)
        loader.collate_fn = _AsTuple(x.collate_fn)
        return loader
    if hasattr(x, "element_spec"):
        # Its shapes are checked when the step is traced; values can be out of range
        # only where they are floats.
        specs = keras.tree.flatten(x.element_spec)
        if specs and "float" in keras.backend.standardize_dtype(specs[0].dtype):
            for batch in x.take(1):
                check.first(batch)
        return checked_dataset(x, check)
    if hasattr(x, "shape") or isinstance(x, list | tuple):
        array = as_numpy(x)
        if array.ndim == 0 or len(array) == 0:
            raise ValueError(
                f"`{name}` must hold at least one example, got an empty array of "
                f"shape {array.shape}."
            )
        check.check(array, None if y is None else as_numpy(y), name)
    return x


def _replay(first: Any, rest: Iterator, check: BatchCheck) -> Iterator:
    yield _as_tuple(first)
    for index, batch in enumerate(rest, start=1):
        check(index, batch)
        yield _as_tuple(batch)


def _as_tuple(batch: Any) -> Any:
    return batch if isinstance(batch, tuple | list | dict) else (batch,)


class _AsTuple:
    """A `collate_fn` that worker processes can be sent, unlike a closure."""

    def __init__(self, collate: Callable):
        self.collate = collate

    def __call__(self, rows: Any) -> Any:
        return _as_tuple(self.collate(rows))


def batch_size_of(value: Any, name: str) -> int | None:
    """`value`, a number of examples or None, as Keras' loaders take it.

    Raises:
        ValueError: it is neither None nor a positive integer.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"`{name}` must be None or a positive integer, got {value!r}.")
    return int(value)


def check_shape(shape: tuple, expected: tuple, name: str) -> None:
    """Raises a ValueError unless `shape` is `(batch, *expected)`.

    Args:
        shape: static shape of a batch; None where a size is not known.
        expected: shape of one example.
        name: what the caller called the array.
    """
    got = tuple(shape)
    if len(got) != len(expected) + 1:
        raise ValueError(
            f"`{name}` must have rank {len(expected) + 1}, {_spell(expected)}; got "
            f"rank {len(got)}, shape {got}."
        )
    for size, wanted in zip(got[1:], expected, strict=True):
        if size is not None and wanted is not None and size != wanted:
            raise ValueError(f"`{name}` must have shape {_spell(expected)}; got {got}.")


def check_values(x: np.ndarray, name: str, unit_range: bool) -> None:
    """Raises a ValueError for a dtype or a value that no model can train on.

    Args:
        x: inputs: `uint8`, `bool` or floats.
        name: what the caller called them.
        unit_range: whether floats must lie in [0, 1].
    """
    dtype = keras.backend.standardize_dtype(x.dtype)
    if dtype in ("uint8", "bool"):
        return
    if "float" not in dtype:
        raise ValueError(
            f"`{name}` must be uint8 in [0, 255] or float"
            f"{' in [0, 1]' if unit_range else ''}, got dtype {dtype}."
        )
    low, high = float(np.min(x)), float(np.max(x))
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError(
            f"`{name}` must be finite, got NaN or infinity in "
            f"{int(np.sum(~np.isfinite(x)))} of {x.size} values."
        )
    if unit_range and (low < 0.0 or high > 1.0):
        raise ValueError(
            f"`{name}` must be uint8 in [0, 255] or float in [0, 1], got {dtype} in "
            f"[{low:g}, {high:g}]."
        )


def _spell(expected: tuple) -> str:
    return "(batch, " + ", ".join(map(str, expected)) + ")"


def labels_of(data: Any) -> Any:
    """The labels in what a step was given, int32 of shape `(batch,)`.

    Raises:
        ValueError: there are none.
    """
    _, y, _ = keras.utils.unpack_x_y_sample_weight(data)
    if y is None:
        raise ValueError("`y` must be the labels of `x`, got None.")
    return ops.reshape(ops.cast(ops.convert_to_tensor(y), "int32"), (-1,))

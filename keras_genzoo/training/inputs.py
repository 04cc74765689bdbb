"""A look at the data before compiled code runs."""

import copy
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import keras
import numpy as np
from keras import ops


def look(
    x: Any,
    y: Any,
    name: str,
    check: Callable[[Any, Any, str], None],
    check_size: Callable[[int], None],
) -> Any:
    """Calls `check(x, y, name)` on arrays, or on a stream's first batch.

    Args:
        x: anything that `fit` takes.
        y: labels, or None.
        name: what the caller called `x`.
        check: raises a ValueError that says what is wrong.
        check_size: likewise, of the number of examples in a stream's first batch.

    Returns:
        `x`, or, for a Python generator, one that still yields its first batch. A
        generator or a torch `DataLoader` whose batches are bare arrays yields them as
        `(x,)`, the form that Keras takes.

    Raises:
        ValueError: nothing was given, it is empty, or `check` raised.
    """
    if x is None:
        raise ValueError(f"`{name}` must be an array or a stream of batches, got None.")
    if isinstance(x, keras.utils.PyDataset):
        if x.num_batches == 0:
            raise ValueError(f"`{name}` must hold at least one batch, got none.")
        _check_batch(x[0], name, check, check_size)
    elif isinstance(x, GeneratorType):
        first = next(x, None)
        if first is None:
            raise ValueError(f"`{name}` must yield at least one batch, got none.")
        _check_batch(first, name, check, check_size)
        return _replay(first, x)
    elif hasattr(x, "collate_fn"):
        loader = copy.copy(x)
        loader.collate_fn = _AsTuple(x.collate_fn)
        return loader
    elif hasattr(x, "element_spec"):
        # A tf.data.Dataset. Its shapes are checked when the step is traced; values
        # can be out of range only where they are floats.
        specs = keras.tree.flatten(x.element_spec)
        if specs and "float" in keras.backend.standardize_dtype(specs[0].dtype):
            for batch in x.take(1):
                _check_batch(batch, name, check, check_size)
    elif hasattr(x, "shape") or isinstance(x, list | tuple):
        array = _as_numpy(x)
        if array.ndim == 0 or len(array) == 0:
            raise ValueError(
                f"`{name}` must hold at least one example, got an empty array of "
                f"shape {array.shape}."
            )
        check(array, None if y is None else _as_numpy(y), name)
    return x


def _check_batch(batch: Any, name: str, check: Callable, check_size: Callable) -> None:
    x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    x = _as_numpy(x)
    check(x, None if y is None else _as_numpy(y), name)
    check_size(len(x))


def _as_numpy(x: Any) -> np.ndarray:
    return np.asarray(x) if isinstance(x, list) else keras.ops.convert_to_numpy(x)


def _replay(first: Any, rest: Iterator) -> Iterator:
    yield _as_tuple(first)
    yield from map(_as_tuple, rest)


def _as_tuple(batch: Any) -> Any:
    return batch if isinstance(batch, tuple | list | dict) else (batch,)


class _AsTuple:
    """A `collate_fn` that worker processes can be sent, unlike a closure."""

    def __init__(self, collate: Callable):
        self.collate = collate

    def __call__(self, rows: Any) -> Any:
        return _as_tuple(self.collate(rows))


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
